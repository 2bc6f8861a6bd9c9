//! `fleetsim run`: simulates a scenario, prints and writes what happened.

use std::{fs::File, io::BufWriter, path::PathBuf, time::Instant};

use clap::{Args, ValueEnum, value_parser};
use jiff::Timestamp;

use super::{
    console::{self, Failure, Format, Progress},
    exit::Exit,
    html_file::HtmlFile,
    output::{Destination, OutputDirectory},
    provenance, scenario,
};
use crate::{
    check::Judgement,
    ensemble::{self, Checks, Ensemble},
    history::{Fact, Observer, Record, codec::HistoryWriter},
    measure::{Course, Durations, Stage, Timeline},
    report::{Summary, csv, hdr, html, markdown, messages::MessageFiles, text},
    scenario::{Plan, Resolved},
    world::Model,
};

/// What every replication came to is kept until the end.
const MOST_REPLICATIONS: u64 = 1_000_000;
/// More than this costs only time.
const MOST_THREADS: i64 = 1024;

/// Simulate a rollout: when it is done, who failed, what the rate controls did, and whether every rule held
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fleetsim run scenarios/patch-night.toml
  fleetsim run scenarios/bad-release.toml --replications 1000
  fleetsim run scenarios/bad-release.toml --replications 1000 --html report.html
  fleetsim run scenarios/cancel-midway.toml --history -o out
  fleetsim run scenarios/patch-night.toml --format json | jq .thresholds")]
pub(super) struct RunArguments {
    /// The scenario, TOML or JSON
    scenario: PathBuf,
    /// Write the results into this directory; `auto` is results/runs/NAME-DIGEST
    #[arg(short, long, value_name = "DIR")]
    out: Option<String>,
    /// Replace a run that is in DIR already
    #[arg(long, requires = "out")]
    force: bool,
    /// Write history.jsonl too: every fact of the first replication, for `fleetsim check`
    #[arg(long, requires = "out")]
    history: bool,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write a page with pictures too: one file, for any browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The root of all luck, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// How many replications, each with its own luck
    #[arg(long, value_name = "N", default_value = "1", value_parser = value_parser!(u64).range(1..=MOST_REPLICATIONS))]
    replications: u64,
    /// Run this replication alone
    #[arg(long, value_name = "I", conflicts_with = "replications")]
    replication: Option<u64>,
    /// Which replications the rules judge [default: all of one, sample of many]
    #[arg(long, value_enum, value_name = "WHICH")]
    check: Option<Which>,
    /// How many threads [default: one for each processor]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=MOST_THREADS))]
    threads: Option<u16>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    /// Every replication
    All,
    /// The first, every hundredth, and outliers
    Sample,
    /// None
    None,
}

pub(super) fn run(arguments: &RunArguments) -> Result<Exit, Failure> {
    let (began, clock) = (Timestamp::now(), Instant::now());
    let threads = arguments.threads.map_or(0, usize::from);
    // Fails only when a pool is there already, which then serves as well.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    let resolved = scenario::load(&arguments.scenario)?;
    let seed = arguments.seed.unwrap_or(resolved.plan.seed);
    let page = arguments.html.as_deref().map(HtmlFile::new).transpose()?;
    let directory = arguments
        .out
        .as_deref()
        .map(|out| OutputDirectory::create(Destination::from(out), arguments.force))
        .transpose()?;

    let mut course = page.as_ref().map(|_| Course::new(&resolved.plan));
    let ensemble = simulate(arguments, &resolved.plan, seed, directory.as_ref(), &mut course)?;
    let summary = Summary::new(&resolved, seed, &ensemble);
    let written = directory
        .map(|directory| {
            write_summary(&directory, &resolved, &summary, &ensemble)?;
            let run = provenance::of_run(&summary, began, clock.elapsed(), rayon::current_num_threads());
            directory.write("run.json", |file| Ok(serde_json::to_writer_pretty(file, &run)?))?;
            directory.commit(&summary.scenario, summary.digest)
        })
        .transpose()?;
    if let Some((page, course)) = page.zip(course) {
        let index = arguments.replication.unwrap_or(0);
        page.write(&html::run(&resolved.plan, &summary, &ensemble, &course, index))?;
    }
    match arguments.format {
        Format::Text => console::print(&text::render(&summary))?,
        Format::Json => console::print_json(&summary)?,
        Format::Markdown => console::print(&markdown::render(&summary))?,
    }
    if let Some(path) = written {
        console::complain(&format!("written to {}", path.display()));
    }
    Ok(judge(arguments, &summary))
}

fn simulate(
    arguments: &RunArguments,
    plan: &Plan,
    seed: u64,
    directory: Option<&OutputDirectory>,
    course: &mut Option<Course>,
) -> Result<Ensemble, Failure> {
    let model = Model::new(plan);
    let count = arguments.replications;
    let single = arguments.replication.is_some() || count == 1;
    let checks = match arguments.check {
        Some(Which::All) => Checks::All,
        Some(Which::Sample) => Checks::Sample,
        Some(Which::None) => Checks::None,
        None if single => Checks::All,
        None => Checks::Sample,
    };
    let index = arguments.replication.unwrap_or(0);
    let details = directory.map(|directory| Details::new(directory, plan, seed, index, arguments.history));
    let mut details = details.transpose()?;
    let progress;
    let ensemble = if single {
        let most = u64::from(plan.fleet_size()) * plan.commands.len() as u64;
        progress = Progress::new(most, "invocations");
        let mut watch = Watch { progress: &progress, ended: 0 };
        let check = checks != Checks::None;
        ensemble::run_one(&model, seed, index, check, &mut (&mut watch, (&mut details, course)))
    } else {
        if details.is_some() || course.is_some() {
            ensemble::run_one(&model, seed, index, false, &mut (&mut details, course));
        }
        progress = Progress::new(count, "replications");
        ensemble::run(&model, seed, count, checks, &|more| progress.advance(more))
    };
    progress.finish();
    if let Some((directory, details)) = directory.zip(details) {
        details.finish(directory, plan)?;
    }
    Ok(ensemble)
}

/// Moves the progress bar while a single replication runs.
struct Watch<'a> {
    progress: &'a Progress,
    ended: u64,
}

impl Observer for Watch<'_> {
    const IN_ORDER: bool = false;

    fn observe(&mut self, record: &Record) {
        const STRIDE: u64 = 4096;
        if matches!(record.fact, Fact::InvocationEnded { .. }) {
            self.ended += 1;
            if self.ended.is_multiple_of(STRIDE) {
                self.progress.advance(STRIDE);
            }
        }
    }
}

/// The files that follow one replication fact by fact.
struct Details<'a> {
    timeline: Timeline,
    invocations: csv::InvocationsCsv<'a, BufWriter<File>>,
    history: Option<HistoryWriter<BufWriter<File>>>,
    messages: Option<MessageFiles<'a, BufWriter<File>>>,
}

const INVOCATIONS: &str = "invocations.csv";
const HISTORY: &str = "history.jsonl";
const MESSAGES: [&str; 2] = ["notifications.csv", "notifications.jsonl"];

impl<'a> Details<'a> {
    fn new(
        directory: &OutputDirectory,
        plan: &'a Plan,
        seed: u64,
        replication: u64,
        history: bool,
    ) -> Result<Self, Failure> {
        let history = history.then(|| directory.file(HISTORY)).transpose()?;
        let notifies = plan.commands.iter().any(|command| command.notification.is_some());
        let messages = if notifies {
            let [table, lines] = MESSAGES.map(|name| directory.file(name));
            Some(MessageFiles::new(plan, seed, replication, table?, lines?))
        } else {
            None
        };
        Ok(Self {
            timeline: Timeline::new(plan),
            invocations: csv::InvocationsCsv::new(plan, directory.file(INVOCATIONS)?),
            history: history.map(|file| HistoryWriter::new(plan, seed, replication, file)),
            messages,
        })
    }

    fn finish(self, directory: &OutputDirectory, plan: &Plan) -> Result<(), Failure> {
        self.invocations.finish().map_err(|error| directory.failed(INVOCATIONS, &error))?;
        if let Some(history) = self.history {
            history.finish().map_err(|error| directory.failed(HISTORY, &error))?;
        }
        if let Some(messages) = self.messages {
            messages.finish().map_err(|error| directory.failed(MESSAGES[0], &error))?;
        }
        directory.write("timeline.csv", |file| csv::write_timeline(plan, &self.timeline, file))?;
        for command in 0..plan.commands.len() {
            let name = format!("{}latencies.hlog", prefix(plan, command));
            directory.write(&name, |file| hdr::write_interval_log(plan, &self.timeline, command, file))?;
        }
        Ok(())
    }
}

impl Observer for Details<'_> {
    fn observe(&mut self, record: &Record) {
        self.timeline.observe(record);
        self.invocations.observe(record);
        self.history.observe(record);
        self.messages.observe(record);
    }
}

/// The files that are about all replications.
fn write_summary(
    directory: &OutputDirectory,
    resolved: &Resolved,
    summary: &Summary,
    ensemble: &Ensemble,
) -> Result<(), Failure> {
    let plan = &resolved.plan;
    directory.write("plan.json", |file| Ok(serde_json::to_writer_pretty(file, plan)?))?;
    directory.write("summary.json", |file| Ok(serde_json::to_writer_pretty(file, summary)?))?;
    directory.write("replications.csv", |file| csv::write_replications(plan, ensemble, file))?;
    for (command, latencies) in ensemble.latencies.iter().enumerate() {
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
fn prefix(plan: &Plan, command: usize) -> String {
    if plan.commands.len() == 1 { String::new() } else { format!("{}-", plan.commands[command].name) }
}

/// The exit code, and for a failure the line that runs it again.
fn judge(arguments: &RunArguments, summary: &Summary) -> Exit {
    let again = |rest: &str| {
        let (scenario, seed) = (console::quoted(&arguments.scenario), summary.seed);
        console::complain(&format!("again: fleetsim run {scenario} --seed {seed} {rest}"));
    };
    if let Some((replication, _)) = summary
        .rules
        .iter()
        .filter_map(|rule| rule.first.as_ref())
        .min_by_key(|(replication, _)| *replication)
    {
        again(&format!("--replication {replication} --history -o again"));
        return Exit::Invalid;
    }
    let which = match arguments.replication {
        Some(replication) => format!("--replication {replication}"),
        None => format!("--replications {}", arguments.replications),
    };
    if summary.thresholds.iter().any(|threshold| threshold.met == Some(false)) {
        again(&which);
        return Exit::Missed;
    }
    let unmeasured = summary.thresholds.iter().any(|threshold| threshold.met.is_none());
    if unmeasured || summary.verdict == Some(Judgement::Unknown) {
        again(&which);
        return Exit::Unknown;
    }
    Exit::Good
}
