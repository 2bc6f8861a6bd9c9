//! The rules, one small file each. A rule looks at one command at a time, and says which readings it took, where they are
//! not the default.

mod cancel;
mod command_states;
mod counters;
mod invocation_states;
mod max_concurrency;
mod notifications;
mod roll_up;
mod stop;
mod targets;
mod timeouts;

use jiff::Timestamp;

use super::{case::Case, tally::Tally};
use crate::check::report::About;

/// A rule.
pub(super) struct Rule {
    pub(super) about: About,
    pub(super) judge: fn(&Case<'_>, &mut Tally) -> Vec<&'static str>,
}

/// All of them, in the order of reports.
pub(super) const RULES: [Rule; 10] = [
    Rule { about: targets::ABOUT, judge: targets::judge },
    Rule { about: invocation_states::ABOUT, judge: invocation_states::judge },
    Rule { about: command_states::ABOUT, judge: command_states::judge },
    Rule { about: max_concurrency::ABOUT, judge: max_concurrency::judge },
    Rule { about: stop::ABOUT, judge: stop::judge },
    Rule { about: timeouts::ABOUT, judge: timeouts::judge },
    Rule { about: cancel::ABOUT, judge: cancel::judge },
    Rule { about: counters::ABOUT, judge: counters::judge },
    Rule { about: roll_up::ABOUT, judge: roll_up::judge },
    Rule { about: notifications::ABOUT, judge: notifications::judge },
];

/// An instant as messages show it.
fn shown(at: Timestamp) -> String {
    format!("{at:.3}")
}
