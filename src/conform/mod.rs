//! The battery: a fixed list of small cases that any endpoint of Run Command can be held to, from outside.
//!
//! A case sends what it needs to the instances of a [`fleet`], looks at answers, messages and events, and says valid, invalid
//! or unknown with a reason. What polls see between them is a window: a case says invalid only when no instants within the windows make
//! it right, and where AWS's texts can be read in several ways (section 16 of `docs/semantics.md`), what any of them allows is
//! right. It looks at one thing each, so that one defect is told once.

pub mod bench;
pub mod case;
mod cases;
pub mod fleet;
mod json;
mod leftover;
mod sighting;
pub mod time;
mod topic;
mod watch;

pub use bench::{Bench, Settings};
pub use case::{Case, Finding, Halt};
pub use fleet::Profile;

/// A family of cases.
pub struct Family {
    /// What it is about.
    pub name: &'static str,
    /// Its cases, in the order in which they are played.
    pub cases: &'static [Case],
}

/// The whole battery.
pub const BATTERY: [Family; 12] = [
    Family { name: "answers", cases: cases::answers::CASES },
    Family { name: "limits", cases: cases::limits::CASES },
    Family { name: "errors", cases: cases::stop::CASES },
    Family { name: "statuses", cases: cases::statuses::CASES },
    Family { name: "cancel", cases: cases::cancel::CASES },
    Family { name: "timeouts", cases: cases::timeouts::CASES },
    Family { name: "targets", cases: cases::targets::CASES },
    Family { name: "refusals", cases: cases::refusals::CASES },
    Family { name: "access", cases: cases::access::CASES },
    Family { name: "lists", cases: cases::lists::CASES },
    Family { name: "notifications", cases: cases::notifications::CASES },
    Family { name: "events", cases: cases::events::CASES },
];

/// Plays the cases whose names are wanted, one after the other, and puts away what they left behind. `each` hears of every finding
/// at once; it ends the battery by answering false.
pub async fn play(
    bench: &Bench,
    wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(&Finding) -> bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for family in &BATTERY {
        for case in family.cases.iter().filter(|case| wanted(case.name)) {
            let outcome = bench.play(case).await;
            let finding = Finding::new(family.name, case, outcome);
            let goes_on = each(&finding);
            findings.push(finding);
            if !goes_on {
                return findings;
            }
        }
    }
    findings
}
