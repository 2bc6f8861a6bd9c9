//! `fleetsim fit`: from records of a real system, or durations, to a scenario that behaves like it.

mod durations;
mod intake;

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use clap::{Args, ValueEnum};

use super::{
    console::{self, Failure, Format, Progress},
    exit::Exit,
    html_file::HtmlFile,
    import::Target,
};
use crate::{
    calibrate::{self, Fitted, GroupBy, HoldOut, How, Options, Records, Split},
    fit,
    report::{self, html},
};

/// Fit a scenario to what a real system did: how long deliveries and executions take, how often what fails, who is slow
///
/// Reads records as `fleetsim import` makes them, whatever `import` reads, histories of `fleetsim run --history`, and tables of
/// durations. Writes a scenario that runs, and says how well it fits. docs/fitting.md says how it is done.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct FitArguments {
    /// Records, what `fleetsim import` reads, histories, or the directories that they are in; `-` is standard input
    #[arg(required_unless_present = "durations")]
    records: Vec<PathBuf>,
    /// Where the scenario goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long, requires = "out")]
    force: bool,
    /// What is fitted together: none, document, platform or tag:KEY [default: document]
    #[arg(long, value_name = "WHAT")]
    group_by: Option<GroupBy>,
    /// Answers of the AWS CLI that tell platforms and tags: describe-instance-information, describe-instances
    #[arg(long, value_name = "FILE")]
    inventory: Vec<PathBuf>,
    /// By what families of distributions are ranked
    #[arg(long, value_enum, default_value_t = Criterion::Bic)]
    criterion: Criterion,
    /// Take tables of the quantiles seen, whatever family fits
    #[arg(long)]
    empirical: bool,
    /// Fit to the rest, and tell how well it predicts this share, such as 0.3 or 30%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    holdout: Option<f64>,
    /// Which part is held out
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Which::Latest, requires = "holdout")]
    holdout_by: Which,
    /// Fit to the durations in a column of this CSV file, instead of to records
    #[arg(long, value_name = "FILE", conflicts_with_all = ["records", "group_by", "inventory"], requires = "column")]
    durations: Option<PathBuf>,
    /// The name of the column, in the first row
    #[arg(long, value_name = "NAME", requires = "durations")]
    column: Option<String>,
    /// The unit of the column
    #[arg(long, value_enum, default_value_t = Unit::S, requires = "durations")]
    unit: Unit,
    /// The column that names the instance; without it each duration is of an instance of its own
    #[arg(long, value_name = "NAME", requires = "durations")]
    instance_column: Option<String>,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write a page with quantile plots too: one file, for any browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  aws ssm list-commands > commands.json; aws ssm list-command-invocations --details > invocations.json
  fleetsim fit commands.json invocations.json -o model.toml && fleetsim run model.toml
  fleetsim fit record.jsonl --group-by tag:Role --inventory instances.json -o model.toml --html fit.html
  fleetsim fit record.jsonl --holdout 30%
  fleetsim fit --durations builds.csv --column seconds -o model.toml";

/// By what families are ranked.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Criterion {
    /// The Bayesian information criterion: finds the true family as observations grow
    Bic,
    /// The Akaike information criterion: for the best prediction, generous with parameters
    Aic,
}

/// Which part is held out.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    /// The latest; of a table of durations its end
    Latest,
    /// In turn, spread evenly over time
    InTurn,
}

/// The unit of a column.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Unit {
    /// Microseconds
    Us,
    /// Milliseconds
    Ms,
    /// Seconds
    S,
    /// Minutes
    Min,
    /// Hours
    H,
}

impl Unit {
    fn seconds(self) -> f64 {
        match self {
            Self::Us => 1e-6,
            Self::Ms => 1e-3,
            Self::S => 1.0,
            Self::Min => 60.0,
            Self::H => 3600.0,
        }
    }
}

pub(super) fn fit(arguments: &FitArguments) -> Result<Exit, Failure> {
    let page = arguments.html.as_deref().map(HtmlFile::new).transpose()?;
    let target = arguments.out.as_deref().map(|out| Target::create(out, arguments.force)).transpose()?;
    let records = match &arguments.durations {
        Some(path) => {
            let column = arguments.column.as_deref().unwrap_or_default();
            durations::read(path, column, arguments.unit.seconds(), arguments.instance_column.as_deref())?
        }
        None => intake::read(&arguments.records, &arguments.inventory)?,
    };
    if records.count() == 0 {
        return Err(Failure::new(NOTHING));
    }
    let fitted = calculate(arguments, &records);
    if fitted.groups.is_empty() {
        fitted.left_out.iter().for_each(|left| {
            let (name, why) = (&left.name, &left.why);
            console::complain(&report::text::printable(&format!("error: {name} cannot be fitted: {why}")));
        });
        console::complain(&format!("help: {}", advice(arguments)));
        return Ok(Exit::Unknown);
    }
    if let (Some(out), Some(mut target)) = (&arguments.out, target) {
        let text = calibrate::scenario(&fitted, &name(out), &head(arguments, &fitted))?;
        let cannot = |error| Failure::new(&format!("cannot write {}: {error}", out.display()));
        target.write_all(text.as_bytes()).and_then(|()| target.flush()).map_err(cannot)?;
        target.commit(out)?;
        if out != Path::new("-") {
            console::complain(&format!(
                "written to {0}; fleetsim run {1}",
                out.display(),
                console::quoted(out)
            ));
        }
    }
    if let Some(page) = page {
        page.write(&html::fit(&fitted))?;
    }
    publish(arguments, &fitted)?;
    Ok(Exit::Good)
}

const NOTHING: &str = "nothing was seen of any invocation: a fit needs invocations, as \
    `aws ssm list-command-invocations --details` prints them; list-commands alone tells none";

/// What to do when there is too little of everything.
fn advice(arguments: &FitArguments) -> &'static str {
    match (&arguments.group_by, arguments.durations.is_some(), arguments.holdout.is_some()) {
        (_, _, true) => "hold out less, or give more records",
        (_, true, _) => "give more durations",
        (Some(GroupBy::None), ..) => {
            "give more records, with the times of executions: list-command-invocations --details has them"
        }
        _ => {
            "--group-by none fits all together; only list-command-invocations --details and get-command-invocation have the \
             times of executions"
        }
    }
}

fn calculate(arguments: &FitArguments, records: &Records) -> Fitted {
    let by = match arguments.durations {
        Some(_) => GroupBy::None,
        None => arguments.group_by.clone().unwrap_or_default(),
    };
    let criterion = match arguments.criterion {
        Criterion::Aic => fit::Criterion::Aic,
        Criterion::Bic => fit::Criterion::Bic,
    };
    let hold = match arguments.holdout_by {
        Which::Latest => HoldOut::Latest,
        Which::InTurn => HoldOut::InTurn,
    };
    let options = Options {
        by,
        how: How { criterion, empirical: arguments.empirical },
        split: Split { share: arguments.holdout.unwrap_or_default(), by: hold },
    };
    let progress = Progress::new(records.count() as u64, "invocations fitted");
    let fitted =
        shown(&progress, || calibrate::fit(records, &options, &|invocations| progress.advance(invocations)));
    progress.finish();
    fitted
}

/// Does some work, and shows the progress meanwhile though a long step of it tells none.
fn shown<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
    const OFTEN: Duration = Duration::from_millis(500);
    thread::scope(|scope| {
        let (done, over) = mpsc::channel::<()>();
        scope.spawn(move || {
            while over.recv_timeout(OFTEN) == Err(mpsc::RecvTimeoutError::Timeout) {
                progress.advance(0);
            }
        });
        let result = work();
        drop(done);
        result
    })
}

/// The summary; where the scenario takes standard output, beside it.
fn publish(arguments: &FitArguments, fitted: &Fitted) -> Result<(), Failure> {
    let is_taken = arguments.out.as_deref() == Some(Path::new("-"));
    let text = match arguments.format {
        Format::Text => report::fit::to_text(fitted),
        Format::Markdown => report::fit::to_markdown(fitted),
        Format::Json => serde_json::to_string_pretty(fitted).expect("reports are plain data"),
    };
    if is_taken {
        console::complain(text.trim_end());
        return Ok(());
    }
    console::print(&text)
}

/// What the scenario says of its own making.
fn head(arguments: &FitArguments, fitted: &Fitted) -> Vec<String> {
    let inputs = arguments.durations.iter().chain(&arguments.records);
    let inputs: Vec<String> = inputs.map(|path| path.display().to_string()).collect();
    let version = env!("CARGO_PKG_VERSION");
    let made = format!("Made by `fleetsim fit` {version} of {}.", inputs.join(", "));
    [made].into_iter().chain(report::fit::head(fitted)).collect()
}

/// What the scenario is called: after its file.
fn name(out: &Path) -> String {
    let stem = out.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| stem != "-").unwrap_or_else(|| "fitted".into())
}

/// A share below 1, as a number or in percent.
fn share(text: &str) -> Result<f64, String> {
    let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |percent| (percent.trim(), 100.0));
    let share = number.parse::<f64>().map(|number| number / whole).ok();
    let is_share = |share: &f64| *share > 0.0 && *share < 1.0;
    share.filter(is_share).ok_or_else(|| "give a share between 0 and 1, such as 0.3 or 30%".into())
}
