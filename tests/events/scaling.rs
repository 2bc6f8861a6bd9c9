//! Auto Scaling groups: launches, terminations and lifecycle hooks (S10.53 to S10.57).

use fleetsim::{
    base::SimDuration,
    events::{
        ActionEnd,
        LifecycleResult::{Abandon, Continue},
    },
    history::{Fact, Record},
    scenario::plan::Plan,
    ssm::StatusDetails,
};

use super::{COMMAND, at, count, good, plan, times};

/// Two servers are terminated after a minute, held by a hook whose command takes `execution`.
fn leaving(execution: &str, hook: &str) -> Plan {
    let text = format!(
        r#"
[event_bus]
latency = "1s"
[[auto_scaling_group]]
name = "asg"
group = "web"
terminations = [{{ at = "1m", count = 2 }}]
[[auto_scaling_group.hook]]
name = "save"
transition = "autoscaling:EC2_INSTANCE_TERMINATING"
heartbeat_timeout = "1m"
completed_by = "save"
{hook}
[[rule]]
name = "save"
pattern = {{ detail-type = ["EC2 Instance-terminate Lifecycle Action"], detail = {{ LifecycleHookName = ["save"] }} }}
[[rule.target]]
id = "copy"
arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
run_command_targets = [{{ Key = "tag:Role", Values = ["web"] }}]
input = {{ commands = ["./save"] }}
"#
    );
    let text = super::scenario(&text).replace("execution = \"10s\"", &format!("execution = \"{execution}\""));
    super::written::load("s.toml", &text, &[]).unwrap_or_else(|faults| panic!("{faults}")).plan
}

fn ends(records: &[Record]) -> Vec<ActionEnd> {
    let end =
        |record: &Record| if let Fact::ActionEnded { end, .. } = record.fact { Some(end) } else { None };
    records.iter().filter_map(end).collect()
}

fn terminated(records: &[Record]) -> Vec<fleetsim::base::SimTime> {
    times(records, |fact| matches!(fact, Fact::InstanceTerminated { .. }))
}

/// A copy of ten seconds is done before the minute is over.
#[test]
fn an_action_that_is_completed_in_time() {
    let records = good(&leaving("10s", "default_result = \"ABANDON\""), 0);
    assert_eq!(ends(&records), [ActionEnd::Completed(Continue); 2]);
    // A second to the rule, the way to the instance, ten seconds there, and a microsecond for the call.
    assert!(terminated(&records).iter().all(|&time| time > at(71) && time < at(75)));
    // S10.31: two events, each to every server that is there.
    assert_eq!(count(&records, |fact| matches!(fact, Fact::Targeted { count: 10 })), 2);
}

/// A copy of three minutes is not: the instance goes at the very end of the minute, and the copy with it.
#[test]
fn an_action_that_times_out() {
    for result in ["CONTINUE", "ABANDON"] {
        let plan = leaving("3m", &format!("default_result = \"{result}\""));
        let records = good(&plan, 0);
        let expected = if result == "CONTINUE" { Continue } else { Abandon };
        assert_eq!(ends(&records), [ActionEnd::TimedOut(expected); 2]);
        assert_eq!(terminated(&records), [at(120); 2]);
        // Two commands with ten invocations each; those on the two that are gone end at the deadline.
        let lost = |fact: &Fact| matches!(fact, Fact::InvocationEnded { ending, .. } if ending.state.details == StatusDetails::DeliveryTimedOut);
        assert_eq!(count(&records, lost), 4);
    }
}

/// S10.55: heartbeats each half minute keep the instance for three minutes.
#[test]
fn heartbeats_extend_the_wait() {
    let records = good(&leaving("3m", "heartbeat_every = \"30s\""), 0);
    assert_eq!(ends(&records), [ActionEnd::Completed(Continue); 2]);
    assert!(count(&records, |fact| matches!(fact, Fact::ActionHeartbeat { .. })) >= 10);
    assert!(terminated(&records).iter().all(|&time| time > at(240)));
}

/// S10.55: 100 heartbeat timeouts are the most.
#[test]
fn heartbeats_do_not_extend_it_for_ever() {
    let mut plan = leaving("3m", "heartbeat_every = \"20s\"");
    let group = &mut plan.events.as_mut().unwrap().auto_scaling_groups[0];
    group.hooks[0].heartbeat_timeout = SimDuration::from_secs(30);
    plan.groups[0].execution = super::common::constant(3500.0);
    let records = good(&plan, 0);
    assert_eq!(terminated(&records), [at(60 + 3000); 2]);
    assert_eq!(ends(&records), [ActionEnd::TimedOut(Abandon); 2]);
}

/// S10.56: an abandoned action skips the other hooks of a termination.
#[test]
fn an_abandoned_action_skips_the_others() {
    let second = r#"
[[auto_scaling_group.hook]]
name = "patient"
transition = "autoscaling:EC2_INSTANCE_TERMINATING"
heartbeat_timeout = "2h"
"#;
    let records = good(&leaving("3m", &format!("default_result = \"ABANDON\"{second}")), 0);
    assert_eq!(terminated(&records), [at(120); 2]);
    assert_eq!(
        ends(&records),
        [ActionEnd::TimedOut(Abandon), ActionEnd::Skipped, ActionEnd::TimedOut(Abandon), ActionEnd::Skipped]
    );
    let records = good(&leaving("3m", &format!("default_result = \"CONTINUE\"{second}")), 0);
    assert_eq!(terminated(&records), [at(60 + 7200); 2]);
}

/// Three servers are launched after a minute.
fn joining(hook: &str, boot: &str) -> Plan {
    plan(&format!(
        r#"{COMMAND}
[event_bus]
[[auto_scaling_group]]
name = "asg"
group = "web"
boot = "{boot}"
launches = [{{ at = "1m", count = 3 }}]
{hook}
"#
    ))
}

/// Without a hook they are in service at once; commands sent before do not reach them.
#[test]
fn instances_that_are_not_there_are_no_targets() {
    let plan = joining("", "30s");
    let records = good(&plan, 0);
    assert_eq!(count(&records, |fact| matches!(fact, Fact::Targeted { count: 7 })), 1);
    assert_eq!(times(&records, |fact| matches!(fact, Fact::InstanceInService { .. })), [at(60); 3]);
    let mut later = plan.clone();
    later.commands[0].at = SimDuration::from_secs(70);
    let records = good(&later, 0);
    assert_eq!(count(&records, |fact| matches!(fact, Fact::Targeted { count: 10 })), 1);
    // The three that boot until 90 s are Delayed, and receive it then.
    let delayed = |fact: &Fact| matches!(fact, Fact::InvocationChanged { state, .. } if state.details == StatusDetails::Delayed);
    assert_eq!(count(&records, delayed), 3);
    assert_eq!(
        count(
            &records,
            |fact| matches!(fact, Fact::InvocationEnded { ending, .. } if ending.state.details == StatusDetails::Success)
        ),
        10
    );
}

/// S10.54, S10.56: a launch that nobody completes is abandoned after an hour, and its instances terminated.
#[test]
fn an_abandoned_launch_is_terminated() {
    let hook = r#"
[[auto_scaling_group.hook]]
name = "install"
transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
"#;
    let records = good(&joining(hook, "30s"), 0);
    assert_eq!(ends(&records), [ActionEnd::TimedOut(Abandon); 3]);
    assert_eq!(terminated(&records), [at(3660); 3]);
    assert_eq!(count(&records, |fact| matches!(fact, Fact::InstanceInService { .. })), 0);
}

/// One server, whose logs take exponentially long: the hook of a minute leaves 60 s less the way of the event and the
/// delivery, so that 1 - exp(-(60 - 1.1) / 30) of them are saved.
#[test]
fn the_share_captured_is_that_of_the_distribution() {
    let mut plan = leaving("10s", "");
    plan.groups[0].execution = fleetsim::base::distribution::Distribution::Exponential { mean: 30e6 };
    let group = &mut plan.events.as_mut().unwrap().auto_scaling_groups[0];
    group.terminations[0].count = 1;
    let model = fleetsim::world::Model::new(&plan);
    let runs = 4000;
    let mut saved = 0;
    for replication in 0..runs {
        let mut records = Vec::new();
        fleetsim::world::World::new(&model, 3, replication).run(&mut records);
        saved += u64::from(ends(&records) == [ActionEnd::Completed(Continue)]);
    }
    let expected = 1.0 - (-(60.0 - 1.1) / 30.0_f64).exp();
    let interval = fleetsim::measure::interval::of_share(saved, runs, 0.999);
    assert!(interval.low < expected && expected < interval.high, "{saved} of {runs}, not {expected}");
}
