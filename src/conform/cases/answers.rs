//! What SendCommand answers.

use serde_json::{Value, json};

use crate::conform::{
    bench::Bench,
    case::{Case, Outcome, case, demand, invalid, unknown},
    json::{count, state, text},
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!(
        "default-limits",
        default_limits,
        "without limits the answer tells MaxConcurrency 50 and MaxErrors 0",
        "S4.2, S4.17, S15.7"
    ),
    case!(
        "answer-at-once",
        answer_at_once,
        "SendCommand answers Pending/Pending, before anything ran",
        "S1.11, S15.7, C1"
    ),
    case!(
        "request-repeated",
        request_repeated,
        "an answer repeats the request, percentages as written",
        "S15.1"
    ),
    case!("count-of-ids", count_of_ids, "of a command to ids TargetCount is their number", "S15.7, O-45"),
    case!(
        "default-timeout",
        default_timeout,
        "without timeouts ExpiresAfter is 3600 s and the document's 3600 s after the request",
        "S5.1 to S5.7, O-18, O-19"
    ),
    case!(
        "total-timeout",
        total_timeout,
        "ExpiresAfter is TimeoutSeconds and the execution timeout after the request",
        "S5.1, S5.3, O-18"
    ),
    case!("no-token", no_token, "the same call twice makes two commands", "S15.18"),
];

async fn default_limits(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let story = bench.send(works.request(works.some(1)?, json!({}))).await?;
    let limits = ["MaxConcurrency", "MaxErrors"].map(|name| text(&story.answer, name));
    demand(limits == ["50", "0"], format!("MaxConcurrency \"{}\", MaxErrors \"{}\"", limits[0], limits[1]))
}

async fn answer_at_once(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let story = bench.send(works.request(works.some(1)?, json!({}))).await?;
    let (state, done) = (state(&story.answer), count(&story.answer, "CompletedCount").unwrap_or_default());
    demand(state == "Pending" && done == 0, format!("{state}, CompletedCount {done}"))
}

async fn request_repeated(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let more = json!({"MaxConcurrency": "30%", "MaxErrors": "20%", "Comment": "fleetsim conform: repeated"});
    let story = bench.send(works.request(works.some(1)?, more)).await?;
    let fields = ["DocumentName", "InstanceIds", "Parameters", "MaxConcurrency", "MaxErrors", "Comment"];
    for name in fields {
        let (sent, told) = (&story.request[name], story.answer.get(name).unwrap_or(&Value::Null));
        if sent != told {
            return invalid(format!("{name} was {sent} and is told as {told}"));
        }
    }
    Ok(fields.join(", "))
}

async fn count_of_ids(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let story = bench.send(works.request(works.some(2)?, json!({}))).await?;
    let told = count(&story.answer, "TargetCount");
    demand(
        told == Some(2),
        format!("TargetCount {} for 2 ids", told.map_or("missing".into(), |n| n.to_string())),
    )
}

async fn default_timeout(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let mut request = works.request(works.some(1)?, json!({"Parameters": {"commands": works.commands}}));
    if let Some(fields) = request.as_object_mut() {
        fields.remove("TimeoutSeconds");
    }
    let story = bench.send(request).await?;
    // O-19: 3600 or 600; O-18: and the document's 3600, or not.
    total(story.total_timeout(), 7200.0, &[("O-19", 4200.0)])
}

async fn total_timeout(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let more = json!({
        "TimeoutSeconds": 600,
        "Parameters": {"commands": works.commands, "executionTimeout": ["120"]},
    });
    let story = bench.send(works.request(works.some(1)?, more)).await?;
    total(story.total_timeout(), 720.0, &[])
}

/// The total timeout that was told against the one that is expected, or other readings of it.
fn total(told: Option<f64>, expected: f64, readings: &[(&str, f64)]) -> Outcome {
    let Some(told) = told else {
        return invalid("the answer does not tell ExpiresAfter and RequestedDateTime");
    };
    let seen = format!("{told} s");
    let is = |seconds: f64| (told - seconds).abs() <= 1.0;
    if is(expected) {
        return Ok(seen);
    }
    match readings.iter().find(|(_, seconds)| is(*seconds)) {
        Some((reading, _)) => Ok(format!("{seen} (by {reading})")),
        None => invalid(seen),
    }
}

async fn no_token(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let request = works.request(works.some(1)?, json!({}));
    let (one, other) = (bench.send(request.clone()).await?, bench.send(request).await?);
    if one.id.is_empty() || other.id.is_empty() {
        return unknown("no CommandId was told");
    }
    let sameness = if one.id == other.id { "the same CommandId" } else { "two CommandIds" };
    demand(one.id != other.id, sameness)
}
