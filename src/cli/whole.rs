//! The files that are about all replications.

use super::{console::Failure, output::OutputDirectory};
use crate::{
    ensemble::Ensemble,
    measure::{Durations, Stage},
    report::{Summary, hdr},
    scenario::Plan,
};

/// The files that are about all replications.
pub(super) fn write_summary(
    directory: &OutputDirectory,
    plan: &Plan,
    summary: &Summary,
    ensemble: &Ensemble,
) -> Result<(), Failure> {
    directory.write("plan.json", |file| Ok(serde_json::to_writer_pretty(file, plan)?))?;
    directory.write("summary.json", |file| Ok(serde_json::to_writer_pretty(file, summary)?))?;
    for (command, latencies) in ensemble.latencies.iter().enumerate().take(plan.own_commands()) {
        for stage in Stage::ALL {
            let name = format!("{}{}.hgrm", prefix(plan, command), stage.name());
            directory
                .write(&name, |file| hdr::write_percentiles(&latencies.stage(stage).histogram(), file))?;
        }
        let nothing = Durations::default();
        for (at, subscription) in plan.subscriptions(&plan.commands[command]).iter().enumerate() {
            let name = hdr::notification_latency(&subscription.name);
            let name = format!("{}{name}.hgrm", prefix(plan, command));
            let histogram = &latencies.notifications().get(at).unwrap_or(&nothing).histogram();
            directory.write(&name, |file| hdr::write_percentiles(histogram, file))?;
        }
    }
    Ok(())
}

/// What the names of a command's files begin with where there are several commands.
pub(super) fn prefix(plan: &Plan, command: usize) -> String {
    if plan.own_commands() == 1 { String::new() } else { format!("{}-", plan.commands[command].name) }
}
