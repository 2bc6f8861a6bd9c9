//! Filter policies of subscriptions: compiled as SNS does, and asked whether they let anything of Run Command through.

use serde_json::Value;

use super::{delivery, part::Part};
use crate::{
    base::nearest,
    events::pattern::{self, Scope},
    scenario::{document, origin::Basis, plan::FilterPolicy, review::Review, source::join},
    sns::FilterPolicyScope,
    ssm::NotifiedStatus,
};

type Policy = Part<serde_json::Map<String, Value>>;

/// The fields of the messages that Run Command publishes (section 9.2).
const FIELDS: [&str; 10] = [
    "commandId",
    "documentName",
    "instanceId",
    "instanceIds",
    "requestedDateTime",
    "expiresAfter",
    "outputS3BucketName",
    "outputS3KeyPrefix",
    "status",
    "eventTime",
];

/// The filter policy of a subscription.
pub(super) fn resolve(
    written: &document::Subscription,
    pointer: &str,
    path: &str,
    review: &mut Review<'_>,
) -> Option<FilterPolicy> {
    let path = format!("{path}/filter_policy");
    let Some(source) = &written.filter_policy else {
        if written.filter_policy_scope.is_some() {
            let help = "give a `filter_policy` such as { status = [\"Failed\"] }, or leave the scope out";
            review.error(&format!("{pointer}/filter_policy_scope"), "a scope without a filter policy", help);
        }
        return review.choose(path, None, None, "every message is delivered");
    };
    let scope = review.choose(
        format!("{path}/scope"),
        written.filter_policy_scope,
        FilterPolicyScope::MessageAttributes,
        "as SNS reads a policy without a scope (S9.33)",
    );
    let part = delivery::part(source, format!("{pointer}/filter_policy"), review)?;
    let value = Value::Object(part.content.clone());
    let policy = value.to_string();
    match pattern::FilterPolicy::compile(&policy, compiled_as(scope)) {
        Err(fault) => {
            let place = place_of(&fault, &value);
            let help = "a filter policy is an event pattern: a list of values or matchers for each field, such as \
                        { status = [\"Failed\", { prefix = \"Timed\" }] } (S9.33, S9.34)";
            part.error(&place, format!("Invalid parameter: {}", fault.reason), help, review);
        }
        Ok(compiled) => doubt(&part, &compiled, scope, review),
    }
    review.origins.note(format!("{path}/policy"), Basis::Scenario);
    Some(FilterPolicy { policy, scope })
}

fn compiled_as(scope: FilterPolicyScope) -> Scope {
    match scope {
        FilterPolicyScope::MessageAttributes => Scope::MessageAttributes,
        FilterPolicyScope::MessageBody => Scope::MessageBody,
    }
}

/// Warns of a policy that is valid and lets nothing through, by what the messages of Run Command are.
fn doubt(part: &Policy, policy: &pattern::FilterPolicy, scope: FilterPolicyScope, review: &mut Review<'_>) {
    if scope == FilterPolicyScope::MessageAttributes {
        if !policy.matches("{}", &[]) {
            let message = "the filter policy lets nothing through";
            let help = "Run Command's messages have no attributes; say `filter_policy_scope = \"MessageBody\"` (S9.33)";
            part.warning("", message, help, review);
        }
        return;
    }
    for name in part.content.keys().filter(|name| *name != "$or" && !FIELDS.contains(&name.as_str())) {
        let guess = nearest(name, FIELDS).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let help = format!("{guess}The fields are {} (section 9.2)", FIELDS.join(", "));
        part.warning(&format!("/{name}"), format!("Run Command's messages have no `{name}`"), help, review);
    }
    let texts = part.content.get("status").and_then(Value::as_array).into_iter().flatten().enumerate();
    let statuses = NotifiedStatus::ALL.map(|status| format!("{status:?}"));
    for (at, text) in texts.filter_map(|(at, value)| Some((at, value.as_str()?))) {
        if !statuses.iter().any(|status| status == text) {
            let near = nearest(text, statuses.iter().map(String::as_str));
            let guess = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let help = format!("{guess}They are {} (S9.10)", statuses.join(", "));
            part.warning(
                &format!("/status/{at}"),
                format!("no message has the status `{text}`"),
                help,
                review,
            );
        }
    }
}

/// JSON pointer to what a fault of the compact text is about: SNS tells the column that it had read up to.
fn place_of(fault: &pattern::Fault, value: &Value) -> String {
    let column = |place: &String| -> Option<usize> {
        let digits = place.split("column: ").nth(1)?;
        digits.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
    };
    let Some(column) = fault.places.iter().find_map(column) else { return String::new() };
    let mut best = String::new();
    spans(value, String::new(), &mut 0, &mut |pointer, from, to| {
        if (from + 1..=to + 1).contains(&column) && pointer.len() > best.len() {
            best = pointer.into();
        }
    });
    best
}

/// Tells of every value in the compact text where it begins and ends.
fn spans(value: &Value, pointer: String, at: &mut usize, tell: &mut impl FnMut(&str, usize, usize)) {
    let from = *at;
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (name, inner) in table {
                *at += 1;
                let begin = *at;
                *at += Value::from(name.as_str()).to_string().len() + 1;
                let pointer = join(&pointer, name);
                tell(&pointer, begin, *at);
                spans(inner, pointer, at, tell);
            }
            *at += 1;
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, inner) in items.iter().enumerate() {
                *at += 1;
                spans(inner, format!("{pointer}/{index}"), at, tell);
            }
            *at += 1;
        }
        leaf => *at += leaf.to_string().len(),
    }
    tell(&pointer, from, *at);
}
