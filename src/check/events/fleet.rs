//! The instances of Auto Scaling groups, as the history has them.

use std::collections::BTreeMap;

use crate::{
    base::{SimDuration, SimTime},
    events::LifecycleTransition,
    scenario::{
        Plan,
        plan::{Events, LifecycleHook},
    },
};

/// All instances that may come and go.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    pub(crate) members: BTreeMap<u32, Member>,
    /// When actions must have ended because a command has completed them.
    pub(crate) due: Vec<(SimTime, u32, u32)>,
    /// When a command of a rule last ended well on an instance.
    pub(crate) done: BTreeMap<(u32, u16), SimTime>,
}

/// One instance.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Index of its Auto Scaling group.
    pub(crate) group: usize,
    pub(crate) stage: Stage,
    /// When it is to be launched and terminated.
    pub(crate) launch: Option<SimTime>,
    pub(crate) termination: Option<SimTime>,
    pub(crate) open: Vec<Open>,
    /// When an action was abandoned.
    pub(crate) abandoned: Option<SimTime>,
    /// When the last of its actions ended.
    pub(crate) freed: Option<SimTime>,
    /// When it entered its stage.
    pub(crate) since: SimTime,
}

/// How far an instance has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Absent,
    Launching,
    InService,
    Terminating,
    Gone,
}

/// An action that has not ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    pub(crate) hook: u32,
    pub(crate) deadline: SimTime,
    /// When it times out whatever heartbeats come.
    pub(crate) last: SimTime,
}

impl Fleet {
    pub(crate) fn new(plan: &Plan, events: &Events) -> Self {
        let mut members = BTreeMap::new();
        for (at, group) in events.auto_scaling_groups.iter().enumerate() {
            let index = group.group as usize;
            let first: u32 = plan.groups[..index].iter().map(|group| group.count()).sum();
            let size = plan.groups[index].count();
            for instance in first..first + size {
                let member = Member {
                    group: at,
                    stage: Stage::InService,
                    launch: None,
                    termination: None,
                    open: Vec::new(),
                    abandoned: None,
                    freed: None,
                    since: SimTime::ZERO,
                };
                members.insert(instance, member);
            }
            // The last ones are launched, in order of time.
            let mut place = first + size;
            for activity in group.launches.iter().rev() {
                for _ in 0..activity.count {
                    place -= 1;
                    let member = members.get_mut(&place).expect("as many as are launched");
                    member.stage = Stage::Absent;
                    member.launch = Some(SimTime::ZERO + activity.at);
                }
            }
            let mut place = first;
            for activity in &group.terminations {
                for _ in 0..activity.count {
                    let member = members.get_mut(&place).expect("as many as are terminated");
                    member.termination = Some(SimTime::ZERO + activity.at);
                    place += 1;
                }
            }
        }
        Self { members, ..Self::default() }
    }

    /// Whether an instance is there.
    pub(crate) fn exists(&self, instance: u32) -> bool {
        let gone = |member: &Member| matches!(member.stage, Stage::Absent | Stage::Gone);
        !self.members.get(&instance).is_some_and(gone)
    }

    /// Whether no instance comes or goes.
    pub(crate) fn is_idle(&self) -> bool {
        self.members.is_empty()
    }
}

impl Member {
    /// The hooks of a transition that its group has.
    pub(crate) fn hooks<'e>(
        &self,
        events: &'e Events,
        transition: LifecycleTransition,
    ) -> impl Iterator<Item = (u32, &'e LifecycleHook)> {
        events.auto_scaling_groups[self.group].hooks_of(transition)
    }

    /// A hook of its group.
    pub(crate) fn hook<'e>(&self, events: &'e Events, hook: u32) -> Option<&'e LifecycleHook> {
        events.auto_scaling_groups[self.group].hooks.get(hook as usize)
    }

    /// Whether its termination is due at this very time: as planned, or as soon as it is in service.
    pub(crate) fn leaves_at(&self, now: SimTime) -> bool {
        self.termination
            .is_some_and(|then| then == now || (then < now && self.since + SimDuration::UNIT == now))
    }

    pub(crate) fn enter(&mut self, stage: Stage, now: SimTime) {
        (self.stage, self.since) = (stage, now);
    }
}

impl Open {
    pub(crate) fn new(hook: u32, timeout: SimDuration, now: SimTime) -> Self {
        // 48 hours, or 100 heartbeat timeouts (S10.55).
        let longest = SimDuration::from_secs(48 * 60 * 60).min(SimDuration(100 * timeout.0));
        Self { hook, deadline: now + timeout, last: now + longest }
    }
}
