//! What is told of a message on its way to a subscription whose delivery is followed.

use serde::{Deserialize, Serialize};

use super::fact::Notice;
use crate::base::SimTime;

/// A message to a subscription whose delivery is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Parcel {
    /// What it tells.
    pub notice: Notice,
    /// Index of the subscription in the topic.
    pub subscription: u32,
    /// Whether it is the second copy of a message that SNS delivers twice (S9.20).
    pub copy: bool,
    /// When it was published.
    pub published: SimTime,
}

/// Why a message does not reach the consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// The subscription was not confirmed (S9.18).
    Unconfirmed,
    /// The filter policy did not let it through (S9.33).
    FilteredOut,
    /// SNS gave it up and it is in the subscription's dead-letter queue (S9.27).
    DeadLettered,
    /// SNS gave it up (S9.27).
    Discarded,
    /// The consumer received it too often without deleting it; it is in the queue's own dead-letter queue (S10.41).
    Redriven,
    /// The queue kept it no longer (S10.40).
    Expired,
}
