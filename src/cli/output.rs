//! The directory that a run's files go to. Files are written aside and moved into place when all are whole.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
};

use super::console::Failure;
use crate::{history::Digest, measure::Stage, report::hdr, scenario};

/// Where `--out auto` puts its directories.
const AUTO: &str = "results/runs";

/// What the user asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// `results/runs/NAME-DIGEST`.
    Auto,
    /// This directory.
    Directory(PathBuf),
}

/// A directory being filled. Dropped before [`OutputDirectory::commit`], it leaves nothing behind.
#[derive(Debug)]
pub(super) struct OutputDirectory {
    destination: Destination,
    aside: PathBuf,
    force: bool,
}

impl From<&str> for Destination {
    fn from(text: &str) -> Self {
        if text == "auto" { Self::Auto } else { Self::Directory(PathBuf::from(text)) }
    }
}

impl OutputDirectory {
    /// Makes the directory aside. Fails early when the destination is taken and may not be replaced.
    pub(super) fn create(destination: Destination, force: bool) -> Result<Self, Failure> {
        let aside = match &destination {
            Destination::Auto => Path::new(AUTO).join(format!(".partial-{}", process::id())),
            Destination::Directory(directory) => {
                refuse_taken(directory, force)?;
                let name = directory.file_name().ok_or_else(|| {
                    Failure::new(&format!("{} is no name for a directory to write to", directory.display()))
                })?;
                directory.with_file_name(format!(".{}.partial-{}", name.to_string_lossy(), process::id()))
            }
        };
        fs::create_dir_all(&aside).map_err(|error| cannot("make", &aside, &error))?;
        Ok(Self { destination, aside, force })
    }

    /// Opens a file in it for writing.
    pub(super) fn file(&self, name: &str) -> Result<BufWriter<File>, Failure> {
        let path = self.aside.join(name);
        let file = File::create_new(&path).map_err(|error| cannot("write", &path, &error))?;
        Ok(BufWriter::with_capacity(1 << 16, file))
    }

    /// Writes a whole file.
    pub(super) fn write(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut file = self.file(name)?;
        write(&mut file).and_then(|()| file.flush()).map_err(|error| self.failed(name, &error))
    }

    /// The failure of writing the file `name`.
    pub(super) fn failed(&self, name: &str, error: &io::Error) -> Failure {
        cannot("write", &self.aside.join(name), error)
    }

    /// Moves it into place and says where that is. [`Destination::Auto`] makes a name of the scenario's and the digest.
    pub(super) fn commit(self, scenario: &str, digest: Digest) -> Result<PathBuf, Failure> {
        self.commit_as(&format!("{}-{digest}", file_name(scenario)))
    }

    /// Moves it into place and says where that is; [`Destination::Auto`] calls it `name`.
    pub(super) fn commit_as(self, name: &str) -> Result<PathBuf, Failure> {
        let directory = match &self.destination {
            Destination::Auto => Path::new(AUTO).join(name),
            Destination::Directory(directory) => directory.clone(),
        };
        refuse_taken(&directory, self.force)?;
        // The old run goes only when the new one stands in its place.
        let mut old = self.aside.clone().into_os_string();
        old.push(".old");
        let old = PathBuf::from(old);
        if directory.exists() {
            fs::rename(&directory, &old).map_err(|error| cannot("replace", &directory, &error))?;
        }
        if let Err(error) = fs::rename(&self.aside, &directory) {
            // Nothing more can be done about an old run that does not go back either.
            let _ = fs::rename(&old, &directory);
            return Err(cannot("write", &directory, &error));
        }
        if old.exists() {
            fs::remove_dir_all(&old).map_err(|error| cannot("remove", &old, &error))?;
        }
        Ok(directory)
    }
}

impl Drop for OutputDirectory {
    fn drop(&mut self) {
        // After a commit there is nothing to remove; after a failure the message has been given already.
        let _ = fs::remove_dir_all(&self.aside);
    }
}

fn refuse_taken(directory: &Path, force: bool) -> Result<(), Failure> {
    let empty = fs::read_dir(directory).map(|mut entries| entries.next().is_none());
    match empty {
        Ok(false) if force && holds_a_run(directory) => Ok(()),
        Ok(false) if force => Err(Failure::new(&format!(
            "{} holds something other than a run; --force replaces runs only",
            directory.display()
        ))),
        Ok(false) => Err(Failure::new(&format!(
            "{} is there already; nothing was overwritten (--force replaces it, -o names another)",
            directory.display()
        ))),
        Ok(true) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(cannot("use", directory, &error)),
    }
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(&format!("cannot {what} {}: {error}", path.display()))
}

/// Whether a run wrote this directory and nobody put anything else into it.
fn holds_a_run(directory: &Path) -> bool {
    let ours = |entry: io::Result<fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(is_of_a_run))
    };
    let all_ours = fs::read_dir(directory).is_ok_and(|mut entries| entries.all(ours));
    all_ours && ["summary.json", "outcome.json"].iter().any(|name| directory.join(name).is_file())
}

/// Whether a run writes a file of this name.
fn is_of_a_run(name: &str) -> bool {
    const FILES: [&str; 15] = [
        "load.json",
        "sightings.jsonl",
        "events.jsonl",
        "outcome.json",
        "settings.csv",
        "plan.json",
        "summary.json",
        "run.json",
        "replications.csv",
        "invocations.csv",
        "timeline.csv",
        "notifications.csv",
        "notifications.jsonl",
        "history.jsonl",
        "metrics.csv",
    ];
    let of_load = name.ends_with("-planned.hgrm") || name.ends_with("-actual.hgrm");
    // Of several commands each has files of its own, called after it.
    let mut parts = name.match_indices('-').map(|(at, _)| (&name[..at], &name[at + 1..]));
    FILES.contains(&name)
        || of_load
        || is_of_a_command(name)
        || parts.any(|(command, file)| scenario::is_command_name(command) && is_of_a_command(file))
}

/// Whether a run writes a file of this name about one command.
fn is_of_a_command(name: &str) -> bool {
    let of_histogram = |stem: &str| {
        Stage::ALL.iter().any(|stage| stem == stage.name())
            || stem.starts_with(&hdr::notification_latency(""))
    };
    name == "latencies.hlog" || name.strip_suffix(".hgrm").is_some_and(of_histogram)
}

/// A name that begins one component of a path on every system.
fn file_name(name: &str) -> String {
    const LENGTH: usize = 100;
    let safe = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let name = name.trim_start_matches('.').chars().take(LENGTH);
    name.map(|letter| if safe(letter) { letter } else { '-' }).collect()
}
