//! What goes on on the instances, where agents are followed step by step: the agents that have something to do, and
//! how far each has come with each invocation. Memory follows what is in flight.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::{
    base::{SimDuration, SimTime},
    fleet::{
        Agents, Cycle, Luck, Poll, Pool,
        agent::CourseEnd,
        steps::{RunEnd, Sum},
    },
    history::StepReply,
    output::Upload,
    ssm::{StatusDetails, StepStatus},
};

/// All instances that something goes on on.
#[derive(Debug, Default)]
pub struct Site {
    /// The work on each live invocation, by its slot; what a free slot holds is stale.
    works: Vec<Work>,
    agents: FxHashMap<u32, Agent>,
    /// Of messages of which a late second copy is under way, by command and instance, when the agent received them.
    pub copies: FxHashMap<(u32, u32), SimTime>,
    /// What has been put, where somebody wants to know.
    pub puts: Option<Vec<Put>>,
}

/// A stream of a step that is in its store, or as much of it as will ever be, for who puts it in earnest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// When.
    pub time: SimTime,
    /// The command.
    pub command: u32,
    /// What was told of it.
    pub upload: Upload,
    /// How the step ended.
    pub status: StepStatus,
    /// Its exit code.
    pub response_code: i32,
}

/// An agent that has something to do, or whose instance is not up.
#[derive(Debug)]
pub struct Agent {
    /// What runs and what waits, by slot.
    pub pool: Pool,
    /// How it hears of messages, where it is on MDS.
    pub poll: Option<Box<Poll>>,
    /// Why it does not work now.
    pub down: Option<Down>,
}

/// Why an agent does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down {
    /// Its instance reboots until then.
    Rebooting {
        /// When it works again.
        until: SimTime,
        /// Until when it has a connection and takes nothing in (S8.29).
        closed: SimTime,
    },
    /// Its instance has no power until then.
    Lost {
        /// When it works again.
        until: SimTime,
    },
    /// Its instance has stopped for good.
    Stopped,
    /// Its instance was terminated.
    Terminated,
}

/// How far an agent has come with an invocation.
#[derive(Debug, Default)]
pub struct Work {
    /// The command.
    pub command: u32,
    /// How often the agent refused it.
    pub refusals: u32,
    /// When a worker took it up.
    pub began: SimTime,
    /// The step under way, or that ran last.
    pub step: u32,
    /// How often that step has begun.
    pub runs: u32,
    /// The run under way; none while it waits or the instance reboots.
    pub run: Option<StepRun>,
    /// What is put of the outputs of a step that ran; none of a step that runs or waits.
    pub uploading: Option<Box<Uploading>>,
    /// When the step before ended.
    pub since: SimTime,
    /// The first step that no reply has told of.
    pub told: u32,
    /// What the next reply tells besides, for the agent has dropped the one about it.
    pub untold: Option<Box<Told>>,
    /// Whether the document has ended before its last step.
    pub ended_early: bool,
    /// What the steps so far sum up to.
    pub sum: Sum,
    /// How often the agent has found the document in progress after a restart (S8.36).
    pub restarts: u32,
    /// Whether it does not start if it waits still: a cancel message reached it (S7.10).
    pub is_cancelled: bool,
    /// Whether its replies are lost from now on.
    pub is_silent: bool,
    /// Whether a step that did not succeed was told.
    pub is_broken: bool,
    /// Whether the agent runs it for the second time, because it has forgotten the first.
    pub is_again: bool,
    /// Whether the agent is done with it.
    pub is_done: bool,
    /// The cycle of an alternating instance.
    pub cycle: Option<Cycle>,
    /// Replies that have not arrived, in order: first those under way, then those that the agent keeps until it has a
    /// connection.
    pub replies: VecDeque<Reply>,
    /// Whether a fault has kept replies from leaving, so that the agent keeps them as S8.21 says.
    pub keeps: bool,
    /// How many of the replies are under way.
    pub under_way: usize,
    /// When the last reply that has left arrives.
    pub last_arrival: SimTime,
}

/// A run of a step whose process has ended, and whose outputs are being put.
#[derive(Debug)]
pub struct Uploading {
    /// The run.
    pub run: StepRun,
    /// How its process ended.
    pub end: RunEnd,
    /// When.
    pub ended: SimTime,
    /// What is left to put, the first last.
    pub left: Vec<(SimTime, Upload)>,
    /// When the agent goes on.
    pub until: SimTime,
    /// Whether a cancel message has come in the meantime.
    pub is_cancelled: bool,
}

/// A run of a step that is under way.
#[derive(Clone, Copy, Debug)]
pub struct StepRun {
    /// When it began.
    pub started: SimTime,
    /// When it ends by itself.
    pub ends: SimTime,
    /// How it ends by itself.
    pub end: CourseEnd,
    /// How long the reply about it takes.
    pub reply: SimDuration,
}

/// A reply of the agent.
#[derive(Clone, Debug)]
pub struct Reply {
    /// How long it takes to the service.
    pub latency: SimDuration,
    /// When it arrives; before it has left, when the agent made it.
    pub arrives: SimTime,
    /// Whether a fault has kept it from leaving at once, which was told.
    pub is_kept: bool,
    /// What it says.
    pub content: Content,
}

/// What a reply says.
#[derive(Clone, Debug)]
pub enum Content {
    /// The agent has the command.
    Received,
    /// Steps have ended, and more follow.
    Steps(Told),
    /// The document has ended.
    Final(Told, Outcome),
}

/// Steps that a reply tells of.
#[derive(Clone, Debug)]
pub struct Told {
    /// What a reply before it would have told that the agent has dropped: each sums up all steps so far (S8.26).
    pub before: Option<Box<Told>>,
    /// The first of them. From here to the one that ran they were skipped.
    pub first: u32,
    /// When the step before them ended.
    pub since: SimTime,
    /// The one that ran; none when all were skipped.
    pub ran: Option<(u32, StepReply)>,
}

/// What a document came to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The terminal details.
    pub details: StatusDetails,
    /// The exit code.
    pub response_code: i32,
    /// When the first step began.
    pub started: SimTime,
    /// From then to the end of the last.
    pub elapsed: SimDuration,
    /// What the remaining steps are.
    pub rest: StepStatus,
}

impl Agent {
    /// An agent that has had nothing to do.
    pub fn new(agents: &Agents, luck: &Luck, instance: u32, now: SimTime) -> Self {
        let limits = agents.limits(instance);
        let poll = agents.polls(instance).then(|| Box::new(agents.idle_poll(luck, instance, now)));
        Self { pool: Pool::new(limits.workers, limits.buffer), poll, down: None }
    }

    fn is_idle(&self) -> bool {
        self.pool.is_empty() && self.down.is_none() && self.poll.as_ref().is_none_or(|poll| poll.is_idle())
    }
}

impl Told {
    /// Tells besides what comes before all that it tells.
    fn add_before(&mut self, older: Option<Box<Self>>) {
        match &mut self.before {
            Some(before) => before.add_before(older),
            none => *none = older,
        }
    }
}

impl Work {
    /// What a reply made now tells of.
    pub fn tell(&mut self, ran: Option<(u32, StepReply)>) -> Told {
        Told { before: self.untold.take(), first: self.told, since: self.since, ran }
    }

    /// The agent drops a reply that it has kept too long; what it would have told of steps the next one tells. That a step asked for
    /// a reboot nobody hears then, for the sum has its last run alone.
    pub fn drop_reply(&mut self, at: usize) {
        let Some(Content::Steps(told)) = self.replies.remove(at).map(|reply| reply.content) else { return };
        let reboots = told.ran.is_some_and(|(_, reply)| reply.status == StepStatus::SuccessAndReboot);
        let (first, since) = (told.first, told.since);
        let older = if reboots { told.before } else { Some(Box::new(told)) };
        let next = self.replies.iter_mut().skip(at).find_map(|reply| match &mut reply.content {
            Content::Steps(told) | Content::Final(told, _) => Some(told),
            Content::Received => None,
        });
        match next {
            Some(next) => {
                if reboots {
                    (next.first, next.since) = (first, since);
                }
                next.add_before(older);
            }
            None => {
                if reboots {
                    self.told = first;
                }
                self.untold = older;
            }
        }
    }

    /// What runs on the instance for it does so no more.
    pub fn interrupt(&mut self) {
        (self.run, self.uploading) = (None, None);
    }
}

impl Site {
    /// The work on an invocation that is sent now and lives in `slot`.
    pub fn open(&mut self, slot: u32, command: u32) {
        let slot = slot as usize;
        if self.works.len() <= slot {
            self.works.resize_with(slot + 1, Work::default);
        }
        // The memory of the queue is used again.
        let replies = std::mem::take(&mut self.works[slot].replies);
        debug_assert!(replies.is_empty(), "an invocation is forgotten with its last reply");
        self.works[slot] = Work { command, replies, ..Work::default() };
    }

    /// The work in a slot.
    pub fn work(&mut self, slot: u32) -> &mut Work {
        &mut self.works[slot as usize]
    }

    /// An agent that has something to do, or whose instance is not up.
    pub fn agent(&mut self, instance: u32) -> Option<&mut Agent> {
        self.agents.get_mut(&instance)
    }

    /// The same, made now if there is none.
    pub fn agent_or(&mut self, instance: u32, new: impl FnOnce() -> Agent) -> &mut Agent {
        self.agents.entry(instance).or_insert_with(new)
    }

    /// The polls of such an agent; none of one that does not poll.
    pub fn poll(&mut self, instance: u32) -> Option<&mut Poll> {
        self.agent(instance)?.poll.as_deref_mut()
    }

    /// Interrupts all that runs on an instance.
    pub fn interrupt(&mut self, instance: u32) {
        let running = self.agents.get(&instance).map_or(&[][..], |agent| agent.pool.running());
        for &slot in running {
            self.works[slot as usize].interrupt();
        }
    }

    /// Forgets an agent that has nothing to do on an instance that is up.
    pub fn forget_idle(&mut self, instance: u32) {
        if self.agents.get(&instance).is_some_and(Agent::is_idle) {
            self.agents.remove(&instance);
        }
    }

    /// Forgets an agent, whatever it does.
    pub fn forget(&mut self, instance: u32) {
        self.agents.remove(&instance);
    }
}
