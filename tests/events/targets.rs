//! What comes of rules and their targets.

use fleetsim::{
    base::SimDuration,
    events::{Exhausted, Happening, TargetError, retry},
    history::{Fact, Record},
    scenario::plan::Plan,
    ssm::EventStatus,
};

use super::{COMMAND, at, count, good, plan, times};

/// A rule on failures of invocations whose target is a queue, with more said of it.
fn queue(pattern: &str, rule: &str, target: &str) -> Plan {
    plan(&format!(
        r#"outcomes = [{{ chance = 1, exit_code = 1 }}]
{COMMAND}
MaxErrors = "100%"
[event_bus]
latency = "2s"
[[rule]]
name = "failures"
pattern = {pattern}
{rule}
[[rule.target]]
id = "queue"
arn = "arn:aws:sqs:us-east-1:123456789012:failures"
{target}
"#
    ))
}

const FAILED: &str = r#"{ detail = { status = ["Failed"], instance-id = [{ exists = true }] } }"#;

fn attempts(records: &[Record]) -> Vec<(u64, u32, Option<TargetError>)> {
    let one = |record: &Record| match record.fact {
        Fact::TargetInvoked { delivery, attempt, error } => {
            Some((record.time.since(delivery.cause.time).0, attempt, error))
        }
        _ => None,
    };
    records.iter().filter_map(one).collect()
}

/// S10.13: ten failures, ten invocations, each the latency of the bus after what happened.
#[test]
fn each_event_that_matches_invokes_the_target_once() {
    let records = good(&queue(FAILED, "", ""), 0);
    assert_eq!(attempts(&records), vec![(2_000_000, 1, None); 10]);
    // InProgress and Failed of ten invocations and of the command.
    assert_eq!(count(&records, |fact| matches!(fact, Fact::EventEmitted { .. })), 22);
}

/// Patterns that look at the instance are held against each event.
#[test]
fn a_pattern_may_name_one_instance() {
    let one = r#"{ detail = { instance-id = ["i-web00000000000003"], status = ["Failed"] } }"#;
    let records = good(&queue(one, "", ""), 0);
    let instances: Vec<_> = records
        .iter()
        .filter_map(|record| match record.fact {
            Fact::TargetInvoked { delivery, .. } => delivery.cause.happening.instance(),
            _ => None,
        })
        .collect();
    assert_eq!(instances, [3]);
    let arn =
        r#"{ resources = [{ suffix = "instance/i-web00000000000004" }], detail = { status = ["Failed"] } }"#;
    assert_eq!(attempts(&good(&queue(arn, "", ""), 0)).len(), 1);
}

/// S10.24: all events come before the rule is in force, or it is disabled.
#[test]
fn rules_that_are_not_in_force() {
    assert_eq!(attempts(&good(&queue(FAILED, r#"effective_after = "1h""#, ""), 0)), []);
    assert_eq!(attempts(&good(&queue(FAILED, "enabled = false", ""), 0)), []);
}

/// S10.11: what is lost runs no rule.
#[test]
fn lost_events_run_no_rule() {
    let text = queue(FAILED, "", "");
    let mut plan = text.clone();
    plan.events.as_mut().unwrap().bus.loss = fleetsim::base::Chance(500_000_000);
    let records = good(&plan, 0);
    let lost = |fact: &Fact| {
        matches!(
            fact,
            Fact::EventLost { happening: Happening::Invocation { status: EventStatus::Failed, .. } }
        )
    };
    let lost = count(&records, lost);
    assert!((1..10).contains(&lost), "{lost}");
    assert_eq!(attempts(&records).len(), 10 - lost);
}

/// S10.25: certain doubling, of runs and of invocations, makes four of each.
#[test]
fn at_least_once() {
    let records = good(&queue(FAILED, "runs_twice = 1", "invoked_twice = 1"), 0);
    let latencies: Vec<u64> =
        attempts(&records).into_iter().map(|(latency, ..)| latency / 1_000_000).collect();
    assert_eq!(latencies.len(), 40);
    let of = |seconds| latencies.iter().filter(|&&latency| latency == seconds).count();
    // Two seconds to the rule, two more to its second run or to the second invocation of the first, two more to that of the second.
    assert_eq!((of(2), of(4), of(6)), (10, 20, 10));
}

/// S10.28, S10.29: no permission is not tried again.
#[test]
fn a_permanent_error_is_given_up_at_once() {
    for (queue_of_the_dead, dead_lettered) in
        [("", false), (r#"dead_letter_arn = "arn:aws:sqs:us-east-1:123456789012:dead""#, true)]
    {
        let error = format!("error = \"NO_PERMISSIONS\"\n{queue_of_the_dead}");
        let records = good(&queue(FAILED, "", &error), 0);
        assert_eq!(attempts(&records), vec![(2_000_000, 1, Some(TargetError::NoPermissions)); 10]);
        let given_up = |fact: &Fact| match *fact {
            Fact::GivenUp { error, exhausted: None, dead_lettered: queue, .. } => {
                error == TargetError::NoPermissions && queue == dead_lettered
            }
            _ => false,
        };
        assert_eq!(count(&records, given_up), 10);
    }
}

/// S10.27: a target that never answers is tried as often as the policy says.
#[test]
fn retries_end_by_their_number() {
    let never = "outages = [{ from = \"0s\", until = \"30d\" }]\nretry_policy = { MaximumRetryAttempts = 3 }";
    let records = good(&queue(FAILED, "", never), 0);
    assert_eq!(attempts(&records).len(), 40);
    let exhausted =
        |fact: &Fact| matches!(fact, Fact::GivenUp { exhausted: Some(Exhausted::MaximumRetryAttempts), .. });
    assert_eq!(count(&records, exhausted), 10);
    let of_one: Vec<u64> = {
        let last = attempts(&records).into_iter().filter(|(_, attempt, _)| *attempt == 4);
        last.map(|(latency, ..)| latency).collect()
    };
    let (least, most) = (1..4)
        .map(retry::bounds)
        .fold((2_000_000, 2_000_000), |sum, (low, high)| (sum.0 + low.0, sum.1 + high.0));
    assert!(of_one.iter().all(|latency| (least..=most).contains(latency)), "{of_one:?}");
}

/// S10.27: or by the age of the event.
#[test]
fn retries_end_by_the_age_of_the_event() {
    let never =
        "outages = [{ from = \"0s\", until = \"30d\" }]\nretry_policy = { MaximumEventAgeInSeconds = 60 }";
    let records = good(&queue(FAILED, "", never), 0);
    let aged = |fact: &Fact| {
        matches!(fact, Fact::GivenUp { exhausted: Some(Exhausted::MaximumEventAgeInSeconds), .. })
    };
    assert_eq!(count(&records, aged), 10);
    assert!(attempts(&records).iter().all(|(latency, ..)| *latency <= 60_000_000));
}

/// The target is back before the policy's end: everything arrives.
#[test]
fn an_outage_delays() {
    let records = good(&queue(FAILED, "", "outages = [{ from = \"0s\", until = \"1m\" }]"), 0);
    let reached = |fact: &Fact| matches!(fact, Fact::TargetInvoked { error: None, .. });
    assert!(times(&records, reached).iter().all(|&time| time >= at(60)));
    assert_eq!(count(&records, reached), 10);
}

/// A rule that answers the end of one command with another.
fn answering(pattern: &str, target: &str) -> String {
    format!(
        r#"{COMMAND}
[event_bus]
latency = "1s"
[[rule]]
name = "next"
pattern = {pattern}
[[rule.target]]
id = "cleanup"
arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
run_command_targets = [{{ Key = "tag:Role", Values = ["web"] }}]
input = {{ commands = ["./cleanup"] }}
{target}
"#
    )
}

const UPDATED: &str = r#"{ detail-type = ["EC2 Command Status-change Notification"], detail = { status = ["Success"], parameters = { commands = ["./update"] } } }"#;

/// S10.34: the command has the defaults of SendCommand, and is sent when the event is there.
#[test]
fn a_rule_sends_a_command() {
    let plan = plan(&answering(UPDATED, "at_most = 3"));
    let sent = &plan.commands[1];
    assert_eq!((plan.own_commands(), plan.commands.len()), (1, 4));
    assert_eq!(sent.request.max_concurrency_or_default(), "50");
    assert_eq!(sent.request.max_errors_or_default(), "0");
    assert_eq!(sent.timeout_seconds, 3600);
    assert_eq!(sent.name, "next.cleanup.1");
    let records = good(&plan, 0);
    let end = times(&records, |fact| matches!(fact, Fact::CommandEnded { .. }));
    let requested = times(&records, |fact| matches!(fact, Fact::Requested));
    assert_eq!(requested, [at(0), end[0] + SimDuration::from_secs(1)]);
    assert_eq!(count(&records, |fact| matches!(fact, Fact::Targeted { count: 10 })), 2);
}

/// S10.38: a doubled invocation sends the command twice.
#[test]
fn a_doubled_invocation_sends_twice() {
    let plan = plan(&answering(UPDATED, "at_most = 3\ninvoked_twice = 1"));
    let records = good(&plan, 0);
    assert_eq!(count(&records, |fact| matches!(fact, Fact::Triggered { .. })), 2);
    assert_eq!(count(&records, |fact| matches!(fact, Fact::Requested)), 3);
}

/// S10.37: a rule on the success of any command feeds itself until it may send no more.
#[test]
fn a_rule_that_feeds_itself_is_stopped() {
    let any =
        r#"{ detail-type = ["EC2 Command Status-change Notification"], detail = { status = ["Success"] } }"#;
    let plan = plan(&answering(any, "at_most = 7"));
    let records = good(&plan, 0);
    assert_eq!(count(&records, |fact| matches!(fact, Fact::Triggered { .. })), 7);
    assert_eq!(count(&records, |fact| matches!(fact, Fact::TriggerDropped { .. })), 1);
    // Each waits for the end of the one before it.
    assert!(times(&records, |fact| matches!(fact, Fact::Requested)).is_sorted());
}

/// Slots that were never used are nowhere in a history.
#[test]
fn commands_that_were_not_sent_tell_nothing() {
    let plan = plan(&answering(UPDATED, "at_most = 50"));
    let records = good(&plan, 0);
    assert_eq!(records.iter().map(|record| record.command).max(), Some(1));
}
