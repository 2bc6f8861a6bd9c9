//! Instances are launched and terminated as planned, and wait for their hooks.

use std::sync::Arc;

use crate::{
    base::{SimDuration, SimTime},
    check::{
        events::{EventBook, Open, Stage},
        report::About,
    },
    events::{ActionEnd, Happening, LifecycleResult, LifecycleTransition},
    history::{Fact, Record},
    scenario::Roster,
    ssm::InvocationStatus,
};

pub(crate) const ABOUT: About = About {
    rule: "lifecycle",
    title: "instances come and go as planned, none before its hooks are completed or timed out at their very time",
    source: "S10.53 to S10.57",
};

type Complaint = Option<(&'static str, &'static str)>;

/// Judges a record about an instance of an Auto Scaling group.
pub(crate) fn judge(record: &Record, instance: u32, book: &mut EventBook) {
    book.tallies.lifecycle.judged += 1;
    if !book.fleet.members.contains_key(&instance) {
        let tally = &mut book.tallies.lifecycle;
        return tally.object(record, "S10.53", || "its instance belongs to no Auto Scaling group".into());
    }
    let offence = match record.fact {
        Fact::InstanceLaunched { .. } => launched(record, instance, book),
        Fact::InstanceInService { .. } => in_service(record, instance, book),
        Fact::InstanceTerminated { .. } => terminated(record, instance, book),
        Fact::ActionStarted { hook, .. } => started(record, (instance, hook), book),
        Fact::ActionHeartbeat { hook, .. } => heartbeat(record, (instance, hook), book),
        Fact::ActionEnded { hook, end, .. } => ended(record, (instance, hook), end, book),
        _ => None,
    };
    if let Some((fact, message)) = offence {
        book.tallies.lifecycle.object(record, fact, || message.into());
    }
}

fn launched(record: &Record, instance: u32, book: &mut EventBook) -> Complaint {
    let member = book.fleet.members.get_mut(&instance)?;
    let fits = member.stage == Stage::Absent && member.launch == Some(record.time);
    member.enter(Stage::Launching, record.time);
    (!fits).then_some(("S10.53", "no launch of it is planned for this time"))
}

fn in_service(record: &Record, instance: u32, book: &mut EventBook) -> Complaint {
    let events = Arc::clone(&book.events);
    let member = book.fleet.members.get_mut(&instance)?;
    let has_hooks = member.hooks(&events, LifecycleTransition::Launching).next().is_some();
    let is_time = if has_hooks { member.freed == Some(record.time) } else { member.since == record.time };
    let fits = member.stage == Stage::Launching && member.open.is_empty() && member.abandoned.is_none();
    member.enter(Stage::InService, record.time);
    (!fits || !is_time).then_some(("S10.53", "it goes into service when the hooks of its launch are done"))
}

fn terminated(record: &Record, instance: u32, book: &mut EventBook) -> Complaint {
    let events = Arc::clone(&book.events);
    let now = record.time;
    let member = book.fleet.members.get_mut(&instance)?;
    let has_hooks = member.hooks(&events, LifecycleTransition::Terminating).next().is_some();
    let is_free = member.open.is_empty() && member.freed == Some(now);
    let fits = match member.stage {
        Stage::Terminating => is_free,
        Stage::InService => member.leaves_at(now) && !has_hooks,
        Stage::Launching => member.abandoned == Some(now) && is_free,
        Stage::Absent | Stage::Gone => false,
    };
    member.open.clear();
    member.enter(Stage::Gone, now);
    (!fits).then_some((
        "S10.56",
        "it is terminated when the hooks of its termination are done, and not otherwise",
    ))
}

fn started(record: &Record, (instance, hook): (u32, u32), book: &mut EventBook) -> Complaint {
    let events = Arc::clone(&book.events);
    let member = book.fleet.members.get_mut(&instance)?;
    let Some(terms) = member.hook(&events, hook) else {
        return Some(("S10.53", "its group has no such hook"));
    };
    let now = record.time;
    let fits = match (terms.transition, member.stage) {
        (LifecycleTransition::Launching, Stage::Launching) => member.since == now,
        (LifecycleTransition::Terminating, Stage::InService) => member.leaves_at(now),
        (LifecycleTransition::Terminating, Stage::Terminating) => member.since == now,
        _ => false,
    };
    if terms.transition == LifecycleTransition::Terminating && member.stage == Stage::InService {
        member.enter(Stage::Terminating, now);
    }
    let is_new = member.open.iter().all(|open| open.hook != hook);
    member.open.push(Open::new(hook, terms.heartbeat_timeout, now));
    (!fits || !is_new).then_some(("S10.53", "no wait for this hook begins here"))
}

fn heartbeat(record: &Record, (instance, hook): (u32, u32), book: &mut EventBook) -> Complaint {
    let events = Arc::clone(&book.events);
    let member = book.fleet.members.get_mut(&instance)?;
    let terms = member.hook(&events, hook)?;
    let Some(open) = member.open.iter_mut().find(|open| open.hook == hook) else {
        return Some(("S10.55", "a heartbeat without an action"));
    };
    let is_late = record.time > open.deadline;
    open.deadline = (record.time + terms.heartbeat_timeout).min(open.last);
    if terms.heartbeat_every.is_none() {
        return Some(("S10.55", "a heartbeat that nobody records"));
    }
    is_late.then_some(("S10.55", "a heartbeat after the action has timed out"))
}

fn ended(record: &Record, (instance, hook): (u32, u32), end: ActionEnd, book: &mut EventBook) -> Complaint {
    let events = Arc::clone(&book.events);
    let now = record.time;
    let member = book.fleet.members.get_mut(&instance)?;
    let terms = member.hook(&events, hook)?;
    let place = member.open.iter().position(|open| open.hook == hook);
    let Some(open) = place.map(|place| member.open.remove(place)) else {
        return Some(("S10.53", "the end of an action that is not open"));
    };
    member.freed = Some(now);
    let is_launch = member.stage == Stage::Launching;
    let result = match end {
        ActionEnd::Completed(result) | ActionEnd::TimedOut(result) => Some(result),
        ActionEnd::Skipped => None,
    };
    if result == Some(LifecycleResult::Abandon) {
        member.abandoned = Some(now);
        if is_launch {
            book.owed.push(Happening::LaunchFailed { instance });
        }
    }
    let member = &book.fleet.members[&instance];
    match end {
        ActionEnd::TimedOut(_) if now != open.deadline => {
            Some(("S10.54", "it times out at another time than its heartbeat timeout says"))
        }
        ActionEnd::TimedOut(result) if result != terms.default_result => {
            Some(("S10.54", "it times out with another result than the default"))
        }
        ActionEnd::Skipped if member.abandoned != Some(now) => {
            Some(("S10.56", "skipped, but no other action was abandoned"))
        }
        ActionEnd::Completed(_) => {
            let by = terms.completed_by.and_then(|rule| book.fleet.done.get(&(instance, rule)));
            let fits = by.is_some_and(|&then| then + SimDuration::UNIT == now);
            (!fits).then_some(("S10.57", "completed, but no command that does it has ended well"))
        }
        _ => None,
    }
}

/// Takes note of an invocation that ended well: it completes the actions that its rule looks after.
pub(crate) fn note_end(record: &Record, instance: u32, status: InvocationStatus, book: &mut EventBook) {
    let Some(rule) = book.sender(record.command).filter(|_| status == InvocationStatus::Success) else {
        return;
    };
    let events = Arc::clone(&book.events);
    let Some(member) = book.fleet.members.get(&instance) else { return };
    book.fleet.done.insert((instance, rule), record.time);
    let then = record.time + SimDuration::UNIT;
    for open in &member.open {
        let serves = member.hook(&events, open.hook).is_some_and(|hook| hook.completed_by == Some(rule));
        if serves && open.deadline >= then {
            book.fleet.due.push((then, instance, open.hook));
        }
    }
}

/// Judges the end of an instant: what had to end by then has.
pub(crate) fn close(book: &mut EventBook, at: SimTime, roster: &Roster) {
    let (fleet, tally) = (&mut book.fleet, &mut book.tallies.lifecycle);
    let members = &fleet.members;
    fleet.due.retain(|&(then, instance, hook)| {
        let is_open =
            members.get(&instance).is_some_and(|member| member.open.iter().any(|open| open.hook == hook));
        if then <= at && is_open {
            let message =
                || format!("the action of {} was completed by its command, and goes on", roster.id(instance));
            tally.miss(at, "S10.57", message);
        }
        then > at && is_open
    });
}

/// Judges a history that has come to its end.
pub(crate) fn finish(book: &mut EventBook, at: SimTime, roster: &Roster) {
    let (fleet, tally) = (&book.fleet, &mut book.tallies.lifecycle);
    for (&instance, member) in &fleet.members {
        let id = || roster.id(instance);
        if member.stage == Stage::Absent {
            tally.miss(at, "S10.53", || format!("{} was to be launched, and never was", id()));
        } else if matches!(member.stage, Stage::Launching | Stage::Terminating) && member.open.is_empty() {
            tally.miss(at, "S10.56", || format!("the hooks of {} are done, and nothing came of it", id()));
        } else if !member.open.is_empty() {
            tally.miss(at, "S10.54", || format!("{} still waits for a hook", id()));
        } else if member.termination.is_some() && member.stage == Stage::InService {
            tally.miss(at, "S10.56", || format!("{} was to be terminated, and never was", id()));
        }
    }
}
