//! Luck: every draw is a function of (seed, instance, command, replication, purpose, ordinal) and of nothing else
//! (common random numbers, principle 9 of the design).

use super::agent::Run;
use crate::{
    base::{permutation::Permutation, philox::Philox4x64},
    output::Stream,
};

/// The second half of the key: keeps these words apart from any other use of the seed.
const DOMAIN: u64 = u64::from_le_bytes(*b"fleetsim");

/// What a block of four words is for. The four words of a block are its lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Lane 0: the slowness factor. Drawn without command and replication.
    Slowness = 0,
    /// Lane 0: the availability. Drawn without command.
    Availability = 1,
    /// Lanes: delivery, outcome, execution, reply. The ordinal is a [`Run`]'s; delivery and the first
    /// reply belong to that of the first step.
    Invocation = 2,
    /// Lanes: moment of an interruption. The ordinal is a [`Run`]'s.
    Interruption = 3,
    /// Lane 0: delivery again, after the instance was unreachable.
    Redelivery = 4,
    /// Lane 0: delivery of a cancel message.
    Cancel = 5,
    /// The order of dispatch. Drawn without instance.
    Order = 6,
    /// Lanes: how long an instance can be reached, how long it cannot, and of the first such cycle the part that is over
    /// at the beginning. Drawn without command; the ordinal counts cycles.
    Cycle = 16,
    /// Lane 0: the time of a boot. The ordinal counts the restarts that the document has seen.
    Boot = 17,
    /// Lanes: latency of the message that tells InProgress, of the one that tells the terminal status, and of the
    /// second arrival of each.
    Notification = 18,
    /// Lanes: loss of the two messages, doubling of the two messages.
    Mishap = 19,
    /// Lanes: second publication of InProgress, of the terminal status.
    Republication = 20,
    /// Lanes: the answer to an attempt to deliver a message, the time that the endpoint works on it, the jitter of the
    /// delay after it. The ordinal holds subscription, copy and number of the attempt.
    Attempt = 24,
    /// Lanes: whether the consumer behind a queue fails on a message that it received, how long it works on it. The
    /// ordinal holds subscription, copy and number of the receipt.
    Receipt = 25,
    /// Lanes: loss of an event, its latency. The ordinal says what happened.
    Emission = 40,
    /// Lanes: second run of a rule, how much later.
    RuleRun = 41,
    /// Lanes: second invocation of a target, how much later.
    TargetRun = 42,
    /// Lanes: failure of an attempt, the part of the wait before the next one.
    TargetAttempt = 43,
    /// Lane 0: from the launch of an instance until its agent is registered.
    Registration = 44,
    /// Lane 0: the part of the longest wait before a caller calls `SendCommand` again. Drawn without instance; the ordinal counts
    /// refusals.
    Refusal = 50,
    /// Lane 0: whether a fault strikes an instance. Drawn without command; the ordinal is the fault's index.
    Fault = 70,
    /// Lanes of block 0: the first attempt to connect again, the first wait; of the others, the jitter of four waits. Drawn
    /// without command; the ordinal holds the fault's index and the block.
    Reconnect = 71,
    /// Lanes: when in each five minutes an agent sends again the replies that it keeps, when it pings, and when in each ten
    /// minutes it forgets messages. Drawn without command.
    Period = 72,
    /// Lanes: whether a message comes twice, and how much later, by the fault's index; with the highest ordinal, lane 0: how
    /// long the second takes.
    Doubling = 73,
    /// Lane 0: when in each 20 s a poll of an agent on MDS begins that has nothing to do. Drawn without command.
    Poll = 74,
    /// Lane 0: how much longer than the shortest a pause after a poll is. The ordinal says which message the poll brought.
    Pause = 75,
    /// Lanes: the jitter of the three retries of a poll that fails. Drawn without command; the ordinal is the fault's index.
    Retry = 76,
    /// Lanes: bytes of standard output and of standard error, time of a call for the log events of each. The ordinal is a
    /// [`Run`]'s.
    Output = 60,
    /// Lanes: failure of an attempt to put an object, its time, the jitter of the delay after it. The ordinal is a [`Run`]'s;
    /// stream and number of the attempt stand beside the purpose.
    Upload = 61,
}

/// The luck of one replication.
#[derive(Clone, Debug)]
pub struct Luck {
    philox: Philox4x64,
    replication: u64,
}

impl Luck {
    /// The luck of replication `replication` of a run rooted at `seed`.
    pub fn new(seed: u64, replication: u64) -> Self {
        Self { philox: Philox4x64::new([seed, DOMAIN]), replication }
    }

    /// The four words of an instance, for all commands and replications.
    pub fn of_fleet(&self, instance_key: u64, purpose: Purpose) -> [u64; 4] {
        self.words([instance_key, 0, 0, purpose as u64])
    }

    /// The four words of an instance in this replication. `ordinal` counts draws for the same purpose.
    pub fn of_instance(&self, instance_key: u64, purpose: Purpose, ordinal: u32) -> [u64; 4] {
        self.words([instance_key, 0, self.replication, what(purpose, ordinal)])
    }

    /// The four words of an invocation. `ordinal` counts draws for the same purpose.
    pub fn of_invocation(&self, instance_key: u64, command: u32, purpose: Purpose, ordinal: u32) -> [u64; 4] {
        self.words([instance_key, command.into(), self.replication, what(purpose, ordinal)])
    }

    /// The four words of a command. `ordinal` counts draws for the same purpose.
    pub fn of_command(&self, command: u32, purpose: Purpose, ordinal: u32) -> [u64; 4] {
        self.words([0, command.into(), self.replication, what(purpose, ordinal)])
    }

    /// The four words of an attempt to put an object, counted from 1.
    pub fn of_upload(&self, instance_key: u64, run: Run, stream: Stream, attempt: u32) -> [u64; 4] {
        let beside = u64::from(attempt) << 16 | (stream as u64) << 8;
        let what = what(Purpose::Upload, run.ordinal()) | beside;
        self.words([instance_key, run.command.into(), self.replication, what])
    }

    /// The order in which a command's `len` targets are sent to.
    pub fn order(&self, command: u32, len: u32) -> Permutation {
        let words = self.words([0, command.into(), self.replication, Purpose::Order as u64]);
        Permutation::keyed(len, [words[0], words[1]])
    }

    fn words(&self, counter: [u64; 4]) -> [u64; 4] {
        self.philox.words(counter)
    }
}

fn what(purpose: Purpose, ordinal: u32) -> u64 {
    u64::from(ordinal) << 32 | purpose as u64
}
