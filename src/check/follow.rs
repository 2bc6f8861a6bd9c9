//! What a record means beyond its command: to events, alarms, faults, quotas and outputs, as far as the plan has any.

use super::{
    Checker,
    rules::{alarms, emissions, faults, lifecycle, quotas, rule_targets, triggers},
};
use crate::{
    events::Cause,
    history::{Fact, Record},
};

impl Checker {
    /// What a record means to alarms, faults, quotas and outputs.
    pub(super) fn follow_apart(&mut self, record: &Record) {
        if let Some(alarms) = &mut self.alarms {
            alarms::judge(record, &self.books, alarms);
        }
        if let Some(faults) = &mut self.faults {
            faults::judge(record, faults);
        }
        if let Some(book) = &mut self.quotas {
            quotas::judge(record, &mut self.books, book);
        }
        if let Some(uploads) = &mut self.uploads {
            uploads.follow(record, &self.books, &self.agents);
        }
    }

    /// What a record means to events. Apart, to be out of the way of plans without them.
    #[inline(never)]
    pub(super) fn follow_events(&mut self, record: &Record) {
        let Some(book) = &mut self.events else { return };
        let happening = book.happening(record);
        book.owed.extend(happening);
        match record.fact {
            Fact::Requested => {
                triggers::judge_request(record, book);
                let fleet = &book.fleet;
                if !fleet.is_idle() {
                    let exists = |instance| fleet.exists(instance);
                    self.books[record.command as usize].terms.narrow(exists);
                }
            }
            Fact::InvocationEnded { instance, ending } => {
                lifecycle::note_end(record, instance, ending.state.status, book);
            }
            Fact::EventEmitted { happening } => {
                self.evidence.emits = true;
                emissions::judge(record, happening, book);
                rule_targets::expect(Cause { time: record.time, happening }, book);
            }
            Fact::EventLost { happening } => emissions::judge(record, happening, book),
            Fact::TargetInvoked { delivery, attempt, error } => {
                rule_targets::judge(record, (delivery, attempt, error), book);
            }
            Fact::GivenUp { .. } => rule_targets::judge_end(record, book),
            Fact::Triggered { delivery } | Fact::TriggerDropped { delivery } => {
                triggers::judge(record, delivery, book);
            }
            Fact::InstanceLaunched { instance }
            | Fact::InstanceInService { instance }
            | Fact::InstanceTerminated { instance }
            | Fact::ActionStarted { instance, .. }
            | Fact::ActionHeartbeat { instance, .. }
            | Fact::ActionEnded { instance, .. } => lifecycle::judge(record, instance, book),
            _ => {}
        }
    }
}
