//! `fleetsim what-if`: what the command line that somebody is about to run would come to.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{
    console::{self, Failure, Format},
    demands::Demands,
    exit::Exit,
    plan, scenario,
};
use crate::{
    planner::{Outcome, Study, Verdict},
    report::{plan as report, text::printable},
    scenario::{Draft, Fault, Faults, Resolved, Severity, demand::Subject, source},
    ssm::command_line,
};

/// So long a step takes on the instances of an inventory, of which nothing else is known.
const EXECUTION: &str = "1m";

/// Predict what a command line would come to: paste it behind `--`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fleetsim what-if --fleet scenarios/patch-night.toml -- aws ssm send-command --document-name AWS-RunPatchBaseline \\
    --targets Key=tag:Patch,Values=tonight --parameters Operation=Install --max-concurrency 5% --max-errors 1%
  fleetsim what-if --fleet instance-information.json --execution 5m --within 2h -- aws ssm send-command ...")]
pub(super) struct WhatIfArguments {
    /// The fleet: a scenario, whose command is replaced; or the answer of `aws ssm describe-instance-information`, `aws
    /// ec2 describe-instances` and so on, of which several may be given
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    fleet: Vec<PathBuf>,
    /// How long a step takes on the instances of an inventory [default: 1m]
    #[arg(long, value_name = "DURATION")]
    execution: Option<String>,
    /// How to print the prediction
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    demands: Demands,
    /// The command line: aws ssm send-command ...
    #[arg(last = true, required = true, value_name = "COMMAND LINE")]
    words: Vec<String>,
}

pub(super) fn what_if(arguments: &WhatIfArguments) -> Result<Exit, Failure> {
    arguments.demands.start_threads();
    let line = command_line::parse(&arguments.words, &read_file).map_err(Failure::lines)?;
    let (draft, planned) = fleet(arguments)?;
    let draft = arguments.demands.lay_over(draft.with_request(planned, line.request))?;
    let resolved = resolve(&draft, planned)?;
    let mut planning = resolved.planning.clone();
    planning.replications = planning.replications.min(REPLICATIONS);
    arguments.demands.apply(&mut planning)?;
    let seed = arguments.demands.seed.unwrap_or(resolved.plan.seed);
    let study = Study::as_written(&draft, planning, seed, &scenario::read).map_err(plan::failure)?;
    let Some(outcome) = plan::run(&study) else { return Ok(Exit::Interrupted) };
    let fields = &resolved.plan.commands[planned].not_simulated;
    let without_effect: Vec<String> = fields.iter().cloned().chain(line.without_effect).collect();
    match arguments.format {
        Format::Text => console::print(&report::prediction_to_text(&outcome, &without_effect))?,
        Format::Json => console::print_json(&report::prediction_to_json(&outcome, &without_effect))?,
        Format::Markdown => console::print(&report::prediction_to_markdown(&outcome, &without_effect))?,
    }
    Ok(if outcome.interrupted { Exit::Interrupted } else { judge(arguments, &outcome) })
}

/// Replications where nothing else is said: a single setting needs no more for a prediction.
const REPLICATIONS: u64 = 400;

/// The scenario, and the index of the command that is replaced.
fn fleet(arguments: &WhatIfArguments) -> Result<(Draft, usize), Failure> {
    if let [file] = &arguments.fleet[..]
        && let draft = scenario::draft(file)
        && (is_toml(file) || draft.as_ref().is_ok_and(Draft::is_scenario))
    {
        if arguments.execution.is_some() {
            return Err(Failure::new(
                "--execution is for an inventory; a scenario says itself how long steps take",
            ));
        }
        let draft = draft?;
        let planned = draft.resolve(None, &scenario::read)?.planning.command;
        return Ok((draft, planned));
    }
    if arguments.execution.is_none() {
        console::complain(&format!("note: every step takes {EXECUTION}; --execution says otherwise"));
    }
    let execution = arguments.execution.as_deref().unwrap_or(EXECUTION);
    let files: Vec<String> = arguments.fleet.iter().map(|file| file.display().to_string()).collect();
    let group = json!({ "name": "fleet", "where": {}, "execution": execution });
    let made_up = json!({
        "version": 1,
        "name": files.join(", "),
        "inventory": [{ "files": files }],
        "group": [group],
        "command": [{ "request": {} }],
    });
    Ok((Draft::made_up(Path::new("what-if.json"), made_up), 0))
}

fn is_toml(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "toml")
}

/// Resolves the scenario with the request in it. What is wrong with the request is told of the option that says it, as the
/// AWS CLI would.
fn resolve(draft: &Draft, planned: usize) -> Result<Resolved, Failure> {
    let start = format!("/command/{planned}/request");
    match draft.resolve(None, &scenario::read) {
        Ok(resolved) => {
            for warning in &resolved.warnings {
                console::complain(&tell(warning, &start));
            }
            Ok(resolved)
        }
        Err(Faults(faults)) => {
            let errors = faults.iter().filter(|fault| fault.severity == Severity::Error);
            Err(Failure::told(errors.map(|fault| tell(fault, &start))))
        }
    }
}

fn tell(fault: &Fault, start: &str) -> String {
    let Some(pointer) = fault.place.pointer.strip_prefix(start) else {
        return fault.render(console::coloured());
    };
    let option = command_line::option_of(pointer).map(|option| format!("{option}: ")).unwrap_or_default();
    let help = if fault.help.is_empty() { String::new() } else { format!("\n  help: {}", fault.help) };
    let severity = if fault.severity == Severity::Error { "error" } else { "warning" };
    // `Code: message`, as the service's errors are told.
    let told = match fault.message.split_once(": ") {
        Some((code, message))
            if code.ends_with("Exception")
                || code.starts_with("Invalid")
                || code.starts_with("Duplicate") =>
        {
            format!("An error occurred ({code}) when calling the SendCommand operation: {message}")
        }
        _ => fault.message.clone(),
    };
    let lines = format!("{severity}: {option}{told}{help}");
    lines.lines().map(printable).collect::<Vec<_>>().join("\n")
}

fn judge(arguments: &WhatIfArguments, outcome: &Outcome) -> Exit {
    // That a release completes is demanded of a plan; of a prediction it is only told, unless somebody asks.
    let is_asked = |subject| subject != Subject::Completes || arguments.demands.completes.is_some();
    let demands = outcome.settings[0].demands.iter().filter(|judged| is_asked(judged.demand.subject));
    match demands.map(|judged| judged.verdict).max() {
        Some(Verdict::Missed) => Exit::Missed,
        Some(Verdict::Undecided) => Exit::Unknown,
        Some(Verdict::Met) | None => Exit::Good,
    }
}

/// A file that the command line names.
fn read_file(path: &str) -> Result<String, String> {
    let text = scenario::read(Path::new(path)).map_err(|error| format!("cannot read {path}: {error}"))?;
    if text.len() > source::LARGEST_FILE {
        return Err(format!("{path} has more than {} bytes", source::LARGEST_FILE));
    }
    Ok(text)
}
