//! Ways to spoil a history. Each takes a good one and gives it back with one thing wrong; one that finds nothing to
//! spoil panics.

mod contents;
mod records;

pub(crate) use contents::*;
pub(crate) use records::*;

use fleetsim::{
    history::{Fact, Record},
    ssm::StatusDetails as D,
};

/// A way to spoil a history.
pub(crate) type Spoil = fn(&[Record]) -> Vec<Record>;

/// The place of the first record that `wanted` picks.
fn first(records: &[Record], wanted: impl Fn(&Fact) -> bool) -> usize {
    records.iter().position(|record| wanted(&record.fact)).expect("a record to spoil")
}

/// The place of the last record that `wanted` picks.
fn last(records: &[Record], wanted: impl Fn(&Fact) -> bool) -> usize {
    records.iter().rposition(|record| wanted(&record.fact)).expect("a record to spoil")
}

fn ended_as(fact: &Fact, details: D) -> bool {
    matches!(fact, Fact::InvocationEnded { ending, .. } if ending.state.details == details)
}
