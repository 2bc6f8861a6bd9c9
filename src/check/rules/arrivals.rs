//! Every message arrives at every subscription, or is lost there, and none is made up.

use crate::{
    base::SimTime,
    check::{
        mail::{Mail, Stage, SubscriptionTerms},
        report::{About, Tally},
    },
    history::{Fact, Notice, Record},
    ssm::NotifiedStatus,
};

pub(crate) const ABOUT: About = About {
    rule: "arrivals",
    title: "every message arrives once at each subscription, later than it was published, and says when that was",
    source: "S9.12, S9.20, O-58, Settled 10",
};

/// Judges an arrival or a loss. A subscription that does not exist is for `order` to object to.
pub(crate) fn judge(record: &Record, mail: &mut Mail, tally: &mut Tally) {
    tally.judged += 1;
    match record.fact {
        Fact::Arrived { notice, subscription, duplicate, published } => {
            let Some(terms) = mail.subscription(record.command, subscription) else { return };
            judge_arrival(record, notice, (subscription, terms), (duplicate, published), mail, tally);
        }
        Fact::Lost { notice, subscription } => {
            let Some(terms) = mail.subscription(record.command, subscription) else { return };
            let stage = mail.take(record.command, notice, record.time, (subscription, terms));
            if !terms.loses {
                tally.object(record, "O-58", || "lost, but the subscription loses nothing".into());
            } else if !matches!(stage, Some(Stage::Awaited | Stage::Doubtful)) {
                tally.object(record, "Settled 10", || "nothing like it was published in this instant".into());
            }
        }
        _ => {}
    }
}

fn judge_arrival(
    record: &Record,
    notice: Notice,
    (number, terms): (u32, SubscriptionTerms),
    (duplicate, published): (bool, SimTime),
    mail: &mut Mail,
    tally: &mut Tally,
) {
    let command = record.command;
    let stage = mail.take(command, notice, published, (number, terms));
    let came_before = if let Some(Stage::Arrived(before)) = stage { Some(before) } else { None };
    if terms.doubles && stage.is_some() && came_before.is_none() {
        mail.keep(command, notice, published, number, record.time);
    }
    let is_end = notice.status != NotifiedStatus::InProgress;
    if duplicate && !terms.doubles {
        tally.object(record, "S9.20", || "a duplicate, but the subscription doubles nothing".into());
    } else if published >= record.time {
        tally.object(record, "Settled 10", || "it does not arrive later than it was published".into());
    } else if stage.is_none() {
        tally.object(record, "Settled 10", || {
            format!("no message of {:?} published then is on its way to it", notice.status)
        });
    } else if duplicate && came_before.is_none_or(|before| before >= record.time) {
        tally.object(record, "S9.20", || "a duplicate of what has not arrived before".into());
    } else if !duplicate && came_before.is_some() {
        tally.object(record, "S9.20", || "it arrives for the second time, and is no duplicate".into());
    } else if !is_end && mail.end_arrived == Some(record.time) {
        tally
            .object(record, "Settled 10", || "in an instant InProgress arrives before what has ended".into());
    }
    if is_end {
        mail.end_arrived = Some(record.time);
    }
}

/// Judges a history that has come to its end. `is_blind`: it may leave out that messages were lost.
pub(crate) fn finish(mail: &Mail, at: SimTime, is_blind: bool, tally: &mut Tally) {
    let [lossless, lossy] = mail.awaited;
    let missing = if is_blind { lossless } else { lossless + lossy };
    if missing > 0 {
        tally.miss(at, "Settled 10", || format!("{missing} messages neither arrived nor were lost"));
    }
}
