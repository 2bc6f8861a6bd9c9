//! Faults that agents notice: who loses its connection or its power and comes back, messages that come twice, and replies that
//! are kept for a while (sections 8.4 and 8.9).

use rustc_hash::FxHashSet;

use super::{
    event::{Event, Place},
    instant::World,
    site::{Agent, Down, Reply},
};
use crate::{
    base::{SimDuration, SimTime},
    fleet::{
        Reach,
        fault::{CONNECTION_LOST_AFTER, PERIOD},
        reach::{Away, reach},
    },
    history::{AgentChange, AgentNote, Fact, Observer},
};

/// A reply that was kept longer is dropped (S8.21, S8.22).
const LONGEST_KEPT: SimDuration = SimDuration::from_secs(2 * 3600);

/// What the service knows of agents that faults have cut off. Memory follows these.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Those that have no connection.
    offline: FxHashSet<u32>,
    /// Those whose `PingStatus` is ConnectionLost.
    silent: FxHashSet<u32>,
}

impl World<'_> {
    /// A fault begins for all that it strikes.
    pub(super) fn begin_fault(&mut self, at: u32, observer: &mut impl Observer) {
        let agents = &self.model.agents;
        let takes_power = agents.breaks().any(|(other, _, takes_power)| other == at && takes_power);
        let struck: Vec<u32> = agents.struck(&self.luck, at).collect();
        for instance in struck {
            if takes_power {
                self.lose_power(instance, observer);
            }
            self.lose_connection(instance, observer);
        }
    }

    /// What runs on the instance is interrupted, until it has power again (S8.39).
    fn lose_power(&mut self, instance: u32, observer: &mut impl Observer) {
        let (now, agents) = (self.now, &self.model.agents);
        let Some(mut until) = agents.lost_until(&self.luck, instance, now) else { return };
        let is_there = match agents.availability(&self.luck, instance) {
            Some(Away::Alternating(_)) => true,
            away => !matches!(reach(away, now), Reach::Never | Reach::Gone),
        };
        if !is_there || matches!(self.reach_of_scaled(instance), Some(Reach::Never | Reach::Gone)) {
            return;
        }
        match self.site.agent(instance).and_then(|agent| agent.down) {
            Some(Down::Stopped | Down::Terminated) => return,
            Some(Down::Lost { until: before }) if before >= until => return,
            Some(Down::Rebooting { until: booted, .. }) => until = until.max(booted),
            _ => {}
        }
        self.site.interrupt(instance);
        let new_agent = || Agent::new(agents, &self.luck, instance, now);
        self.site.agent_or(instance, new_agent).down = Some(Down::Lost { until });
        if until < SimTime::MAX {
            self.calendar.schedule(until, 0, Event::RebootEnd { instance });
        }
        self.emit(observer, 0, Fact::AgentChanged { instance, change: AgentChange::Crashed });
        self.lose_letters(instance, observer);
    }

    /// The service notices that the instance has no connection, at once and by its pings.
    fn lose_connection(&mut self, instance: u32, observer: &mut impl Observer) {
        let (now, agents) = (self.now, &self.model.agents);
        if agents.availability(&self.luck, instance).is_some() || self.is_out_of_service(instance) {
            return;
        }
        let back = agents.connected_from(&self.luck, instance, now);
        let last_ping = SimTime(agents.next_ping(&self.luck, instance, now).0.saturating_sub(PERIOD.0));
        if back < SimTime::MAX {
            self.calendar.schedule(back, 0, Event::Connect { instance });
        }
        let missed = (last_ping + CONNECTION_LOST_AFTER).max(now + SimDuration::UNIT);
        self.calendar.schedule(missed, 0, Event::Ping { instance });
        if self.links.offline.insert(instance) {
            self.emit(observer, 0, Fact::AgentChanged { instance, change: AgentChange::Disconnected });
        }
    }

    /// A fault is over for an agent, and no other one keeps it from being connected.
    pub(super) fn connect(&mut self, instance: u32, observer: &mut impl Observer) {
        let is_back =
            self.connected_despite_faults(instance) == self.now && !self.is_out_of_service(instance);
        if is_back && self.links.offline.remove(&instance) {
            self.emit(observer, 0, Fact::AgentChanged { instance, change: AgentChange::Connected });
        }
    }

    /// The pings of an agent have failed for long, or one comes again (S8.40, S8.42, O-22).
    pub(super) fn check_ping(&mut self, instance: u32, observer: &mut impl Observer) {
        let now = self.now;
        let since = SimTime((now.0 + 1).saturating_sub(CONNECTION_LOST_AFTER.0));
        let next = self.model.agents.pings_from(&self.luck, instance, since);
        let is_gone = self.is_out_of_service(instance);
        if next <= now && !is_gone {
            if self.links.silent.remove(&instance) {
                self.emit(observer, 0, Fact::AgentChanged { instance, change: AgentChange::Online });
            }
            return;
        }
        if !is_gone && self.links.silent.insert(instance) {
            self.emit(observer, 0, Fact::AgentChanged { instance, change: AgentChange::ConnectionLost });
            if next < SimTime::MAX {
                self.calendar.schedule(next, 0, Event::Ping { instance });
            }
        }
    }

    /// Whether the instance is none of those that could be reached without faults.
    fn is_out_of_service(&mut self, instance: u32) -> bool {
        let down = self.site.agent(instance).and_then(|agent| agent.down);
        matches!(down, Some(Down::Stopped | Down::Terminated)) || self.is_scaled(instance)
    }

    /// The first time from now on at which no fault keeps the agent from being connected.
    #[inline]
    pub(super) fn connected_despite_faults(&self, instance: u32) -> SimTime {
        let agents = &self.model.agents;
        if agents.has_faults() { agents.connected_from(&self.luck, instance, self.now) } else { self.now }
    }

    /// A reply cannot leave because of a fault; the agent tries again every five minutes.
    pub(super) fn keep_reply(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        self.note(command, place, AgentNote::Kept, observer);
        let work = self.site.work(place.slot);
        if let Some(reply) = work.replies.back_mut() {
            reply.is_kept = true;
        }
        let is_planned = std::mem::replace(&mut work.keeps, true) && work.replies.len() - work.under_way > 1;
        if !is_planned {
            self.plan_resend(command, place);
        }
    }

    /// Plans the next run of the resend job that sends or drops a reply. The runs before it do nothing.
    fn plan_resend(&mut self, command: u32, place: Place) {
        let next = self.now + SimDuration::UNIT;
        let back = self.connected_despite_faults(place.instance);
        let (agents, instance) = (&self.model.agents, place.instance);
        let work = self.site.work(place.slot);
        let Some(oldest) = work.replies.get(work.under_way) else { return };
        let too_old = match oldest.is_kept {
            true => {
                let since = oldest.arrives + LONGEST_KEPT + SimDuration::UNIT;
                agents.resends_from(&self.luck, instance, since)
            }
            false => SimTime::MAX,
        };
        let at = match back {
            SimTime::MAX => too_old,
            _ => agents.resends_from(&self.luck, instance, back).min(too_old),
        };
        if at < SimTime::MAX {
            self.calendar.schedule(at.max(next), command, Event::Reconnect(place));
        }
    }

    /// The resend job of an agent whose replies a fault has kept: drops those that are too old, and sends the others.
    pub(super) fn resend(&mut self, command: u32, place: Place, observer: &mut impl Observer) {
        let now = self.now;
        let is_old = |reply: &Reply| reply.is_kept && now.since(reply.arrives) > LONGEST_KEPT;
        loop {
            let work = self.site.work(place.slot);
            // Before it there may be some that only wait for a connection that comes and goes.
            let Some(at) = (work.under_way..work.replies.len()).find(|&at| is_old(&work.replies[at])) else {
                break;
            };
            work.drop_reply(at);
            self.note(command, place, AgentNote::Dropped, observer);
        }
        let work = self.site.work(place.slot);
        if work.replies.len() == work.under_way {
            return self.forget_settled(command, place);
        }
        match self.reach_agent(command, place) {
            Reach::Now => self.send_replies(command, place, observer),
            Reach::NotBefore(_) => self.plan_resend(command, place),
            Reach::Never | Reach::Gone => {
                let work = self.site.work(place.slot);
                work.replies.truncate(work.under_way);
                self.forget_settled(command, place);
            }
        }
    }

    pub(super) fn note(&mut self, command: u32, place: Place, note: AgentNote, observer: &mut impl Observer) {
        self.emit(observer, command, Fact::AgentNoted { instance: place.instance, note });
    }
}
