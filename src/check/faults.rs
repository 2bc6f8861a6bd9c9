//! What the plan's faults may do to agents, and what the history has told of that so far.

use std::{collections::VecDeque, ops::Range};

use rustc_hash::FxHashMap;

use crate::{
    base::{Chance, SimDuration, SimTime},
    check::report::Tally,
    scenario::plan::{Channel, FaultKind, Group, InjectedFault, Plan, Trouble},
};

/// No agent comes back later after a fault: the longest wait before it connects with its jitter (S8.24), and between two pings of
/// one that hibernates (S8.45).
pub(crate) const LATEST_RETURN: SimDuration = SimDuration::from_secs(3600);

/// On MDS none polls later after it had no connection: the longest wait of a retry, 4 s and half of that (S8.11).
const LATEST_POLL: SimDuration = SimDuration::from_secs(6);

/// What is known of agents under faults.
#[derive(Debug, Default)]
pub(crate) struct FaultBook {
    windows: Vec<Window>,
    /// The instances of groups on MDS.
    polling: Vec<Range<u32>>,
    /// The commands that deaf agents hold.
    pub(crate) held: FxHashMap<u32, u32>,
    /// Since when each has had no connection.
    pub(crate) offline: FxHashMap<u32, SimTime>,
    /// Those whose `PingStatus` is ConnectionLost.
    pub(crate) silent: FxHashMap<u32, SimTime>,
    /// Those that have no power.
    pub(crate) crashed: FxHashMap<u32, SimTime>,
    /// By command and instance, when each reply was kept that has neither left nor been dropped.
    pub(crate) kept: FxHashMap<(u32, u32), VecDeque<SimTime>>,
    /// Whether anything of this was told.
    pub(crate) is_told: bool,
    pub(crate) tally: Tally,
}

/// A fault that agents notice.
#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) span: Range<SimTime>,
    pub(crate) trouble: Trouble,
    members: Vec<Range<u32>>,
    /// Whether it strikes all of them.
    pub(crate) is_certain: bool,
    /// Of messages that come twice: whether the second has a time of its own.
    pub(crate) is_late: bool,
}

impl FaultBook {
    /// A book for a plan; `None` where it has no fault that agents notice.
    pub(crate) fn new(plan: &Plan) -> Option<Self> {
        let mut ranges = Vec::new();
        let mut next = 0;
        for group in &plan.groups {
            ranges.push(next..next + group.count());
            next += group.count();
        }
        let windows: Vec<_> = plan.faults.iter().filter_map(|fault| Window::new(fault, &ranges)).collect();
        let polls = |(group, _): &(&Group, &Range<u32>)| group.channel == Channel::Mds;
        let polling = plan.groups.iter().zip(&ranges).filter(polls).map(|(_, range)| range.clone()).collect();
        (!windows.is_empty()).then(|| Self { windows, polling, ..Self::default() })
    }

    /// The faults that may strike an instance.
    pub(crate) fn of(&self, instance: u32) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(move |window| window.members.iter().any(|some| some.contains(&instance)))
    }

    /// Those that take its connection.
    pub(crate) fn breaks(&self, instance: u32) -> impl Iterator<Item = &Window> {
        self.of(instance).filter(|window| window.breaks_connection())
    }

    /// Whether an instance's agent is on MDS.
    pub(crate) fn polls(&self, instance: u32) -> bool {
        self.polling.iter().any(|some| some.contains(&instance))
    }

    /// Whether an instance has no connection for certain.
    pub(crate) fn is_cut_off(&self, instance: u32, at: SimTime) -> bool {
        self.breaks(instance).any(|window| window.is_certain && window.span.contains(&at))
    }
}

/// What is wrong with instances as far as anyone notices: with a clock that is off by more than five minutes nothing that they sign is
/// accepted, as without permission (S8.47).
fn effect(trouble: Trouble) -> Option<Trouble> {
    match trouble {
        Trouble::ClockAhead(by) if by <= SimDuration::from_secs(300) => None,
        Trouble::ClockAhead(_) => Some(Trouble::Hibernate),
        other => Some(other),
    }
}

impl Window {
    fn new(fault: &InjectedFault, ranges: &[Range<u32>]) -> Option<Self> {
        let (span, is_late) = (fault.span(), fault.after.is_some());
        match &fault.kind {
            FaultKind::RegionOutage => {
                let members = ranges.to_vec();
                Some(Self { span, trouble: Trouble::CutOff, members, is_certain: true, is_late })
            }
            FaultKind::Instances { struck, trouble } => {
                let members = struck.groups.iter().filter_map(|&group| ranges.get(group as usize).cloned());
                let is_certain = struck.share == Chance::ONE;
                let (trouble, members) = (effect(*trouble)?, members.collect());
                Some(Self { span, trouble, members, is_certain, is_late })
            }
            FaultKind::SnsOutage | FaultKind::S3Outage | FaultKind::LogsOutage => None,
        }
    }

    fn breaks_connection(&self) -> bool {
        matches!(self.trouble, Trouble::Lost | Trouble::CutOff | Trouble::Hibernate)
    }

    /// From its beginning until the last agent is back, of those that poll or of the others.
    pub(crate) fn with_return(&self, polls: bool) -> Range<SimTime> {
        let latest = match self.trouble {
            Trouble::CutOff if polls => LATEST_POLL,
            _ => LATEST_RETURN,
        };
        self.span.start..self.span.end + latest + SimDuration::UNIT
    }
}
