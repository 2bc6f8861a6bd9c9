//! The pattern of a rule: read, compiled, and looked over for what is seldom meant.

use serde_json::Value;

use crate::{
    base::nearest,
    events::pattern::{LONGEST, LONGEST_BY_QUOTA, Pattern},
    scenario::{narrator::DETAIL_TYPES, review::Review},
    ssm::EventStatus,
};

/// Fields of the events that are simulated, beside parameters.
const FIELDS: [&str; 31] = [
    "version",
    "id",
    "detail-type",
    "source",
    "account",
    "time",
    "region",
    "resources",
    "detail.command-id",
    "detail.document-name",
    "detail.expire-after",
    "detail.requested-date-time",
    "detail.status",
    "detail.instance-id",
    "detail.LifecycleActionToken",
    "detail.AutoScalingGroupName",
    "detail.LifecycleHookName",
    "detail.EC2InstanceId",
    "detail.LifecycleTransition",
    "detail.NotificationMetadata",
    "detail.Origin",
    "detail.Destination",
    "detail.StatusCode",
    "detail.Description",
    "detail.ActivityId",
    "detail.RequestId",
    "detail.StatusMessage",
    "detail.StartTime",
    "detail.EndTime",
    "detail.Cause",
    "detail.Details",
];

/// Fields that are drawn at random.
const RANDOM: [&str; 5] =
    ["id", "detail.command-id", "detail.LifecycleActionToken", "detail.ActivityId", "detail.RequestId"];

/// The pattern as JSON text, if it compiles.
pub(super) fn resolve(written: &Value, pointer: &str, review: &mut Review<'_>) -> Option<String> {
    let text = match written {
        Value::String(text) if text.trim_start().starts_with('{') => text.clone(),
        Value::String(name) => review.read_beside(name, pointer)?,
        Value::Object(_) => written.to_string(),
        _ => {
            let help = "a table, JSON as text, or the name of a JSON file";
            review.error(pointer, "this is no event pattern", help);
            return None;
        }
    };
    let pattern = match Pattern::compile(&text) {
        Ok(pattern) => pattern,
        Err(fault) => {
            let help = "try it with `fleetsim pattern test PATTERN EVENT`";
            review.error(pointer, fault.event_bridge_message(), help);
            return None;
        }
    };
    check_length(text.chars().count(), pointer, review);
    check_fields(&pattern, pointer, review);
    check_values(&pattern, pointer, review);
    Some(text)
}

/// O-31.
fn check_length(length: usize, pointer: &str, review: &mut Review<'_>) {
    let message = format!("the pattern has {length} characters");
    if length > LONGEST {
        review.error(pointer, message, format!("at most {LONGEST} (S10.20, O-31)"));
    } else if length > LONGEST_BY_QUOTA {
        let help =
            format!("the page of quotas allows {LONGEST_BY_QUOTA}, the service model {LONGEST} (O-31)");
        review.warning(pointer, message, help);
    }
}

/// Fields that no event has, and fields whose value nobody knows.
fn check_fields(pattern: &Pattern, pointer: &str, review: &mut Review<'_>) {
    for path in pattern.paths() {
        let is_free = path.starts_with("detail.parameters.") || path.starts_with("detail.Details.");
        if RANDOM.contains(&path) && pattern.strings(path).next().is_some() {
            let message = format!("`{path}` is an id drawn at random");
            review.warning(
                pointer,
                message,
                "the simulated events have zeros there for patterns; leave it out",
            );
        }
        if is_free || FIELDS.contains(&path) {
            continue;
        }
        let message = format!("no simulated event has the field `{path}`");
        let same = FIELDS.iter().find(|field| plain(field) == plain(path)).copied();
        let help = match same.or_else(|| nearest(path, FIELDS)) {
            Some(near) => format!(
                "did you mean `{near}`? Run Command's events spell names in kebab-case, Auto Scaling's in \
                 PascalCase (S10.5, S10.51)"
            ),
            None => "Run Command and Auto Scaling alone send events here (sections 10.1 and 10.7)".into(),
        };
        review.warning(pointer, message, help);
    }
}

/// Letters and points alone, without case.
fn plain(path: &str) -> String {
    path.chars().filter(|letter| !"-_".contains(*letter)).collect::<String>().to_lowercase()
}

/// Values that no event has.
fn check_values(pattern: &Pattern, pointer: &str, review: &mut Review<'_>) {
    let statuses = EventStatus::ALL.map(|status| format!("{status:?}"));
    for status in
        pattern.strings("detail.status").filter(|status| !statuses.iter().any(|known| known == status))
    {
        let near = statuses.iter().find(|known| plain(known) == plain(&status.replace(' ', "")));
        let near = near.map(String::as_str).or_else(|| nearest(status, statuses.iter().map(String::as_str)));
        let help = match near {
            Some(near) => format!("did you mean `{near}`? Values match letter by letter (S10.14, S10.21)"),
            None => format!("events tell {} (O-26)", statuses[..5].join(", ")),
        };
        review.warning(pointer, format!("no event has the status `{status}`"), help);
    }
    let kinds = pattern.strings("detail-type").filter(|kind| !DETAIL_TYPES.contains(kind));
    for kind in kinds {
        let help = match nearest(kind, DETAIL_TYPES) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is {}", DETAIL_TYPES.join(", ")),
        };
        review.warning(pointer, format!("no simulated event has the detail-type `{kind}`"), help);
    }
    let sources = ["aws.ssm", "aws.autoscaling"];
    for source in pattern.strings("source").filter(|source| !sources.contains(source)) {
        let help = match nearest(source, sources) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "there is `aws.ssm` and `aws.autoscaling`".into(),
        };
        review.warning(pointer, format!("no simulated event has the source `{source}`"), help);
    }
}
