//! The three clocks.

use serde_json::{Value, json};

use crate::conform::{
    bench::Bench,
    case::{Case, Outcome, case, demand, invalid, unknown},
    json::count,
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "delivery-timeout",
        delivery,
        "what cannot be reached is TimedOut/DeliveryTimedOut when the total timeout is over, and not before",
        "S1.17, S5.1, S5.3, T5"
    ),
    case!(
        "delivery-is-no-error",
        no_error,
        "a delivery timeout is counted apart, and stops nothing",
        "S1.17, S1.28, S4.21, S6.12"
    ),
    case!(
        "execution-timeout",
        execution,
        "what runs beyond executionTimeout is TimedOut/ExecutionTimedOut",
        "S1.18, S5.14, S5.15, T7"
    ),
    case!("execution-error", error, "an execution timeout is an error", "S1.18, S1.28, S4.20, O-7"),
    case!("too-short-a-timeout", too_short, "an executionTimeout below 5 becomes 3600", "S5.12"),
];

/// A request whose total timeout is 35 s, the shortest that there is.
fn short(commands: &[String]) -> Value {
    json!({"TimeoutSeconds": 30, "Parameters": {"commands": commands, "executionTimeout": ["5"]}})
}

async fn delivery(bench: &Bench) -> Outcome {
    let offline = &bench.fleet.offline;
    let ids = offline.some(1)?;
    let mut story = bench.send(offline.request(ids, short(&offline.commands))).await?;
    let total = story.total_timeout().unwrap_or(35.0);
    bench.watch(&mut story).await?;
    let after = bench.seconds() - story.sent_at;
    let seen = format!("{} after {:.0} s of {total:.0}", story.shown(), after);
    if story.in_state("TimedOut/DeliveryTimedOut").len() != 1 {
        return invalid(seen);
    }
    // By the older meaning delivery ends after TimeoutSeconds alone (O-18).
    demand(after >= total.min(30.0) - 1.0, seen)
}

async fn no_error(bench: &Bench) -> Outcome {
    let (offline, works) = (&bench.fleet.offline, &bench.fleet.works);
    let ids: Vec<_> = offline.some(1)?.iter().chain(works.some(2)?).cloned().collect();
    let story = bench.send_and_watch(offline.request(&ids, short(&offline.commands))).await?;
    if story.with_details(&["DeliveryTimedOut"]) != 1 {
        return unknown(format!("no delivery timed out: {}", story.shown()));
    }
    let counts = ["DeliveryTimedOutCount", "ErrorCount"].map(|name| count(&story.command, name));
    let seen =
        format!("DeliveryTimedOutCount {:?}, ErrorCount {:?}; {}", counts[0], counts[1], story.shown());
    let seen = seen.replace("Some(", "").replace(')', "");
    demand(counts == [Some(1), Some(0)] && story.with_details(&["Success"]) == 2, seen)
}

async fn execution(bench: &Bench) -> Outcome {
    let sleeps = &bench.fleet.sleeps;
    let story = bench.send_and_watch(sleeps.request(sleeps.some(1)?, short(&sleeps.commands))).await?;
    demand(story.in_state("TimedOut/ExecutionTimedOut").len() == 1, story.shown())
}

async fn error(bench: &Bench) -> Outcome {
    let sleeps = &bench.fleet.sleeps;
    let story = bench.send_and_watch(sleeps.request(sleeps.some(1)?, short(&sleeps.commands))).await?;
    if story.with_details(&["ExecutionTimedOut"]) != 1 {
        return unknown(format!("no execution timed out: {}", story.shown()));
    }
    let errors = count(&story.command, "ErrorCount");
    let state = story.state();
    let allowed = ["Failed", "TimedOut/ExecutionTimedOut"].contains(&state.as_str());
    demand(errors == Some(1) && allowed, format!("{state}, ErrorCount {}", errors.unwrap_or_default()))
}

async fn too_short(bench: &Bench) -> Outcome {
    let sleeps = &bench.fleet.sleeps;
    let more = json!({"Parameters": {"commands": sleeps.commands, "executionTimeout": ["4"]}});
    let mut story = bench.send(sleeps.request(sleeps.some(1)?, more)).await?;
    bench.watch_until(&mut story, 90.0, |story| story.has_ended() && story.looks > 1).await?;
    if !story.has_ended() {
        return unknown(format!("not ended after 90 s: {}", story.shown()));
    }
    demand(story.in_state("Success").len() == 1, story.shown())
}
