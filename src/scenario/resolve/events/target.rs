//! `[[rule.target]]`: Run Command, a topic or a queue (section 10.5).

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use serde_json::Value;

use super::{MOST_COMMANDS, chance};
use crate::{
    events::{RetryPolicy, TargetError},
    iam::EVENT_BRIDGE,
    scenario::{
        document::{self, RuleTarget as Written},
        origin::Basis,
        plan::{Command, InstanceRange, RuleTarget, TargetKind, TargetOutage, Trigger},
        resolve::{
            access,
            command::{self, Surroundings},
            part::Part,
        },
        review::Review,
    },
    ssm::{SendCommandRequest, limits, request::Target, target::TargetKey, validate::is_topic_arn},
};

/// S10.23.
const LONGEST_INPUT: usize = 8192;
/// The default of `at_most`.
const AT_MOST: u32 = 100;

static DOCUMENT_ARN: LazyLock<Regex> = LazyLock::new(|| {
    limits::regex(r"^arn:aws[a-z-]*:ssm:[a-z0-9-]+:(?:[0-9]{12})?:document/([a-zA-Z0-9_\-.]{3,128})$")
});
static QUEUE_ARN: LazyLock<Regex> =
    LazyLock::new(|| limits::regex(r"^arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,80}$"));
static ROLE_ARN: LazyLock<Regex> =
    LazyLock::new(|| limits::regex(r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.{1,1600}$"));

/// Where the scenario has the fields of the request that a target stands for.
const RENAMED: &[(&str, &str)] =
    &[("/Targets", "/run_command_targets"), ("/Parameters", "/input"), ("/DocumentName", "/arn")];

/// A target, if what it is can be told; the commands that it may send are added to `commands`.
pub(super) fn resolve(
    surroundings: &Surroundings<'_, '_>,
    (rule, number): (usize, usize),
    commands: &mut Vec<Command>,
    review: &mut Review<'_>,
) -> Option<RuleTarget> {
    let written_rule = &surroundings.scenario.rule.as_ref()?[rule];
    let written = &written_rule.target[number];
    let pointer = format!("/rule/{rule}/target/{number}");
    let path = format!("/events/rules/{rule}/targets/{number}");
    check_arns(written, &pointer, review);
    let mut error = None;
    let kind = if let Some(found) = DOCUMENT_ARN.captures(&written.arn) {
        let first = surroundings.scenario.command.len() + commands.len();
        let command = run_command(surroundings, written, &found[1], (first, &pointer), review)?;
        let judged = judge_role(surroundings, written, &command.request, &pointer, review);
        error = judged.as_ref().err().copied();
        let command = Command { access_denied: judged.unwrap_or_default(), ..command };
        let at_most = review.choose(
            format!("{path}/kind/run-command/at_most"),
            written.at_most,
            AT_MOST,
            "the guard against a rule that feeds itself",
        );
        let trigger = Some(Trigger { rule: rule as u16, target: number as u8 });
        let name = |number| format!("{}.{}.{number}", written_rule.name, written.id);
        // More than a plan can have are a fault in any case, and would take much memory to be thrown away.
        let room = MOST_COMMANDS.saturating_sub(first);
        let numbers = (1..=at_most).take(room);
        commands.extend(numbers.map(|number| Command { name: name(number), trigger, ..command.clone() }));
        for at in first..surroundings.scenario.command.len() + commands.len() {
            review.origins.note(format!("/commands/{at}"), Basis::Scenario);
        }
        TargetKind::RunCommand { first: first as u32, at_most }
    } else {
        without_command(surroundings, written, &pointer, review)?
    };
    Some(target(written, (kind, error), (&pointer, &path), review))
}

fn target(
    written: &Written,
    (kind, error): (TargetKind, Option<TargetError>),
    (pointer, path): (&str, &str),
    review: &mut Review<'_>,
) -> RuleTarget {
    let twice = "once, as it is meant";
    let policy = written.retry_policy.unwrap_or_default();
    let default = RetryPolicy::default();
    RuleTarget {
        id: written.id.clone(),
        arn: written.arn.clone(),
        kind,
        role_arn: written.role_arn.clone(),
        invoked_twice: chance(format!("{path}/invoked_twice"), written.invoked_twice, twice, review),
        throttled: chance(format!("{path}/throttled"), written.throttled, "never", review),
        outages: outages(written, (pointer, path), review),
        error: review.choose(
            format!("{path}/error"),
            written.error.map(Some),
            error,
            if error.is_some() { "what the role's policies come to (S10.28, S10.35)" } else { "none" },
        ),
        retry_policy: RetryPolicy {
            maximum_retry_attempts: review.choose(
                format!("{path}/retry_policy/maximum_retry_attempts"),
                policy.maximum_retry_attempts,
                default.maximum_retry_attempts,
                "S10.27",
            ),
            maximum_event_age_in_seconds: review.choose(
                format!("{path}/retry_policy/maximum_event_age_in_seconds"),
                policy.maximum_event_age_in_seconds,
                default.maximum_event_age_in_seconds,
                "S10.27",
            ),
        },
        dead_letter_arn: review.choose(
            format!("{path}/dead_letter_arn"),
            written.dead_letter_arn.clone().map(Some),
            None,
            "none: what is given up is dropped (S10.29)",
        ),
    }
}

fn outages(written: &Written, (pointer, path): (&str, &str), review: &mut Review<'_>) -> Vec<TargetOutage> {
    let given = written.outages.as_ref().map(|list| {
        let resolve =
            |&document::TargetOutage { from, until }: &document::TargetOutage| TargetOutage { from, until };
        list.iter().map(resolve).collect::<Vec<_>>()
    });
    for (at, outage) in given.iter().flatten().enumerate().filter(|(_, outage)| outage.from >= outage.until) {
        let message = format!("an outage from {} to {}", outage.from, outage.until);
        review.error(&format!("{pointer}/outages/{at}"), message, "it ends after it begins");
    }
    review.choose(format!("{path}/outages"), given, Vec::new(), "none")
}

fn check_arns(written: &Written, pointer: &str, review: &mut Review<'_>) {
    if let Some(arn) = written.dead_letter_arn.as_ref().filter(|arn| !QUEUE_ARN.is_match(arn)) {
        let help = "a dead-letter queue is a standard SQS queue: `arn:aws:sqs:REGION:ACCOUNT:NAME` (S10.29)";
        review.error(&format!("{pointer}/dead_letter_arn"), format!("`{arn}` is no standard queue"), help);
    }
    if let Some(arn) = written.role_arn.as_ref().filter(|arn| !ROLE_ARN.is_match(arn)) {
        let help = "it is `arn:aws:iam::ACCOUNT:role/NAME`";
        review.error(&format!("{pointer}/role_arn"), format!("`{arn}` is no role"), help);
    }
}

/// A topic or a queue, which have none of the fields of Run Command.
fn without_command(
    surroundings: &Surroundings<'_, '_>,
    written: &Written,
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<TargetKind> {
    let kind = if is_topic_arn(&written.arn) {
        if surroundings.scenario.topic.iter().flatten().any(|topic| topic.arn == written.arn) {
            let message = "what a rule sends to a topic does not reach its subscriptions";
            let help = "subscriptions receive the notifications of commands alone; the event counts as delivered with the topic";
            review.warning(&format!("{pointer}/arn"), message, help);
        }
        TargetKind::Topic
    } else if QUEUE_ARN.is_match(&written.arn) {
        TargetKind::Queue
    } else {
        let help = "the ARN of a document (`arn:aws:ssm:REGION::document/NAME`), of a standard SNS topic or of a standard \
                    SQS queue; other targets are not simulated";
        review.error(&format!("{pointer}/arn"), format!("`{}` is no target", written.arn), help);
        return None;
    };
    let fields = [
        ("run_command_targets", written.run_command_targets.is_some()),
        ("at_most", written.at_most.is_some()),
    ];
    for (field, _) in fields.into_iter().filter(|(_, given)| *given) {
        let message = format!("`{field}` of a target that sends no command");
        review.error(&format!("{pointer}/{field}"), message, "leave it out");
    }
    Some(kind)
}

/// The command that a target sends (S10.34: nothing but document, parameters and targets can be said of it).
fn run_command(
    surroundings: &Surroundings<'_, '_>,
    written: &Written,
    document: &str,
    (first, pointer): (usize, &str),
    review: &mut Review<'_>,
) -> Option<Command> {
    if written.role_arn.is_none() {
        let help = "name the role that may call ssm:SendCommand (S10.35, O-34)";
        review.error(pointer, "Run Command as a target needs `role_arn`", help);
    }
    let targets = run_command_targets(surroundings, written, pointer, review)?;
    let parameters = parameters(written, pointer, review)?;
    let request = SendCommandRequest {
        document_name: document.into(),
        targets: Some(targets),
        parameters,
        ..SendCommandRequest::default()
    };
    let part = Part::renamed(request, pointer.into(), RENAMED);
    let resolved = command::of_request(surroundings, part, None, &format!("/commands/{first}"), review)?;
    Some(resolved.command)
}

/// What IAM says to the command in the target's role: the instances that are denied to it, or that it cannot be sent at all,
/// which is told (S10.35). A role that is not declared may do everything.
fn judge_role(
    surroundings: &Surroundings<'_, '_>,
    written: &Written,
    request: &SendCommandRequest,
    pointer: &str,
    review: &mut Review<'_>,
) -> Result<Vec<InstanceRange>, TargetError> {
    let role = written.role_arn.as_ref().and_then(|arn| surroundings.access.roles.get(arn));
    let (Some(declared), Some(fleet)) = (role, surroundings.fleet) else { return Ok(Vec::new()) };
    let role = &declared.role;
    let mut refuse = |why: &str, help: String| {
        let message = format!("{why}, so every attempt meets {}", TargetError::NoPermissions);
        review.warning(&format!("{pointer}/role_arn"), message, help);
        TargetError::NoPermissions
    };
    if !declared.trusts(EVENT_BRIDGE) {
        let help = format!("its trust policy allows sts:AssumeRole to the Service {EVENT_BRIDGE} (S10.35)");
        return Err(refuse(&format!("`{}` cannot be assumed by {EVENT_BRIDGE}", role.arn), help));
    }
    surroundings.access.judge(role, request, &fleet.groups).map_err(|denials| {
        for denial in denials {
            refuse(&denial.error(role).message, access::reason(role, &denial));
        }
        TargetError::NoPermissions
    })
}

/// S10.31 to S10.33.
fn run_command_targets(
    surroundings: &Surroundings<'_, '_>,
    written: &Written,
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<Vec<Target>> {
    let place = format!("{pointer}/run_command_targets");
    let Some(blocks) = written.run_command_targets.as_ref().filter(|blocks| !blocks.is_empty()) else {
        let help = "add `run_command_targets = [{ Key = \"tag:NAME\", Values = [\"...\"] }]` (S10.31)";
        review.error(pointer, "Run Command as a target needs `run_command_targets`", help);
        return None;
    };
    if blocks.len() > 1 {
        let help = "one block alone is supported, with instance ids or a tag (S10.31)";
        review.error(&place, format!("{} blocks", blocks.len()), help);
    }
    let block = &blocks[0];
    let is_tag = block.key.strip_prefix("tag:").is_some_and(|name| !name.is_empty());
    if !is_tag && TargetKey::parse(&block.key) != Some(TargetKey::InstanceIds) {
        let message = format!("`{}` is no key of a rule's target", block.key);
        review.error(&format!("{place}/0/Key"), message, "`InstanceIds` or `tag:NAME` (S10.32)");
    }
    let most = surroundings.readings.rule_target_values as usize;
    if block.values.is_empty() || block.values.len() > most {
        let help = match most {
            1 => "the page of quotas allows one value (S10.33, O-33)".to_string(),
            _ => format!("1 to {most} values (S10.32, O-33)"),
        };
        review.error(&format!("{place}/0/Values"), format!("{} values", block.values.len()), help);
    } else if block.values.len() > 1 {
        let help = "the page of quotas allows 1, the service model 50 (S10.33, O-33)";
        review.warning(&format!("{place}/0/Values"), format!("{} values", block.values.len()), help);
    }
    Some(blocks.clone())
}

/// S10.34: `Input` is the document's parameters.
fn parameters(
    written: &Written,
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<Option<BTreeMap<String, Vec<String>>>> {
    let Some(input) = &written.input else { return Some(None) };
    let place = format!("{pointer}/input");
    let (text, value) = match input {
        Value::String(text) => (text.clone(), serde_json::from_str::<Value>(text).unwrap_or(Value::Null)),
        other => (other.to_string(), other.clone()),
    };
    let length = text.chars().count();
    if length > LONGEST_INPUT {
        let help = format!("at most {LONGEST_INPUT} (S10.23)");
        review.error(&place, format!("the input has {length} characters"), help);
    }
    match serde_json::from_value(value) {
        Ok(parameters) => Some(Some(parameters)),
        Err(_) => {
            let help = "the document's parameters, each with a list of texts: `{ commands = [\"uptime\"] }` (S10.34)";
            review.error(&place, "this is no input for Run Command", help);
            None
        }
    }
}
