//! `fleetsim plan`: which settings of the rate controls meet what is demanded, and at what price.

use std::{path::PathBuf, time::Instant};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{
    console::{self, Failure, Format, Progress},
    demands::{Demands, refused},
    exit::Exit,
    html_file::HtmlFile,
    interrupt::Interrupt,
    output::{Destination, OutputDirectory},
    provenance, scenario,
};
use crate::{
    planner::{self, Answer, Outcome, Refused, Study, Watch},
    report::{html, plan as report},
    scenario::{Draft, Planning, document::Objective, planning::VariedField, sweep},
    ssm::limits,
};

/// Find the rate controls that meet a deadline and a blast radius: sweeps them over a healthy release and bad ones
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fleetsim plan scenarios/plan-rollout.toml
  fleetsim plan scenarios/patch-night.toml --within 4h@95% --blast-radius 1%@95%
  fleetsim plan scenarios/patch-night.toml --max-concurrency 5%..20%+5% --max-errors 1%,2%,5% -o out
  fleetsim plan scenarios/plan-rollout.toml --html plan.html
  fleetsim plan scenarios/patch-night.toml --vary commands.0.timeout_seconds=600,3600")]
pub(super) struct PlanArguments {
    /// The scenario, TOML or JSON
    scenario: PathBuf,
    /// Write outcome.json and settings.csv into this directory; `auto` is results/runs/NAME-DIGEST
    #[arg(short, long, value_name = "DIR")]
    out: Option<String>,
    /// Replace a plan that is in DIR already
    #[arg(long, requires = "out")]
    force: bool,
    /// How to print the outcome
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write a page with pictures too: one file, for any browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// The command to plan, by name [default: the first one]
    #[arg(long, value_name = "NAME")]
    command: Option<String>,
    /// Values of MaxConcurrency to try: counts, percentages and ranges, such as 5,10%,20..100+20 or 1%..16%x2
    #[arg(long, value_name = "VALUES", value_delimiter = ',')]
    max_concurrency: Vec<String>,
    /// Values of MaxErrors to try
    #[arg(long, value_name = "VALUES", value_delimiter = ',')]
    max_errors: Vec<String>,
    /// Another numeric field of the scenario to vary, such as group.web.delivery.mean=1s,5s; may be repeated
    #[arg(long, value_name = "PATH=VALUES")]
    vary: Vec<String>,
    /// What is best among the settings that meet everything [default: makespan]
    #[arg(long, value_enum)]
    minimize: Option<Minimize>,
    #[command(flatten)]
    demands: Demands,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Minimize {
    /// The makespan of the healthy release
    Makespan,
    /// The instances that the worst bad release breaks
    Broken,
    /// The time until the worst bad release is stopped
    TimeToStop,
}

pub(super) fn plan(arguments: &PlanArguments) -> Result<Exit, Failure> {
    let (began, clock) = (Timestamp::now(), Instant::now());
    arguments.demands.start_threads();
    let draft = draft(arguments)?;
    let resolved = scenario::resolve(&draft)?;
    let planning = planning(arguments, resolved.planning)?;
    let seed = arguments.demands.seed.unwrap_or(resolved.plan.seed);
    let study = Study::new(&draft, planning, seed, &scenario::read).map_err(failure)?;
    let page = arguments.html.as_deref().map(HtmlFile::new).transpose()?;
    let directory = arguments.out.as_deref();
    let directory =
        directory.map(|out| OutputDirectory::create(Destination::from(out), arguments.force)).transpose()?;

    let Some(outcome) = run(&study) else { return Ok(Exit::Interrupted) };
    let written = directory
        .map(|directory| {
            directory.write("outcome.json", |file| report::write_json(&outcome, file))?;
            directory.write("settings.csv", |file| report::write_settings(&outcome, file))?;
            let run = provenance::of_plan(&outcome, began, clock.elapsed(), rayon::current_num_threads());
            directory.write("run.json", |file| Ok(serde_json::to_writer_pretty(file, &run)?))?;
            directory.commit(&outcome.scenario, report::digest(&outcome))
        })
        .transpose()?;
    if let Some(page) = page {
        page.write(&html::plan(&outcome))?;
    }
    match arguments.format {
        Format::Text => console::print(&report::to_text(&outcome))?,
        Format::Json => console::print_json(&report::to_json(&outcome))?,
        Format::Markdown => console::print(&report::to_markdown(&outcome))?,
    }
    if let Some(path) = written {
        console::complain(&format!("written to {}", path.display()));
    }
    Ok(match outcome.answer {
        _ if outcome.interrupted => Exit::Interrupted,
        Answer::Recommended { .. } => Exit::Good,
        Answer::Undecided { .. } => Exit::Unknown,
        Answer::Infeasible { .. } => Exit::Missed,
    })
}

/// Runs a study under a progress bar. `None` when an interrupt came before there was anything to tell.
pub(super) fn run(study: &Study) -> Option<Outcome> {
    let interrupt = Interrupt::listen();
    let most = (study.settings.len() * study.worlds.len()) as u64 * study.planning.replications;
    let progress = Progress::new(most, "replications at most");
    let watch = Watch { progress: &|more| progress.advance(more), stop: &|| interrupt.came() };
    let outcome = planner::plan(study, watch);
    progress.finish();
    if outcome.is_none() {
        console::complain("interrupted: no round of replications was finished, so there is nothing to tell");
    }
    outcome
}

/// What cannot be planned, every fault on a line of its own.
pub(super) fn failure(Refused(faults): Refused) -> Failure {
    Failure::lines(faults.into_iter().map(|(message, help)| match help.as_str() {
        "" => message,
        help => format!("{message}\n  help: {help}"),
    }))
}

fn draft(arguments: &PlanArguments) -> Result<Draft, Failure> {
    let draft = scenario::draft(&arguments.scenario)?;
    let draft = match &arguments.command {
        Some(name) => draft.with_plan("command", name.as_str().into()),
        None => draft,
    };
    arguments.demands.lay_over(draft)
}

/// What the scenario plans, with what the options say instead.
fn planning(arguments: &PlanArguments, mut planning: Planning) -> Result<Planning, Failure> {
    arguments.demands.apply(&mut planning)?;
    let rates = |option, words: &[String], is_right: fn(&str) -> bool| {
        let values = expand(option, words)?;
        match values.iter().find(|value| !is_right(value)) {
            Some(wrong) => {
                let help = "write counts such as 5, or whole percentages such as 10%".to_string();
                Err(refused(option, &(format!("`{wrong}` is no rate that the service takes"), help)))
            }
            None => Ok(values),
        }
    };
    if !arguments.max_concurrency.is_empty() {
        let is_right = |text: &str| limits::parse_max_concurrency(text).is_ok();
        planning.max_concurrency = rates("--max-concurrency", &arguments.max_concurrency, is_right)?;
    }
    if !arguments.max_errors.is_empty() {
        let is_right = |text: &str| limits::parse_max_errors(text).is_ok();
        planning.max_errors = rates("--max-errors", &arguments.max_errors, is_right)?;
    }
    for word in &arguments.vary {
        let Some((path, values)) = word.split_once('=') else {
            let help = "write PATH=VALUES, as in commands.0.timeout_seconds=600,3600".to_string();
            return Err(refused("--vary", &(format!("`{word}` names no values"), help)));
        };
        let values: Vec<String> = values.split(',').map(ToString::to_string).collect();
        planning.fields.retain(|field| field.path != path);
        planning.fields.push(VariedField { path: path.into(), values: expand("--vary", &values)? });
    }
    planning.minimize = arguments.minimize.map_or(planning.minimize, |minimize| match minimize {
        Minimize::Makespan => Objective::Makespan,
        Minimize::Broken => Objective::Broken,
        Minimize::TimeToStop => Objective::TimeToStop,
    });
    Ok(planning)
}

fn expand(option: &str, words: &[String]) -> Result<Vec<String>, Failure> {
    sweep::expand(words).map_err(|(_, message, help)| refused(option, &(message, help)))
}
