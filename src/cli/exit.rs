//! The exit codes, one table for all subcommands.

use std::process::{ExitCode, Termination};

/// How the program exits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is good.
    Good = 0,
    /// The answer is no: a threshold or a demand was missed, a comparison found a regression, an event does not match, access
    /// is denied.
    Missed = 1,
    /// Bad usage or input, or an output that cannot be written.
    BadInput = 2,
    /// A rule of Run Command was broken.
    Invalid = 3,
    /// Something could not be judged.
    Unknown = 4,
    /// Nothing could be compared, or the load generator could not keep its schedule.
    Void = 5,
    /// A defect of this program.
    Internal = 70,
    /// Interrupted before the end; what is there was written, and says so.
    Interrupted = 130,
}

/// Every exit code with its meaning.
pub const CODES: [(u8, &str); 8] = [
    (Exit::Good as u8, "good"),
    (Exit::Missed as u8, "no: a threshold or demand missed, a regression, no match, access denied"),
    (Exit::BadInput as u8, "bad usage or input, or an output that cannot be written"),
    (Exit::Invalid as u8, "a rule of Run Command is invalid"),
    (Exit::Unknown as u8, "something could not be judged"),
    (Exit::Void as u8, "void: nothing to compare, or a generator that could not keep its schedule"),
    (Exit::Internal as u8, "internal error"),
    // What a shell sees of a program that SIGINT ended, too.
    (Exit::Interrupted as u8, "interrupted; a partial result says that it is one"),
];

/// The table as `--help` shows it.
pub(super) const HELP: &str = "Exit codes:
  0   good
  1   no: a threshold or demand missed, a regression, no match, access denied
  2   bad usage or input, or an output that cannot be written
  3   a rule of Run Command is invalid
  4   something could not be judged
  5   void: nothing to compare, or a generator that could not keep its schedule
  70  internal error
  130 interrupted; a partial result says that it is one";

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_shows_the_table() {
        let lines: Vec<String> =
            CODES.iter().map(|(code, meaning)| format!("  {code:<3} {meaning}")).collect();
        assert_eq!(HELP, format!("Exit codes:\n{}", lines.join("\n")));
    }
}
