//! The tables of a report, as rows of text: each format lays them out in its own way.

use super::{
    deliveries, human, notifications,
    summary::{CommandSummary, Summary},
};
use crate::{
    check::Judgement,
    ensemble::RuleSummary,
    measure::{Spread, Stage},
    scenario::threshold::METRICS,
};

/// A table: its header and its rows.
pub type Table = (Vec<&'static str>, Vec<Vec<String>>);

/// What must be said before all figures: that there are fewer replications than asked for, or why there are so many.
pub fn remarks(summary: &Summary) -> Vec<String> {
    let done = human::count(summary.replications);
    let partial = summary.partial.map(|asked| {
        format!("PARTIAL: interrupted after {done} of at most {} replications", human::count(asked))
    });
    let goals = summary.until.iter().map(|outcome| match outcome.reached {
        true => format!("{}: reached with {done} replications", outcome.goal),
        false => format!("{}: NOT reached with {done} replications", outcome.goal),
    });
    partial.into_iter().chain(goals).collect()
}

/// How the invocations of a command ended: details, number (mean over replications) and share of the targets.
pub fn endings(command: &CommandSummary, replications: u64) -> Table {
    let header = if replications == 1 { "invocations" } else { "invocations (mean)" };
    let rows = command.endings().into_iter().map(|(details, mean)| {
        let number = if replications == 1 { human::count(mean as u64) } else { format!("{mean:.1}") };
        vec![details.name().to_string(), number, human::percent(mean, command.targets.into())]
    });
    (vec!["ended as", header, "of targets"], rows.collect())
}

/// Quantiles of the stages, pooled over all invocations of all replications.
pub fn stages(command: &CommandSummary, replications: u64) -> Table {
    let header = if replications == 1 { "stage" } else { "pooled invocations" };
    let rows = Stage::ALL.iter().filter_map(|stage| {
        let spread = command.pooled.get(stage.name())?;
        Some(spread_row(stage.name(), spread, human::micros))
    });
    (vec![header, "mean", "p50", "p90", "p99", "max"], rows.collect())
}

/// What each subscription received.
pub fn receptions(command: &CommandSummary) -> Table {
    notifications::counts(&command.notifications)
}

/// How SNS delivered to each subscription.
pub fn deliveries(command: &CommandSummary) -> Table {
    deliveries::attempts(&command.notifications)
}

/// What two consumers made of it.
pub fn consumers(command: &CommandSummary) -> Table {
    deliveries::consumers(&command.notifications)
}

/// Quantiles of the latency of each subscription.
pub fn latencies(command: &CommandSummary) -> Table {
    let rows = command
        .notifications
        .iter()
        .filter_map(|one| Some(spread_row(&one.subscription, one.latency.as_ref()?, human::micros)));
    (vec!["latency to", "mean", "p50", "p90", "p99", "max"], rows.collect())
}

/// Metrics of a whole replication, over replications.
pub fn metrics(command: &CommandSummary) -> Table {
    let rows = METRICS.iter().filter_map(|(name, metric)| {
        let spread = command.per_replication.get(name).filter(|spread| spread.max > 0)?;
        let show = if metric.is_time() { human::micros } else { human::number };
        Some(spread_row(name, spread, show))
    });
    (vec!["per replication", "mean", "p50", "p90", "p99", "max"], rows.collect())
}

/// The thresholds, and whether they are met.
pub fn thresholds(summary: &Summary) -> Table {
    let rows = summary.thresholds.iter().map(|result| {
        let verdict = match result.met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "unknown",
        };
        let name = match &summary.commands[..] {
            [_] => String::new(),
            commands => format!("{}: ", commands[result.command].name),
        };
        vec![
            name + &result.metric,
            result.bound.clone(),
            result.measured.clone().unwrap_or_else(|| "nothing to measure".into()),
            verdict.into(),
        ]
    });
    (vec!["threshold", "demanded", "measured", "verdict"], rows.collect())
}

/// What each rule says.
pub fn rules(rules: &[RuleSummary]) -> Table {
    let rows = rules.iter().map(|rule| {
        let verdict = match rule.verdict {
            Judgement::Invalid => format!("{} ({})", word(rule.verdict), human::count(rule.offences)),
            verdict => word(verdict).to_string(),
        };
        vec![
            rule.rule.to_string(),
            verdict,
            human::count(rule.judged),
            rule.title.to_string(),
            rule.source.to_string(),
        ]
    });
    (vec!["rule", "verdict", "judged", "what it demands", "facts"], rows.collect())
}

/// The word for a judgement.
pub fn word(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Valid => "valid",
        Judgement::Unknown => "unknown",
        Judgement::Invalid => "INVALID",
    }
}

/// What is wrong, or missing, in the words of each rule that is not valid. `start` is what time 0 stands for.
pub fn objections(rules: &[RuleSummary], start: &str) -> Vec<String> {
    let of_rule = |rule: &RuleSummary| {
        let offence = rule.first.as_ref().map(|(replication, offence)| {
            let at = human::instant(start, offence.time);
            let (rule, message, fact) = (&rule.rule, &offence.message, &offence.fact);
            let records: String = offence.records.iter().map(|record| format!(": {record}")).collect();
            format!("{rule}: {message} ({fact}; {at}, replication {replication}){records}")
        });
        offence.or_else(|| rule.reason.as_ref().map(|reason| format!("{}: unknown: {reason}", rule.rule)))
    };
    rules.iter().filter_map(of_rule).collect()
}

fn spread_row(name: &str, spread: &Spread, show: impl Fn(f64) -> String) -> Vec<String> {
    let numbers = [spread.mean, spread.p50 as f64, spread.p90 as f64, spread.p99 as f64, spread.max as f64];
    std::iter::once(name.to_string()).chain(numbers.map(show)).collect()
}
