//! Lifecycle hooks of Auto Scaling (S10.53 to S10.57): an instance waits until every hook of its transition is done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{SimDuration, SimTime};

/// The longest that an instance waits, however many heartbeats come (S10.55).
const LONGEST_WAIT: SimDuration = SimDuration::from_secs(48 * 3600);
/// And so many times the heartbeat timeout.
const MOST_TIMEOUTS: u64 = 100;

/// What an action comes to, as the API spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LifecycleResult {
    /// The instance goes on to the next hook or state.
    Continue,
    /// A launch is given up; a termination skips the other hooks.
    Abandon,
}

/// The transition that a hook holds up, as the API spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum LifecycleTransition {
    /// The instance launches.
    #[serde(rename = "autoscaling:EC2_INSTANCE_LAUNCHING")]
    Launching,
    /// The instance terminates.
    #[serde(rename = "autoscaling:EC2_INSTANCE_TERMINATING")]
    Terminating,
}

impl LifecycleTransition {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Launching => "autoscaling:EC2_INSTANCE_LAUNCHING",
            Self::Terminating => "autoscaling:EC2_INSTANCE_TERMINATING",
        }
    }
}

/// The global timeout of a hook with this heartbeat timeout: 48 hours or 100 of them, whichever is less (S10.55).
pub fn global_timeout(heartbeat_timeout: SimDuration) -> SimDuration {
    SimDuration(heartbeat_timeout.0.saturating_mul(MOST_TIMEOUTS)).min(LONGEST_WAIT)
}

/// An instance in `Pending:Wait` or `Terminating:Wait`: the actions of the hooks that are not done.
#[derive(Clone, Debug, Default)]
pub struct Wait {
    open: Vec<Action>,
}

#[derive(Clone, Copy, Debug)]
struct Action {
    hook: u32,
    heartbeat_timeout: SimDuration,
    /// When it times out, unless a heartbeat comes before.
    deadline: SimTime,
    /// When it times out whatever comes.
    last: SimTime,
}

/// What follows when an action ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The instance waits for other hooks.
    Waits,
    /// It goes on; an abandoned action leaves these hooks undone.
    Proceeds {
        /// What the actions came to together.
        result: LifecycleResult,
        /// The hooks whose actions are skipped.
        skipped: Vec<u32>,
    },
}

impl Wait {
    /// Begins the actions of all hooks of a transition, which wait side by side.
    pub fn begin(now: SimTime, hooks: impl IntoIterator<Item = (u32, SimDuration)>) -> Self {
        let action = |(hook, heartbeat_timeout)| Action {
            hook,
            heartbeat_timeout,
            deadline: now + heartbeat_timeout,
            last: now + global_timeout(heartbeat_timeout),
        };
        Self { open: hooks.into_iter().map(action).collect() }
    }

    /// Whether a hook's action is open.
    pub fn is_open(&self, hook: u32) -> bool {
        self.open.iter().any(|action| action.hook == hook)
    }

    /// When the action of a hook times out as things are.
    pub fn deadline(&self, hook: u32) -> Option<SimTime> {
        self.open.iter().find(|action| action.hook == hook).map(|action| action.deadline)
    }

    /// `RecordLifecycleActionHeartbeat`: the timeout begins anew, up to the global one. The new deadline; `None` when the
    /// action is not open.
    pub fn heartbeat(&mut self, hook: u32, now: SimTime) -> Option<SimTime> {
        let action = self.open.iter_mut().find(|action| action.hook == hook)?;
        action.deadline = (now + action.heartbeat_timeout).min(action.last);
        Some(action.deadline)
    }

    /// An action ends with a result. `None` when it was not open.
    pub fn end(&mut self, hook: u32, result: LifecycleResult) -> Option<Step> {
        let place = self.open.iter().position(|action| action.hook == hook)?;
        self.open.remove(place);
        if result == LifecycleResult::Abandon {
            let skipped = self.open.drain(..).map(|action| action.hook).collect();
            return Some(Step::Proceeds { result, skipped });
        }
        if self.open.is_empty() {
            Some(Step::Proceeds { result, skipped: Vec::new() })
        } else {
            Some(Step::Waits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SimDuration = SimDuration::from_secs(60);

    fn at(minutes: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(60 * minutes)
    }

    /// S10.55: the smaller of 48 hours and 100 heartbeat timeouts.
    #[test]
    fn the_global_timeout() {
        for (heartbeat, global) in
            [(30, 3000), (3600, 172_800), (1728, 172_800), (1727, 172_700), (7200, 172_800)]
        {
            assert_eq!(global_timeout(SimDuration::from_secs(heartbeat)), SimDuration::from_secs(global));
        }
    }

    #[test]
    fn a_heartbeat_begins_the_timeout_anew_up_to_the_global_one() {
        let mut wait = Wait::begin(SimTime::ZERO, [(0, MINUTE)]);
        assert_eq!(wait.deadline(0), Some(at(1)));
        for minute in 0..=99 {
            assert_eq!(wait.heartbeat(0, at(minute)), Some(at(minute + 1)));
        }
        assert_eq!(wait.heartbeat(0, SimTime(at(99).0 + 30_000_000)), Some(at(100)));
        assert_eq!(wait.heartbeat(1, at(1)), None);
    }

    #[test]
    fn all_hooks_must_continue_and_one_abandons_the_rest() {
        let begin = || Wait::begin(SimTime::ZERO, [(0, MINUTE), (3, MINUTE), (4, MINUTE)]);
        let mut wait = begin();
        assert_eq!(wait.end(3, LifecycleResult::Continue), Some(Step::Waits));
        assert_eq!(wait.end(3, LifecycleResult::Continue), None);
        assert_eq!(wait.end(0, LifecycleResult::Continue), Some(Step::Waits));
        let proceeds = Step::Proceeds { result: LifecycleResult::Continue, skipped: vec![] };
        assert_eq!(wait.end(4, LifecycleResult::Continue), Some(proceeds));
        let mut wait = begin();
        let abandoned = Step::Proceeds { result: LifecycleResult::Abandon, skipped: vec![0, 4] };
        assert_eq!(wait.end(3, LifecycleResult::Abandon), Some(abandoned));
        assert!(!wait.is_open(0));
    }
}
