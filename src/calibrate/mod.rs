//! From what was seen of a fleet to a scenario: what `fleetsim fit` does, but for reading and writing files.
//!
//! [`Records`] takes lives and histories in; [`fit`] fits each group of them; [`scenario`] writes the model as a scenario that
//! our own reader has checked.

mod clock;
mod groups;
mod history;
mod hold;
mod model;
mod records;
mod time;
mod told;
mod toml;
mod write;

use serde::Serialize;

pub use groups::{Asked, GroupBy};
pub use history::HistoryIntake;
pub use hold::{HoldOut, Split};
pub use model::{CONFIDENCE, Delivery, Kind, Model, Outcome, Slow};
pub use records::{Known, Records};
pub use time::{HeldOut, How, Time};
pub use told::{Ending, Span, Told, tell};
pub use write::scenario;

/// How to fit.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// By what invocations are told apart.
    pub by: GroupBy,
    /// How distributions are chosen.
    pub how: How,
    /// What is held out.
    pub split: Split,
}

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Fitted {
    /// How many invocations, those held out and those of groups that could not be fitted among them.
    pub invocations: u64,
    /// How many commands.
    pub commands: u64,
    /// Whether they are plain durations, without commands and instances.
    pub is_plain: bool,
    /// By what they were told apart.
    pub by: GroupBy,
    /// The share that was held out.
    pub held_out: f64,
    /// The groups, by name.
    pub groups: Vec<Model>,
    /// The groups that could not be fitted, and why.
    pub left_out: Vec<LeftOut>,
}

/// A group that could not be fitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// What its invocations have in common.
    pub name: String,
    /// How many there are.
    pub invocations: u64,
    /// Why it could not be fitted.
    pub why: String,
}

/// Fits every group. `advance` is told how many invocations more are done.
pub fn fit(records: &Records, options: &Options, advance: &dyn Fn(u64)) -> Fitted {
    let (mut models, mut left_out) = (Vec::new(), Vec::new());
    for group in groups::groups(records, &options.by) {
        let (name, invocations) = (group.name.clone(), group.rows.len() as u64);
        match model::model(group, records, &options.split, options.how) {
            Ok(model) => models.push(model),
            Err(refusal) => left_out.push(LeftOut { name, invocations, why: refusal.to_string() }),
        }
        advance(invocations);
    }
    Fitted {
        invocations: records.rows.len() as u64,
        commands: records.command_count(),
        is_plain: records.is_plain,
        by: options.by.clone(),
        held_out: options.split.share,
        groups: models,
        left_out,
    }
}
