//! Which settings of the rate controls meet what is demanded, and at what price: sweeps on common random numbers over a
//! healthy release and bad ones.
//!
//! Every setting meets the same luck in every world, replication by replication: a difference between two settings is one
//! between pairs. [`plan`] spends replications in rounds, and only where they may still change the answer.

mod advice;
mod estimate;
mod frontier;
mod judge;
mod observation;
mod outcome;
mod race;
mod study;

pub use estimate::{Difference, Estimate, ShareEstimate};
pub use judge::{Judged, Verdict};
pub use observation::Observation;
pub use outcome::{Answer, BadWorld, Outcome, Relaxation, SCHEMA, SettingOutcome};
pub use race::{INDIFFERENCE, Watch, plan};
pub use study::{MOST_OBSERVATIONS, MOST_SETTINGS, Refused, Setting, Study};

/// The confidence of every interval that is shown, and of every verdict.
pub const CONFIDENCE: f64 = 0.95;
