//! A record about an invocation, with what was known of the invocation before.

use crate::{
    check::{
        ledger::Book,
        live::{Live, Slot},
        marks::Marked,
        terms::GroupTerms,
    },
    history::Record,
};

/// What the ledger knows of a record's invocation before the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Where it stands, when it was in flight.
    pub(crate) slot: Option<Slot>,
    /// What was told of it before.
    pub(crate) marks: Marked,
    /// It had been sent.
    pub(crate) was_sent: bool,
    /// It had ended.
    pub(crate) had_ended: bool,
    /// No `Sent` was recorded, but this record proves that there must have been one.
    pub(crate) is_proof: bool,
}

/// A record about an invocation as the rules see it.
pub(crate) struct Case<'a> {
    pub(crate) record: &'a Record,
    /// The command as it stood before.
    pub(crate) book: &'a Book,
    /// The invocation as it stood before, when it was in flight.
    pub(crate) live: Option<&'a Live>,
    /// The invocation had been sent.
    pub(crate) was_sent: bool,
    /// The invocation had ended.
    pub(crate) had_ended: bool,
    /// No `Sent` was recorded, but this record proves that there must have been one.
    pub(crate) is_proof: bool,
    /// What was told of it before.
    pub(crate) marks: Marked,
    /// The invocation's group.
    pub(crate) group: &'a GroupTerms,
}
