//! The agents' pools: what has reached an agent, in order of acceptance, over all commands (S8.2, S8.3).
//!
//! Kept only for instances whose agents may be busy, and only while something of theirs is in flight or on the agent.

use rustc_hash::FxHashMap;

use crate::{
    base::{SimDuration, SimTime},
    history::{Ending, Fact, Record, Refusal},
};

/// No job.
const NONE: u32 = u32::MAX;

/// Where an invocation stands with its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Sent back this often.
    Refused(u32),
    /// Accepted, without a worker.
    Waiting,
    /// A worker has it.
    Running,
    /// Released, having run or not.
    Gone { ran: bool },
}

/// An invocation that has reached its agent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub(crate) instance: u32,
    pub(crate) command: u32,
    next: u32,
    pub(crate) phase: Phase,
    /// When it was refused last, was accepted to wait, or was taken up by a worker.
    pub(crate) since: SimTime,
    /// How many reboots have interrupted it.
    pub(crate) restarts: u32,
    /// It is executed again (S8.27).
    pub(crate) is_again: bool,
    /// Its invocation has ended.
    pub(crate) has_ended: bool,
}

/// One agent's pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool {
    first: u32,
    pub(crate) running: u32,
    pub(crate) waiting: u32,
}

/// All pools.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    pools: FxHashMap<u32, Pool>,
    jobs: Vec<Job>,
    free: Vec<u32>,
    /// The agents where something happened in this instant.
    pub(crate) touched: Vec<u32>,
    /// The commands and instances of what must have become Delayed by the end of this instant.
    pub(crate) delayed: Vec<(u32, u32)>,
    /// Those of what must have been released by the end of this instant, and by which fact.
    pub(crate) released: Vec<(u32, u32, &'static str)>,
}

impl Pool {
    const EMPTY: Self = Self { first: NONE, running: 0, waiting: 0 };

    /// How many places are taken.
    pub(crate) fn taken(&self) -> u32 {
        self.running + self.waiting
    }
}

impl Pools {
    /// The pool of an instance.
    pub(crate) fn pool(&self, instance: u32) -> Pool {
        self.pools.get(&instance).copied().unwrap_or(Pool::EMPTY)
    }

    /// The job of a command on an instance.
    pub(crate) fn job(&self, instance: u32, command: u32) -> Option<Job> {
        self.place(instance, command).map(|place| self.jobs[place as usize])
    }

    fn runs_again(&self, instance: u32, command: u32) -> bool {
        self.job(instance, command).is_some_and(|job| job.is_again)
    }

    /// Whether something else has waited longer.
    pub(crate) fn is_overtaking(&self, instance: u32, command: u32) -> bool {
        let first = self.on(instance).find(|&place| self.jobs[place as usize].phase == Phase::Waiting);
        first.is_some_and(|place| self.jobs[place as usize].command != command)
    }

    /// Everything that waits or runs on some agent.
    pub(crate) fn occupants(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| matches!(job.phase, Phase::Waiting | Phase::Running))
    }

    /// Takes note of what an agent that may be busy did with an invocation: whether that `had_ended` before, and whether it
    /// `is_again` executed.
    pub(crate) fn note(&mut self, record: &Record, instance: u32, (had_ended, is_again): (bool, bool)) {
        let (command, time) = (record.command, record.time);
        match record.fact {
            Fact::LateReply { .. } if self.runs_again(instance, command) => return,
            Fact::LateReply { .. } => return self.released.push((command, instance, "O-20")),
            Fact::Accepted { queued, .. } => {
                self.drop_job(instance, command);
                let phase = if queued { Phase::Waiting } else { Phase::Running };
                self.append(instance, command, phase, time);
                let change = |job: &mut Job| (job.has_ended, job.is_again) = (had_ended, is_again);
                self.change(instance, command, change);
            }
            Fact::Refused { why, .. } => self.refuse(instance, command, (why, time)),
            Fact::Started { .. } => self.enter(instance, command, Phase::Running, time),
            Fact::Released { .. } => {
                if let Some(job) = self.job(instance, command) {
                    let phase = Phase::Gone { ran: job.phase == Phase::Running };
                    self.enter(instance, command, phase, job.since);
                }
            }
            _ => return,
        }
        self.touched.push(instance);
    }

    fn refuse(&mut self, instance: u32, command: u32, (why, time): (Refusal, SimTime)) {
        let before = self.job(instance, command).map(|job| job.phase);
        // Only the refusals of a full agent come later and later (O-25).
        let is_full = why == Refusal::BufferFull;
        match before {
            Some(Phase::Waiting | Phase::Running | Phase::Gone { .. }) => return,
            Some(Phase::Refused(_)) if !is_full => {}
            Some(Phase::Refused(times)) => {
                self.enter(instance, command, Phase::Refused(times.saturating_add(1)), time);
            }
            None => self.enter(instance, command, Phase::Refused(is_full.into()), time),
        }
        self.delayed.push((command, instance));
    }

    /// Whether there is anything to judge at the end of this instant.
    pub(crate) fn is_busy(&self) -> bool {
        !(self.touched.is_empty() && self.delayed.is_empty() && self.released.is_empty())
    }

    /// The instant is over.
    pub(crate) fn end_instant(&mut self) {
        self.touched.clear();
        self.delayed.clear();
        self.released.clear();
    }

    /// An instance works again after a reboot: what ran has been interrupted. Gives those interrupted more often than
    /// `retries` over to be released.
    pub(crate) fn restart(&mut self, instance: u32, retries: u32) {
        self.touched.push(instance);
        let mut place = self.pool(instance).first;
        while let Some(job) = self.jobs.get_mut(place as usize).filter(|_| place != NONE) {
            if job.phase == Phase::Running {
                job.restarts += 1;
                if job.restarts > retries {
                    self.released.push((job.command, instance, "S8.36"));
                }
            }
            place = job.next;
        }
    }

    /// An invocation is over for the service; its job may go on.
    pub(crate) fn note_end(&mut self, record: &Record, instance: u32, ending: &Ending) {
        let command = record.command;
        let Some(before) = self.job(instance, command) else { return };
        if matches!(before.phase, Phase::Refused(_) | Phase::Gone { .. }) {
            return self.drop_job(instance, command);
        }
        self.change(instance, command, |job| job.has_ended = true);
        if ending.elapsed.is_some() && !before.is_again {
            self.released.push((command, instance, "S8.26"));
        }
    }

    fn change(&mut self, instance: u32, command: u32, change: impl FnOnce(&mut Job)) {
        if let Some(place) = self.place(instance, command) {
            change(&mut self.jobs[place as usize]);
        }
    }

    fn enter(&mut self, instance: u32, command: u32, phase: Phase, since: SimTime) {
        let Some(place) = self.place(instance, command) else {
            return self.append(instance, command, phase, since);
        };
        let job = &mut self.jobs[place as usize];
        let before = std::mem::replace(&mut job.phase, phase);
        job.since = since;
        let is_done = job.has_ended && matches!(phase, Phase::Gone { .. });
        self.count(instance, before, phase);
        if is_done {
            self.drop_job(instance, command);
        }
    }

    fn append(&mut self, instance: u32, command: u32, phase: Phase, since: SimTime) {
        let (next, restarts) = (NONE, 0);
        let (is_again, has_ended) = (false, false);
        let job = Job { instance, command, next, phase, since, restarts, is_again, has_ended };
        let new = self.free.pop().unwrap_or(self.jobs.len() as u32);
        match self.jobs.get_mut(new as usize) {
            Some(place) => *place = job,
            None => self.jobs.push(job),
        }
        let last = self.on(instance).last();
        match last {
            Some(last) => self.jobs[last as usize].next = new,
            None => {
                self.pools.insert(instance, Pool { first: new, ..Pool::EMPTY });
            }
        }
        self.count(instance, Phase::Refused(0), phase);
    }

    fn drop_job(&mut self, instance: u32, command: u32) {
        let Some(place) = self.place(instance, command) else { return };
        let Job { next, phase, .. } = self.jobs[place as usize];
        self.count(instance, phase, Phase::Refused(0));
        let before = self.on(instance).find(|&before| self.jobs[before as usize].next == place);
        self.jobs[place as usize].phase = Phase::Gone { ran: false };
        self.free.push(place);
        match before {
            Some(before) => self.jobs[before as usize].next = next,
            None if next == NONE => {
                self.pools.remove(&instance);
            }
            None => {
                if let Some(pool) = self.pools.get_mut(&instance) {
                    pool.first = next;
                }
            }
        }
    }

    fn count(&mut self, instance: u32, before: Phase, after: Phase) {
        let Some(pool) = self.pools.get_mut(&instance) else { return };
        pool.running -= u32::from(before == Phase::Running);
        pool.waiting -= u32::from(before == Phase::Waiting);
        pool.running += u32::from(after == Phase::Running);
        pool.waiting += u32::from(after == Phase::Waiting);
    }

    fn place(&self, instance: u32, command: u32) -> Option<u32> {
        self.on(instance).find(|&place| self.jobs[place as usize].command == command)
    }

    /// The places of an instance's jobs, in order of acceptance.
    fn on(&self, instance: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.pools.get(&instance).map(|pool| pool.first);
        let next = |&place: &u32| Some(self.jobs[place as usize].next).filter(|&next| next != NONE);
        std::iter::successors(first.filter(|&first| first != NONE), next)
    }
}

impl Job {
    /// The earliest time at which a refused one may reach the agent again: the wait doubles from 10 s to 5 min (O-25).
    pub(crate) fn may_return(&self) -> Option<SimTime> {
        let Phase::Refused(times) = self.phase else { return None };
        let seconds = (10_u64 << times.saturating_sub(1).min(5)).min(300);
        Some(self.since + SimDuration::from_secs(seconds) + SimDuration::UNIT)
    }
}
