//! `MaxConcurrency`: how many are in flight at once, and how the sending begins.

use serde_json::{Value, json};

use crate::conform::{
    bench::Bench,
    case::{Case, Halt, Outcome, case, invalid, unknown},
    json::number,
    watch::Story,
};

pub(in crate::conform) const CASES: &[Case] = &[
    case!("absolute-limit", absolute, "never more in flight than MaxConcurrency 3", "S4.1, S4.5, O-15"),
    case!("percent-limit", percent, "never more in flight than 50% of the targets", "S4.3, S4.5, O-15"),
    case!(
        "percent-rounding",
        rounding,
        "of a percentage that is no whole number no more are in flight than rounded up",
        "S4.4, O-13, section 4.6"
    ),
    case!(
        "at-least-one",
        at_least_one,
        "1% of a few is one at a time, and not none",
        "S4.4, O-13, Settled 5"
    ),
    case!(
        "slow-start",
        slow_start,
        "one instance is sent to first, and no second one in the same instant",
        "S4.8 to S4.13, O-12"
    ),
];

async fn absolute(bench: &Bench) -> Outcome {
    let (works, limit) = (&bench.fleet.works, 3);
    watched(bench, works.up_to(limit + 2, 8)?, json!("3"), limit).await
}

async fn percent(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let ids = even(works.up_to(4, 8)?);
    watched(bench, ids, json!("50%"), ids.len() / 2).await
}

async fn rounding(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let all = works.up_to(5, 7)?;
    let ids = &all[..all.len() - (1 - all.len() % 2)];
    watched(bench, ids, json!("50%"), ids.len().div_ceil(2)).await
}

async fn at_least_one(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    watched(bench, works.up_to(2, 4)?, json!("1%"), 1).await
}

fn even(ids: &[String]) -> &[String] {
    &ids[..ids.len() / 2 * 2]
}

/// Sends under a limit, and lets the rule judge what was seen.
async fn watched(bench: &Bench, ids: &[String], limit: Value, most: usize) -> Outcome {
    let more = json!({"MaxConcurrency": limit, "MaxErrors": "100%"});
    let story = bench.send_and_watch(bench.fleet.works.request(ids, more)).await?;
    let seen =
        format!("up to {} of {} in flight in {} looks, {most} allowed", story.peak, ids.len(), story.looks);
    story.obeys(&["max-concurrency"])?;
    needs_flight(&story)?;
    Ok(seen)
}

/// What nobody saw in flight says nothing about how many there were.
fn needs_flight(story: &Story) -> Result<(), Halt> {
    if story.peak == 0 {
        return unknown(format!("nothing was ever seen in flight in {} looks", story.looks));
    }
    Ok(())
}

/// `RequestedDateTime` of an invocation is when it was sent (S9.14). Before the first one is acknowledged there is no second.
async fn slow_start(bench: &Bench) -> Outcome {
    let works = &bench.fleet.works;
    let ids = works.up_to(4, 10)?;
    let story = bench.send_and_watch(works.request(ids, json!({"MaxErrors": "100%"}))).await?;
    let mut times: Vec<f64> =
        story.invocations.iter().filter_map(|one| number(one, "RequestedDateTime")).collect();
    if times.len() < ids.len() {
        return unknown("the endpoint does not tell when invocations were sent");
    }
    times.sort_by(f64::total_cmp);
    let is_coarse = times.iter().all(|time| time.fract() == 0.0);
    let after = |time: f64| ((time - times[0]) * 1000.0).round();
    if after(times[1]) <= 0.0 {
        let together = times.iter().filter(|&&time| after(time) <= 0.0).count();
        let seen = format!("{together} were sent in the same instant as the first");
        return if is_coarse { unknown(format!("{seen}, told in whole seconds")) } else { invalid(seen) };
    }
    let shown: Vec<_> = times.iter().take(4).map(|&time| format!("{} ms", after(time))).collect();
    let seen = format!("sent at {}", shown.join(", "));
    // Before the nth send of an instant all earlier ones may have been acknowledged, and none of the same instant.
    let is_doubling = (1..times.len()).all(|n| {
        let before = times.iter().filter(|&&time| after(time) < after(times[n])).count();
        n < 1 + 2 * before
    });
    Ok(if is_doubling { seen } else { format!("{seen} (by O-12 jump)") })
}
