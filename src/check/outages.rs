//! The instances that reboot or did so during an invocation (S8.29).

use rustc_hash::FxHashMap;

use crate::base::{SimDuration, SimTime};

/// The agent gives its modules 15 s to stop, and the system a minute (S8.29).
pub(crate) const LEAST: SimDuration = SimDuration::from_secs(15 + 60);

/// Of those the modules' part.
const STOPPING: SimDuration = SimDuration::from_secs(15);

/// The latest reboot of an instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outage {
    pub(crate) began: SimTime,
    /// `None` while it is under way.
    pub(crate) ended: Option<SimTime>,
}

/// The latest reboots, as long as they matter to an invocation.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    by_instance: FxHashMap<u32, Outage>,
    /// Where a reboot must have begun by the end of this instant, for a reply has told so.
    pub(crate) told: Vec<u32>,
}

impl Outages {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_instance.is_empty()
    }

    /// The latest reboot of an instance.
    pub(crate) fn of(&self, instance: u32) -> Option<Outage> {
        if self.is_empty() { None } else { self.by_instance.get(&instance).copied() }
    }

    /// Whether an instance reboots now.
    pub(crate) fn is_down(&self, instance: u32) -> bool {
        self.of(instance).is_some_and(|outage| outage.ended.is_none())
    }

    /// Whether an instance is about to reboot, and its agent's modules stop (S8.29).
    pub(crate) fn is_closing(&self, instance: u32, at: SimTime) -> bool {
        let under_way = self.of(instance).filter(|outage| outage.ended.is_none());
        under_way.is_some_and(|outage| at < outage.began + STOPPING)
    }

    /// Whether an instance was not at work all the time since then.
    pub(crate) fn has_interrupted(&self, instance: u32, since: SimTime) -> bool {
        self.of(instance).is_some_and(|outage| outage.ended.is_none_or(|ended| ended > since))
    }

    pub(crate) fn begin(&mut self, instance: u32, began: SimTime) {
        self.by_instance.insert(instance, Outage { began, ended: None });
    }

    pub(crate) fn end(&mut self, instance: u32, time: SimTime) {
        if let Some(outage) = self.by_instance.get_mut(&instance) {
            outage.ended = Some(time);
        }
    }

    /// Nothing of an instance is in flight any more: its reboot matters only while it is under way.
    pub(crate) fn forget(&mut self, instance: u32) {
        if !self.is_down(instance) {
            self.by_instance.remove(&instance);
        }
    }
}

impl Outage {
    /// Whether the instance was down at this time.
    pub(crate) fn covers(&self, time: SimTime) -> bool {
        self.began < time && self.ended.is_none_or(|ended| time < ended)
    }
}
