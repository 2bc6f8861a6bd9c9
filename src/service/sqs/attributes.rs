//! Attributes of queues.

use std::ops::RangeInclusive;

use super::redrive::Redrive;
use crate::{
    base::SimDuration,
    wire::{fault::Fault, sqs::queue::Texts},
};

/// Attributes that are numbers: name, range and usual value (S10.40). The size's are those that SQS answers today.
const NUMBERS: [(&str, RangeInclusive<u32>, &str); 6] = [
    ("DelaySeconds", 0..=900, "0"),
    ("MaximumMessageSize", 1_024..=1_048_576, "1048576"),
    ("MessageRetentionPeriod", 60..=1_209_600, "345600"),
    ("ReceiveMessageWaitTimeSeconds", 0..=20, "0"),
    ("VisibilityTimeout", 0..=43_200, "30"),
    ("KmsDataKeyReusePeriodSeconds", 60..=86_400, ""),
];

/// Attributes that are texts.
const TEXTS: [&str; 5] =
    ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId", "SqsManagedSseEnabled"];

/// Attributes of FIFO queues: name, values and usual value.
const FIFO: [(&str, [&str; 2], &str); 4] = [
    ("FifoQueue", ["true", "false"], "true"),
    ("ContentBasedDeduplication", ["true", "false"], "false"),
    ("DeduplicationScope", ["queue", "messageGroup"], "queue"),
    ("FifoThroughputLimit", ["perQueue", "perMessageGroupId"], "perQueue"),
];

/// Attributes that only a queue itself knows.
pub(super) const COUNTED: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// The attributes of a queue that callers set.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes {
    set: Texts,
    /// Whether the queue is a FIFO queue, which it stays.
    pub is_fifo: bool,
    pub redrive: Option<Redrive>,
}

impl Attributes {
    /// The attributes of a new queue.
    ///
    /// # Errors
    ///
    /// As [`Self::set`].
    pub fn new(given: &Texts) -> Result<Self, Fault> {
        let is_fifo = given.get("FifoQueue").is_some_and(|value| value == "true");
        let mut attributes = Self { is_fifo, ..Self::default() };
        attributes.set(given)?;
        Ok(attributes)
    }

    /// Sets attributes; an empty text brings the usual value back. Sets none of them when one is refused.
    ///
    /// # Errors
    ///
    /// In the words of SQS.
    pub fn set(&mut self, given: &Texts) -> Result<(), Fault> {
        given.iter().try_for_each(|(name, value)| self.check(name, value))?;
        self.check_throughput(given)?;
        let has = |name: &str| given.get(name).is_some_and(|value| !value.is_empty());
        if has("KmsMasterKeyId") && given.get("SqsManagedSseEnabled").is_some_and(|value| value == "true") {
            let message = "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS \
                           SSE or SQS SSE.";
            return Err(Fault::new("InvalidAttributeName", message));
        }
        if let Some(policy) = given.get("RedrivePolicy") {
            self.redrive = if policy.is_empty() { None } else { Some(Redrive::read(policy)?) };
        }
        if has("KmsMasterKeyId") {
            self.set.insert("SqsManagedSseEnabled".into(), "false".into());
        }
        for (name, value) in given {
            match value.is_empty() {
                true => self.set.remove(name),
                false => self.set.insert(name.clone(), value.clone()),
            };
        }
        Ok(())
    }

    /// All of them, the usual values where nothing was set.
    pub fn all(&self) -> Texts {
        let usual = NUMBERS.iter().filter(|(_, _, usual)| !usual.is_empty());
        let usual = usual.map(|(name, _, usual)| (name.to_string(), usual.to_string()));
        let fifo = FIFO.iter().filter(|_| self.is_fifo);
        let fifo = fifo.map(|(name, _, usual)| (name.to_string(), usual.to_string()));
        let mut all: Texts =
            usual.chain(fifo).chain([("SqsManagedSseEnabled".to_string(), "true".to_string())]).collect();
        all.extend(self.set.clone());
        all
    }

    /// A number that each queue has, 0 for any other.
    pub fn number(&self, name: &str) -> u32 {
        let usual = NUMBERS.iter().find(|(known, _, _)| *known == name).map(|(_, _, usual)| *usual);
        let text = self.set.get(name).map(String::as_str).or(usual);
        text.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// A text that was set.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.set.get(name).map(String::as_str)
    }

    /// A number of seconds that each queue has.
    pub fn duration(&self, name: &str) -> SimDuration {
        SimDuration::from_secs(self.number(name).into())
    }

    fn check(&self, name: &str, value: &str) -> Result<(), Fault> {
        let refuse = |reason: &str| {
            let message = format!("Invalid value for the parameter {name}.{reason}");
            Err(Fault::new("InvalidAttributeValue", message))
        };
        if name == "FifoQueue" && self.is_fifo && value != "true" {
            return refuse(" Reason: Modifying queue type is not supported.");
        }
        let of_fifo = FIFO.iter().filter(|_| self.is_fifo).find(|(known, _, _)| *known == name);
        let fits = match (of_fifo, NUMBERS.iter().find(|(known, _, _)| *known == name)) {
            (Some((_, values, _)), _) => values.contains(&value),
            (None, Some((_, range, _))) => value.parse().is_ok_and(|number| range.contains(&number)),
            (None, None) if !TEXTS.contains(&name) => return Err(unknown(name)),
            (None, None) => name != "SqsManagedSseEnabled" || ["true", "false"].contains(&value),
        };
        if fits || value.is_empty() { Ok(()) } else { refuse("") }
    }

    /// A limit for each group wants deduplication within groups.
    fn check_throughput(&self, given: &Texts) -> Result<(), Fault> {
        let text = |name: &str| given.get(name).map(String::as_str).or_else(|| self.text(name));
        let is_of_group = text("FifoThroughputLimit") == Some("perMessageGroupId");
        if is_of_group && text("DeduplicationScope") != Some("messageGroup") {
            let message = "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup.";
            return Err(Fault::new("InvalidParameterValueException", message));
        }
        Ok(())
    }
}

/// Whether an attribute of this name can be asked for.
pub(super) fn is_known(name: &str) -> bool {
    let numbers = NUMBERS.iter().map(|(name, _, _)| *name);
    let fifo = FIFO.iter().map(|(name, _, _)| *name);
    numbers.chain(fifo).chain(TEXTS).chain(COUNTED).any(|known| known == name)
}

/// The error for a name that no attribute has.
pub(super) fn unknown(name: &str) -> Fault {
    let message = match name {
        "DeduplicationScope" | "FifoThroughputLimit" => {
            format!("You can specify the {name} only when FifoQueue is set to true.")
        }
        _ => format!("Unknown Attribute {name}."),
    };
    Fault::new("InvalidAttributeName", message)
}
