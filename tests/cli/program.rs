//! The program run as a process, and what it wrote, read back.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_fleetsim");

/// A scenario in which invocations end in nearly every way.
pub(crate) const MIXED: &str = r#"
version = 1
name = "mixed"

[[group]]
name = "web"
count = 150
tags = { Role = "x" }
delivery = { uniform = { min = "50ms", max = "1s" } }
execution = { lognormal = { median = "20s", p99 = "3m" } }
availability = [{ chance = "5%", unreachable = true }, { chance = "5%", terminated_at = "10s" }]
outcomes = [{ chance = 0.1, exit_code = 1 }, { chance = 0.05, hang = true }, { chance = 0.02, reply_lost = true }]

[[group]]
name = "windows"
count = 7
platform = "Windows"
execution = "1s"
tags = { Role = "x" }

[[group]]
name = "denied"
count = 5
access_denied = true
execution = "1s"
tags = { Role = "x" }

[[command]]
at = "5s"
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["x"] }]
Parameters = { commands = ["true"], executionTimeout = ["300"] }
TimeoutSeconds = 600
MaxConcurrency = "20"
MaxErrors = "100%"
"#;

/// Twenty instances, one at a time, of which each fails with the given chance; some more lines at the end.
pub(crate) fn failing(chance: &str, thresholds: &str) -> String {
    format!(
        r#"
version = 1
name = "failing"
[[group]]
name = "web"
count = 20
tags = {{ Role = "x" }}
delivery = "200ms"
execution = {{ uniform = {{ min = "5s", max = "15s" }} }}
outcomes = [{{ chance = {chance}, exit_code = 1 }}]
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{{ Key = "tag:Role", Values = ["x"] }}]
Parameters = {{ commands = ["true"] }}
MaxConcurrency = "2"
MaxErrors = "3"
[thresholds]
{thresholds}
"#
    )
}

/// How the program ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal ended it"),
            out: String::from_utf8(output.stdout).expect("standard output is text"),
            err: String::from_utf8(output.stderr).expect("standard error is text"),
        }
    }

    /// Fails the test when it did not exit with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// Fails the test when standard error lacks one of these.
    #[track_caller]
    pub(crate) fn complains(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in:\n{}", self.err);
        }
        self
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect("standard output is JSON")
    }
}

/// A directory of its own that the program runs in.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a temporary directory"))
    }

    /// One with the file `s.toml`.
    pub(crate) fn with(scenario: &str) -> Self {
        let place = Self::new();
        place.write("s.toml", scenario);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("a file in a temporary directory");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in one of its directories, sorted.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        list(&self.path(name))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().expect("the program starts"))
    }

    /// Runs a line of shell, in which `fleetsim` is the program.
    #[cfg(unix)]
    pub(crate) fn shell(&self, line: &str) -> Ran {
        let script = format!("fleetsim() {{ {PROGRAM} \"$@\"; }}\n{line}");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(self.0.path()).stdin(Stdio::null());
        Ran::of(command.output().expect("a shell"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The rows of a table, each by the names of its columns.
    pub(crate) fn csv(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.path(name)).expect("a table");
        reader.deserialize().collect::<Result<_, _>>().expect("rows as wide as the header")
    }
}

/// The names in a directory, sorted; none when there is no such directory.
pub(crate) fn list(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().expect("a name in UTF-8")).collect();
    names.sort();
    names
}

/// A cell as a number; `None` when it is empty.
#[track_caller]
pub(crate) fn number(row: &BTreeMap<String, String>, column: &str) -> Option<u64> {
    let cell = row.get(column).unwrap_or_else(|| panic!("no column {column}"));
    (!cell.is_empty()).then(|| cell.parse().unwrap_or_else(|_| panic!("{column}: {cell}")))
}
