//! Commands that were sent are polled as clients do it: ask, wait, ask again, until all is over.

use std::{cmp::Ordering, collections::BinaryHeap, time::Instant};

use super::{
    material::about,
    mix::Operation,
    told::{self, Invocation, ListCommandInvocationsResult, ListCommandsResult},
};
use crate::client::Prepared;

/// How clients follow a command that they have sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// By `ListCommandInvocations`, all pages of it, as those do that show a rollout.
    #[default]
    List,
    /// By `GetCommandInvocation`, instance by instance, as the waiters of the AWS CLI and the SDKs do.
    Get,
}

/// The polling of one command, or of one of its invocations.
#[derive(Debug)]
pub struct Follow {
    manner: Manner,
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
    /// The instances of them, where each will be asked for by itself.
    instances: Vec<String>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// For the invocations, from this page on.
    Invocations(Option<String>),
    /// For the command: at the beginning, and when all invocations have ended.
    Command,
    /// For the invocation on this instance.
    Invocation(String),
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
    /// Each invocation is followed by itself from now on: [`Follow::split`].
    Apart,
}

impl Follow {
    /// Begins to follow a command: with the command itself, of which the answer to SendCommand does not tell all.
    pub fn new(command_id: String, stage: usize, manner: Manner) -> Self {
        Self {
            manner,
            command_id,
            stage,
            ask: Ask::Command,
            in_flight: 0,
            is_new: true,
            ended: true,
            told: 0,
            instances: Vec::new(),
        }
    }

    /// Begins to follow one invocation.
    pub fn invocation(command_id: String, instance_id: String, stage: usize) -> Self {
        Self { ask: Ask::Invocation(instance_id), ..Self::new(command_id, stage, Manner::Get) }
    }

    /// Goes on with the invocations that were told of, each by itself.
    pub fn split(self) -> impl Iterator<Item = Self> {
        let Self { command_id, stage, instances, .. } = self;
        instances.into_iter().map(move |instance| Self::invocation(command_id.clone(), instance, stage))
    }

    /// The operation that is called next.
    pub fn operation(&self) -> Operation {
        match self.ask {
            Ask::Invocations(_) => Operation::ListCommandInvocations,
            Ask::Command => Operation::ListCommands,
            Ask::Invocation(_) => Operation::GetCommandInvocation,
        }
    }

    /// The next call.
    pub fn call(&self) -> Option<Prepared> {
        let (instance, token) = match &self.ask {
            Ask::Invocations(token) => (None, token.clone()),
            Ask::Command => (None, None),
            Ask::Invocation(instance) => (Some(instance.clone()), None),
        };
        about(self.operation(), &self.command_id, instance, token)
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
            Ask::Invocation(_) => {
                let answer: Invocation = serde_json::from_slice(body).unwrap_or_default();
                self.in_flight = u64::from(told::is_in_flight(&answer.status));
                if told::is_terminal(&answer.status) { Then::Done } else { Then::Later }
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
            if self.manner == Manner::Get {
                self.instances.push(one.instance_id.clone());
            }
            instances.push(one.instance_id);
        }
        if let Some(token) = answer.next_token.filter(|token| !token.is_empty()) {
            self.ask = Ask::Invocations(Some(token));
            return Then::AtOnce;
        }
        if !self.instances.is_empty() {
            self.in_flight = 0;
            return Then::Apart;
        }
        // A command without invocations may have ended as well as one whose invocations have.
        if self.ended {
            self.ask = Ask::Command;
            return Then::AtOnce;
        }
        self.begin_round();
        Then::Later
    }

    /// After a failure or a round the list is read from its beginning; who follows one invocation asks for it again.
    pub fn begin_round(&mut self) {
        if !matches!(self.ask, Ask::Invocation(_)) {
            (self.ask, self.ended, self.told) = (Ask::Invocations(None), true, 0);
            self.instances.clear();
        }
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
        let mut follow = Follow::new("c".into(), 0, Manner::List);
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

    /// As a waiter does: invocation by invocation, once it is known which there are.
    #[test]
    fn invocations_are_followed_one_by_one() {
        let mut follow = Follow::new("c".into(), 0, Manner::Get);
        let mut instances = Vec::new();
        assert_eq!(follow.hear(br#"{"Commands": [{"Status": "Pending"}]}"#, &mut instances), Then::AtOnce);
        assert_eq!(follow.hear(&page(&["Pending", "InProgress"], "more"), &mut instances), Then::AtOnce);
        assert_eq!(follow.hear(&page(&["Pending"], ""), &mut instances), Then::Apart);
        assert_eq!(follow.in_flight, 0);
        let mut each: Vec<_> = follow.split().collect();
        assert_eq!(each.len(), 3);
        let one = &mut each[0];
        assert_eq!(
            (one.operation(), &one.ask),
            (Operation::GetCommandInvocation, &Ask::Invocation("i".into()))
        );
        assert_eq!(one.hear(br#"{"Status": "InProgress"}"#, &mut instances), Then::Later);
        assert_eq!(one.in_flight, 1);
        // InvocationDoesNotExist, or no answer at all.
        one.begin_round();
        assert_eq!(one.operation(), Operation::GetCommandInvocation);
        assert_eq!(one.hear(br#"{"Status": "TimedOut"}"#, &mut instances), Then::Done);
        assert_eq!(one.in_flight, 0);
    }

    #[test]
    fn the_calendar_gives_the_earliest_first() {
        let mut calendar = Calendar::default();
        let begin = Instant::now();
        let at = |millis| begin + std::time::Duration::from_millis(millis);
        assert!(calendar.enter(at(5), Follow::new("b".into(), 0, Manner::List)));
        assert!(calendar.enter(at(1), Follow::new("a".into(), 0, Manner::List)));
        assert!(!calendar.enter(at(9), Follow::new("c".into(), 0, Manner::List)));
        let order: Vec<_> = std::iter::from_fn(|| calendar.take()).map(|(_, one)| one.command_id).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }
}
