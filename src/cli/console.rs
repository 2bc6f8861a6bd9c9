//! The terminal: results to standard output, everything else to standard error.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{report::text::printable, scenario::Faults};

/// Nothing shorter than this shows progress.
const PATIENCE: Duration = Duration::from_secs(2);

/// The form of what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a person at a terminal
    Text,
    /// For a program
    Json,
    /// For a page or a CI job's summary
    Markdown,
}

/// What went wrong outside the simulation.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    /// A failure told in one line, which may hold names of files and text from them.
    pub(super) fn new(message: &str) -> Self {
        Self(format!("error: {}", printable(message)))
    }

    /// Several failures, each of which may have lines of help behind it.
    pub(super) fn lines(messages: impl IntoIterator<Item = String>) -> Self {
        let printable = |message: String| message.lines().map(printable).collect::<Vec<_>>().join("\n");
        Self::told(messages.into_iter().map(|message| format!("error: {}", printable(message))))
    }

    /// Several failures that are ready to be shown.
    pub(super) fn told(messages: impl IntoIterator<Item = String>) -> Self {
        Self(messages.into_iter().collect::<Vec<_>>().join("\n\n"))
    }
}

impl From<Faults> for Failure {
    fn from(faults: Faults) -> Self {
        Self(faults.render(coloured()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Prints a result.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    let written = output
        .write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { output.write_all(b"\n") });
    let written = written.and_then(|()| output.flush());
    written.map_err(|error| Failure::new(&format!("cannot write to standard output: {error}")))
}

/// Prints a value as JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).expect("reports are plain data");
    print(&text)
}

/// Tells the user something beside the result. A standard error that is closed is nobody's loss.
pub(super) fn complain(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A path as a POSIX shell takes it for one word.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    match !text.is_empty() && text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// Whether messages may be coloured.
pub(super) fn coloured() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// A progress bar that shows itself only on a terminal, and only when its patience is over.
pub(super) struct Progress {
    bar: ProgressBar,
    began: Instant,
    shown: AtomicBool,
}

impl Progress {
    /// Progress towards `whole` of what `unit` names.
    pub(super) fn new(whole: u64, unit: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(whole), ProgressDrawTarget::hidden());
        let template = format!("{{bar:40}} {{human_pos}} of {{human_len}} {unit}, {{per_sec}}, {{eta}} left");
        bar.set_style(ProgressStyle::with_template(&template).expect("the template is right"));
        Self { bar, began: Instant::now(), shown: AtomicBool::new(!io::stderr().is_terminal()) }
    }

    /// So many more are done.
    pub(super) fn advance(&self, more: u64) {
        self.bar.inc(more);
        if self.began.elapsed() > PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
