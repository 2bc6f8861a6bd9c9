//! Good histories spoiled: each fault is found by the rule that it offends against.

use fleetsim::{
    base::{SimDuration, SimTime},
    events::{ActionEnd, Exhausted, LifecycleResult, TargetError},
    history::{Fact, Record},
    scenario::Plan,
};

use super::{COMMAND, good, objecting, plan};

/// Failures that a queue with an outage hears of, an answer to the command's end, and an instance that goes.
fn busy() -> Plan {
    plan(&format!(
        r#"outcomes = [{{ chance = "20%", exit_code = 1 }}]
{COMMAND}
MaxErrors = "100%"
[event_bus]
latency = "1s"
[[auto_scaling_group]]
name = "asg"
group = "web"
launches = [{{ at = "10s", count = 2 }}]
terminations = [{{ at = "30s", count = 2 }}]
[[auto_scaling_group.hook]]
name = "out"
transition = "autoscaling:EC2_INSTANCE_TERMINATING"
heartbeat_timeout = "1m"
completed_by = "leaving"
heartbeat_every = "5s"
[[rule]]
name = "ends"
pattern = {{ detail = {{ status = ["Success", "Failed"] }} }}
[[rule.target]]
id = "queue"
arn = "arn:aws:sqs:us-east-1:123456789012:q"
outages = [{{ from = "0s", to = "13s" }}]
retry_policy = {{ MaximumRetryAttempts = 1 }}
[[rule]]
name = "leaving"
pattern = {{ detail-type = ["EC2 Instance-terminate Lifecycle Action"] }}
[[rule.target]]
id = "command"
arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
run_command_targets = [{{ Key = "tag:Role", Values = ["web"] }}]
input = {{ commands = ["true"] }}
at_most = 5
"#
    ))
}

fn place(records: &[Record], is: impl Fn(&Fact) -> bool) -> usize {
    records.iter().position(|record| is(&record.fact)).expect("there is such a fact")
}

fn without(records: &[Record], is: impl Fn(&Fact) -> bool) -> Vec<Record> {
    let mut records = records.to_vec();
    records.remove(place(&records, is));
    records
}

fn twice(records: &[Record], is: impl Fn(&Fact) -> bool) -> Vec<Record> {
    let mut records = records.to_vec();
    let place = place(&records, is);
    records.insert(place, records[place]);
    records
}

/// Another fact in the place of the first that `change` changes.
fn with(records: &[Record], change: impl Fn(Fact) -> Option<Fact>) -> Vec<Record> {
    let mut records = records.to_vec();
    let found = records.iter_mut().find_map(|record| change(record.fact).map(|fact| (record, fact)));
    let (record, fact) = found.expect("there is such a fact");
    record.fact = fact;
    records
}

/// The first such record comes later, in its order.
fn later(records: &[Record], by: SimDuration, is: impl Fn(&Fact) -> bool) -> Vec<Record> {
    let mut records = records.to_vec();
    let mut record = records.remove(place(&records, is));
    record.time = record.time + by;
    let at = records.partition_point(|other| other.time <= record.time);
    records.insert(at, record);
    records
}

fn is_reached(fact: &Fact) -> bool {
    matches!(fact, Fact::TargetInvoked { delivery, error: None, .. } if delivery.rule == 0)
}

fn sends(fact: &Fact) -> bool {
    matches!(fact, Fact::Triggered { .. })
}

#[test]
fn every_spoiled_history_is_found_out() {
    let plan = busy();
    let records = good(&plan, 0);
    let emitted = |fact: &Fact| matches!(fact, Fact::EventEmitted { .. });
    let started = |fact: &Fact| matches!(fact, Fact::ActionStarted { .. });
    let ended = |fact: &Fact| matches!(fact, Fact::ActionEnded { .. });
    let terminated = |fact: &Fact| matches!(fact, Fact::InstanceTerminated { .. });
    let second = SimDuration::from_secs(1);
    let cases: Vec<(&str, &str, Vec<Record>)> = vec![
        ("an event is not told", "emissions", without(&records, emitted)),
        ("an event is told twice", "emissions", twice(&records, emitted)),
        (
            "an event is lost on a bus that loses none",
            "emissions",
            with(&records, |fact| match fact {
                Fact::EventEmitted { happening } => Some(Fact::EventLost { happening }),
                _ => None,
            }),
        ),
        ("a target is not invoked", "rule-targets", without(&records, is_reached)),
        ("a target is invoked twice", "rule-targets", twice(&records, is_reached)),
        (
            "a second run of a rule that never runs twice",
            "rule-targets",
            with(&records, |fact| match fact {
                Fact::TargetInvoked { mut delivery, attempt: 1, error: None } if delivery.rule == 0 => {
                    delivery.second_run = true;
                    Some(Fact::TargetInvoked { delivery, attempt: 1, error: None })
                }
                _ => None,
            }),
        ),
        (
            "the target of a rule that does not match",
            "rule-targets",
            with(&records, |fact| match fact {
                Fact::TargetInvoked { mut delivery, attempt, error } if delivery.rule == 0 => {
                    delivery.rule = 1;
                    Some(Fact::TargetInvoked { delivery, attempt, error })
                }
                _ => None,
            }),
        ),
        (
            "an error that the target cannot have",
            "rule-targets",
            with(&records, |fact| match fact {
                Fact::TargetInvoked { delivery, attempt, error: Some(_) } => {
                    Some(Fact::TargetInvoked { delivery, attempt, error: Some(TargetError::NoResource) })
                }
                _ => None,
            }),
        ),
        (
            "it answers in an outage",
            "rule-targets",
            with(&records, |fact| match fact {
                Fact::TargetInvoked { delivery, attempt: 1, error: Some(_) } => {
                    Some(Fact::TargetInvoked { delivery, attempt: 1, error: None })
                }
                _ => None,
            }),
        ),
        (
            "a retry too late",
            "rule-targets",
            later(&records, second + second, |fact| matches!(fact, Fact::TargetInvoked { attempt: 2, .. })),
        ),
        (
            "given up and not told",
            "rule-targets",
            without(&records, |fact| matches!(fact, Fact::GivenUp { .. })),
        ),
        (
            "given up for another reason",
            "rule-targets",
            with(&records, |fact| match fact {
                Fact::GivenUp { delivery, error, dead_lettered, .. } => Some(Fact::GivenUp {
                    delivery,
                    error,
                    exhausted: Some(Exhausted::MaximumEventAgeInSeconds),
                    dead_lettered,
                }),
                _ => None,
            }),
        ),
        (
            "to a queue that is not there",
            "rule-targets",
            with(&records, |fact| match fact {
                Fact::GivenUp { delivery, error, exhausted, .. } => {
                    Some(Fact::GivenUp { delivery, error, exhausted, dead_lettered: true })
                }
                _ => None,
            }),
        ),
        ("an invocation sends nothing", "triggers", without(&records, sends)),
        ("an invocation sends twice", "triggers", twice(&records, sends)),
        (
            "dropped without need",
            "triggers",
            with(&records, |fact| match fact {
                Fact::Triggered { delivery } => Some(Fact::TriggerDropped { delivery }),
                _ => None,
            }),
        ),
        ("an action begins unseen", "lifecycle", without(&records, started)),
        ("an action never ends", "lifecycle", without(&records, ended)),
        ("an action ends later than it was completed", "lifecycle", later(&records, second, ended)),
        (
            "a hook times out too soon",
            "lifecycle",
            with(&records, |fact| match fact {
                Fact::ActionEnded { instance, hook, .. } => {
                    let end = ActionEnd::TimedOut(LifecycleResult::Abandon);
                    Some(Fact::ActionEnded { instance, hook, end })
                }
                _ => None,
            }),
        ),
        (
            "skipped without a reason",
            "lifecycle",
            with(&records, |fact| match fact {
                Fact::ActionEnded { instance, hook, .. } => {
                    Some(Fact::ActionEnded { instance, hook, end: ActionEnd::Skipped })
                }
                _ => None,
            }),
        ),
        ("an instance never goes", "lifecycle", without(&records, terminated)),
        ("an instance goes later", "lifecycle", later(&records, second, terminated)),
        ("an instance goes twice", "lifecycle", twice(&records, terminated)),
        (
            "an instance is launched later",
            "lifecycle",
            later(&records, second, |fact| matches!(fact, Fact::InstanceLaunched { .. })),
        ),
        (
            "a heartbeat of another hook",
            "lifecycle",
            with(&records, |fact| match fact {
                Fact::ActionHeartbeat { instance, .. } => {
                    Some(Fact::ActionHeartbeat { instance: 9 - instance, hook: 0 })
                }
                _ => None,
            }),
        ),
    ];
    for (what, rule, spoiled) in cases {
        assert_ne!(spoiled, records, "{what}");
        let objecting = objecting(&plan, &spoiled);
        assert!(objecting.contains(&rule), "{what}: {rule} does not object, but {objecting:?}");
    }
}

/// A termination while the hook is open.
#[test]
fn no_termination_before_the_hook_is_done() {
    let plan = busy();
    let mut records = good(&plan, 0);
    let place = place(&records, |fact| matches!(fact, Fact::ActionEnded { .. }));
    let Fact::ActionEnded { instance, .. } = records[place].fact else { unreachable!() };
    let time = SimTime(records[place].time.0 - 1);
    let at = records.partition_point(|record| record.time <= time);
    records.insert(at, Record { time, command: 0, fact: Fact::InstanceTerminated { instance } });
    assert!(objecting(&plan, &records).contains(&"lifecycle"));
}
