//! A record written by hand, good in every respect, to be spoiled.

use fleetsim::{
    seen::{CancelSighting, CommandSighting, InvocationSighting, Sighting, When, Window},
    ssm::{
        CommandState, InvocationState, SendCommandRequest,
        request::{NotificationConfig, Target},
    },
};
use jiff::{SignedDuration, Timestamp};

/// Four invocations, two at a time, polled every ten seconds; the second fails, which is tolerated.
const COURSES: [(f64, f64, &str); 4] =
    [(0.5, 20.0, "Success"), (1.0, 30.0, "Failed"), (20.5, 50.0, "Success"), (30.5, 60.0, "Success")];

pub(crate) fn second(seconds: f64) -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap() + SignedDuration::from_micros((seconds * 1e6) as i64)
}

pub(crate) fn polled(seconds: f64) -> When {
    When::Polled { asked: second(seconds), answered: second(seconds) }
}

pub(crate) fn invocation_state(status: &str, details: &str) -> InvocationState {
    fleetsim::seen::answer::invocation_state(status, Some(details)).unwrap().0
}

pub(crate) fn command_state(status: &str, details: &str) -> CommandState {
    fleetsim::seen::answer::command_state(status, Some(details)).unwrap().0
}

pub(crate) fn request() -> SendCommandRequest {
    SendCommandRequest {
        document_name: "AWS-RunShellScript".into(),
        targets: Some(vec![Target { key: "tag:Role".into(), values: vec!["web".into()] }]),
        timeout_seconds: Some(600),
        max_concurrency: Some("50%".into()),
        max_errors: Some("1".into()),
        notification_config: Some(NotificationConfig {
            notification_arn: Some("arn:aws:sns:us-east-1:123456789012:t".into()),
            notification_events: Some(vec!["All".into()]),
            notification_type: Some("Invocation".into()),
        }),
        ..SendCommandRequest::default()
    }
}

pub(crate) fn invocation(instance: usize, when: When, state: InvocationState) -> Sighting {
    let sent = COURSES.get(instance).map(|course| course.0);
    let is_sent = sent.is_some_and(|sent| second(sent) <= when.latest());
    let requested = sent.filter(|_| is_sent).unwrap_or_default();
    Sighting::Invocation(InvocationSighting {
        command_id: "c".into(),
        instance_id: format!("i-{instance}"),
        when,
        state,
        details_told: matches!(when, When::Polled { .. }),
        document_name: Some("AWS-RunShellScript".into()),
        requested: Some(second(requested)),
        response_code: None,
        started: None,
        finished: None,
        steps: vec![],
    })
}

pub(crate) fn command(at: f64, state: CommandState, completed: u32, errors: u32) -> Sighting {
    Sighting::Command(CommandSighting {
        command_id: "c".into(),
        when: polled(at),
        state,
        details_told: true,
        requested: Some(second(0.0)),
        expires_after: Some(second(4200.0)),
        request: Some(request()),
        target_count: Some(4),
        completed_count: Some(completed),
        error_count: Some(errors),
        delivery_timed_out_count: Some(0),
    })
}

pub(crate) fn cancel(at: f64) -> Sighting {
    Sighting::Cancel(CancelSighting { command_id: "c".into(), instance_ids: vec![], when: polled(at) })
}

/// The record: what polls see, and a notification for each change.
pub(crate) fn tale() -> Vec<Sighting> {
    let mut found = Vec::new();
    for poll in 0..=7 {
        let at = f64::from(poll) * 10.0;
        let (mut completed, mut errors) = (0, 0);
        for (instance, &(sent, end, status)) in COURSES.iter().enumerate() {
            let now = if at >= end {
                (completed, errors) = (completed + 1, errors + u32::from(status == "Failed"));
                status
            } else if at > sent {
                "InProgress"
            } else {
                "Pending"
            };
            found.push(invocation(instance, polled(at), invocation_state(now, now)));
        }
        let state = match at {
            0.0 => command_state("Pending", "Pending"),
            60.0.. => command_state("Failed", "Incomplete"),
            _ => command_state("InProgress", "InProgress"),
        };
        found.push(command(at, state, completed, errors));
    }
    for (instance, &(sent, end, status)) in COURSES.iter().enumerate() {
        for (at, status) in [(sent + 1.0, "InProgress"), (end, status)] {
            let began = Window { after: Some(second(at - 0.001)), until: second(at) };
            found.push(invocation(instance, When::Began(began), invocation_state(status, status)));
        }
    }
    found
}
