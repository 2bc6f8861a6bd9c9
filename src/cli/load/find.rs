//! `fleetsim load --find-max-rate`: the highest rate that meets demands.

use std::time::Duration;

use super::{
    arguments::{Finding, Task, Way},
    desk::Papers,
    run,
};
use crate::{
    base::SimDuration,
    cli::{
        console::{self, Failure, Format},
        exit::Exit,
        interrupt::Interrupt,
        output::OutputDirectory,
    },
    load::{
        arrivals::{Plan, Profile, Spacing, Stage},
        search::{Found, Outcome, Search},
        verdict::Demand,
    },
    report::load::find,
};

/// What the endpoint may take to recover from a try that was too much for it.
const REST: Duration = Duration::from_millis(500);

/// Searches, and prints what was found.
pub(super) fn find(
    mut task: Task,
    finding: &Finding,
    format: Format,
    directory: Option<OutputDirectory>,
) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen();
    let mut search = Search::new(finding.first, finding.most, finding.precision, finding.repeats);
    while let Some(rate) = search.next().filter(|_| !interrupt.came()) {
        let outcome = attempt(&mut task, finding, rate, &interrupt)?;
        search.tell(rate, outcome);
        std::thread::sleep(REST);
    }
    let found = search.found();
    if let Some(directory) = directory {
        directory.write("summary.json", |file| Ok(serde_json::to_writer_pretty(file, &found)?))?;
        let path = directory.commit_as("load-rate")?;
        console::complain(&format!("written to {}", path.display()));
    }
    let demands: Vec<_> = finding.demands.iter().map(|demand| demand.text.as_str()).collect();
    match format {
        Format::Json => console::print_json(&found)?,
        Format::Text => console::print(&find::to_text(&found, &demands.join(", ")))?,
        Format::Markdown => console::print(&find::to_markdown(&found, &demands.join(", ")))?,
    }
    Ok(exit(&found, interrupt.came()))
}

fn exit(found: &Found, interrupted: bool) -> Exit {
    match found.rate {
        _ if interrupted => Exit::Interrupted,
        _ if found.limited_by_generator => Exit::Void,
        Some(_) => Exit::Good,
        None => Exit::Missed,
    }
}

/// One try at a rate.
fn attempt(task: &mut Task, finding: &Finding, rate: f64, interrupt: &Interrupt) -> Result<Outcome, Failure> {
    let length = SimDuration(finding.length.0.max((1e6 / rate.max(1e-6)) as u64));
    let stage = Stage::constant("load", length, rate);
    let spacing = finding.poisson.map_or(Spacing::Even, Spacing::Poisson);
    task.way = Way::Open(Plan::Profile(Profile::new(&[stage], 1), spacing));
    let (record, ..) = run(task, Papers::none(), interrupt)?;
    let met = |demand: &Demand| demand.judge(&record.tally).met == Some(true);
    let outcome = if finding.demands.iter().all(met) && record.void().is_none() {
        Outcome::Met
    } else if record.void().is_some() && record.tally.schedule.skipped == 0 {
        Outcome::Void
    } else {
        Outcome::Missed
    };
    console::complain(&format!("{rate:.1}/s for {length}: {}", find::word(outcome)));
    Ok(outcome)
}
