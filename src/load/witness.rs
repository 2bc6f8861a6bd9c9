//! Answers as sightings: what they tell of commands and invocations, for a record that is judged from outside.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    log::{Message, Testimony},
    mix::Operation,
    told::{
        self, Command, Invocation, ListCommandInvocationsResult, ListCommandsResult, Notification,
        SendCommandResult,
    },
};
use crate::{
    seen::{
        CancelSighting, CommandSighting, InvocationSighting, Sighting, StepSighting, When, Window,
        answer::{command_state, invocation_state, step_status},
    },
    ssm::{InvocationState, SendCommandRequest},
    wire::ssm::command::CancelCommandRequest,
};

/// A service whose clock is further off has one of its own, as a simulation has. Its times are moved to ours, by the difference
/// that was seen when the first command was sent.
const OWN_CLOCK: SignedDuration = SignedDuration::from_mins(2);

/// A clock that differs by so much more or less for another command runs at another speed; its times are then left out.
const DRIFT: SignedDuration = SignedDuration::from_secs(1);

/// Turns answers into sightings. Of an invocation that is seen in one state many times, the first and the last sighting are
/// handed on, which is all that a life is made of.
#[derive(Debug, Default)]
pub struct Witness {
    clock: Clock,
    /// The state of each invocation, and its last sighting if it was not handed on.
    states: BTreeMap<(String, String), (InvocationState, Option<InvocationSighting>)>,
}

/// The service's clock beside ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Clock {
    /// No command was sent yet, or it is the same but for a little.
    #[default]
    Ours,
    /// It is behind by so much.
    Behind(SignedDuration),
    /// It runs at another speed.
    Strange,
}

impl Witness {
    /// What an answer tells. What cannot be read tells nothing.
    pub fn hear(&mut self, testimony: &Testimony, mut each: impl FnMut(&Sighting)) {
        let (asked, answered) = testimony.times;
        let when = When::Polled { asked, answered };
        let body = &testimony.body[..];
        match testimony.operation {
            Operation::SendCommand => {
                let Ok(SendCommandResult { command }) = serde_json::from_slice(body) else { return };
                self.look_at_clock(&command, asked);
                let request = serde_json::from_slice(&testimony.request).ok();
                self.command(command, request, when).iter().for_each(each);
            }
            Operation::ListCommands => {
                let Ok(ListCommandsResult { commands }) = serde_json::from_slice(body) else { return };
                let commands = commands.into_iter().filter_map(|command| self.command(command, None, when));
                commands.for_each(|sighting| each(&sighting));
            }
            Operation::ListCommandInvocations => {
                let answer: Result<ListCommandInvocationsResult, _> = serde_json::from_slice(body);
                let invocations = answer.unwrap_or_default().command_invocations;
                invocations.into_iter().for_each(|one| self.invocation(one, when, &mut each));
            }
            Operation::GetCommandInvocation => {
                let Ok(invocation) = serde_json::from_slice(body) else { return };
                self.invocation(invocation, when, &mut each);
            }
            Operation::CancelCommand => {
                let Ok(request) = serde_json::from_slice(&testimony.request) else { return };
                let CancelCommandRequest { command_id, instance_ids } = request;
                each(&Sighting::Cancel(CancelSighting { command_id, instance_ids, when }));
            }
            Operation::DescribeInstanceInformation => {}
        }
    }

    /// What a notification tells: that by the time at which it is there something has come to be. `None` where that is no status.
    pub fn read(message: &Message, told: Notification) -> Option<Sighting> {
        let when = When::Began(Window { after: None, until: message.at });
        let Some(instance_id) = told.instance_id else {
            let (state, details_told) = command_state(&told.status, None)?;
            return Some(Sighting::Command(CommandSighting {
                command_id: told.command_id,
                when,
                state,
                details_told,
                requested: None,
                expires_after: None,
                request: None,
                target_count: None,
                completed_count: None,
                error_count: None,
                delivery_timed_out_count: None,
            }));
        };
        let (state, details_told) = invocation_state(&told.status, None)?;
        Some(Sighting::Invocation(InvocationSighting {
            command_id: told.command_id,
            instance_id,
            when,
            state,
            details_told,
            document_name: told.document_name,
            requested: None,
            response_code: None,
            started: None,
            finished: None,
            steps: Vec::new(),
        }))
    }

    /// How long a message was under way, if the service's clock goes like ours.
    pub fn took(&self, message: &Message) -> Option<Duration> {
        let published = message.envelope.timestamp.parse::<Timestamp>().ok()?;
        let published = self.on_our_clock(published)?;
        Some(Duration::try_from(message.at.duration_since(published)).unwrap_or_default())
    }

    /// Hands on what was held back.
    pub fn finish(self, mut each: impl FnMut(&Sighting)) {
        let held = self.states.into_values().filter_map(|(_, last)| last);
        held.for_each(|last| each(&Sighting::Invocation(last)));
    }

    fn look_at_clock(&mut self, command: &Command, asked: Timestamp) {
        let Some(requested) = command.requested_date_time.and_then(told::instant) else { return };
        let behind = asked.duration_since(requested);
        self.clock = match self.clock {
            Clock::Ours if behind.abs() > OWN_CLOCK => Clock::Behind(behind),
            Clock::Behind(before) if (behind - before).abs() > DRIFT => Clock::Strange,
            same => same,
        };
    }

    /// A time of the service on our clock.
    fn instant(&self, seconds: Option<f64>) -> Option<Timestamp> {
        self.on_our_clock(told::instant(seconds?)?)
    }

    fn on_our_clock(&self, theirs: Timestamp) -> Option<Timestamp> {
        match self.clock {
            Clock::Ours => Some(theirs),
            Clock::Behind(by) => theirs.checked_add(by).ok(),
            Clock::Strange => None,
        }
    }

    fn command(&self, told: Command, request: Option<SendCommandRequest>, when: When) -> Option<Sighting> {
        let (state, details_told) = command_state(&told.status, told.status_details.as_deref())?;
        Some(Sighting::Command(CommandSighting {
            command_id: told.command_id,
            when,
            state,
            details_told,
            requested: self.instant(told.requested_date_time),
            expires_after: self.instant(told.expires_after),
            request,
            target_count: told.target_count,
            completed_count: told.completed_count,
            error_count: told.error_count,
            delivery_timed_out_count: told.delivery_timed_out_count,
        }))
    }

    fn invocation(&mut self, told: Invocation, when: When, each: &mut impl FnMut(&Sighting)) {
        let Some((state, details_told)) = invocation_state(&told.status, told.status_details.as_deref())
        else {
            return;
        };
        let steps = told.command_plugins.into_iter().filter_map(|step| {
            Some(StepSighting {
                status: step_status(&step.status)?,
                name: step.name,
                response_code: step.response_code,
                started: self.instant(step.response_start_date_time),
                finished: self.instant(step.response_finish_date_time),
            })
        });
        let sighting = InvocationSighting {
            steps: steps.collect(),
            when,
            state,
            details_told,
            document_name: told.document_name,
            requested: self.instant(told.requested_date_time),
            response_code: told.response_code,
            started: None,
            finished: None,
            command_id: told.command_id,
            instance_id: told.instance_id,
        };
        let key = (sighting.command_id.clone(), sighting.instance_id.clone());
        match self.states.get_mut(&key) {
            Some((known, last)) if *known == state => *last = Some(sighting),
            Some((known, last)) => {
                last.take().into_iter().for_each(|last| each(&Sighting::Invocation(last)));
                *known = state;
                each(&Sighting::Invocation(sighting));
            }
            None => {
                self.states.insert(key, (state, None));
                each(&Sighting::Invocation(sighting));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(status: &str, second: i64) -> Testimony {
        let at = |second| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let body = serde_json::json!({"CommandInvocations": [
            {"CommandId": "c", "InstanceId": "i", "Status": status, "StatusDetails": status}]});
        Testimony {
            operation: Operation::ListCommandInvocations,
            times: (at(second), at(second)),
            request: Default::default(),
            body: serde_json::to_vec(&body).unwrap().into(),
        }
    }

    /// A simulation that began elsewhere in time: what it says of its commands is told in our time, as long as it goes at our
    /// speed.
    #[test]
    fn times_of_another_clock_are_moved() {
        let send = |ours: i64, theirs: i64| {
            Testimony {
            operation: Operation::SendCommand,
            times: (Timestamp::from_second(ours).unwrap(), Timestamp::from_second(ours).unwrap()),
            request: Default::default(),
            body: format!(
                r#"{{"Command":{{"CommandId":"c","Status":"Pending","RequestedDateTime":{theirs}.0,"ExpiresAfter":{}.0}}}}"#,
                theirs + 60
            )
            .into(),
        }
        };
        let expires = |witness: &mut Witness, ours, theirs| {
            let mut told = None;
            witness.hear(&send(ours, theirs), |sighting| {
                let Sighting::Command(command) = sighting else { panic!("{sighting:?}") };
                told = command.expires_after.map(|at| at.as_second());
            });
            told
        };
        let mut witness = Witness::default();
        assert_eq!(expires(&mut witness, 1_000_000, 5), Some(1_000_060));
        assert_eq!(expires(&mut witness, 1_000_100, 105), Some(1_000_160));
        assert_eq!(expires(&mut witness, 1_000_200, 999), None);
        assert_eq!(expires(&mut Witness::default(), 1_000_000, 1_000_001), Some(1_000_061));
    }

    /// Of each state the first and the last sighting are there, in the order of their times.
    #[test]
    fn what_does_not_change_is_told_twice() {
        let (mut witness, mut seen) = (Witness::default(), Vec::new());
        let mut each = |sighting: &Sighting| {
            let Sighting::Invocation(one) = sighting else { panic!("{sighting:?}") };
            seen.push((one.state.status.name(), one.when.latest().as_second() % 100));
        };
        for (second, status) in [
            (1, "Pending"),
            (2, "InProgress"),
            (3, "InProgress"),
            (4, "InProgress"),
            (5, "Success"),
            (6, "Success"),
        ] {
            witness.hear(&poll(status, second), &mut each);
        }
        witness.finish(&mut each);
        assert_eq!(
            seen,
            [("Pending", 1), ("InProgress", 2), ("InProgress", 4), ("Success", 5), ("Success", 6)]
        );
    }
}
