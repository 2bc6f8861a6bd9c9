//! From what the replications came to, to what the user sees: files, the printed summary, the exit code.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Args;
use jiff::Timestamp;

use super::{
    console::{self, Failure, Format},
    exit::Exit,
    output::{Destination, OutputDirectory},
    provenance, whole,
};
use crate::{
    check::Judgement,
    ensemble::Ensemble,
    report::{Summary, markdown, text},
    scenario::Plan,
};

/// Where results go.
#[derive(Debug, Args)]
pub(super) struct ResultArguments {
    /// Write the results into this directory; `auto` is results/runs/NAME-DIGEST
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: Option<String>,
    /// Replace a run that is in DIR already
    #[arg(long, requires = "out")]
    pub(super) force: bool,
    /// Write history.jsonl too: every fact of the first replication, for `fleetsim check`
    #[arg(long, requires = "out")]
    pub(super) history: bool,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// When the work began.
pub(super) struct Clock {
    began: Timestamp,
    clock: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { began: Timestamp::now(), clock: Instant::now() }
    }
}

impl ResultArguments {
    /// The directory that the files go to, if they go anywhere.
    pub(super) fn directory(&self) -> Result<Option<OutputDirectory>, Failure> {
        let create = |out: &str| OutputDirectory::create(Destination::from(out), self.force);
        self.out.as_deref().map(create).transpose()
    }

    /// Writes the files that are about all replications, moves the directory into place, and prints the summary.
    pub(super) fn publish(
        &self,
        plan: &Plan,
        ensemble: &Ensemble,
        summary: &Summary,
        directory: Option<OutputDirectory>,
        clock: &Clock,
    ) -> Result<(), Failure> {
        let write = |directory: OutputDirectory| -> Result<PathBuf, Failure> {
            whole::write_summary(&directory, plan, summary, ensemble)?;
            let threads = rayon::current_num_threads();
            let run = provenance::of_run(summary, clock.began, clock.clock.elapsed(), threads);
            directory.write("run.json", |file| Ok(serde_json::to_writer_pretty(file, &run)?))?;
            directory.commit(&summary.scenario, summary.digest)
        };
        let written = directory.map(write).transpose()?;
        match self.format {
            Format::Text => console::print(&text::render(summary))?,
            Format::Json => console::print_json(summary)?,
            Format::Markdown => console::print(&markdown::render(summary))?,
        }
        if let Some(path) = written {
            console::complain(&format!("written to {}", path.display()));
        }
        Ok(())
    }
}

/// The exit code, and for a failure the line that runs it again; `which` are the options that choose the replications.
pub(super) fn judge(scenario: &Path, which: &str, summary: &Summary) -> Exit {
    let again = |rest: &str| {
        let (scenario, seed) = (console::quoted(scenario), summary.seed);
        console::complain(&format!("again: fleetsim run {scenario} --seed {seed} {rest}"));
    };
    let firsts = summary.rules.iter().filter_map(|rule| rule.first.as_ref());
    if let Some((replication, _)) = firsts.min_by_key(|(replication, _)| *replication) {
        again(&format!("--replication {replication} --history -o again"));
        return Exit::Invalid;
    }
    if summary.partial.is_some() {
        return Exit::Interrupted;
    }
    if summary.thresholds.iter().any(|threshold| threshold.met == Some(false)) {
        again(which);
        return Exit::Missed;
    }
    let unmeasured = summary.thresholds.iter().any(|threshold| threshold.met.is_none());
    let imprecise = summary.until.iter().any(|goal| !goal.reached);
    if unmeasured || imprecise || summary.verdict == Some(Judgement::Unknown) {
        again(which);
        return Exit::Unknown;
    }
    Exit::Good
}
