//! `fleetsim compare`: two runs side by side.

use std::{
    fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Args, ValueEnum, value_parser};

use super::{
    console::{self, Failure, Progress},
    exit::Exit,
    html_file::HtmlFile,
    load, scenario,
};
use crate::{
    compare::{Comparison, Exact, Gate, Side},
    ensemble::{self, Checks, Replication, Watch},
    load::compare::LoadGate,
    report::{Summary, comparison, csv::ReplicationsCsv, html},
    scenario::Resolved,
    world::Model,
};

/// Replications of two scenarios: enough for an interval of p95.
const REPLICATIONS: u64 = 100;
const MOST_REPLICATIONS: u64 = 1_000_000;

/// Compare two runs, or two scenarios on the same luck: what got better, what got worse, what is luck
#[derive(Debug, Args)]
#[command(
    after_help = "Each of the two is the directory of a run, its summary.json, or a scenario, which is run with the
seed and the replications of the other.

Examples:
  fleetsim compare before.toml after.toml --replications 500
  fleetsim compare out/before out/after --fail-if 'makespan.p95 > +5%' --fail-if 'broken.mean > +3'
  fleetsim compare results/reference/patch-night scenarios/patch-night.toml
  fleetsim compare out/before out/after --format markdown >> \"$GITHUB_STEP_SUMMARY\""
)]
pub(super) struct CompareArguments {
    /// What was: a run's directory, its summary.json, or a scenario
    baseline: PathBuf,
    /// What is now: likewise
    candidate: PathBuf,
    /// What must not be, such as 'makespan.p95 > +5%', 'deploy: broken.mean > +3' or 'time_to_stop.mean > +30s'; of loads
    /// 'p99 > +5%', 'SendCommand: p50 > +2ms' or 'errors > +0.1%'
    #[arg(long, value_name = "CHANGE")]
    fail_if: Vec<AnyGate>,
    /// Compare what is not comparable: other fleets, other commands
    #[arg(long)]
    force: bool,
    /// With how much confidence intervals hold, in percent
    #[arg(long, value_name = "PERCENT", default_value = "95", value_parser = confidence)]
    confidence: f64,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Write a page with pictures too: one file, for any browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The root of all luck of two scenarios, instead of the baseline's
    #[arg(long)]
    seed: Option<u64>,
    /// How many replications of two scenarios [default: 100]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=MOST_REPLICATIONS))]
    replications: Option<u64>,
}

/// A gate of runs, or of loads.
#[derive(Clone, Debug)]
enum AnyGate {
    Run(Gate),
    Load(LoadGate),
}

impl FromStr for AnyGate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text.parse(), text.parse()) {
            (Ok(gate), _) => Ok(Self::Run(gate)),
            (_, Ok(gate)) => Ok(Self::Load(gate)),
            (Err(error), _) => Err(error),
        }
    }
}

/// How a comparison is printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Form {
    /// For a person at a terminal
    Text,
    /// For a page or a CI job's summary
    Markdown,
    /// For a CI job's test results, as XML
    Junit,
    /// The candidate's values as benchmark trackers take them: customSmallerIsBetter
    Json,
}

/// One of the two, as it was given.
enum Given {
    Run(Box<Side>),
    Scenario(Box<Resolved>),
}

pub(super) fn compare(arguments: &CompareArguments) -> Result<Exit, Failure> {
    let loads = [&*arguments.baseline, &*arguments.candidate];
    if loads.iter().all(|path| load::is_load(path)) {
        return compare_loads(arguments, loads);
    }
    let fail_if = arguments.run_gates()?;
    let page = arguments.html.as_deref().map(HtmlFile::new).transpose()?;
    let (baseline, candidate) = match sides(arguments)? {
        Ok(sides) => sides,
        Err(objection) => {
            console::complain(&Failure::new(&objection).to_string());
            return Ok(Exit::Void);
        }
    };
    for gate in &fail_if {
        let known = |name: &String| candidate.commands.iter().any(|command| command.name == *name);
        if let Some(name) = gate.command.as_ref().filter(|name| !known(name)) {
            return Err(Failure::new(&format!("--fail-if '{}': there is no command `{name}`", gate.text)));
        }
    }
    let comparison = Comparison::new(baseline, candidate, &fail_if, arguments.confidence / 100.0);
    let refused = !comparison.objections.is_empty() && !arguments.force;
    if refused || comparison.rows.is_empty() && comparison.exact == Exact::Free {
        for objection in &comparison.objections {
            console::complain(&Failure::new(&format!("not comparable: {objection}")).to_string());
        }
        let hint = if refused { "--force compares them all the same" } else { "there is nothing to compare" };
        console::complain(hint);
        return Ok(Exit::Void);
    }
    match arguments.format {
        Form::Text => console::print(&comparison::to_text(&comparison))?,
        Form::Markdown => console::print(&comparison::to_markdown(&comparison))?,
        Form::Junit => console::print(&comparison::to_junit(&comparison))?,
        Form::Json => console::print_json(&comparison::to_json(&comparison))?,
    }
    if let Some(page) = page {
        page.write(&html::compare(&comparison))?;
    }
    Ok(judge(&comparison))
}

impl CompareArguments {
    fn run_gates(&self) -> Result<Vec<Gate>, Failure> {
        let of_runs = |gate: &AnyGate| match gate {
            AnyGate::Run(gate) => Ok(gate.clone()),
            AnyGate::Load(gate) => {
                Err(Failure::new(&format!("--fail-if '{}' is about loads, and these are runs", gate.text)))
            }
        };
        self.fail_if.iter().map(of_runs).collect()
    }
}

fn compare_loads(arguments: &CompareArguments, loads: [&Path; 2]) -> Result<Exit, Failure> {
    let of_loads = |gate: &AnyGate| match gate {
        AnyGate::Load(gate) => Ok(gate.clone()),
        AnyGate::Run(gate) => {
            Err(Failure::new(&format!("--fail-if '{}' is about runs, and these are loads", gate.text)))
        }
    };
    let gates = arguments.fail_if.iter().map(of_loads).collect::<Result<Vec<_>, _>>()?;
    let page = arguments.html.as_deref().map(HtmlFile::new).transpose()?;
    let show = load::Show { form: arguments.format, page };
    load::compare(loads, &gates, (arguments.force, arguments.confidence / 100.0), show)
}

fn judge(comparison: &Comparison) -> Exit {
    let changed = matches!(comparison.exact, Exact::Changed { .. });
    if changed || comparison.gates.iter().any(|gate| gate.passed == Some(false)) {
        return Exit::Missed;
    }
    if comparison.gates.iter().any(|gate| gate.passed.is_none()) { Exit::Unknown } else { Exit::Good }
}

/// Both runs, those of scenarios made now; or why there is nothing to compare.
fn sides(arguments: &CompareArguments) -> Result<Result<(Side, Side), String>, Failure> {
    let given = [&arguments.baseline, &arguments.candidate].map(|path| read(path));
    let [baseline, candidate] = given;
    let (baseline, candidate) = match (baseline?, candidate?) {
        (Ok(baseline), Ok(candidate)) => (baseline, candidate),
        (Err(objection), _) | (_, Err(objection)) => return Ok(Err(objection)),
    };
    let of = |path: &Path, resolved: &Resolved, seed, span| simulate(path, resolved, seed, span);
    let span = |side: &Side| (side.first_replication, side.replications);
    Ok(Ok(match (baseline, candidate) {
        (Given::Run(baseline), Given::Run(candidate)) => (*baseline, *candidate),
        (Given::Run(baseline), Given::Scenario(candidate)) => {
            let candidate = of(&arguments.candidate, &candidate, baseline.seed, span(&baseline))?;
            (*baseline, candidate)
        }
        (Given::Scenario(baseline), Given::Run(candidate)) => {
            (of(&arguments.baseline, &baseline, candidate.seed, span(&candidate))?, *candidate)
        }
        (Given::Scenario(baseline), Given::Scenario(candidate)) => {
            let seed = arguments.seed.unwrap_or(baseline.plan.seed);
            let span = (0, arguments.replications.unwrap_or(REPLICATIONS));
            let first = of(&arguments.baseline, &baseline, seed, span)?;
            (first, of(&arguments.candidate, &candidate, seed, span)?)
        }
    }))
}

/// Reads what a path leads to; or why it cannot be compared.
fn read(path: &Path) -> Result<Result<Given, String>, Failure> {
    let (summary, directory) = match path.is_dir() {
        true => (path.join("summary.json"), Some(path)),
        false => (path.to_path_buf(), path.parent().filter(|_| path.ends_with("summary.json"))),
    };
    let text = fs::read_to_string(&summary)
        .map_err(|error| Failure::new(&format!("cannot read {}: {error}", summary.display())))?;
    if !path.is_dir() && !Side::is_summary(&text) {
        return Ok(Ok(Given::Scenario(Box::new(scenario::load(path)?))));
    }
    let beside = |name: &str| match directory.map(|directory| fs::read_to_string(directory.join(name))) {
        None => Ok(None),
        Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Some(Err(error)) => Err(Failure::new(&format!("cannot read {name} of {}: {error}", path.display()))),
        Some(Ok(text)) => Ok(Some(text)),
    };
    let (table, plan) = (beside("replications.csv")?, beside("plan.json")?);
    let label = path.display().to_string();
    Ok(Side::read(&label, &text, table.as_deref(), plan.as_deref()).map(|side| Given::Run(Box::new(side))))
}

/// Runs a scenario: the replications from the first on, so many.
fn simulate(
    path: &Path,
    resolved: &Resolved,
    seed: u64,
    (first, count): (u64, u64),
) -> Result<Side, Failure> {
    let model = Model::new(&resolved.plan);
    let progress = Progress::new(count, "replications");
    let mut table = Vec::new();
    let mut rows = ReplicationsCsv::new(&resolved.plan, &mut table);
    let mut each = |one: &Replication| {
        progress.advance(1);
        rows.add(one);
    };
    let watch = Watch { each: &mut each, stop: &|| false };
    let ensemble = ensemble::run(&model, seed, first..first + count, Checks::None, watch);
    progress.finish();
    rows.finish().map_err(|error| Failure::new(&format!("{}: {error}", path.display())))?;
    let summary = Summary::new(&resolved.plan, seed, &ensemble);
    let text = |value: serde_json::Result<String>| value.expect("reports are plain data");
    let (summary, plan) =
        (text(serde_json::to_string(&summary)), text(serde_json::to_string(&resolved.plan)));
    let table = String::from_utf8_lossy(&table);
    Side::read(&path.display().to_string(), &summary, Some(&table), Some(&plan))
        .map_err(|error| Failure::new(&error))
}

fn confidence(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').parse::<f64>().ok();
    number
        .filter(|percent| (50.0..=99.99).contains(percent))
        .ok_or_else(|| "write a percentage between 50 and 99.99, such as 95".into())
}
