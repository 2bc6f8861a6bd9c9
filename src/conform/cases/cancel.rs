//! CancelCommand.

use serde_json::json;

use crate::conform::{
    bench::Bench,
    case::{Case, Halt, Outcome, case, demand, invalid, unknown},
    json::text,
    watch::Story,
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "cancel-running",
        running,
        "a cancel ends what runs as Cancelled, unless the work ends first",
        "S7.1, S7.2, S7.7, T12 to T15, C7, C8"
    ),
    case!(
        "cancel-unsent",
        unsent,
        "what was not sent when the cancel came is Cancelled and never runs",
        "T13, S7.14"
    ),
    case!("cancel-one", one, "a cancel on one instance leaves the others alone", "S7.1, O-50"),
    case!("cancel-ended", ended, "a cancel of what has ended changes nothing", "S7.3, O-53, T18"),
    case!("cancel-unknown", not_there, "a cancel of a command that is not there is InvalidCommandId", "S7.1"),
];

/// Sends to instances that take long, and waits until some run.
async fn under_way(bench: &Bench, ids: &[String], limit: &str) -> Result<Story, Halt> {
    let request = bench.fleet.sleeps.request(ids, json!({"MaxConcurrency": limit}));
    let mut story = bench.send(request).await?;
    let runs =
        |story: &Story| !story.in_state("InProgress").is_empty() || story.has_ended() && story.looks > 1;
    bench.watch_until(&mut story, 60.0, runs).await?;
    if story.in_state("InProgress").is_empty() {
        return unknown(format!(
            "nothing was seen to run, so that nothing can be cancelled: {}",
            story.shown()
        ));
    }
    Ok(story)
}

async fn running(bench: &Bench) -> Outcome {
    let ids = bench.fleet.sleeps.up_to(1, 3)?;
    let mut story = under_way(bench, ids, "50").await?;
    bench.cancel(&mut story, &[]).await?;
    bench.watch(&mut story).await?;
    let ended = story.with_details(&["Cancelled", "Success"]);
    story.obeys(&["cancel", "invocation-states"])?;
    // That the work ended first is no offence (T15).
    let cancelled = story.with_details(&["Cancelled"]);
    demand(ended == ids.len() && (cancelled == 0 || story.state() == "Cancelled"), story.shown())
}

async fn unsent(bench: &Bench) -> Outcome {
    let ids = bench.fleet.sleeps.up_to(3, 4)?;
    let mut story = under_way(bench, ids, "1").await?;
    let waiting: Vec<String> = story.in_state("Pending").into_iter().map(String::from).collect();
    bench.cancel(&mut story, &[]).await?;
    bench.watch(&mut story).await?;
    // One of those that waited may have been sent between the look and the cancel.
    let cancelled = story.in_state("Cancelled");
    let ran: Vec<_> = waiting.iter().filter(|id| !cancelled.contains(&id.as_str())).collect();
    demand(ran.len() <= 1 && !waiting.is_empty(), format!("{} waited; {}", waiting.len(), story.shown()))
}

async fn one(bench: &Bench) -> Outcome {
    let ids = bench.fleet.sleeps.some(2)?;
    let mut story = under_way(bench, ids, "50").await?;
    bench.cancel(&mut story, &ids[..1]).await?;
    bench.watch(&mut story).await?;
    let other = story.invocations.iter().find(|one| text(one, "InstanceId") == ids[1]);
    let other = other.map(|one| text(one, "Status")).unwrap_or_default();
    let cancelled = story.in_state("Cancelled").contains(&ids[0].as_str());
    let incomplete = story.state() != "Cancelled" && story.state() != "Success" || !cancelled;
    demand(other == "Success" && incomplete, story.shown())
}

async fn ended(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let mut story = bench.send_and_watch(works.request(works.some(1)?, json!({}))).await?;
    let before = story.shown();
    let reply = bench.ssm("CancelCommand", &json!({"CommandId": story.id})).await?;
    bench.wait(3.0).await;
    bench.look(&mut story).await?;
    if story.shown() != before {
        return invalid(format!("{before} became {}", story.shown()));
    }
    match reply.error {
        None => Ok(format!("accepted; still {before}")),
        Some(_) => unknown(format!("what the call answers is unpublished; it was {}", reply.shown())),
    }
}

async fn not_there(bench: &Bench) -> Outcome {
    let request = json!({"CommandId": "00000000-0000-4000-8000-000000000000"});
    let reply = bench.ssm("CancelCommand", &request).await?;
    demand(reply.error.as_deref() == Some("InvalidCommandId"), reply.shown())
}
