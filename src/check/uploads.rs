//! What the checker remembers of outputs that are put (section 11). There is none where the plan has no outputs.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    base::{SimDuration, SimTime},
    check::{
        agents::Agents,
        ledger::Book,
        report::{RuleReport, Tally},
        rules::{order, uploads},
    },
    history::{Fact, Record},
    output::{Store, Stream, Upload},
    scenario::{
        Roster,
        plan::{FaultKind, InjectedFault, Output, Plan},
    },
};

/// A step, and which of its streams was put where.
type Put = (u32, Stream, Store);

/// Everything about outputs.
#[derive(Debug)]
pub(crate) struct UploadBook {
    /// What each group says of its outputs.
    groups: Vec<Option<Box<Output>>>,
    /// Of each command, whether it wants outputs in S3 and in CloudWatch Logs.
    wanted: Vec<[bool; 2]>,
    pub(crate) period: SimDuration,
    /// When each store takes nothing.
    outages: Vec<(Store, Range<SimTime>)>,
    /// What was put of invocations whose final reply has not come, in order.
    put: FxHashMap<(u32, u32), Vec<Put>>,
    /// The invocations whose final reply has come.
    replied: FxHashSet<(u32, u32)>,
    pub(crate) tally: Tally,
}

fn outage(fault: &InjectedFault) -> Option<(Store, Range<SimTime>)> {
    match fault.kind {
        FaultKind::S3Outage => Some((Store::S3, fault.span())),
        FaultKind::LogsOutage => Some((Store::Logs, fault.span())),
        _ => None,
    }
}

impl UploadBook {
    /// The book of a plan; `None` where it has no outputs.
    pub(crate) fn new(plan: &Plan) -> Option<Self> {
        plan.has_outputs().then(|| Self {
            groups: plan.groups.iter().map(|group| group.output.clone()).collect(),
            wanted: plan.commands.iter().map(|one| [one.wants(Store::S3), one.wants(Store::Logs)]).collect(),
            period: plan.readings.log_period,
            outages: plan.faults.iter().filter_map(outage).collect(),
            put: FxHashMap::default(),
            replied: FxHashSet::default(),
            tally: Tally::default(),
        })
    }

    /// What a record means to outputs. Apart, to be out of the way of plans without them.
    #[inline(never)]
    pub(crate) fn follow(&mut self, record: &Record, books: &[Book], agents: &Agents) {
        let (command, book) = (record.command, &books[record.command as usize]);
        let (Fact::Uploaded(Upload { instance, .. })
        | Fact::StepEnded { instance, .. }
        | Fact::InvocationEnded { instance, .. }
        | Fact::LateReply { instance, .. }) = record.fact
        else {
            return;
        };
        let Some(group) = book.terms.target(instance) else {
            if matches!(record.fact, Fact::Uploaded(_)) {
                order::unknown_target(record, &mut self.tally);
            }
            return;
        };
        let may_run_again = agents.terms(group).may_reboot;
        match &record.fact {
            Fact::Uploaded(upload) => uploads::judge(record, upload, (book, group, may_run_again), self),
            Fact::StepEnded { reply, .. } => uploads::judge_reply(record, reply, group, self),
            Fact::InvocationEnded { ending, .. } => {
                let is_only = !book.script.is_told() && !may_run_again;
                uploads::judge_end(record, ending, (group, is_only), self);
                if ending.elapsed.is_some() {
                    self.note_reply(command, instance);
                }
            }
            _ => self.note_reply(command, instance),
        }
    }

    /// The verdict of the rule.
    pub(crate) fn report(self, missing: Option<&str>, roster: &Roster) -> RuleReport {
        self.tally.report(&uploads::ABOUT, missing, roster)
    }

    /// Whether a command wants outputs there, and the group says what they are.
    pub(crate) fn wants(&self, command: u32, group: u32, store: Store) -> bool {
        self.groups[group as usize].is_some() && self.wanted[command as usize][store as usize]
    }

    /// Whether the instance profile of a group denies it.
    pub(crate) fn denies(&self, command: u32, group: u32, store: Store) -> bool {
        self.groups[group as usize].as_ref().is_some_and(|output| output.denies(command, store))
    }

    /// What was put before of an invocation.
    pub(crate) fn before(&self, command: u32, instance: u32) -> &[Put] {
        self.put.get(&(command, instance)).map_or(&[], |put| put)
    }

    /// Whether the final reply of an invocation has come.
    pub(crate) fn has_replied(&self, command: u32, instance: u32) -> bool {
        self.replied.contains(&(command, instance))
    }

    /// Whether a stream cannot have got there: all calls, or the only one, were made in an outage.
    pub(crate) fn is_out(&self, upload: &Upload, ended: SimTime) -> bool {
        self.outages.iter().any(|(store, span)| {
            let is_only = upload.store == Store::S3 && upload.calls == 1;
            *store == upload.store && span.contains(&upload.since) && (is_only || ended < span.end)
        })
    }

    pub(crate) fn note(&mut self, command: u32, upload: &Upload) {
        let put = self.put.entry((command, upload.instance)).or_default();
        put.push((upload.step, upload.stream, upload.store));
    }

    /// The final reply of an invocation has come.
    pub(crate) fn note_reply(&mut self, command: u32, instance: u32) {
        self.put.remove(&(command, instance));
        self.replied.insert((command, instance));
    }
}
