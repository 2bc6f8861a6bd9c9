//! `MaxErrors`: what counts as an error, and what the error that is too many stops.

use serde_json::json;

use crate::conform::{
    bench::Bench,
    case::{Case, Halt, Outcome, case, demand, invalid, unknown},
    fleet::Part,
    json::count,
    watch::Story,
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "failing-script",
        failing_script,
        "a script that fails makes invocation and command Failed",
        "S1.19, S6.9, S6.10, O-3"
    ),
    case!(
        "stop-at-first",
        stop_at_first,
        "with MaxErrors 0 the first error stops the sending",
        "S4.17, S4.18, S4.23, S4.25"
    ),
    case!(
        "stop-at-n-plus-1",
        stop_at_second,
        "with MaxErrors 1 the second error stops the sending",
        "S4.18, S4.23, S4.25"
    ),
    case!(
        "percent-errors",
        percent_errors,
        "MaxErrors 50% of the targets stops at the error beyond them",
        "S4.19, O-11, O-13"
    ),
    case!("overshoot", overshoot, "no more fail than MaxErrors and MaxConcurrency together", "S4.23, S4.24"),
    case!(
        "tolerated",
        tolerated,
        "errors that are tolerated stop nothing, and the command is Incomplete or Success",
        "S4.18, S6.11, O-3, O-4"
    ),
    case!(
        "counters",
        counters,
        "TargetCount, CompletedCount and ErrorCount are those of the invocations",
        "S1.28, S4.20"
    ),
];

/// Nothing can be said of errors where nothing fails; that it does not is told by the first case.
fn needs_errors(story: &Story) -> Result<(), Halt> {
    if story.with_details(&["Failed"]) == 0 {
        return unknown(format!("nothing failed: {}", story.shown()));
    }
    Ok(())
}

async fn failing_script(bench: &Bench) -> Outcome {
    let fails = &bench.fleet.fails;
    let ids = fails.some(1)?;
    let story = bench.send_and_watch(fails.request(ids, json!({}))).await?;
    if story.state() != "Failed" || story.in_state("Failed").len() != 1 {
        return invalid(story.shown());
    }
    let code =
        count(&bench.get_invocation(&story.id, &ids[0]).await?.good("GetCommandInvocation")?, "ResponseCode");
    let seen =
        format!("{}, ResponseCode {}", story.shown(), code.map_or("missing".into(), |code| code.to_string()));
    demand(code.is_some_and(|code| code > 0), seen)
}

/// Sends to instances that all fail, one at a time.
async fn one_by_one(bench: &Bench, fails: &Part, ids: &[String], max_errors: &str) -> Result<Story, Halt> {
    let more = json!({"MaxConcurrency": "1", "MaxErrors": max_errors});
    let story = bench.send_and_watch(fails.request(ids, more)).await?;
    needs_errors(&story)?;
    Ok(story)
}

/// Judges that so many failed, and all others are Terminated.
fn stopped_after(story: &Story, allowed: &[usize], total: usize) -> Outcome {
    let failed = story.with_details(&["Failed"]);
    let terminated = story.with_details(&["Terminated"]);
    story.obeys(&["stop"])?;
    demand(allowed.contains(&failed) && failed + terminated == total, story.shown())
}

async fn stop_at_first(bench: &Bench) -> Outcome {
    let fails = &bench.fleet.fails;
    let ids = fails.up_to(3, 4)?;
    stopped_after(&one_by_one(bench, fails, ids, "0").await?, &[1], ids.len())
}

async fn stop_at_second(bench: &Bench) -> Outcome {
    let fails = &bench.fleet.fails;
    let ids = fails.up_to(4, 5)?;
    stopped_after(&one_by_one(bench, fails, ids, "1").await?, &[2], ids.len())
}

/// 50% of 5 is 2.5: by O-13 two or three are tolerated, and by O-11 the one that reaches it may be the last.
async fn percent_errors(bench: &Bench) -> Outcome {
    let fails = &bench.fleet.fails;
    let ids = fails.some(5)?;
    stopped_after(&one_by_one(bench, fails, ids, "50%").await?, &[3, 4], ids.len())
}

async fn overshoot(bench: &Bench) -> Outcome {
    let fails = &bench.fleet.fails;
    let ids = fails.up_to(6, 10)?;
    let more = json!({"MaxConcurrency": "3", "MaxErrors": "1"});
    let story = bench.send_and_watch(fails.request(ids, more)).await?;
    needs_errors(&story)?;
    let failed = story.with_details(&["Failed"]);
    demand((2..=4).contains(&failed), format!("{failed} failed, 4 at most; {}", story.tally()))
}

async fn tolerated(bench: &Bench) -> Outcome {
    let Fleets { ids, total, .. } = mixed(bench, 2, 1)?;
    let request = bench.fleet.fails.request(&ids, json!({"MaxErrors": "1", "MaxConcurrency": "1"}));
    let story = bench.send_and_watch(request).await?;
    needs_errors(&story)?;
    let ended = story.with_details(&["Success", "Failed"]);
    let is_tolerated = ["Failed/Incomplete", "Success"].contains(&story.state().as_str())
        || story.command.get("StatusDetails").is_some_and(|details| details == "Incomplete");
    if story.with_details(&["Failed"]) != 1 {
        return unknown(format!("not one failed, but: {}", story.tally()));
    }
    demand(ended == total && is_tolerated, story.shown())
}

async fn counters(bench: &Bench) -> Outcome {
    let Fleets { ids, total, .. } = mixed(bench, 3, 2)?;
    let request = bench.fleet.fails.request(&ids, json!({"MaxErrors": "100%", "MaxConcurrency": "2"}));
    let mut story = bench.send_and_watch(request).await?;
    // Counters may be told later than states.
    let counts = |story: &Story| {
        ["TargetCount", "CompletedCount", "ErrorCount"].map(|name| count(&story.command, name))
    };
    let errors = story.with_details(&["Failed", "ExecutionTimedOut"]);
    let right = [total, total, errors].map(|count| i64::try_from(count).ok());
    bench.watch_until(&mut story, 10.0, |story| counts(story) == right).await?;
    story.obeys(&["counters"])?;
    let [targets, completed, told] =
        counts(&story).map(|count| count.map_or("missing".into(), |n| n.to_string()));
    let seen =
        format!("TargetCount {targets}, CompletedCount {completed}, ErrorCount {told}; {}", story.tally());
    demand(counts(&story) == right, seen)
}

/// Ids of instances that work and of some that fail.
struct Fleets {
    ids: Vec<String>,
    total: usize,
}

/// Where the same instances work and fail as their script says, they cannot do both in one command.
fn mixed(bench: &Bench, works: usize, fails: usize) -> Result<Fleets, Halt> {
    let (working, failing) = (bench.fleet.works.some(works)?, bench.fleet.fails.some(fails)?);
    if working.iter().any(|id| failing.contains(id)) {
        return unknown("the same instances work and fail, so that one command cannot have both");
    }
    let ids: Vec<_> = failing.iter().chain(working).cloned().collect();
    let total = ids.len();
    Ok(Fleets { ids, total })
}
