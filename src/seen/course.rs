//! The course that a command or an invocation takes through its states, as far as sightings tell it.

use jiff::Timestamp;

use super::{When, Window};
use crate::ssm::{CommandState, CommandStatus, InvocationState, InvocationStatus, StatusDetails};

/// A state that has a place on the way from Pending to the end.
pub trait Stage: Copy + PartialEq {
    /// How far along the way it is: a state never follows one of a higher rank (sections 2.1, 2.2). InProgress and Delayed,
    /// which may alternate, have the same.
    fn rank(self) -> u8;
    /// Whether the two have the same `Status`.
    fn is_like(self, other: Self) -> bool;
    /// `StatusDetails`.
    fn details(self) -> StatusDetails;
}

/// The rank of what nothing follows (T18).
pub const TERMINAL: u8 = 3;
/// The rank of states that may alternate.
const ALTERNATING: u8 = 1;

impl Stage for InvocationState {
    fn rank(self) -> u8 {
        match self.status {
            InvocationStatus::Pending => 0,
            InvocationStatus::InProgress | InvocationStatus::Delayed => ALTERNATING,
            InvocationStatus::Cancelling => 2,
            _ => TERMINAL,
        }
    }

    fn is_like(self, other: Self) -> bool {
        self.status == other.status
    }

    fn details(self) -> StatusDetails {
        self.details
    }
}

impl Stage for CommandState {
    fn rank(self) -> u8 {
        match self.status {
            CommandStatus::Pending => 0,
            CommandStatus::InProgress => ALTERNATING,
            CommandStatus::Cancelling => 2,
            _ => TERMINAL,
        }
    }

    fn is_like(self, other: Self) -> bool {
        self.status == other.status
    }

    fn details(self) -> StatusDetails {
        self.details
    }
}

/// A stretch of time, one instant of which is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first instant that may be meant.
    pub from: Timestamp,
    /// The last one.
    pub to: Timestamp,
}

/// A state, with the first and the last that was seen of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight<S> {
    /// The state.
    pub state: S,
    /// Whether its details were told.
    pub details_told: bool,
    /// The sighting that proves the earliest that it had begun.
    pub first: Span,
    /// The sighting that proves the latest that it had not ended.
    pub last: Span,
    /// The last instant at which, by what an event told, it had not begun.
    pub not_before: Option<Timestamp>,
}

/// A state with what is known of its beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch<S> {
    /// The state.
    pub state: S,
    /// Whether its details were told.
    pub details_told: bool,
    /// When it began.
    pub began: Window,
    /// The last instant at which it certainly had not ended; [`Timestamp::MIN`] where none is known.
    pub seen_until: Timestamp,
}

/// The states of one command or invocation in their order, however their sightings came.
#[derive(Clone, Debug, PartialEq)]
pub struct Course<S> {
    sights: Vec<Sight<S>>,
}

impl<S> Default for Course<S> {
    fn default() -> Self {
        Self { sights: Vec::new() }
    }
}

impl<S: Stage> Course<S> {
    /// Takes note of a sighting.
    pub fn note(&mut self, state: S, details_told: bool, when: When) {
        let span = Span { from: when.earliest(), to: when.latest() };
        let not_before = match when {
            When::Polled { .. } => None,
            When::Began(window) => window.after,
        };
        self.add(Sight { state, details_told, first: span, last: span, not_before });
    }

    /// Takes note of everything that another course tells.
    pub fn join(&mut self, other: &Self) {
        other.sights.iter().for_each(|&sight| self.add(sight));
    }

    /// What was seen, state by state in the order of their ranks; of terminal states there may be several, which is a
    /// contradiction.
    pub fn sights(&self) -> &[Sight<S>] {
        &self.sights
    }

    /// The states with what is known of their beginnings; of several terminal ones the one that was there first.
    pub fn stretches(&self) -> impl Iterator<Item = Stretch<S>> {
        let end = self.sights.iter().position(|sight| sight.state.rank() == TERMINAL);
        let count = end.map_or(self.sights.len(), |end| end + 1);
        (0..count).map(|at| self.stretch(at))
    }

    /// Where it goes backwards whatever instants its sightings stand for: a state, and a later one that was seen before it.
    pub fn step_back(&self) -> Option<(&Sight<S>, &Sight<S>)> {
        self.sights.iter().find_map(|early| {
            let beyond = self.sights.iter().filter(|late| late.state.rank() > early.state.rank());
            let first = beyond.min_by_key(|late| late.first.to)?;
            (early.last.from > first.first.to).then_some((early, first))
        })
    }

    /// The first two of several terminal states.
    pub fn second_end(&self) -> Option<(&Sight<S>, &Sight<S>)> {
        let mut ends = self.sights.iter().filter(|sight| sight.state.rank() == TERMINAL);
        Some((ends.next()?, ends.next()?))
    }

    /// Whether there are instants at which all of it may have been seen.
    pub fn is_possible(&self) -> bool {
        self.step_back().is_none() && self.second_end().is_none()
    }

    fn stretch(&self, at: usize) -> Stretch<S> {
        let (before, rest) = self.sights.split_at(at);
        let sight = rest[0];
        let until = rest.iter().map(|later| later.first.to).min().unwrap_or(sight.first.to);
        let seen = before.iter().map(|earlier| earlier.last.from);
        let told = before.iter().chain(rest.first()).filter_map(|sight| sight.not_before);
        let after = seen.chain(told).max().filter(|&after| after != Timestamp::MIN);
        // What contradicts itself is for a rule to judge; a window is never empty.
        let began = Window { after: after.map(|after| after.min(until)), until };
        let (state, details_told, seen_until) = (sight.state, sight.details_told, sight.last.from);
        Stretch { state, details_told, began, seen_until }
    }

    fn add(&mut self, sight: Sight<S>) {
        let rank = sight.state.rank();
        let from = self.sights.partition_point(|other| other.state.rank() < rank);
        let to = self.sights.partition_point(|other| other.state.rank() <= rank);
        if rank == ALTERNATING {
            return self.alternate(from, to, sight);
        }
        match self.sights[from..to].iter_mut().find(|other| is_same(other, &sight)) {
            Some(other) => merge(other, &sight),
            None => {
                let earlier = self.sights[from..to].partition_point(|other| other.first.to <= sight.first.to);
                self.sights.insert(from + earlier, sight);
            }
        }
    }

    /// Puts a state among those that alternate, which stand at `from..to`, ordered by when they were there.
    fn alternate(&mut self, from: usize, to: usize, sight: Sight<S>) {
        let at = from + self.sights[from..to].partition_point(|other| other.first.to <= sight.first.to);
        if at > from && is_same(&self.sights[at - 1], &sight) {
            return merge(&mut self.sights[at - 1], &sight);
        }
        if at > from && self.sights[at - 1].last.to > sight.first.to {
            // It was something else in the middle of what looked like one stretch.
            let tail = self.sights[at - 1];
            self.sights[at - 1].last = tail.first;
            self.sights.insert(at, sight);
            self.sights.insert(at + 1, Sight { first: tail.last, not_before: None, ..tail });
        } else if at < to && is_same(&self.sights[at], &sight) {
            merge(&mut self.sights[at], &sight);
        } else {
            self.sights.insert(at, sight);
        }
    }
}

/// Whether two sightings may be of one state: details that were not told may be any.
fn is_same<S: Stage>(one: &Sight<S>, other: &Sight<S>) -> bool {
    let are_told = one.details_told && other.details_told;
    one.state.is_like(other.state) && (!are_told || one.state.details() == other.state.details())
}

fn merge<S: Stage>(into: &mut Sight<S>, other: &Sight<S>) {
    if other.details_told {
        (into.state, into.details_told) = (other.state, true);
    }
    if other.first.to < into.first.to {
        into.first = other.first;
    }
    if other.last.from > into.last.from {
        into.last = other.last;
    }
    into.not_before = into.not_before.max(other.not_before);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn polled(asked: i64, answered: i64) -> When {
        When::Polled { asked: second(asked), answered: second(answered) }
    }

    fn state(status: InvocationStatus, details: StatusDetails) -> InvocationState {
        InvocationState { status, details }
    }

    const PENDING: InvocationState =
        InvocationState { status: InvocationStatus::Pending, details: StatusDetails::Pending };
    const RUNNING: InvocationState =
        InvocationState { status: InvocationStatus::InProgress, details: StatusDetails::InProgress };
    const DELAYED: InvocationState =
        InvocationState { status: InvocationStatus::Delayed, details: StatusDetails::Delayed };

    fn windows(course: &Course<InvocationState>) -> Vec<(Option<i64>, i64, i64)> {
        let seconds = |stretch: Stretch<_>| {
            let began: Window = stretch.began;
            (began.after.map(Timestamp::as_second), began.until.as_second(), stretch.seen_until.as_second())
        };
        course.stretches().map(seconds).collect()
    }

    #[test]
    fn a_state_began_between_two_polls_in_whatever_order_they_come() {
        let success = state(InvocationStatus::Success, StatusDetails::Success);
        let seen = [(PENDING, 0), (PENDING, 10), (RUNNING, 20), (RUNNING, 30), (success, 40), (success, 50)];
        for turn in 0..seen.len() {
            let mut course = Course::default();
            for &(state, at) in seen[turn..].iter().chain(&seen[..turn]) {
                course.note(state, true, polled(at, at + 1));
            }
            assert_eq!(
                windows(&course),
                [(None, 1, 10), (Some(10), 21, 30), (Some(30), 41, 50)],
                "from {turn} on"
            );
        }
    }

    #[test]
    fn overlapping_polls_are_no_contradiction() {
        // The first answer took ten seconds and tells of an early instant.
        let success = state(InvocationStatus::Success, StatusDetails::Success);
        let mut course = Course::default();
        course.note(success, true, polled(1, 2));
        course.note(RUNNING, true, polled(0, 10));
        assert_eq!(windows(&course), [(None, 2, 0), (Some(0), 2, 1)]);
    }

    #[test]
    fn an_event_narrows_the_window_from_both_sides() {
        let mut course = Course::default();
        course.note(PENDING, true, polled(0, 1));
        course.note(RUNNING, true, polled(20, 21));
        course.note(RUNNING, false, When::Began(Window { after: Some(second(9)), until: second(10) }));
        assert_eq!(windows(&course), [(None, 1, 0), (Some(9), 10, 20)]);
    }

    #[test]
    fn details_come_with_the_poll() {
        let guess = state(InvocationStatus::TimedOut, StatusDetails::DeliveryTimedOut);
        let exact = state(InvocationStatus::TimedOut, StatusDetails::ExecutionTimedOut);
        let mut course = Course::default();
        course.note(guess, false, When::Began(Window { after: None, until: second(10) }));
        course.note(exact, true, polled(20, 21));
        let stretches: Vec<_> = course.stretches().collect();
        assert_eq!(stretches.len(), 1);
        assert_eq!((stretches[0].state, stretches[0].details_told), (exact, true));
    }

    #[test]
    fn what_alternates_is_told_apart_even_late() {
        let mut course = Course::default();
        course.note(RUNNING, true, polled(0, 0));
        course.note(RUNNING, true, polled(20, 20));
        course.note(DELAYED, true, polled(10, 10));
        assert_eq!(windows(&course), [(None, 0, 0), (Some(0), 10, 10), (Some(10), 20, 20)]);
    }
}
