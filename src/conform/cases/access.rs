//! Instances that the caller may not reach.

use serde_json::json;

use crate::conform::{
    bench::Bench,
    case::{Case, Outcome, case, demand, unknown},
    json::count,
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "denied-by-id",
        by_id,
        "an instance that the caller may not reach, by id, is an AccessDeniedException",
        "S12.6, O-17"
    ),
    case!(
        "denied-by-tag",
        by_tag,
        "by tag it is AccessDenied in its invocation, and no error",
        "S1.24, S4.21, S12.5, S12.8, O-17"
    ),
];

/// By O-17 it may be a status of the invocation instead: texts have both.
async fn by_id(bench: &Bench) -> Outcome {
    let denied = &bench.fleet.denied;
    let ids = denied.some(1)?;
    bench.count_command()?;
    let reply = bench.ssm("SendCommand", &bench.named(denied.request(ids, json!({})))).await?;
    demand(reply.error.as_deref() == Some("AccessDeniedException"), reply.shown())
}

async fn by_tag(bench: &Bench) -> Outcome {
    let denied = &bench.fleet.denied;
    let ids = denied.up_to(1, usize::MAX)?;
    let Some((name, value)) = &denied.tag else {
        return unknown("no tag is known of the instances that the caller may not reach");
    };
    let targets = json!([{"Key": format!("tag:{name}"), "Values": [value]}]);
    let mut request = denied.request(&[], json!({"Targets": targets}));
    if let Some(fields) = request.as_object_mut() {
        fields.remove("InstanceIds");
    }
    let story = bench.send_and_watch(request).await?;
    let errors = count(&story.command, "ErrorCount").unwrap_or_default();
    let seen = format!("{}, ErrorCount {errors}", story.shown());
    demand(story.with_details(&["AccessDenied"]) == ids.len() && errors == 0, seen)
}
