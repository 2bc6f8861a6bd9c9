//! A good record spoiled in one place is caught by the rule that it breaks, and by no other; and what a judge of points would
//! hold against a record of windows is not.

use fleetsim::{
    check::{
        Verdict,
        outside::{Outcome, OutsideChecker},
    },
    seen::{CommandSighting, Header, InvocationSighting, Sighting, When},
    ssm::request::{Alarm, AlarmConfiguration},
};

use crate::tale::{
    cancel, command, command_state, invocation, invocation_state, polled, request, second, tale,
};

const WHOLE: Header = Header { notifications: true, requests: true, clock_error_ms: 0 };

fn judge(header: &Header, sightings: &[Sighting]) -> Outcome {
    let mut checker = OutsideChecker::new(header);
    sightings.iter().for_each(|sighting| checker.observe(sighting));
    checker.finish()
}

/// The rules that object.
fn invalid(header: &Header, sightings: &[Sighting]) -> Vec<&'static str> {
    let outcome = judge(header, sightings);
    let objects = |verdict: &Verdict| matches!(verdict, Verdict::Invalid { .. });
    outcome.reports.iter().filter(|report| objects(&report.verdict)).map(|report| report.rule).collect()
}

/// The reason of a rule that cannot tell.
fn unknown(outcome: &Outcome, rule: &str) -> Option<String> {
    let report = outcome.reports.iter().find(|report| report.rule == rule).unwrap();
    match &report.verdict {
        Verdict::Unknown { reason } => Some(reason.clone()),
        _ => None,
    }
}

fn on_commands(record: &mut [Sighting], change: impl Fn(&mut CommandSighting)) {
    for sighting in record {
        if let Sighting::Command(command) = sighting {
            change(command);
        }
    }
}

fn on_invocations(record: &mut [Sighting], of: usize, change: impl Fn(&mut InvocationSighting)) {
    for sighting in record {
        if let Sighting::Invocation(invocation) = sighting
            && invocation.instance_id == format!("i-{of}")
        {
            change(invocation);
        }
    }
}

fn is_poll(when: When) -> bool {
    matches!(when, When::Polled { .. })
}

#[test]
fn the_good_record_is_valid_in_every_rule() {
    let outcome = judge(&WHOLE, &tale());
    for report in &outcome.reports {
        assert_eq!(report.verdict, Verdict::Valid, "{}", report.rule);
        assert!(report.judged > 0, "{} judged nothing", report.rule);
    }
    assert_eq!((outcome.readings.len(), outcome.commands), (0, 1));
}

/// S4.30, O-62: where the request names an alarm, that may be why something was not sent.
#[test]
fn terminated_with_an_alarm_is_unknown() {
    let mut record = tale();
    record.retain(|sighting| {
        !matches!(sighting, Sighting::Invocation(one) if one.instance_id == "i-3" && !one.state.status.is_terminal())
    });
    on_invocations(&mut record, 3, |one| one.state = invocation_state("Cancelled", "Terminated"));
    assert!(invalid(&WHOLE, &record).contains(&"stop"));
    on_commands(&mut record, |command| {
        if let Some(request) = &mut command.request {
            let alarms = vec![Alarm { name: "errors".into() }];
            request.alarm_configuration =
                Some(AlarmConfiguration { ignore_poll_alarm_failure: None, alarms });
        }
    });
    assert!(!invalid(&WHOLE, &record).contains(&"stop"));
    assert!(unknown(&judge(&WHOLE, &record), "stop").unwrap().contains("alarm"));
}

type Spoil = (&'static str, fn(&mut Vec<Sighting>));

const SPOILS: [Spoil; 17] = [
    ("invocation-states", |record| {
        record.push(invocation(0, polled(65.0), invocation_state("InProgress", "InProgress")));
        record.retain(|sighting| !matches!(sighting, Sighting::Command(command) if command.when.latest() > second(55.0)));
        record.retain(|sighting| !matches!(sighting, Sighting::Invocation(one) if one.instance_id == "i-0" && !is_poll(one.when)));
        on_commands(record, |command| command.request.as_mut().unwrap().notification_config = None);
        on_commands(record, |command| command.request.as_mut().unwrap().max_concurrency = Some("4".into()));
        on_commands(record, |command| command.completed_count = None);
    }),
    ("invocation-states", |record| {
        // Nothing that ran was Terminated.
        on_invocations(record, 3, |one| {
            if one.state.status.is_terminal() {
                one.state = invocation_state("Cancelled", "Terminated");
            }
        });
        on_invocations(record, 2, |one| {
            if one.state.status.is_terminal() {
                one.state = invocation_state("Failed", "Failed");
            }
        });
        on_commands(record, |command| {
            command.error_count = command.error_count.filter(|_| command.when.latest() < second(45.0));
            if command.state.status.is_terminal() {
                command.state = command_state("Failed", "Failed");
            }
        });
    }),
    ("command-states", |record| record.push(command(75.0, command_state("Pending", "Pending"), 4, 1))),
    ("command-states", |record| {
        // Seen to have ended while the last invocation goes on.
        record.push(command(55.0, command_state("Failed", "Incomplete"), 3, 1));
        on_commands(record, |command| {
            if command.state.status.is_terminal() {
                command.state = command_state("Success", "Success");
            }
        });
        on_commands(record, |command| command.request.as_mut().unwrap().max_errors = Some("100%".into()));
        on_invocations(record, 1, |one| {
            if one.state.status.is_terminal() {
                one.state = invocation_state("Success", "Success");
            }
        });
        on_commands(record, |command| command.error_count = Some(0));
        record.push(invocation(3, polled(58.0), invocation_state("InProgress", "InProgress")));
    }),
    ("max-concurrency", |record| {
        on_commands(record, |command| command.request.as_mut().unwrap().max_concurrency = Some("25%".into()));
    }),
    ("stop", |record| {
        // No error is tolerated, the second invocation failed at 30 s, and the last one was sent half a second later.
        on_commands(record, |command| command.request.as_mut().unwrap().max_errors = Some("0".into()));
        on_commands(record, |command| {
            if command.state.status.is_terminal() {
                command.state = command_state("Failed", "Failed");
            }
        });
    }),
    ("stop", |record| {
        // Terminated without enough errors.
        record.retain(|sighting| {
            !matches!(sighting, Sighting::Invocation(one) if one.instance_id == "i-3" && !one.state.status.is_terminal())
        });
        on_invocations(record, 3, |one| one.state = invocation_state("Cancelled", "Terminated"));
    }),
    ("timeouts", |record| {
        on_invocations(record, 3, |one| {
            if one.state.status.is_terminal() {
                one.state = invocation_state("TimedOut", "DeliveryTimedOut");
            }
        });
        on_commands(record, |command| {
            command.delivery_timed_out_count = None;
            if command.state.status.is_terminal() {
                command.state = command_state("Failed", "Incomplete");
            }
        });
    }),
    ("timeouts", |record| on_commands(record, |command| command.expires_after = Some(second(15.0)))),
    ("timeouts", |record| {
        on_invocations(record, 2, |one| one.started = Some(second(-5.0)));
        on_invocations(record, 2, |one| one.finished = Some(second(45.0)));
        // What began before the request was in flight with everything else.
        on_commands(record, |command| command.request.as_mut().unwrap().max_concurrency = Some("4".into()));
        // And then the command was not Pending.
        record.retain(
            |sighting| !matches!(sighting, Sighting::Command(command) if command.when.latest() < second(5.0)),
        );
    }),
    ("cancel", |record| {
        on_invocations(record, 2, |one| {
            if one.state.status.is_terminal() {
                one.state = invocation_state("Cancelled", "Cancelled");
            }
        });
    }),
    ("cancel", |record| {
        record.push(cancel(25.0));
        on_commands(record, |command| {
            if command.state.status.is_terminal() {
                command.state = command_state("Failed", "Incomplete");
            }
        });
    }),
    ("counters", |record| {
        on_commands(record, |command| {
            if command.state.status.is_terminal() {
                command.error_count = Some(2);
            }
        });
    }),
    ("counters", |record| record.push(command(35.0, command_state("InProgress", "InProgress"), 3, 1))),
    ("roll-up", |record| {
        on_commands(record, |command| {
            if command.state.status.is_terminal() {
                command.state = command_state("TimedOut", "DeliveryTimedOut");
            }
        });
    }),
    ("targets", |record| {
        on_commands(record, |command| {
            let request = command.request.as_mut().unwrap();
            request.targets = None;
            request.instance_ids = Some((1..=4).map(|number| format!("i-{number}")).collect());
        });
    }),
    ("notifications", |record| {
        let first = record.iter().position(|sighting| !is_poll(sighting.when())).unwrap();
        record.remove(first);
    }),
];

#[test]
fn one_fault_makes_one_rule_object() {
    for (number, (rule, spoil)) in SPOILS.iter().enumerate() {
        let mut record = tale();
        spoil(&mut record);
        assert_eq!(
            invalid(&WHOLE, &record),
            [*rule],
            "spoil {number}: {:#?}",
            judge(&WHOLE, &record).reports
        );
    }
}

#[test]
fn a_message_that_tells_what_was_not_seen() {
    let mut record = tale();
    // Told to have succeeded at 10 s, seen InProgress afterwards.
    on_invocations(&mut record, 3, |one| {
        if !is_poll(one.when) && one.state.status.is_terminal() {
            one.when = When::Began(fleetsim::seen::Window { after: None, until: second(35.0) });
        }
    });
    assert_eq!(invalid(&WHOLE, &record), ["notifications"]);
}

#[test]
fn slow_answers_that_overlap_are_no_excess() {
    // Four polls, each under way for a minute: as points, all four run at second 61.
    let running = invocation_state("InProgress", "InProgress");
    let mut record: Vec<Sighting> = (0..4)
        .map(|instance| {
            let when = When::Polled { asked: second(1.0), answered: second(61.0) };
            invocation(instance, when, running)
        })
        .collect();
    record.push(command(61.0, command_state("InProgress", "InProgress"), 0, 0));
    let outcome = judge(&WHOLE, &record);
    let reason = unknown(&outcome, "max-concurrency").expect("it cannot be told");
    assert!(reason.contains("up to 4 may have been in flight"), "{reason}");
}

#[test]
fn what_cannot_be_otherwise_is_invalid_however_wide_the_windows() {
    // Each was seen running by 20 s at the latest, and running at 30 s or after.
    let running = invocation_state("InProgress", "InProgress");
    let mut record = vec![command(31.0, command_state("InProgress", "InProgress"), 0, 0)];
    for instance in 0..3 {
        for (asked, answered) in [(1.0, 20.0), (30.0, 60.0)] {
            let when = When::Polled { asked: second(asked), answered: second(answered) };
            record.push(invocation(instance, when, running));
        }
    }
    assert_eq!(invalid(&Header::default(), &record), ["max-concurrency"]);
    // By as much as the clocks differ, the windows are wider.
    let loose = Header { clock_error_ms: 6_000, ..Header::default() };
    assert!(invalid(&loose, &record).is_empty());
}

#[test]
fn without_the_request_nothing_is_made_up() {
    let mut record = tale();
    on_commands(&mut record, |command| command.request = None);
    let outcome = judge(&Header::default(), &record);
    for rule in ["max-concurrency", "stop", "roll-up"] {
        assert!(unknown(&outcome, rule).is_some_and(|reason| reason.contains("requested")), "{rule}");
    }
    let mut record = tale();
    record.retain(|sighting| matches!(sighting, Sighting::Invocation(_)));
    let outcome = judge(&Header::default(), &record);
    assert!(unknown(&outcome, "timeouts").is_some_and(|reason| reason.contains("ExpiresAfter")));
}

#[test]
fn readings_that_differ_are_accepted_and_told() {
    let mut record = tale();
    on_commands(&mut record, |command| {
        if command.state.status.is_terminal() {
            command.state = command_state("Success", "Success");
        }
    });
    let outcome = judge(&WHOLE, &record);
    assert!(invalid(&WHOLE, &record).is_empty());
    assert!(outcome.readings.iter().any(|reading| reading.starts_with("O-4")), "{:?}", outcome.readings);
    assert_eq!(request().max_errors.as_deref(), Some("1"));
}

/// S1.9, S1.29: a command beyond the account's pending invocations ran nowhere, whatever its TargetCount; one that ran somewhere is none.
#[test]
fn a_command_beyond_the_limit_has_no_invocations() {
    for (targets, details) in [(0, "LimitExceeded"), (0, "Rate Exceeded"), (4, "RateExceeded")] {
        let mut record = vec![command(1.0, command_state("Failed", details), 0, 0)];
        on_commands(&mut record, |command| command.target_count = Some(targets));
        assert!(invalid(&Header::default(), &record).is_empty(), "{details}");
    }
    let mut record = tale();
    on_commands(&mut record, |command| {
        if command.state.status.is_terminal() {
            command.state = command_state("Failed", "LimitExceeded");
        }
    });
    assert_eq!(invalid(&Header::default(), &record), ["roll-up"]);
}
