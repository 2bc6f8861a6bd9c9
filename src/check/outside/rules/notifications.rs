//! What events and notifications tell agrees with what polls saw; and where somebody listened, nothing is missing.

use jiff::Timestamp;

use super::{Case, Tally, shown};
use crate::{
    check::report::About,
    seen::{
        Course,
        course::{Stage, TERMINAL},
    },
    ssm::{NotifiedStatus, request::NotificationConfig},
};

pub(crate) const ABOUT: About = About {
    rule: "notifications",
    title: "what events and notifications tell is what was seen, and where somebody listened nothing is missing",
    source: "S9.1 to S9.4, S9.7, S9.12, S9.20, S10.11",
};

pub(super) fn judge(case: &Case<'_>, tally: &mut Tally) -> Vec<&'static str> {
    let command = case.command;
    judge_course(case.id, &command.told, &command.polled, tally);
    for invocation in &case.invocations {
        let who = format!("{} on {}", case.id, invocation.instance);
        judge_course(&who, &invocation.track.told, &invocation.track.polled, tally);
    }
    let config = command.request.as_ref().and_then(|request| request.notification_config.as_ref());
    let config = config.filter(|config| config.notification_arn.as_ref().is_some_and(|arn| !arn.is_empty()));
    if let Some(config) = config {
        judge_complete(case, config, tally);
    }
    vec![]
}

/// Judges what was told against what was seen.
fn judge_course<S: Stage>(who: &str, told: &Course<S>, polled: &Course<S>, tally: &mut Tally) {
    for sight in told.sights() {
        tally.judged += 1;
        let rank = sight.state.rank();
        let name = sight.state.details().name();
        for seen in polled.sights().iter().chain(told.sights()) {
            let other = seen.state.details().name();
            let (began, is_behind) = (sight.first.to, seen.state.rank() < rank);
            if is_behind && seen.last.from > began {
                let at = shown(seen.last.from);
                let message =
                    format!("command {who}: told as {name} by {}, seen as {other} at {at}", shown(began));
                return tally.object(seen.last.from, "S9.12", message);
            }
            let is_other_end =
                rank == TERMINAL && seen.state.rank() == TERMINAL && !seen.state.is_like(sight.state);
            if is_other_end {
                let message = format!("command {who}: told as {name} and as {other}");
                return tally.object(began, "T18", message);
            }
            let is_same_end = rank == TERMINAL && seen.state.rank() == TERMINAL;
            if is_same_end && sight.not_before.is_some_and(|after| seen.first.to < after) {
                let at = shown(seen.first.to);
                let message = format!("command {who}: told as {name} at {}, seen so at {at}", shown(began));
                return tally.object(began, "S9.12", message);
            }
        }
    }
}

/// Judges that every change that was asked for was told.
fn judge_complete(case: &Case<'_>, config: &NotificationConfig, tally: &mut Tally) {
    let is_for_invocations = config.notification_type.as_deref() == Some("Invocation");
    let mut missing: Vec<(Timestamp, String)> = Vec::new();
    if is_for_invocations {
        for one in &case.invocations {
            let seen = one.track.polled.sights().iter().map(|sight| (sight.first.to, sight.state.status));
            let seen = seen.filter_map(|(at, status)| Some((at, NotifiedStatus::of_invocation(status)?)));
            let told = one.track.told.sights().iter().map(|sight| sight.state.status);
            let told: Vec<_> = told.filter_map(NotifiedStatus::of_invocation).collect();
            let lacking = seen.filter(|(_, status)| is_asked(config, *status) && !told.contains(status));
            missing.extend(lacking.map(|(at, status)| (at, format!("{status:?} on {}", one.instance))));
        }
    } else {
        let seen = case.command.polled.sights().iter().map(|sight| (sight.first.to, sight.state.status));
        let seen = seen.filter_map(|(at, status)| Some((at, NotifiedStatus::of_command(status)?)));
        let told = case.command.told.sights().iter().map(|sight| sight.state.status);
        let told: Vec<_> = told.filter_map(NotifiedStatus::of_command).collect();
        let lacking = seen.filter(|(_, status)| is_asked(config, *status) && !told.contains(status));
        missing.extend(lacking.map(|(at, status)| (at, format!("{status:?}"))));
    }
    tally.judged += 1;
    if case.header.notifications {
        for (at, what) in missing {
            tally.object(at, "S9.7", format!("command {}: no notification of {what}", case.id));
        }
    } else if !missing.is_empty() {
        let count = missing.len();
        tally.doubt(format!(
            "command {}: {count} notifications are not in the record, which does not say that somebody listened",
            case.id
        ));
    }
}

/// S9.1, S9.2: no events are all events.
fn is_asked(config: &NotificationConfig, status: NotifiedStatus) -> bool {
    let events = config.notification_events.as_deref().unwrap_or_default();
    let name = format!("{status:?}");
    events.is_empty() || events.iter().any(|event| event == "All" || *event == name)
}
