//! `fleetsim run`: simulates a scenario, prints and writes what happened.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, value_parser};

use super::{
    console::{self, Failure, Progress},
    details::Details,
    exit::Exit,
    html_file::HtmlFile,
    interrupt::Interrupt,
    output::OutputDirectory,
    result::{Clock, ResultArguments, judge},
    scenario, shard,
};
use crate::{
    ensemble::{self, Checks, Ensemble, Goal, GoalOutcome, Job, Replication, Shard, Watch},
    history::{Fact, Observer, Record},
    measure::Course,
    report::{Summary, csv::ReplicationsCsv, html, summary::plan_hash},
    scenario::Plan,
    world::Model,
};

/// The table of all replications.
pub(super) const REPLICATIONS: &str = "replications.csv";
/// Sums over this many replications never overflow.
pub(super) const MOST_REPLICATIONS: u64 = 1_000_000_000;
/// More than this costs only time.
const MOST_THREADS: i64 = 1024;

/// Simulate a rollout: when it is done, who failed, what the rate controls did, and whether every rule held
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fleetsim run scenarios/patch-night.toml
  fleetsim run scenarios/bad-release.toml --replications 1000
  fleetsim run scenarios/bad-release.toml --until 'makespan.p95 within 1%'
  fleetsim run scenarios/bad-release.toml --replications 1000 --html report.html
  fleetsim run scenarios/cancel-midway.toml --history -o out
  fleetsim run scenarios/patch-night.toml --format json | jq .thresholds")]
pub(super) struct RunArguments {
    /// The scenario, TOML or JSON
    scenario: PathBuf,
    #[command(flatten)]
    result: ResultArguments,
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
    /// Run replications until this is known so precisely, as in 'makespan.p95 within 1%': half the 95 % interval is at most
    /// that. Looked at after 100, 200, 300, 400, 500, 700, ... replications. Given several times, all must hold
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["replications", "replication"])]
    until: Vec<Goal>,
    /// With --until: run no more replications than this
    #[arg(long, value_name = "N", default_value = "100000", requires = "until", value_parser = value_parser!(u64).range(1..=MOST_REPLICATIONS))]
    at_most: u64,
    /// Compute only this part, I of N, and keep it in the directory of --out for `fleetsim merge`; `auto` takes I and N from
    /// the array of Slurm or AWS Batch, `auto/N` also from an indexed Job of Kubernetes. Run again, it goes on or is done
    #[arg(long, value_name = "I/N", requires = "out", conflicts_with_all = ["until", "replication", "history"])]
    shard: Option<shard::Which>,
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
    let clock = Clock::start();
    let threads = arguments.threads.map_or(0, usize::from);
    // Fails only when a pool is there already, which then serves as well.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    let resolved = scenario::load(&arguments.scenario)?;
    for goal in &arguments.until {
        goal.fits(&resolved.plan)
            .map_err(|fault| Failure::new(&format!("--until '{}': {fault}", goal.text)))?;
    }
    let seed = arguments.seed.unwrap_or(resolved.plan.seed);
    if let Some(which) = arguments.shard {
        return arguments.run_shard(which.resolve()?, &resolved.plan, seed);
    }
    let page = arguments.html.as_deref().map(HtmlFile::new).transpose()?;
    let directory = arguments.result.directory()?;

    let mut course = page.as_ref().map(|_| Course::new(&resolved.plan));
    let ensemble = simulate(arguments, &resolved.plan, seed, directory.as_ref(), &mut course)?;
    if ensemble.count == 0 {
        return Ok(Exit::Interrupted);
    }
    let mut summary = Summary::new(&resolved.plan, seed, &ensemble);
    summary.partial = arguments.missed(&resolved.plan, &ensemble);
    summary.until = arguments.outcomes(&resolved.plan, &ensemble);
    if let Some((page, course)) = page.zip(course) {
        let index = arguments.replication.unwrap_or(0);
        page.write(&html::run(&resolved.plan, &summary, &ensemble, &course, index))?;
    }
    arguments.result.publish(&resolved.plan, &ensemble, &summary, directory, &clock)?;
    Ok(judge(&arguments.scenario, &arguments.which(), &summary))
}

impl RunArguments {
    fn is_single(&self) -> bool {
        self.replication.is_some() || (self.replications == 1 && self.until.is_empty())
    }

    fn checks(&self) -> Checks {
        match self.check {
            Some(Which::All) => Checks::All,
            Some(Which::Sample) => Checks::Sample,
            Some(Which::None) => Checks::None,
            None if self.is_single() => Checks::All,
            None => Checks::Sample,
        }
    }

    fn run_shard(&self, shard: Shard, plan: &Plan, seed: u64) -> Result<Exit, Failure> {
        let job = Job {
            version: env!("CARGO_PKG_VERSION").into(),
            plan: plan_hash(plan),
            seed,
            replications: self.replications,
            checks: self.checks(),
            shards: shard.of,
        };
        let directory = Path::new(self.result.out.as_deref().expect("--shard requires --out"));
        let force = self.result.force;
        shard::Task { plan, job, shard, scenario: &self.scenario, directory, force }.run()
    }

    /// How many replications there may be.
    fn most(&self) -> u64 {
        if self.until.is_empty() { self.replications } else { self.at_most }
    }

    /// The options that choose the replications.
    fn which(&self) -> String {
        match self.replication {
            Some(replication) => format!("--replication {replication}"),
            None if self.until.is_empty() => format!("--replications {}", self.replications),
            None => {
                let goals = self.until.iter().map(|goal| format!("--until '{}' ", goal.text));
                goals.collect::<String>() + &format!("--at-most {}", self.at_most)
            }
        }
    }

    fn outcomes(&self, plan: &Plan, ensemble: &Ensemble) -> Vec<GoalOutcome> {
        self.until.iter().map(|goal| goal.outcome(plan, ensemble)).collect()
    }

    /// How many replications there should have been, if an interrupt came before their end.
    fn missed(&self, plan: &Plan, ensemble: &Ensemble) -> Option<u64> {
        let done = self.is_single() || ensemble.count == self.most();
        let enough =
            || !self.until.is_empty() && self.outcomes(plan, ensemble).iter().all(|goal| goal.reached);
        (!done && !enough()).then_some(self.most())
    }
}

fn simulate(
    arguments: &RunArguments,
    plan: &Plan,
    seed: u64,
    directory: Option<&OutputDirectory>,
    course: &mut Option<Course>,
) -> Result<Ensemble, Failure> {
    let model = Model::new(plan);
    let checks = arguments.checks();
    let index = arguments.replication.unwrap_or(0);
    let history = arguments.result.history;
    let details = directory.map(|directory| Details::new(directory, plan, seed, index, history));
    let mut details = details.transpose()?;
    let mut rows = directory.map(|directory| directory.file(REPLICATIONS)).transpose()?;
    let mut rows = rows.as_mut().map(|file| ReplicationsCsv::new(plan, file));
    let ensemble = if arguments.is_single() {
        let most = u64::from(plan.fleet_size()) * plan.own_commands() as u64;
        let progress = Progress::new(most, "invocations");
        let mut watch = Watched { progress: &progress, ended: 0 };
        let check = checks != Checks::None;
        let ensemble =
            ensemble::run_one(&model, seed, index, check, &mut (&mut watch, (&mut details, course)));
        progress.finish();
        rows.iter_mut().zip(&ensemble.first).for_each(|(rows, one)| rows.add(one));
        ensemble
    } else {
        let interrupt = Interrupt::listen();
        if details.is_some() || course.is_some() {
            ensemble::run_one(&model, seed, index, false, &mut (&mut details, course));
        }
        let each = |one: &Replication| rows.iter_mut().for_each(|rows| rows.add(one));
        simulate_many(arguments, &model, seed, &interrupt, each)
    };
    if let Some((directory, rows)) = directory.zip(rows) {
        rows.finish().map_err(|error| directory.failed(REPLICATIONS, &error))?;
    }
    if let Some((directory, details)) = directory.zip(details) {
        details.finish(directory, plan)?;
    }
    Ok(ensemble)
}

fn simulate_many(
    arguments: &RunArguments,
    model: &Model<'_>,
    seed: u64,
    interrupt: &Interrupt,
    mut each: impl FnMut(&Replication) + Send,
) -> Ensemble {
    let (most, checks) = (arguments.most(), arguments.checks());
    let progress = Progress::new(most, "replications");
    let mut each = |one: &Replication| {
        progress.advance(1);
        each(one);
    };
    let watch = Watch { each: &mut each, stop: &|| interrupt.came() };
    let mut ensemble = match &arguments.until[..] {
        [] => ensemble::run(model, seed, 0..most, checks, watch),
        goals => ensemble::run_until(model, seed, (goals, most), checks, watch),
    };
    progress.finish();
    // The sooner an interrupted run ends the better.
    let partial = arguments.missed(model.plan(), &ensemble).is_some();
    if checks == Checks::Sample && !partial {
        ensemble::check_outliers(model, seed, &mut ensemble);
    }
    if ensemble.count == 0 {
        console::complain("no replication had ended; nothing is written");
    }
    ensemble
}

/// Moves the progress bar while a single replication runs.
struct Watched<'a> {
    progress: &'a Progress,
    ended: u64,
}

impl Observer for Watched<'_> {
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
