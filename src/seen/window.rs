//! When something happened, as far as it can be known.

use jiff::Timestamp;

/// The instants at which something may have happened: after `after`, and at `until` at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The last instant at which it certainly had not happened; `None` when there is none.
    pub after: Option<Timestamp>,
    /// The first instant at which it certainly had happened.
    pub until: Timestamp,
}
