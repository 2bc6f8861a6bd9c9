//! Commands that were sent are polled as clients do it: ask, wait, ask again, until all is over.

use std::{cmp::Ordering, collections::BinaryHeap, time::Instant};

use super::{
    material::about,
    mix::Operation,
    told::{self, ListCommandInvocationsResult, ListCommandsResult},
};
use crate::client::Prepared;

/// The polling of one command.
#[derive(Debug)]
pub struct Follow {
    /// The command.
    pub command_id: String,
    /// The stage in which it was sent, for the count.
    pub stage: usize,
    /// What is asked next.
    pub ask: Ask,
    /// Invocations in flight when it was last looked at.
    pub in_flight: u64,
    /// Whether nothing was asked yet.
    is_new: bool,
    /// Whether all that the pages of this round told of has ended.
    ended: bool,
    /// How many invocations they told of.
    told: u64,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// For the invocations, from this page on.
    Invocations(Option<String>),
    /// For the command: at the beginning, and when all invocations have ended.
    Command,
}

/// What an answer leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The next question follows at once.
    AtOnce,
    /// The next question follows after the interval.
    Later,
    /// All is over.
    Done,
}

impl Follow {
    /// Begins to follow a command: with the command itself, of which the answer to SendCommand does not tell all.
    pub fn new(command_id: String, stage: usize) -> Self {
        Self { command_id, stage, ask: Ask::Command, in_flight: 0, is_new: true, ended: true, told: 0 }
    }

    /// The operation that is called next.
    pub fn operation(&self) -> Operation {
        match self.ask {
            Ask::Invocations(_) => Operation::ListCommandInvocations,
            Ask::Command => Operation::ListCommands,
        }
    }

    /// The next call.
    pub fn call(&self) -> Option<Prepared> {
        let token = match &self.ask {
            Ask::Invocations(token) => token.clone(),
            Ask::Command => None,
        };
        about(self.operation(), &self.command_id, None, token)
    }

    /// Takes in a good answer. Instances are handed on in `instances`.
    pub fn hear(&mut self, body: &[u8], instances: &mut Vec<String>) -> Then {
        match self.ask {
            Ask::Command => {
                let answer: ListCommandsResult = serde_json::from_slice(body).unwrap_or_default();
                self.begin_round();
                let is_over = answer.commands.first().is_some_and(|one| told::is_terminal(&one.status));
                match std::mem::take(&mut self.is_new) {
                    true => Then::AtOnce,
                    false if is_over => Then::Done,
                    false => Then::Later,
                }
            }
            Ask::Invocations(_) => {
                let answer: ListCommandInvocationsResult = serde_json::from_slice(body).unwrap_or_default();
                self.hear_page(answer, instances)
            }
        }
    }

    fn hear_page(&mut self, answer: ListCommandInvocationsResult, instances: &mut Vec<String>) -> Then {
        if self.told == 0 {
            self.in_flight = 0;
        }
        for one in answer.command_invocations {
            self.told += 1;
            self.ended &= told::is_terminal(&one.status);
            self.in_flight += u64::from(told::is_in_flight(&one.status));
            instances.push(one.instance_id);
        }
        if let Some(token) = answer.next_token.filter(|token| !token.is_empty()) {
            self.ask = Ask::Invocations(Some(token));
            return Then::AtOnce;
        }
        // A command without invocations may have ended as well as one whose invocations have.
        if self.ended {
            self.ask = Ask::Command;
            return Then::AtOnce;
        }
        self.begin_round();
        Then::Later
    }

    /// After a failure or a round the list is read from its beginning.
    pub fn begin_round(&mut self) {
        (self.ask, self.ended, self.told) = (Ask::Invocations(None), true, 0);
    }
}

/// Follow-ups in the order of their times.
#[derive(Debug, Default)]
pub struct Calendar(BinaryHeap<Entry>);

#[derive(Debug)]
struct Entry {
    at: Instant,
    follow: Follow,
}

impl Calendar {
    /// Enters a follow-up; says whether it is now the first.
    pub fn enter(&mut self, at: Instant, follow: Follow) -> bool {
        let is_first = self.next().is_none_or(|first| at < first);
        self.0.push(Entry { at, follow });
        is_first
    }

    /// When the first one is.
    pub fn next(&self) -> Option<Instant> {
        self.0.peek().map(|entry| entry.at)
    }

    /// Takes the first one out, with its time.
    pub fn take(&mut self) -> Option<(Instant, Follow)> {
        self.0.pop().map(|entry| (entry.at, entry.follow))
    }
}

/// The earliest is the greatest, for the heap.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(statuses: &[&str], token: &str) -> Vec<u8> {
        let one = |status: &&str| serde_json::json!({"CommandId": "c", "InstanceId": "i", "Status": status});
        let all: Vec<_> = statuses.iter().map(one).collect();
        serde_json::to_vec(&serde_json::json!({"CommandInvocations": all, "NextToken": token})).unwrap()
    }

    #[test]
    fn a_command_is_followed_through_its_pages_to_its_end() {
        let mut follow = Follow::new("c".into(), 0);
        let mut instances = Vec::new();
        // It begins with the command, even if that has ended already.
        assert_eq!(follow.operation(), Operation::ListCommands);
        assert_eq!(follow.hear(br#"{"Commands": [{"Status": "Success"}]}"#, &mut instances), Then::AtOnce);
        // Nothing is visible yet: the command itself is asked for, and then all again.
        assert_eq!(follow.hear(&page(&[], ""), &mut instances), Then::AtOnce);
        assert_eq!(follow.hear(br#"{"Commands": []}"#, &mut instances), Then::Later);
        assert_eq!(follow.hear(&page(&["Success", "InProgress"], "more"), &mut instances), Then::AtOnce);
        assert_eq!(follow.ask, Ask::Invocations(Some("more".into())));
        assert_eq!(follow.hear(&page(&["Pending", "Delayed"], ""), &mut instances), Then::Later);
        assert_eq!((follow.in_flight, instances.len()), (2, 4));
        assert_eq!(follow.hear(&page(&["Success", "TimedOut"], ""), &mut instances), Then::AtOnce);
        assert_eq!((follow.operation(), follow.in_flight), (Operation::ListCommands, 0));
        assert_eq!(follow.hear(br#"{"Commands": [{"Status": "InProgress"}]}"#, &mut instances), Then::Later);
        follow.hear(&page(&["Success"], ""), &mut instances);
        assert_eq!(follow.hear(br#"{"Commands": [{"Status": "Success"}]}"#, &mut instances), Then::Done);
    }

    #[test]
    fn the_calendar_gives_the_earliest_first() {
        let mut calendar = Calendar::default();
        let begin = Instant::now();
        let at = |millis| begin + std::time::Duration::from_millis(millis);
        assert!(calendar.enter(at(5), Follow::new("b".into(), 0)));
        assert!(calendar.enter(at(1), Follow::new("a".into(), 0)));
        assert!(!calendar.enter(at(9), Follow::new("c".into(), 0)));
        let order: Vec<_> = std::iter::from_fn(|| calendar.take()).map(|(_, one)| one.command_id).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }
}
