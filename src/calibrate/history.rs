//! A simulated run's history, taken in as if it had been seen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::records::{Known, Records};
use crate::{
    base::SimTime,
    history::{Ending, Fact, Record},
    scenario::{Plan, Roster, plan::Members},
    seen::{Life, Phase, Window},
    ssm::{InvocationState, InvocationStatus, StatusDetails},
};

/// Takes a history in, record by record.
#[derive(Debug)]
pub struct HistoryIntake<'a> {
    plan: &'a Plan,
    roster: Roster,
    start: Timestamp,
    /// Tells the commands of several histories apart.
    number: usize,
    /// What was sent and has not ended: when, and when it began.
    open: BTreeMap<(u32, u32), (SimTime, Option<SimTime>)>,
    seen: BTreeSet<u32>,
    last: SimTime,
}

impl<'a> HistoryIntake<'a> {
    /// The intake of the history with this number, which begins with this plan.
    pub fn new(plan: &'a Plan, number: usize, records: &mut Records) -> Self {
        for (at, command) in plan.commands.iter().enumerate() {
            records.add_request(&command_id(number, at as u32), &command.request);
        }
        let start = plan.start.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let (open, seen) = (BTreeMap::new(), BTreeSet::new());
        Self { plan, roster: Roster::new(plan), start, number, open, seen, last: SimTime::ZERO }
    }

    /// Takes note of a fact.
    pub fn add(&mut self, record: &Record, records: &mut Records) {
        self.last = record.time;
        match record.fact {
            Fact::Sent { instance } => {
                self.open.insert((record.command, instance), (record.time, None));
            }
            Fact::Acknowledged { instance } => {
                if let Some((_, began)) = self.open.get_mut(&(record.command, instance)) {
                    *began = Some(record.time);
                }
            }
            Fact::InvocationEnded { instance, ending } => {
                self.open.remove(&(record.command, instance));
                let life = self.ended(record, instance, &ending);
                self.tell_instance(instance, records);
                records.add_life(&life);
            }
            _ => {}
        }
    }

    /// Takes note of what had not ended.
    pub fn finish(mut self, records: &mut Records) {
        let (status, details) = (InvocationStatus::InProgress, StatusDetails::InProgress);
        for ((command, instance), (sent, began)) in std::mem::take(&mut self.open) {
            let Some(began) = began else { continue };
            let phase = self.phase(InvocationState { status, details }, began, self.last);
            let mut life = self.life(command, instance, Some(sent), phase);
            life.started = Some(self.instant(began));
            self.tell_instance(instance, records);
            records.add_life(&life);
        }
    }

    fn ended(&self, record: &Record, instance: u32, ending: &Ending) -> Life {
        let phase = self.phase(ending.state, record.time, record.time);
        let mut life = self.life(record.command, instance, ending.sent, phase);
        let finished = ending.started.zip(ending.elapsed).map(|(started, elapsed)| started + elapsed);
        life.response_code = Some(ending.response_code);
        life.started = ending.started.map(|time| self.instant(time));
        life.finished = finished.map(|time| self.instant(time));
        life
    }

    fn life(&self, command: u32, instance: u32, sent: Option<SimTime>, phase: Phase) -> Life {
        let request = self.plan.commands.get(command as usize).map(|command| &command.request);
        Life {
            command_id: command_id(self.number, command),
            instance_id: self.roster.id(instance),
            document_name: request.map(|request| request.document_name.clone()),
            requested: sent.map(|time| self.instant(time)),
            phases: vec![phase],
            response_code: None,
            started: None,
            finished: None,
            steps: Vec::new(),
        }
    }

    fn phase(&self, state: InvocationState, began: SimTime, seen_until: SimTime) -> Phase {
        let until = self.instant(began);
        let began = Window { after: Some(until), until };
        Phase { state, details_told: true, began, seen_until: self.instant(seen_until) }
    }

    fn tell_instance(&mut self, instance: u32, records: &mut Records) {
        if !self.seen.insert(instance) {
            return;
        }
        let Some((group, place)) = self.roster.locate(instance) else { return };
        let (platform, tags) = match &self.plan.groups[group].members {
            Members::Numbered(numbered) => (numbered.platform, numbered.tags.clone()),
            Members::Listed(instances) => {
                let instance = &instances[place as usize];
                (instance.platform, instance.tags.clone())
            }
        };
        let known = Known { platform: Some(platform), tags: tags.into_iter().collect() };
        records.add_instance(&self.roster.id(instance), known);
    }

    fn instant(&self, time: SimTime) -> Timestamp {
        self.start.checked_add(SignedDuration::from_micros(time.0 as i64)).unwrap_or(Timestamp::MAX)
    }
}

fn command_id(history: usize, command: u32) -> String {
    format!("history {history}, command {command}")
}
