//! The course of a command and what is told of its end.

use serde_json::{Value, json};

use crate::conform::{
    bench::Bench,
    case::{Case, Outcome, case, demand, invalid, unknown},
    json::{count, list, text},
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "success",
        success,
        "exit code 0 everywhere makes invocations and command Success",
        "S1.16, S6.8, section 6.3"
    ),
    case!("course", course, "states change only in legal ways and never go back", "T1 to T18, C1 to C10"),
    case!(
        "roll-up",
        roll_up,
        "the command's status is one that its invocations add up to",
        "section 6.3, O-3 to O-11"
    ),
    case!(
        "one-answer",
        one_answer,
        "GetCommandInvocation tells of one step: its code, texts, times and the time between",
        "S15.4, S15.13"
    ),
    case!(
        "steps-with-details",
        steps,
        "the steps of invocations are told with Details, and without it they are not",
        "S15.2, S15.3"
    ),
    case!(
        "seen-in-the-end",
        seen,
        "a new command is found by every call soon after, and does not vanish again",
        "S3.11, S15.1, T18"
    ),
];

async fn success(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let ids = works.some(2)?;
    let story = bench.send_and_watch(works.request(ids, json!({}))).await?;
    demand(story.state() == "Success" && story.in_state("Success").len() == 2, story.shown())
}

async fn course(bench: &Bench) -> Outcome {
    let sleeps = &bench.fleet.sleeps;
    let ids = sleeps.up_to(1, 3)?;
    let story = bench.send_and_watch(sleeps.request(ids, json!({"MaxConcurrency": "2"}))).await?;
    let seen = format!("{} looks; {}", story.looks, story.shown());
    story.judged(&["invocation-states", "command-states"], seen)
}

async fn roll_up(bench: &Bench) -> Outcome {
    let (works, fails) = (&bench.fleet.works, &bench.fleet.fails);
    let ids: Vec<_> = works.some(1)?.iter().chain(fails.some(1)?).cloned().collect();
    if ids[0] == ids[1] {
        return unknown("the same instances work and fail, so that one command cannot have both");
    }
    let story = bench.send_and_watch(fails.request(&ids, json!({"MaxErrors": "100%"}))).await?;
    let seen = story.shown();
    story.judged(&["roll-up"], seen)
}

async fn one_answer(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let ids = works.some(1)?;
    let story = bench.send_and_watch(works.request(ids, json!({}))).await?;
    let answer = bench.get_invocation(&story.id, &ids[0]).await?.good("GetCommandInvocation")?;
    for name in ["CommandId", "InstanceId", "PluginName", "Status", "StatusDetails"] {
        if text(&answer, name).is_empty() {
            return invalid(format!("no {name}"));
        }
    }
    for name in ["StandardOutputContent", "StandardErrorContent"] {
        if !answer.get(name).is_some_and(Value::is_string) {
            return invalid(format!("no {name}"));
        }
    }
    let times = ["ExecutionStartDateTime", "ExecutionEndDateTime"].map(|name| text(&answer, name));
    let elapsed = text(&answer, "ExecutionElapsedTime");
    let seen = format!("ResponseCode {}, {} to {}, {elapsed}", answer["ResponseCode"], times[0], times[1]);
    let instants = times.map(|time| time.parse::<jiff::Timestamp>().ok());
    let [Some(began), Some(ended)] = instants else {
        return invalid(format!("{seen}: times are texts of ISO 8601 in UTC"));
    };
    let Ok(span) = elapsed.parse::<jiff::SignedDuration>() else {
        return invalid(format!("{seen}: the time between is a duration of ISO 8601"));
    };
    let off = (ended.duration_since(began) - span).abs();
    demand(count(&answer, "ResponseCode") == Some(0) && began <= ended && off.as_secs() < 1, seen)
}

async fn steps(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let story = bench.send_and_watch(works.request(works.some(1)?, json!({}))).await?;
    let mut counts = Vec::new();
    for details in [false, true] {
        let query = json!({"CommandId": story.id, "Details": details});
        let answer = bench.good("ListCommandInvocations", &query).await?;
        let Some(one) = list(&answer, "CommandInvocations").first() else {
            return invalid("the list has no invocation");
        };
        let steps = list(one, "CommandPlugins");
        let wrong =
            steps.iter().find(|step| text(step, "Name").is_empty() || text(step, "Status").is_empty());
        if let Some(step) = wrong {
            return invalid(format!("a step has neither Name nor Status: {step}"));
        }
        counts.push(steps.len());
    }
    demand(
        counts[0] == 0 && counts[1] > 0,
        format!("{} steps without Details, {} with it", counts[0], counts[1]),
    )
}

/// What is found late is no offence, for reads may lag behind; what is found and then missing is one, in a simple way of
/// asking that every waiter uses.
async fn seen(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let ids = works.some(1)?;
    let mut story = bench.send(works.request(ids, json!({}))).await?;
    let (mut found, mut missed) = (false, 0);
    for _ in 0..40 {
        let reply = bench.get_invocation(&story.id, &ids[0]).await?;
        match reply.error.as_deref() {
            None => found = true,
            Some("InvocationDoesNotExist" | "InvalidCommandId") if !found => missed += 1,
            Some(_) if found => return invalid(format!("found, and then {}", reply.shown())),
            Some(_) => return invalid(reply.shown()),
        }
        bench.wait(bench.settings.interval).await;
    }
    bench.look(&mut story).await?;
    let is_listed = text(&story.command, "CommandId") == story.id && !story.invocations.is_empty();
    demand(found && is_listed, format!("{missed} of 40 looks found nothing yet; {}", story.shown()))
}
