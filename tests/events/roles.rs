//! The role of a rule's target: what IAM says of it when the scenario is read, and what comes of it (S10.35).

use fleetsim::{
    events::TargetError,
    history::Fact,
    scenario::{
        Resolved,
        plan::{InstanceRange, RuleTarget},
    },
    ssm::StatusDetails,
};

use super::{COMMAND, count, good, scenario, written};

const DOCUMENT: &str = r#"{ Effect = "Allow", Action = "ssm:SendCommand", Resource = "arn:aws:ssm:*::document/AWS-RunShellScript" }"#;
const INSTANCES: &str =
    r#"{ Effect = "Allow", Action = "ssm:SendCommand", Resource = "arn:aws:ec2:*:*:instance/*" }"#;
/// Those of a stage alone.
const STAGED: &str = r#"{ Effect = "Allow", Action = "ssm:SendCommand", Resource = "arn:aws:ec2:*:*:instance/*", Condition = { StringEquals = { "ssm:resourceTag/Stage" = "test" } } }"#;

const BY_TAG: &str = r#"{ Key = "tag:Role", Values = ["web"] }"#;
const BY_ID: &str = r#"{ Key = "InstanceIds", Values = ["i-web00000000000000", "i-test0000000000000"] }"#;

/// A rule that sends a command once another has succeeded, in a role that this service may assume and that may do so much.
fn load(service: &str, statements: &[&str], targets: &str, more: &str) -> Resolved {
    let text = scenario(&format!(
        r#"
[[group]]
name = "test"
count = 3
id_prefix = "i-test"
tags = {{ Role = "web", Stage = "test" }}
execution = "10s"
[[role]]
arn = "arn:aws:iam::123456789012:role/rules"
trust = {{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Principal = {{ Service = "{service}" }}, Action = "sts:AssumeRole" }}] }}
policies = [{{ Version = "2012-10-17", Statement = [{}] }}]
{COMMAND}
[[rule]]
name = "after"
pattern = {{ detail-type = ["EC2 Command Status-change Notification"], detail = {{ status = ["Success"] }} }}
[[rule.target]]
id = "tidy"
arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
run_command_targets = [{targets}]
input = {{ commands = ["./tidy"] }}
at_most = 1
{more}
"#,
        statements.join(", ")
    ));
    written::load("s.toml", &text, &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

const EVENT_BRIDGE: &str = "events.amazonaws.com";

fn target(resolved: &Resolved) -> &RuleTarget {
    &resolved.plan.events.as_ref().unwrap().rules[0].targets[0]
}

#[test]
fn a_role_that_may_send_changes_nothing() {
    for targets in [BY_TAG, BY_ID] {
        let resolved = load(EVENT_BRIDGE, &[DOCUMENT, INSTANCES], targets, "");
        assert_eq!(target(&resolved).error, None);
        assert_eq!(resolved.plan.commands[1].access_denied, []);
        assert!(!written::warnings(&resolved).contains("NO_PERMISSIONS"));
    }
}

/// Once is all that it is tried (S10.28), and nothing is sent.
#[test]
fn without_a_permission_every_attempt_fails() {
    for (service, statements, targets, said) in [
        (
            "ssm.amazonaws.com",
            &[DOCUMENT, INSTANCES][..],
            BY_TAG,
            "cannot be assumed by events.amazonaws.com",
        ),
        (EVENT_BRIDGE, &[INSTANCES], BY_TAG, "on arn:aws:ssm:us-east-1::document/AWS-RunShellScript"),
        // O-17: of ids the call is refused when one is denied.
        (EVENT_BRIDGE, &[DOCUMENT, STAGED], BY_ID, "instance/i-web00000000000000"),
    ] {
        let resolved = load(service, statements, targets, "");
        let warnings = written::warnings(&resolved);
        written::assert_says(&warnings, &[said, "every attempt meets NO_PERMISSIONS", "role_arn ="]);
        assert_eq!(target(&resolved).error, Some(TargetError::NoPermissions));
        let records = good(&resolved.plan, 0);
        let given_up = |fact: &Fact| matches!(fact, Fact::GivenUp { error: TargetError::NoPermissions, .. });
        assert_eq!(count(&records, given_up), 1);
        assert_eq!(count(&records, |fact| matches!(fact, Fact::TargetInvoked { .. })), 1);
        assert_eq!(count(&records, |fact| matches!(fact, Fact::Triggered { .. })), 0);
    }
    let said = load("ssm.amazonaws.com", &[DOCUMENT], BY_TAG, "error = \"NO_RESOURCE\"");
    assert_eq!(target(&said).error, Some(TargetError::NoResource), "what the scenario says holds");
}

/// O-17: of tags each invocation is denied for itself.
#[test]
fn of_tags_single_invocations_are_denied() {
    let resolved = load(EVENT_BRIDGE, &[DOCUMENT, STAGED], BY_TAG, "");
    assert_eq!(target(&resolved).error, None);
    assert_eq!(resolved.plan.commands[1].access_denied, [InstanceRange { first: 0, count: 10 }]);
    let records = good(&resolved.plan, 0);
    let denied = |fact: &Fact| matches!(fact, Fact::InvocationEnded { ending, .. } if ending.state.details == StatusDetails::AccessDenied);
    assert_eq!(count(&records, denied), 10);
}
