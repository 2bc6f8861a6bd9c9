//! What FIFO queues do that others do not: each message has a group whose order is kept, and one that is sent again within
//! five minutes is taken for the same.

use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest, Sha256};

use super::{attributes::Attributes, send::Draft};
use crate::{
    base::{SimDuration, SimTime},
    wire::{fault::Fault, sqs::invalid},
};

/// How names of FIFO queues end.
pub(super) const SUFFIX: &str = ".fifo";
/// How long a message that is sent again is taken for the same.
const MEMORY: SimDuration = SimDuration::from_secs(300);
/// Sequence numbers have twenty digits, which grow.
const FIRST_SEQUENCE_NUMBER: u64 = 18_000_000_000_000_000_000;

/// What a FIFO queue remembers of the messages of the last five minutes.
#[derive(Debug, Default)]
pub(super) struct Fifo {
    /// By what tells them apart.
    known: BTreeMap<Identity, Accepted>,
    by_age: VecDeque<(SimTime, Identity)>,
    accepted: u64,
}

/// What tells messages apart: the deduplication id, and where the group is its scope the group.
pub(super) type Identity = (Option<String>, String);

/// A message that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    pub id: String,
    pub sequence_number: String,
}

impl Fifo {
    /// The message that this one repeats.
    pub fn find(&mut self, identity: &Identity, now: SimTime) -> Option<Accepted> {
        while let Some((_, identity)) = self.by_age.pop_front_if(|(sent, _)| *sent + MEMORY <= now) {
            self.known.remove(&identity);
        }
        // An id that was taken in when the whole queue was the scope still counts for it.
        let of_queue = || self.known.get(&(None, identity.1.clone()));
        self.known.get(identity).or_else(of_queue).cloned()
    }

    /// Takes in a message that repeats none.
    pub fn accept(&mut self, identity: Identity, id: String, now: SimTime) -> Accepted {
        let sequence_number = (FIRST_SEQUENCE_NUMBER + self.accepted).to_string();
        self.accepted += 1;
        let accepted = Accepted { id, sequence_number };
        self.by_age.push_back((now, identity.clone()));
        self.known.insert(identity, accepted.clone());
        accepted
    }
}

/// The deduplication id of a message for a FIFO queue: its own, or else what its body hashes to.
pub(super) fn deduplication_id(draft: &Draft<'_>) -> String {
    let hash = || Sha256::digest(draft.body).iter().map(|byte| format!("{byte:02x}")).collect();
    draft.deduplication.map_or_else(hash, str::to_string)
}

/// What tells a message from others in the queue.
pub(super) fn identity(draft: &Draft<'_>, attributes: &Attributes) -> Identity {
    let of_group = attributes.text("DeduplicationScope") == Some("messageGroup");
    (draft.group.filter(|_| of_group).map(str::to_string), deduplication_id(draft))
}

/// Refuses what a FIFO queue does not take.
pub(super) fn check(draft: &Draft<'_>, attributes: &Attributes) -> Result<(), Fault> {
    if draft.group.is_none() {
        let message = "The request must contain the parameter MessageGroupId.";
        return Err(Fault::new("MissingRequiredParameterException", message));
    }
    if let Some(delay) = draft.delay_seconds.filter(|delay| *delay != 0) {
        let reason = "The request include parameter that is not valid for this queue type.";
        return Err(invalid(&delay.to_string(), "DelaySeconds", reason));
    }
    if draft.deduplication.is_none() && attributes.text("ContentBasedDeduplication") != Some("true") {
        let message = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                       explicitly";
        return Err(Fault::new("InvalidParameterValueException", message));
    }
    Ok(())
}

/// Refuses a name that does not fit the kind of the queue.
pub(super) fn check_name(name: &str, is_fifo: bool) -> Result<(), Fault> {
    match (name.ends_with(SUFFIX), is_fifo) {
        (true, false) => {
            let reason =
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
            Err(invalid(name, "QueueName", reason))
        }
        (false, true) => {
            let reason = "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must \
                          end with .fifo suffix and be 1 to 80 in length.";
            Err(invalid(name, "QueueName", reason))
        }
        _ => Ok(()),
    }
}
