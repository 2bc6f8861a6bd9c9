//! Every change that a command wants to be told of is published, once.

use crate::{
    base::SimTime,
    check::{
        case::Case,
        ledger::Book,
        mail::{self, Mail, Stage},
        report::{About, Tally},
    },
    history::{Fact, Notice, Record},
    scenario::Roster,
    ssm::{InvocationStatus, StatusDetails},
};

pub(crate) const ABOUT: About = About {
    rule: "publications",
    title: "each change of Status that the command's notification asks for is published at once, and nothing else is",
    source: "S9.1 to S9.4, S9.7, O-26, O-59, Settled 10",
};

/// Takes note of an invocation's change of Status, which may have to be published in this instant.
pub(crate) fn owe_invocation(case: &Case<'_>, instance: u32, status: InvocationStatus, mail: &mut Mail) {
    let was_in_progress = case.live.is_some_and(|live| live.phase == StatusDetails::InProgress);
    let is_news = !(status == InvocationStatus::InProgress && was_in_progress);
    if let Some(status) = mail::of_invocation(status).filter(|_| is_news) {
        owe(case.record.command, Notice { instance: Some(instance), status, again: false }, mail);
    }
}

/// Takes note of a command's change of Status, which may have to be published in this instant.
pub(crate) fn owe_command(record: &Record, book: &Book, mail: &mut Mail) {
    let status = match record.fact {
        Fact::CommandChanged { state } | Fact::CommandEnded { state, .. } => state.status,
        _ => return,
    };
    let is_news = status != book.state.status && book.closed.is_none();
    if let Some(status) = mail::of_command(status).filter(|_| is_news) {
        owe(record.command, Notice { instance: None, status, again: false }, mail);
    }
}

fn owe(command: u32, notice: Notice, mail: &mut Mail) {
    if mail.asked(command).is_some_and(|asked| asked.wants(notice)) {
        mail.owed.push_back((command, notice));
    }
}

/// Judges a publication, and sends it on to the subscriptions. Whether nothing is wrong with it.
pub(crate) fn judge(record: &Record, notice: Notice, mail: &mut Mail, tally: &mut Tally) -> bool {
    let command = record.command;
    tally.judged += 1;
    let first = Notice { again: false, ..notice };
    let mut stage = Stage::Doubtful;
    if mail.asked(command).is_none() {
        tally.object(record, "S9.1", || "the command asks for no notifications".into());
    } else if notice.again && !mail.publishes_twice(command) {
        tally.object(record, "O-59", || "published again, but the topic has no chance of that".into());
    } else if notice.again && !mail.repeat(command, first) {
        tally.object(record, "O-59", || "published again, but not for the first time in this instant".into());
    } else if !notice.again && !mail.pay(command, notice) {
        tally.object(record, "Settled 10", || {
            format!("no change to {:?} in this instant asks for it", notice.status)
        });
    } else {
        stage = Stage::Awaited;
    }
    mail.publish(command, notice, record.time, stage);
    stage == Stage::Awaited
}

/// Judges the end of an instant: all that had to be published was.
pub(crate) fn close(mail: &mut Mail, at: SimTime, roster: &Roster, tally: &mut Tally) {
    while let Some((command, notice)) = mail.owed.pop_front() {
        tally.miss(at, "Settled 10", || {
            let whose = notice.instance.map_or("the command".to_owned(), |instance| roster.id(instance));
            format!("the change of {whose} to {:?} was not published", notice.status)
        });
        mail.publish(command, notice, at, Stage::Doubtful);
    }
    mail.end_instant();
}
