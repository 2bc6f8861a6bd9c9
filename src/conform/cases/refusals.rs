//! Requests that have to be refused, and by what name.

use serde_json::{Value, json};

use crate::conform::{
    bench::Bench,
    case::{Case, Halt, Outcome, case, demand, invalid},
    json::{text, with},
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "bad-concurrency",
        bad_concurrency,
        "MaxConcurrency 0, 0%, 010, 05%, 101%, 1.5 and 10000000 are each a ValidationException",
        "S4.1, S14.3 to S14.6"
    ),
    case!(
        "bad-errors",
        bad_errors,
        "MaxErrors -1, 00%, 101%, 1.5 and 10000000 are each a ValidationException",
        "S4.16, S14.3 to S14.6"
    ),
    case!(
        "good-limits",
        good_limits,
        "MaxErrors 0 and 0% and MaxConcurrency 1000000 and 100% are taken",
        "S4.1, S4.16, S14.3, S14.4"
    ),
    case!(
        "bad-timeout",
        bad_timeout,
        "TimeoutSeconds 29 and 2592001 are each a ValidationException",
        "section 5.1, section 14.1"
    ),
    case!(
        "form-of-violations",
        form_of_violations,
        "a violation names value and field: 1 validation error detected: Value '0' at 'maxConcurrency' ...",
        "S14.6"
    ),
    case!("duplicate-id", duplicate, "an id given twice is a DuplicateInstanceId", "S3.16"),
    case!("bad-id", bad_id, "what is no instance id is a ValidationException", "S3.14, section 14.1"),
    case!("unknown-id", unknown_id, "an id that is not there is an InvalidInstanceId", "S3.15, O-41"),
    case!("too-many-ids", too_many_ids, "51 ids are too many", "S3.1, S3.17"),
    case!("too-many-selectors", too_many_selectors, "six selectors are a ValidationException", "S3.2"),
    case!("no-target", no_target, "a request with neither ids nor selectors is refused", "S3.3, O-57"),
    case!(
        "unknown-document",
        unknown_document,
        "a document that is not there is an InvalidDocument",
        "section 8.7"
    ),
    case!(
        "unknown-parameter",
        unknown_parameter,
        "a parameter that the document does not have is InvalidParameters",
        "section 8.7"
    ),
    case!(
        "bad-command-id",
        bad_command_id,
        "a CommandId of 35 characters is a ValidationException",
        "section 14.1"
    ),
    case!("bad-event", bad_event, "an event that does not exist is a ValidationException", "S9.2, S14.6"),
];

const VIOLATION: &str = "ValidationException";

/// A request that would be accepted. Where no instance is known its id is one that would be, if it were there.
fn base(bench: &Bench) -> Value {
    let works = &bench.fleet.works;
    let nobody = ["i-0123456789abcdef0".to_string()];
    works.request(works.some(1).unwrap_or(&nobody), json!({}))
}

/// Sends what has to be refused by one of these names.
async fn refused(bench: &Bench, more: Value, names: &[&str]) -> Outcome {
    let request = bench.named(with(base(bench), more));
    bench.count_command()?;
    let reply = bench.ssm("SendCommand", &request).await?;
    let good = reply.error.as_deref().is_some_and(|name| names.contains(&name));
    demand(good, reply.shown())
}

/// Sends a request for each value of a field, each of which has to be refused.
async fn each_refused(bench: &Bench, field: &str, values: &[Value]) -> Outcome {
    let mut taken = Vec::new();
    for value in values {
        match refused(bench, json!({field: value}), &[VIOLATION]).await {
            Ok(_) => {}
            Err(Halt::Invalid(seen)) => {
                taken.push(format!("{value}: {}", seen.split(':').next().unwrap_or_default()));
            }
            halt => return halt,
        }
    }
    demand(taken.is_empty(), if taken.is_empty() { "all refused".into() } else { taken.join("; ") })
}

async fn bad_concurrency(bench: &Bench) -> Outcome {
    let values = ["0", "0%", "010", "05%", "101%", "1.5", "10000000"].map(Value::from);
    each_refused(bench, "MaxConcurrency", &values).await
}

async fn bad_errors(bench: &Bench) -> Outcome {
    each_refused(bench, "MaxErrors", &["-1", "00%", "101%", "1.5", "10000000"].map(Value::from)).await
}

async fn bad_timeout(bench: &Bench) -> Outcome {
    each_refused(bench, "TimeoutSeconds", &[29, 2_592_001].map(Value::from)).await
}

async fn good_limits(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let ids = works.some(1)?;
    for (concurrency, errors) in [("1000000", "0"), ("100%", "0%")] {
        let more = json!({"MaxConcurrency": concurrency, "MaxErrors": errors});
        let told = bench.send(works.request(ids, more)).await?.answer;
        let told = ["MaxConcurrency", "MaxErrors"].map(|name| text(&told, name).to_string());
        if told != [concurrency, errors] {
            return invalid(format!("{concurrency} and {errors} are told as {} and {}", told[0], told[1]));
        }
    }
    Ok("taken and told as written".into())
}

async fn form_of_violations(bench: &Bench) -> Outcome {
    let request = with(base(bench), json!({"MaxConcurrency": "0"}));
    bench.count_command()?;
    let reply = bench.ssm("SendCommand", &bench.named(request)).await?;
    let message = text(&reply.json, "message").to_string();
    let form = "1 validation error detected: Value '0' at 'maxConcurrency' failed to satisfy constraint: Member must";
    demand(reply.error.as_deref() == Some(VIOLATION) && message.starts_with(form), reply.shown())
}

async fn duplicate(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let id = &works.some(1)?[0];
    refused(bench, json!({"InstanceIds": [id, id]}), &["DuplicateInstanceId"]).await
}

async fn bad_id(bench: &Bench) -> Outcome {
    refused(bench, json!({"InstanceIds": ["web-1"]}), &[VIOLATION]).await
}

/// By the statuses of S15.20 it could also be accepted and end as Undeliverable; ids that are unknown are refused (O-41).
async fn unknown_id(bench: &Bench) -> Outcome {
    refused(bench, json!({"InstanceIds": ["i-0fffffffffffffff0"]}), &["InvalidInstanceId"]).await
}

/// S3.17: it was once answered in another way.
async fn too_many_ids(bench: &Bench) -> Outcome {
    let ids: Vec<_> = (0..51).map(|n| format!("i-0123456789abcde{n:02}")).collect();
    refused(bench, json!({"InstanceIds": ids}), &[VIOLATION, "ThrottlingException", "RateExceeded"]).await
}

async fn too_many_selectors(bench: &Bench) -> Outcome {
    let selector = |n: u32| json!({"Key": format!("tag:Conform{n}"), "Values": ["x"]});
    let targets: Vec<_> = (0..6).map(selector).collect();
    refused(bench, json!({"InstanceIds": [], "Targets": targets}), &[VIOLATION]).await
}

/// By which name is unpublished.
async fn no_target(bench: &Bench) -> Outcome {
    bench.count_command()?;
    let request = with(base(bench), json!({"InstanceIds": [], "Targets": []}));
    let reply = bench.ssm("SendCommand", &bench.named(request)).await?;
    demand(reply.error.is_some(), reply.shown())
}

async fn unknown_document(bench: &Bench) -> Outcome {
    refused(bench, json!({"DocumentName": "Fleetsim-Conform-Nobody-Has-It"}), &["InvalidDocument"]).await
}

async fn unknown_parameter(bench: &Bench) -> Outcome {
    let parameters = json!({"commands": ["true"], "noSuchParameter": ["x"]});
    refused(bench, json!({"Parameters": parameters}), &["InvalidParameters"]).await
}

async fn bad_command_id(bench: &Bench) -> Outcome {
    let id = "00000000-0000-4000-8000-00000000000";
    let reply = bench
        .ssm("GetCommandInvocation", &json!({"CommandId": id, "InstanceId": "i-0123456789abcdef0"}))
        .await?;
    demand(reply.error.as_deref() == Some(VIOLATION), reply.shown())
}

async fn bad_event(bench: &Bench) -> Outcome {
    let config = json!({
        "NotificationArn": "arn:aws:sns:us-east-1:123456789012:statuses",
        "NotificationEvents": ["Finished"],
        "NotificationType": "Command",
    });
    refused(bench, json!({"NotificationConfig": config}), &[VIOLATION]).await
}
