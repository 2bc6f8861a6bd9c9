//! `fleetsim import`: what AWS's tools print, taken in as a record of sightings.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
    process,
};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::{
    console::{self, Failure, Progress},
    exit::Exit,
};
use crate::{
    import::{self, InOrder, Order, Settings, Sorter, Source, Totals},
    report::text::printable,
    seen::Header,
};

/// Turn answers, events and messages of a real system into a record that `check` and `fit` read
///
/// Reads the JSON of `aws ssm list-command-invocations`, `list-commands`, `send-command` and `get-command-invocation`, events of
/// EventBridge, and messages of SNS: raw, in envelopes, or as `aws sqs receive-message` prints them; each by itself, one a line, in
/// arrays, or as the lists that the AWS CLI prints. docs/records.md describes the record.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub(super) struct ImportArguments {
    /// What to take in; `-` is standard input
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Where the record goes; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    /// What the inputs hold; all else in them counts as broken
    #[arg(long, value_enum, value_name = "FORMAT")]
    from: Option<From>,
    /// When the answers were asked for, such as 2026-01-31T12:00:00Z; else at some time between the latest date inside and now
    #[arg(long, value_name = "TIME", value_parser = instant)]
    asked_at: Option<Timestamp>,
    /// How many seconds the inputs may be out of order
    #[arg(long, value_name = "SECONDS", default_value_t = 300, conflicts_with = "sort")]
    window: u32,
    /// Sort all of it, with files in the directory for temporary ones, however far it is out of order
    #[arg(long)]
    sort: bool,
    /// By how many milliseconds the clocks of clients, service and instances may differ; `check` allows for it
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    clock_error: u32,
    /// End at the first broken line
    #[arg(long)]
    strict: bool,
}

const EXAMPLES: &str = "Examples:
  aws ssm list-command-invocations --details > now.json && fleetsim import now.json -o record.jsonl
  fleetsim import --sort polls/*.json events.jsonl -o record.jsonl
  fleetsim import --asked-at 2026-01-31T12:00:00Z commands.json -o - | fleetsim check -";

/// What an input holds.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    /// Answers of `aws ssm list-command-invocations`, with or without --details
    ListCommandInvocations,
    /// Answers of `aws ssm list-commands` or `send-command`
    ListCommands,
    /// Answers of `aws ssm get-command-invocation`, of documents with one step
    GetCommandInvocation,
    /// Events of EventBridge
    Events,
    /// Messages of SNS, raw or in envelopes, from HTTP or from queues
    Messages,
}

pub(super) fn import(arguments: &ImportArguments) -> Result<Exit, Failure> {
    let format = arguments.from.map(|from| match from {
        From::ListCommandInvocations => import::Format::ListCommandInvocations,
        From::ListCommands => import::Format::ListCommands,
        From::GetCommandInvocation => import::Format::GetCommandInvocation,
        From::Events => import::Format::Events,
        From::Messages => import::Format::Messages,
    });
    let settings = Settings { format, asked_at: arguments.asked_at, now: Timestamp::now() };
    let header = Header { clock_error_ms: arguments.clock_error, ..Header::default() };
    let mut sorter = Sorter::default();
    let mut window = InOrder::new(i64::from(arguments.window) * 1_000_000);
    let order: &mut dyn Order = if arguments.sort { &mut sorter } else { &mut window };
    let (mut sources, size) = sources(arguments)?;
    let progress = Progress::new(size, "bytes");
    let advance = |bytes: u64| progress.advance(bytes);
    let mut target = Target::create(&arguments.out, arguments.force)?;
    let how = (&header, arguments.strict);
    let taken = import::import(&mut sources, &settings, how, order, &mut target, &advance);
    progress.finish();
    let mut totals = taken.map_err(|(input, error)| {
        let place = input.and_then(|input| arguments.inputs.get(input)).unwrap_or(&arguments.out);
        Failure::new(&format!("{}: {error}", place.display()))
    })?;
    totals.doubles += sorter.doubles;
    report(arguments, &totals);
    if arguments.strict && totals.broken > 0 {
        return Ok(Exit::BadInput);
    }
    if totals.written == 0 {
        let message = "warning: nothing in the input is an answer, an event or a message of Run Command; a history is checked as it is";
        console::complain(message);
    }
    target.commit(&arguments.out)?;
    Ok(Exit::Good)
}

/// Says what came of the inputs, apart from the record itself.
fn report(arguments: &ImportArguments, totals: &Totals) {
    for (input, line, fault) in &totals.shown {
        let place = arguments.inputs.get(*input).map(|path| path.display().to_string()).unwrap_or_default();
        console::complain(&format!("warning: {}", printable(&format!("{place}: line {line}: {fault}"))));
    }
    let more = totals.broken.saturating_sub(totals.shown.len() as u64);
    if more > 0 {
        console::complain(&format!("warning: {more} more that could not be understood"));
    }
    if totals.stragglers > 0 {
        console::complain(&format!(
            "warning: {} of the sightings came more than {} s late and were left out; --sort or a larger --window takes them in",
            totals.stragglers, arguments.window
        ));
    }
    console::complain(&format!(
        "{} sightings written; {} doubled, {} late, {} broken, {} about something else",
        totals.written, totals.doubles, totals.stragglers, totals.broken, totals.others
    ));
}

/// The inputs, and how many bytes they have together.
fn sources(arguments: &ImportArguments) -> Result<(Vec<Box<dyn Source>>, u64), Failure> {
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    let mut size = 0;
    for path in &arguments.inputs {
        let cannot = |error: io::Error| Failure::new(&format!("cannot read {}: {error}", path.display()));
        // What has to be read twice and cannot be is kept in a file without a name.
        let must_keep = path == Path::new("-") || !fs::metadata(path).map_err(cannot)?.is_file();
        let file = match must_keep {
            false => File::open(path).map_err(cannot)?,
            true => keep(path).map_err(cannot)?,
        };
        size += file.metadata().map_err(cannot)?.len();
        sources.push(Box::new(Whole(file)));
    }
    Ok((sources, size))
}

/// A file that is read from its beginning each time.
pub(super) struct Whole(pub(super) File);

impl Source for Whole {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        self.0.rewind()?;
        Ok(Box::new(&self.0))
    }
}

pub(super) fn keep(path: &Path) -> io::Result<File> {
    let mut kept = tempfile::tempfile()?;
    match path == Path::new("-") {
        true => io::copy(&mut io::stdin().lock(), &mut kept)?,
        false => io::copy(&mut File::open(path)?, &mut kept)?,
    };
    Ok(kept)
}

/// Where the record goes: a file is written aside and moved into place when it is whole.
pub(super) enum Target {
    File { output: BufWriter<File>, aside: PathBuf },
    Standard(BufWriter<io::StdoutLock<'static>>),
}

impl Target {
    pub(super) fn create(path: &Path, force: bool) -> Result<Self, Failure> {
        if path == Path::new("-") {
            return Ok(Self::Standard(BufWriter::new(io::stdout().lock())));
        }
        if !force && path.exists() {
            let path = path.display();
            let message = format!("{path} is there already; nothing was overwritten (--force replaces it)");
            return Err(Failure::new(&message));
        }
        let mut name: OsString = ".".into();
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".partial-{}", process::id()));
        let aside = path.with_file_name(name);
        let file = File::create_new(&aside).map_err(|error| cannot_write(&aside, &error))?;
        Ok(Self::File { output: BufWriter::with_capacity(1 << 16, file), aside })
    }

    pub(super) fn commit(self, path: &Path) -> Result<(), Failure> {
        match &self {
            Self::Standard(_) => Ok(()),
            Self::File { aside, .. } => fs::rename(aside, path).map_err(|error| cannot_write(path, &error)),
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Self::File { aside, .. } = self {
            // After a commit there is nothing to remove; after a failure the message has been given already.
            let _ = fs::remove_file(aside);
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File { output, .. } => output.write(bytes),
            Self::Standard(output) => output.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File { output, .. } => output.flush(),
            Self::Standard(output) => output.flush(),
        }
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(&format!("cannot write {}: {error}", path.display()))
}

fn instant(text: &str) -> Result<Timestamp, String> {
    import::date::parse(text)
        .ok_or_else(|| "give a date such as 2026-01-31T12:00:00Z, or seconds since 1970".into())
}
