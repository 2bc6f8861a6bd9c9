//! One queue.

use super::{attributes::Attributes, fifo::Fifo, shelf::Shelf};
use crate::{
    base::{SimDuration, SimTime},
    wire::{page, sqs::queue::Texts},
};

/// A queue and what lies in it.
#[derive(Debug)]
pub(super) struct Queue {
    pub name: String,
    pub arn: String,
    pub url: String,
    /// Tells it from an earlier queue of the same name.
    pub number: u64,
    pub created: SimTime,
    pub modified: SimTime,
    pub purged: Option<SimTime>,
    pub attributes: Attributes,
    pub tags: Texts,
    /// Without content in other queues.
    pub fifo: Fifo,
    pub shelf: Shelf,
}

impl Queue {
    /// Brings it to this time.
    pub fn settle(&mut self, now: SimTime) {
        self.shelf.settle(now, self.attributes.duration("MessageRetentionPeriod"));
    }

    /// The handle of a message's latest receipt.
    pub fn handle(&self, at: u64, receipts: u32) -> String {
        page::token(&self.question(), &format!("{at} {receipts}"))
    }

    /// Message and number of the receipt in a handle; `None` when it is none of this queue's.
    pub fn receipt(&self, handle: &str) -> Option<(u64, u32)> {
        let key = page::key(&self.question(), handle)?;
        let (at, receipts) = key.split_once(' ')?;
        Some((at.parse().ok()?, receipts.parse().ok()?))
    }

    fn question(&self) -> String {
        format!("receipt {} {}", self.arn, self.number)
    }

    /// So many seconds, as far as simulated time goes.
    pub fn seconds(seconds: i64) -> SimDuration {
        SimDuration::from_secs(seconds.unsigned_abs())
    }
}
