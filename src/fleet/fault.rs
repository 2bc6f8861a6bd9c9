//! Faults: when an instance has no connection, no power or is slow, each drawn for itself, so that it is the same whoever asks.

use std::ops::Range;

use super::{
    agent::Agents,
    behaviour::{draw, part, sampler},
    luck::{Luck, Purpose},
};
use crate::{
    base::{Chance, SimDuration, SimTime, distribution::Sampler},
    scenario::plan::{FaultKind, Plan, Trouble},
};

/// After a control channel is closed, the agent connects again within so long (S8.24).
const FIRST_RECONNECT: SimDuration = SimDuration(2_500_000);
/// The wait after the first failure is between these (S8.24), and doubles with each other failure.
const FIRST_WAIT: [SimDuration; 2] = [SimDuration::from_secs(5), SimDuration::from_secs(10)];
/// Beyond that it does not double (S8.24).
const LONGEST_WAIT: SimDuration = SimDuration::from_secs(40 * 60);
/// By how much of itself a wait is longer at most: one over this (S8.24).
const JITTER: u64 = 2;
/// The longest time from the end of a fault to the next attempt to connect: the longest wait with all its jitter.
const LATEST_RECONNECT: SimDuration = SimDuration(LONGEST_WAIT.0 + LONGEST_WAIT.0 / JITTER);

/// The pings of an agent that hibernates: the first wait, then waits and how often each (S8.45).
const HIBERNATION: [(u64, u32); 4] = [(300, 1), (600, 3), (1200, 3), (2400, 3)];
/// The wait after all of those (S8.45).
const DEEP_SLEEP: SimDuration = SimDuration::from_secs(3600);

/// How often an agent pings (S8.40), and sends the replies again that it keeps (S8.21, S8.22).
pub const PERIOD: SimDuration = SimDuration::from_secs(300);

/// After so long without a ping `PingStatus` is ConnectionLost. Assumed: no figure was published (O-22).
pub const CONNECTION_LOST_AFTER: SimDuration = SimDuration::from_secs(15 * 60);

/// How often the SDK tries a call again, on MDS, and how long it waits before the first time: after that twice as long, and
/// each time up to half of it longer (S8.11).
const RETRIES: usize = 3;
const FIRST_RETRY: SimDuration = SimDuration::from_secs(1);

/// What the agent remembers of messages it keeps for so long; a job that runs this often removes what is older (S8.27).
const REMEMBERED: SimDuration = SimDuration::from_secs(30 * 60);
const FORGETTING: SimDuration = SimDuration::from_secs(10 * 60);

/// The faults of a plan that are about agents, in the order of their beginning.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

/// One of them.
#[derive(Debug)]
struct Fault {
    /// Its index in the plan, for its luck.
    index: u32,
    span: Range<SimTime>,
    trouble: Trouble,
    /// The instances that it may strike, group by group.
    members: Vec<Range<u32>>,
    share: Chance,
    /// Of duplicates: how long after the first the second comes; `None`: one delivery.
    after: Option<Sampler>,
}

/// That a message comes a second time.
#[derive(Clone, Copy, Debug)]
pub struct Doubling {
    /// How long after the first receipt.
    pub after: SimDuration,
    /// Whether that is a time of its own, and no mere delivery.
    pub is_late: bool,
}

/// Whether a plan has faults that agents notice. Then nothing that they do is foreseeable.
pub fn strike_agents(plan: &Plan) -> bool {
    plan.faults
        .iter()
        .any(|fault| matches!(fault.kind, FaultKind::RegionOutage | FaultKind::Instances { .. }))
}

impl Faults {
    pub(super) fn new(plan: &Plan) -> Self {
        let ranges: Vec<Range<u32>> = (plan.groups.iter())
            .scan(0, |next, group| {
                let first = *next;
                *next += group.count();
                Some(first..*next)
            })
            .collect();
        let fault = |(index, fault): (u32, &crate::scenario::plan::InjectedFault)| {
            let (members, share, trouble) = match &fault.kind {
                FaultKind::RegionOutage => (ranges.clone(), Chance::ONE, Trouble::CutOff),
                FaultKind::Instances { struck, trouble } => {
                    let members = struck.groups.iter().map(|&group| ranges[group as usize].clone());
                    (members.collect(), struck.share, trouble.effect()?)
                }
                FaultKind::SnsOutage | FaultKind::S3Outage | FaultKind::LogsOutage => return None,
            };
            let after = fault.after.as_ref().map(sampler);
            Some(Fault { index, span: fault.span(), trouble, members, share, after })
        };
        let mut faults: Vec<Fault> = (0..).zip(&plan.faults).filter_map(fault).collect();
        faults.sort_by_key(|fault| fault.span.start);
        Self(faults)
    }
}

impl Agents {
    /// Whether there is any fault that agents notice.
    #[inline]
    pub fn has_faults(&self) -> bool {
        !self.faults.0.is_empty()
    }

    /// Of each fault that takes connections or power: its place among all that agents notice, its span, and whether it takes
    /// the power.
    pub fn breaks(&self) -> impl Iterator<Item = (u32, Range<SimTime>, bool)> + '_ {
        let all = (0..).zip(&self.faults.0).filter(|(_, fault)| fault.breaks_connection());
        all.map(|(at, fault)| (at, fault.span.clone(), matches!(fault.trouble, Trouble::Lost)))
    }

    /// The instances that a fault strikes, by its place as [`breaks`](Self::breaks) tells it.
    pub fn struck<'s>(&'s self, luck: &'s Luck, at: u32) -> impl Iterator<Item = u32> + 's {
        let fault = &self.faults.0[at as usize];
        let members = fault.members.iter().flat_map(Clone::clone);
        members.filter(move |&instance| fault.strikes(luck, self.key(instance), instance))
    }

    /// The first time from `now` on at which the agent has a connection, as far as faults go; later than any time if never.
    pub fn connected_from(&self, luck: &Luck, instance: u32, now: SimTime) -> SimTime {
        let key = self.key(instance);
        let mut from = now;
        for fault in self.faults.0.iter().filter(|fault| fault.breaks_connection()) {
            if fault.span.start <= from && from < fault.latest_return() && fault.strikes(luck, key, instance)
            {
                from = from.max(fault.returns(luck, key, self.polls(instance)));
            }
        }
        from
    }

    /// Until when the instance has no power, if it has none now.
    pub fn lost_until(&self, luck: &Luck, instance: u32, now: SimTime) -> Option<SimTime> {
        let mut until = now;
        for fault in self.faults.0.iter().filter(|fault| matches!(fault.trouble, Trouble::Lost)) {
            if fault.span.contains(&until) && fault.strikes(luck, self.key(instance), instance) {
                until = fault.span.end;
            }
        }
        (until > now).then_some(until)
    }

    /// By how much longer a step takes that begins now.
    pub(super) fn slowdown(&self, luck: &Luck, instance: u32, now: SimTime) -> f64 {
        let mut factor = 1.0;
        for fault in &self.faults.0 {
            if let Trouble::Slow(by) = fault.trouble
                && fault.span.contains(&now)
                && fault.strikes(luck, self.key(instance), instance)
            {
                factor *= by;
            }
        }
        factor
    }

    /// Whether, and how much later, the message of a command that reaches the agent now does so a second time.
    pub fn doubling(&self, luck: &Luck, instance: u32, command: u32, now: SimTime) -> Option<Doubling> {
        self.faults.0.iter().find_map(|fault| {
            let Trouble::Duplicates(chance) = fault.trouble else { return None };
            let key = self.key(instance);
            if !fault.span.contains(&now) || !fault.strikes(luck, key, instance) {
                return None;
            }
            let [word, later, ..] = luck.of_invocation(key, command, Purpose::Doubling, fault.index);
            let after = || match &fault.after {
                Some(after) => draw(after, later),
                None => self.message(luck, instance, command, Purpose::Doubling, u32::MAX),
            };
            (u128::from(word) < chance.words())
                .then(|| Doubling { after: after(), is_late: fault.after.is_some() })
        })
    }

    /// When the agent forgets a message that it received at `received` (S8.27).
    pub fn forgets_at(&self, luck: &Luck, instance: u32, received: SimTime) -> SimTime {
        let [_, _, word, _] = luck.of_instance(self.key(instance), Purpose::Period, 0);
        grid_from(part(FORGETTING, word), FORGETTING, received + REMEMBERED)
    }

    /// The first time from `now` on at which the agent sends the replies again that it keeps.
    pub fn resends_from(&self, luck: &Luck, instance: u32, now: SimTime) -> SimTime {
        let [word, ..] = luck.of_instance(self.key(instance), Purpose::Period, 0);
        grid_from(part(PERIOD, word), PERIOD, now)
    }

    /// When the agent pings next from `now` on, whether that arrives or not.
    pub fn next_ping(&self, luck: &Luck, instance: u32, now: SimTime) -> SimTime {
        grid_from(self.ping_phase(luck, instance), PERIOD, now)
    }

    fn ping_phase(&self, luck: &Luck, instance: u32) -> SimDuration {
        let [_, word, ..] = luck.of_instance(self.key(instance), Purpose::Period, 0);
        part(PERIOD, word)
    }

    /// The first time from `now` on at which a ping of the agent arrives, as far as faults go; later than any time if never.
    pub fn pings_from(&self, luck: &Luck, instance: u32, now: SimTime) -> SimTime {
        let key = self.key(instance);
        let phase = self.ping_phase(luck, instance);
        let mut ping = grid_from(phase, PERIOD, now);
        let striking = |fault: &&Fault| fault.breaks_connection() && fault.strikes(luck, key, instance);
        for fault in self.faults.0.iter().filter(striking) {
            let silent_until = match fault.trouble {
                Trouble::CutOff => fault.span.end,
                _ => fault.returns(luck, key, self.polls(instance)),
            };
            if fault.span.start > ping || ping >= silent_until {
                continue;
            }
            ping = match fault.trouble {
                // S8.40: it pings as soon as it starts.
                Trouble::CutOff => grid_from(phase, PERIOD, silent_until),
                _ => silent_until,
            };
        }
        ping
    }
}

impl Fault {
    /// Whether agents have no connection while it lasts.
    fn breaks_connection(&self) -> bool {
        matches!(self.trouble, Trouble::Lost | Trouble::CutOff | Trouble::Hibernate)
    }

    fn strikes(&self, luck: &Luck, key: u64, instance: u32) -> bool {
        self.members.iter().any(|members| members.contains(&instance)) && {
            let [word, ..] = luck.of_instance(key, Purpose::Fault, self.index);
            u128::from(word) < self.share.words()
        }
    }

    /// No instance that it strikes comes back later.
    fn latest_return(&self) -> SimTime {
        match self.span.end {
            SimTime::MAX => SimTime::MAX,
            end => end + LATEST_RECONNECT.max(DEEP_SLEEP),
        }
    }

    /// When an instance that it strikes is connected again, or `polls` again.
    fn returns(&self, luck: &Luck, key: u64, polls: bool) -> SimTime {
        match self.trouble {
            _ if self.span.end == SimTime::MAX => SimTime::MAX,
            Trouble::CutOff if polls => self.polls_again(luck, key),
            Trouble::CutOff => self.reconnects(luck, key),
            Trouble::Hibernate => self.wakes(),
            Trouble::Lost | Trouble::Slow(_) | Trouble::ClockAhead(_) | Trouble::Duplicates(_) => {
                self.span.end
            }
        }
    }

    /// The first attempt to connect that succeeds (S8.24).
    fn reconnects(&self, luck: &Luck, key: u64) -> SimTime {
        let words = |block: u32| luck.of_instance(key, Purpose::Reconnect, self.index << 16 | block);
        let [word, first, ..] = words(0);
        let mut attempt = self.span.start + part(FIRST_RECONNECT, word);
        let mut wait = FIRST_WAIT[0] + part(SimDuration(FIRST_WAIT[1].0 - FIRST_WAIT[0].0), first);
        let mut failures = 0_u32;
        let mut jitters = [0; 4];
        while attempt < self.span.end {
            if failures.is_multiple_of(4) {
                jitters = words(1 + failures / 4 % 0xffff);
            }
            attempt = attempt + wait + part(SimDuration(wait.0 / JITTER), jitters[failures as usize % 4]);
            wait = (wait + wait).min(LONGEST_WAIT);
            failures += 1;
        }
        attempt
    }

    /// The first poll that succeeds. One that fails lasts as long as the SDK's retries, and the next one follows at once (S8.11,
    /// S8.12): a pause after it (S8.9) there is none. The jitter of an agent's retries is drawn once for a fault.
    fn polls_again(&self, luck: &Luck, key: u64) -> SimTime {
        let words = luck.of_instance(key, Purpose::Retry, self.index);
        let waits: [SimDuration; RETRIES] = std::array::from_fn(|retry| {
            let least = SimDuration(FIRST_RETRY.0 << retry);
            least + part(SimDuration(least.0 / JITTER), words[retry])
        });
        let poll: u64 = waits.iter().map(|wait| wait.0).sum();
        let lasted = self.span.end.since(self.span.start).0;
        let last_poll = self.span.start + SimDuration(lasted / poll * poll);
        let attempts = waits.iter().scan(last_poll, |attempt, &wait| {
            *attempt = *attempt + wait;
            Some(*attempt)
        });
        let mut all = std::iter::once(last_poll).chain(attempts);
        all.find(|&attempt| attempt >= self.span.end).expect("the next poll is after the end")
    }

    /// The first ping after the end of an agent that has hibernated since the beginning (S8.45).
    fn wakes(&self) -> SimTime {
        let mut ping = self.span.start;
        for (seconds, times) in HIBERNATION {
            for _ in 0..times {
                ping = ping + SimDuration::from_secs(seconds);
                if ping >= self.span.end {
                    return ping;
                }
            }
        }
        let left = self.span.end.since(ping).0.div_ceil(DEEP_SLEEP.0);
        ping + SimDuration(left * DEEP_SLEEP.0)
    }
}

/// The first time from `now` on that is a whole number of periods after `phase`, which is shorter than one.
fn grid_from(phase: SimDuration, period: SimDuration, now: SimTime) -> SimTime {
    let first = SimTime::ZERO + phase;
    if now <= first {
        return first;
    }
    first + SimDuration(now.since(first).0.div_ceil(period.0) * period.0)
}
