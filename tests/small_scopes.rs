//! Exhaustive small scopes: everything that can happen to the rate-control machine with up to four targets, in every
//! order, against the rules of Settled 3 to 7 written down again.
//!
//! A state is the machine with a witness that has seen every input and output and computes from sets and fractions
//! what the machine computes from counters. From every state every possible event is tried, before and after a poll;
//! a state that was reached before is not entered again. One scope is one choice of limits and readings.

use std::{
    collections::HashSet,
    fmt::Write,
    hash::{DefaultHasher, Hash, Hasher},
};

use fleetsim::{
    base::{Rate, SimDuration, SimTime},
    control::{Dispatch, Halt, Input, Output},
    ssm::{
        Readings,
        reading::{Gate, Grace, SlowStart, Wait},
    },
};

/// What is fixed within one scope.
#[derive(Clone, Debug)]
struct Scope {
    concurrency: Rate,
    errors: Rate,
    targets: u32,
    readings: Readings,
    /// Time goes from 0 to this, in seconds.
    last_second: u64,
    /// Whether single invocations may be withdrawn.
    withdrawals: bool,
}

/// How far an invocation has come, as the witness saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    Waiting,
    Withdrawn,
    InFlight { sent: u64, acknowledged: bool },
    Ended { error: bool },
    Dropped,
}

#[derive(Clone, Debug, Hash)]
struct Witness {
    stages: Vec<Stage>,
    second: u64,
    /// The first reason to send no more.
    halt: Option<&'static str>,
    done: bool,
    /// Whether something happened since the last poll.
    fresh: bool,
}

#[derive(Clone)]
struct State {
    machine: Dispatch,
    witness: Witness,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Acknowledge(usize),
    End(usize, bool),
    Withdraw(usize),
    Cancel,
    Expire,
    Poll,
    Second,
}

impl Witness {
    fn in_flight(&self) -> Vec<usize> {
        self.all(|stage| matches!(stage, Stage::InFlight { .. }))
    }

    fn waiting(&self) -> Vec<usize> {
        self.all(|stage| *stage == Stage::Waiting)
    }

    fn errors(&self) -> u32 {
        self.all(|stage| *stage == Stage::Ended { error: true }).len() as u32
    }

    fn all(&self, which: impl Fn(&Stage) -> bool) -> Vec<usize> {
        (0..self.stages.len()).filter(|&ordinal| which(&self.stages[ordinal])).collect()
    }

    /// Settled 3: acknowledged, ended, or sent long enough ago.
    fn passed(&self, scope: &Scope) -> usize {
        let passed = |stage: &Stage| match *stage {
            Stage::Ended { .. } => true,
            Stage::InFlight { sent, acknowledged } => {
                let answered = acknowledged && scope.readings.gate == Gate::Ack;
                answered || grace(scope).is_some_and(|grace| sent + grace <= self.second)
            }
            _ => false,
        };
        self.all(passed).len()
    }

    /// Settled 3 and 5: whether one more may be sent, beside those in flight.
    fn may_send(&self, scope: &Scope) -> bool {
        let in_flight = self.in_flight().len();
        let passed = self.passed(scope);
        let window = match scope.readings.slow_start {
            SlowStart::Double => 2 * passed + 1,
            SlowStart::Window => (2 * passed).max(1),
            SlowStart::Jump if passed == 0 => 1,
            SlowStart::Jump | SlowStart::Off => usize::MAX,
        };
        in_flight < window && below_max_concurrency(scope, in_flight)
    }

    /// Settled 5: error n stops when 100 n > p T.
    fn is_exceeded(&self, scope: &Scope) -> bool {
        let errors = self.errors();
        match scope.errors {
            Rate::Count(count) => errors > count,
            Rate::Percent(percent) => 100 * errors > u32::from(percent) * scope.targets,
        }
    }

    /// Settled 3: when the next send passes for want of an answer, if that can matter.
    fn next_timeout(&self, scope: &Scope) -> Option<u64> {
        let grace = grace(scope)?;
        let narrow = match scope.readings.slow_start {
            SlowStart::Double => below_max_concurrency(scope, 2 * self.passed(scope) + 1),
            SlowStart::Window => below_max_concurrency(scope, (2 * self.passed(scope)).max(1)),
            SlowStart::Jump => self.passed(scope) == 0 && below_max_concurrency(scope, 1),
            SlowStart::Off => false,
        };
        let due = |stage: &Stage| match *stage {
            Stage::InFlight { sent, acknowledged: false } if sent + grace > self.second => Some(sent + grace),
            _ => None,
        };
        let next = self.stages.iter().filter_map(due).min();
        next.filter(|_| narrow && self.halt.is_none() && !self.waiting().is_empty())
    }
}

/// Settled 5: send while 100 in flight < p T; at least one may always be sent.
fn below_max_concurrency(scope: &Scope, in_flight: usize) -> bool {
    let in_flight = in_flight as u32;
    in_flight == 0
        || match scope.concurrency {
            Rate::Count(count) => in_flight < count,
            Rate::Percent(percent) => 100 * in_flight < u32::from(percent) * scope.targets,
        }
}

/// In seconds; there is none unless the gate is the acknowledgement.
fn grace(scope: &Scope) -> Option<u64> {
    match (scope.readings.gate, scope.readings.unanswered_grace) {
        (Gate::Ack, Grace::After(grace)) => Some(grace.0 / 1_000_000),
        _ => None,
    }
}

impl State {
    fn new(scope: &Scope) -> Self {
        let Scope { concurrency, errors, targets, .. } = *scope;
        let witness = Witness {
            stages: vec![Stage::Waiting; targets as usize],
            second: 0,
            halt: None,
            done: false,
            fresh: true,
        };
        Self { machine: Dispatch::new(concurrency, errors, targets, targets, &scope.readings), witness }
    }

    fn events(&self, scope: &Scope) -> Vec<Event> {
        let witness = &self.witness;
        let mut events = Vec::new();
        for ordinal in witness.in_flight() {
            events.extend([Event::End(ordinal, false), Event::End(ordinal, true)]);
            if matches!(witness.stages[ordinal], Stage::InFlight { acknowledged: false, .. }) {
                events.push(Event::Acknowledge(ordinal));
            }
        }
        if scope.withdrawals {
            events.extend(witness.waiting().into_iter().map(Event::Withdraw));
        }
        if witness.halt.is_none() {
            events.extend([Event::Cancel, Event::Expire]);
        }
        if witness.fresh {
            events.push(Event::Poll);
        } else if witness.second < scope.last_second {
            events.push(Event::Second);
        }
        events
    }

    fn apply(&mut self, scope: &Scope, event: Event) {
        let now = SimTime(self.witness.second * 1_000_000);
        self.witness.fresh = true;
        match event {
            Event::Acknowledge(ordinal) => {
                let Stage::InFlight { acknowledged, .. } = &mut self.witness.stages[ordinal] else {
                    unreachable!()
                };
                *acknowledged = true;
                self.machine.handle(now, Input::Acknowledged { ordinal: ordinal as u32 });
            }
            Event::End(ordinal, error) => self.end(scope, now, ordinal, error),
            Event::Withdraw(ordinal) => {
                self.witness.stages[ordinal] = Stage::Withdrawn;
                self.machine.handle(now, Input::Withdraw { ordinal: ordinal as u32 });
            }
            Event::Cancel => {
                self.witness.halt.get_or_insert("cancelled");
                self.machine.handle(now, Input::Cancel);
            }
            // Nobody who is in flight has answered or will: the deadline ends them, and that is no error (S4.21).
            Event::Expire => {
                for ordinal in self.witness.in_flight() {
                    self.end(scope, now, ordinal, false);
                }
                self.witness.halt.get_or_insert("expired");
                self.machine.handle(now, Input::Expire);
            }
            Event::Second => self.witness.second += 1,
            Event::Poll => self.poll(scope, now),
        }
    }

    fn end(&mut self, scope: &Scope, now: SimTime, ordinal: usize, error: bool) {
        self.witness.stages[ordinal] = Stage::Ended { error };
        self.machine.handle(now, Input::Ended { ordinal: ordinal as u32, error });
        if self.witness.is_exceeded(scope) {
            self.witness.halt.get_or_insert("stopped");
        }
    }

    /// The end of an instant: every output is checked as it comes, and the state after the last.
    fn poll(&mut self, scope: &Scope, now: SimTime) {
        if self.machine.next_timeout().is_some_and(|due| due <= now) {
            self.machine.handle(now, Input::Timeout);
        }
        while let Some(output) = self.machine.poll(now) {
            let witness = &mut self.witness;
            match output {
                Output::Send { ordinal } => {
                    assert_eq!(witness.waiting().first(), Some(&(ordinal as usize)), "the next that waits");
                    assert_eq!(witness.halt, None, "nothing is sent after a halt");
                    assert!(witness.may_send(scope), "no more than the window");
                    let sent = Stage::InFlight { sent: witness.second, acknowledged: false };
                    witness.stages[ordinal as usize] = sent;
                }
                Output::Drop { ordinal, halt } => {
                    let why = match halt {
                        Halt::Stopped => "stopped",
                        Halt::Cancelled => "cancelled",
                        Halt::Expired => "expired",
                        Halt::Alarmed => "alarmed",
                    };
                    assert_eq!(witness.waiting().first(), Some(&(ordinal as usize)));
                    assert_eq!(witness.halt, Some(why), "the first reason stands");
                    witness.stages[ordinal as usize] = Stage::Dropped;
                }
                Output::Done => {
                    assert!(!witness.done, "done is said once");
                    assert!(witness.waiting().is_empty() && witness.in_flight().is_empty());
                    witness.done = true;
                }
            }
        }
        self.witness.fresh = false;
        self.check(scope);
    }

    fn check(&self, scope: &Scope) {
        let Self { machine, witness } = self;
        let (waiting, in_flight) = (witness.waiting(), witness.in_flight());
        // Settled 7.
        assert!(waiting.is_empty() || witness.halt.is_none(), "at a halt everything unsent is given up");
        assert!(waiting.is_empty() || !witness.may_send(scope), "work conservation");
        assert_eq!(witness.done, waiting.is_empty() && in_flight.is_empty(), "done when all has ended");
        assert_eq!(machine.errors(), witness.errors());
        assert_eq!(machine.is_exceeded(), witness.is_exceeded(scope));
        let due = machine.next_timeout().map(|due| due.0);
        assert_eq!(due, witness.next_timeout(scope).map(|second| second * 1_000_000), "the timeout");
        for ordinal in 0..scope.targets {
            assert_eq!(machine.is_waiting(ordinal), waiting.contains(&(ordinal as usize)));
        }
    }

    /// All that the state is, as a number.
    fn fingerprint(&self) -> u64 {
        struct Fingers(DefaultHasher);
        impl Write for Fingers {
            fn write_str(&mut self, text: &str) -> std::fmt::Result {
                self.0.write(text.as_bytes());
                Ok(())
            }
        }
        let mut fingers = Fingers(DefaultHasher::new());
        self.witness.hash(&mut fingers.0);
        write!(fingers, "{:?}", self.machine).unwrap();
        fingers.0.finish()
    }
}

/// Visits every state of a scope. Returns how many there are, and how many of them are the end of everything.
fn explore(scope: &Scope) -> (usize, usize) {
    let mut reached = HashSet::new();
    let mut ends = 0;
    let mut open = vec![State::new(scope)];
    while let Some(state) = open.pop() {
        if !reached.insert(state.fingerprint()) {
            continue;
        }
        ends += usize::from(state.witness.done && !state.witness.fresh);
        for event in state.events(scope) {
            let mut next = state.clone();
            next.apply(scope, event);
            open.push(next);
        }
    }
    (reached.len(), ends)
}

fn explore_all(scopes: impl Iterator<Item = Scope>, at_least: usize) {
    let (mut states, mut count) = (0, 0);
    for scope in scopes {
        let (reached, ends) = explore(&scope);
        assert!(ends > 0, "no way leads to the end in {scope:?}");
        states += reached;
        count += 1;
    }
    eprintln!("{states} states of {count} scopes");
    assert!(states >= at_least, "only {states} states of {count} scopes were reached");
}

/// Every pair of limits that makes a difference among so many targets.
fn limits(targets: u32) -> Vec<(Rate, Rate)> {
    let percents = [1, 25, 34, 50, 67, 100];
    let concurrency = (1..=targets).map(Rate::Count).chain(percents.map(Rate::Percent));
    let errors: Vec<_> =
        (0..=targets).map(Rate::Count).chain([0, 25, 34, 50, 100].map(Rate::Percent)).collect();
    concurrency.flat_map(|concurrency| errors.iter().map(move |&errors| (concurrency, errors))).collect()
}

const SLOW_STARTS: [SlowStart; 4] = [SlowStart::Double, SlowStart::Window, SlowStart::Jump, SlowStart::Off];

/// S4.8, S4.18, Settled 3 to 7, O-11 to O-14: every order of everything, without time.
#[test]
fn every_order_of_events() {
    let scopes = (1..=4).flat_map(|targets| {
        limits(targets).into_iter().flat_map(move |(concurrency, errors)| {
            SLOW_STARTS.into_iter().flat_map(move |slow_start| {
                [Gate::Ack, Gate::Complete].map(|gate| Scope {
                    concurrency,
                    errors,
                    targets,
                    readings: Readings {
                        slow_start,
                        gate,
                        unanswered_grace: Grace::Wait(Wait::Wait),
                        ..Readings::default()
                    },
                    last_second: 0,
                    withdrawals: targets <= 3,
                })
            })
        })
    });
    explore_all(scopes, 800_000);
}

/// Settled 3, O-14: the same with time, and a grace of two seconds.
#[test]
fn every_order_of_events_in_time() {
    let scopes = (1..=3).flat_map(|targets| {
        (1..=targets).flat_map(move |concurrency| {
            SLOW_STARTS.into_iter().flat_map(move |slow_start| {
                [0, 1].map(|errors| Scope {
                    concurrency: Rate::Count(concurrency),
                    errors: Rate::Count(errors),
                    targets,
                    readings: Readings {
                        slow_start,
                        unanswered_grace: Grace::After(SimDuration::from_secs(2)),
                        ..Readings::default()
                    },
                    last_second: 4,
                    withdrawals: true,
                })
            })
        })
    });
    explore_all(scopes, 100_000);
}
