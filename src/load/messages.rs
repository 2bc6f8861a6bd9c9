//! Notifications that arrived, counted: how many, how often again, in what order, and how late.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{tally::Durations, told::Notification};

/// Counts of notifications.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Messages {
    /// Messages, each as often as it came.
    pub received: u64,
    /// Those that had come before: of the same `MessageId` (S9.17).
    pub doubled: u64,
    /// Those that came behind one about the same invocation or command that is newer by its `eventTime` (S9.12).
    pub disordered: u64,
    /// Those that are no message of Run Command.
    pub unreadable: u64,
    /// From the publication, by the envelope's `Timestamp`, to the arrival; only where the service's clock goes like ours.
    pub latency: Durations,
}

/// Counts messages one by one. Memory follows their number.
#[derive(Debug, Default)]
pub struct Counter {
    messages: Messages,
    ids: BTreeSet<String>,
    /// The newest `eventTime` of each command and invocation.
    newest: BTreeMap<(String, Option<String>), Timestamp>,
}

impl Messages {
    /// Takes in all of another.
    pub fn merge(&mut self, other: &Self) {
        self.received += other.received;
        self.doubled += other.doubled;
        self.disordered += other.disordered;
        self.unreadable += other.unreadable;
        self.latency.merge(&other.latency);
    }
}

impl Counter {
    /// Takes in a message, and how long it was under way if that is known. Whether it came for the first time.
    pub fn add(&mut self, id: &str, told: Option<&Notification>, took: Option<Duration>) -> bool {
        let messages = &mut self.messages;
        messages.received += 1;
        if !self.ids.insert(id.to_string()) {
            messages.doubled += 1;
            return false;
        }
        took.into_iter().for_each(|took| messages.latency.add(took));
        let Some(told) = told else {
            messages.unreadable += 1;
            return true;
        };
        let Some(time) = told.event_time.as_ref().and_then(|text| text.parse::<Timestamp>().ok()) else {
            return true;
        };
        let about = (told.command_id.clone(), told.instance_id.clone());
        let newest = self.newest.entry(about).or_insert(time);
        messages.disordered += u64::from(time < *newest);
        *newest = time.max(*newest);
        true
    }

    /// The counts.
    pub fn finish(self) -> Messages {
        self.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(instance: &str, second: u32) -> Notification {
        Notification {
            command_id: "c".into(),
            instance_id: Some(instance.into()),
            event_time: Some(format!("2026-01-01T00:00:{second:02}.000Z")),
            ..Notification::default()
        }
    }

    /// S9.12, S9.17: of the same id is the same message; older than one that was there is out of order, instance by instance.
    #[test]
    fn messages_are_told_apart() {
        let mut counter = Counter::default();
        let second = Some(Duration::from_secs(1));
        for (id, message) in
            [("1", told("a", 5)), ("2", told("b", 3)), ("3", told("a", 4)), ("3", told("a", 4))]
        {
            counter.add(id, Some(&message), second);
        }
        counter.add("4", None, None);
        let mut sum = Messages::default();
        sum.merge(&counter.finish());
        assert_eq!((sum.received, sum.doubled, sum.disordered, sum.unreadable), (5, 1, 1, 1));
        assert_eq!(sum.latency.0.len(), 3);
    }
}
