//! The tables of a plan.

use std::io::{self, Write};

use super::{
    cells::{self, Unit},
    words,
};
use crate::{
    measure::interval::Interval,
    planner::{Answer, Estimate, Outcome, SettingOutcome, Verdict},
    report::{csv, rows::Table},
    scenario::demand::Subject,
};

/// Every setting, with the intervals of its means. A demand that is missed or undecided marks what it is about.
pub(in crate::report) fn settings(outcome: &Outcome) -> Table {
    let mut header = vec!["", "MaxConcurrency", "MaxErrors"];
    if !outcome.fields.is_empty() {
        header.push("fields");
    }
    header.extend(["done (healthy)", "completes", "broken (bad)", "stopped after"]);
    let row = |(at, setting): (usize, &SettingOutcome)| {
        let mut row = vec![mark(outcome, at), setting.max_concurrency.clone(), setting.max_errors.clone()];
        if !outcome.fields.is_empty() {
            row.push(setting.fields.join(", "));
        }
        let makespan = setting.makespan.as_ref();
        let cells = [
            (
                makespan.map_or_else(|| "never".into(), |one| cells::estimate(one, Unit::Time)),
                Subject::Within,
            ),
            (cells::share(&setting.completes), Subject::Completes),
            (cells::estimate(setting.broken(), Unit::Instances), Subject::BlastRadius),
            (cells::estimate(setting.time_to_stop(), Unit::Time), Subject::StopWithin),
        ];
        row.extend(cells.into_iter().map(|(cell, subject)| cell + objection(setting, subject)));
        row
    };
    (header, outcome.settings.iter().enumerate().map(row).collect())
}

/// `!` where the demand on a subject is missed, `?` where it is undecided. A blank stands for neither, where others may have
/// a mark.
fn objection(setting: &SettingOutcome, subject: Subject) -> &'static str {
    let judged = setting.demands.iter().find(|judged| judged.demand.subject == subject);
    match judged.map(|judged| judged.verdict) {
        None => "",
        Some(Verdict::Met) => "  ",
        Some(Verdict::Undecided) => " ?",
        Some(Verdict::Missed) => " !",
    }
}

/// `*` the recommended one, `=` a tie with it, `f` on the frontier, `w` the scenario as written.
fn mark(outcome: &Outcome, at: usize) -> String {
    let (is_recommended, is_tie) = match &outcome.answer {
        Answer::Recommended { setting, ties, .. } => (*setting == at, ties.contains(&at)),
        _ => (false, false),
    };
    let marks = [
        ('*', is_recommended),
        ('=', is_tie),
        ('f', outcome.frontier.contains(&at)),
        ('w', outcome.settings[at].is_written),
    ];
    marks.into_iter().filter(|(_, holds)| *holds).map(|(mark, _)| mark).collect()
}

fn verdict(setting: &SettingOutcome) -> String {
    let of = |verdict: Verdict| {
        let demands = setting.demands.iter().filter(move |judged| judged.verdict == verdict);
        demands.map(|judged| judged.demand.subject.name()).collect::<Vec<_>>().join(", ")
    };
    match setting.verdict {
        Verdict::Met => "meets all".into(),
        Verdict::Missed => format!("misses {}", of(Verdict::Missed)),
        Verdict::Undecided => format!("undecided: {}", of(Verdict::Undecided)),
    }
}

/// What the settings to choose from cost beside the recommended one: those that meet everything, the frontier, and the
/// scenario as written.
pub(in crate::report) fn differences(outcome: &Outcome) -> Table {
    let unit = Unit::of(outcome.minimize);
    let is_choice = |at: usize, setting: &SettingOutcome| {
        setting.verdict == Verdict::Met || setting.is_written || outcome.frontier.contains(&at)
    };
    let row = |(at, setting): (usize, &SettingOutcome)| {
        let difference = setting.difference.as_ref().filter(|_| is_choice(at, setting))?;
        Some(vec![
            words::name(outcome, at),
            cells::difference(difference, unit),
            difference.pairs.to_string(),
        ])
    };
    let header = vec!["beside the recommended one", words::objective(outcome.minimize), "pairs"];
    (header, outcome.settings.iter().enumerate().filter_map(row).collect())
}

/// The worlds of a prediction, a row for each.
pub(super) fn worlds(outcome: &Outcome) -> Table {
    let setting = &outcome.settings[0];
    let time = |estimate: &Estimate| {
        let quantiles = [estimate.p50, estimate.p95, estimate.p99].map(|value| Unit::Time.show(value as f64));
        std::iter::once(cells::estimate(estimate, Unit::Time)).chain(quantiles).collect::<Vec<_>>()
    };
    let nothing = || vec![String::new(); 4];
    let mut rows = vec![
        [vec!["healthy: done in".into()], setting.makespan.as_ref().map_or_else(nothing, time)].concat(),
    ];
    for (name, world) in outcome.worlds[1..].iter().zip(&setting.bad) {
        let broken = [world.broken.p50, world.broken.p95, world.broken.p99].map(|value| value.to_string());
        let broken = std::iter::once(cells::estimate(&world.broken, Unit::Instances)).chain(broken).collect();
        rows.push([vec![format!("{name}: broken")], broken].concat());
        rows.push([vec![format!("{name}: stopped after")], time(&world.time_to_stop)].concat());
        rows.push([vec![format!("{name}: done in")], time(&world.makespan)].concat());
    }
    (vec!["", "mean", "p50", "p95", "p99"], rows)
}

/// Writes `settings.csv`: a row for each setting.
pub fn write_settings(outcome: &Outcome, output: impl Write) -> io::Result<()> {
    let mut table = csv::plain(output);
    let mut header: Vec<String> = ["max_concurrency", "max_errors"].map(String::from).into();
    header.extend(outcome.fields.iter().map(|path| csv::text(path)));
    header.extend(
        ["is_written", "recommended", "frontier", "verdict", "replications", "completes"].map(String::from),
    );
    header.extend(["completes_low", "completes_high"].map(String::from));
    header.extend(with_ends("makespan_us"));
    for world in &outcome.worlds[1..] {
        header.extend(with_ends(&format!("{world}.broken")));
        header.extend(with_ends(&format!("{world}.time_to_stop_us")));
        header.push(format!("{world}.stopped"));
    }
    header.extend(with_ends("difference"));
    table.write_record(header.iter().map(|name| csv::text(name)))?;
    for (at, setting) in outcome.settings.iter().enumerate() {
        table.write_record(record(outcome, at, setting))?;
    }
    table.flush()
}

fn with_ends(name: &str) -> [String; 3] {
    [name.to_string(), format!("{name}_low"), format!("{name}_high")]
}

fn record(outcome: &Outcome, at: usize, setting: &SettingOutcome) -> Vec<String> {
    let is_recommended = matches!(outcome.answer, Answer::Recommended { setting, .. } if setting == at);
    let mut row = vec![setting.max_concurrency.clone(), setting.max_errors.clone()];
    row.extend(setting.fields.iter().map(|value| csv::text(value)));
    row.extend(
        [setting.is_written, is_recommended, outcome.frontier.contains(&at)].map(|truth| truth.to_string()),
    );
    row.extend([verdict(setting), setting.replications.to_string()]);
    let interval = setting.completes.interval;
    row.extend([setting.completes.share(), interval.low, interval.high].map(|share| share.to_string()));
    row.extend(mean(setting.makespan.as_ref()));
    for world in &setting.bad {
        row.extend(mean(Some(&world.broken)));
        row.extend(mean(Some(&world.time_to_stop)));
        row.push(world.stopped.share().to_string());
    }
    let difference = setting.difference.as_ref();
    row.extend(numbers(difference.map(|one| one.mean), difference.and_then(|one| one.interval)));
    row
}

fn mean(estimate: Option<&Estimate>) -> [String; 3] {
    numbers(estimate.map(|one| one.mean), estimate.and_then(|one| one.interval))
}

fn numbers(mean: Option<f64>, interval: Option<Interval>) -> [String; 3] {
    let show = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    [show(mean), show(interval.map(|one| one.low)), show(interval.map(|one| one.high))]
}
