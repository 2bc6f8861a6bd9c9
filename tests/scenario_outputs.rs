//! Outputs in scenarios: defaults, behaviours, what instance profiles deny, and the faults, each in its place.

mod written;

use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    output::Store,
    scenario::{
        Resolved,
        plan::{DeniedStore, Written},
    },
};
use written::{assert_says, warnings};

const NODE: &str = r#"{ "Effect": "Allow", "Action": ["ssm:*", "ssmmessages:*"], "Resource": "*" }"#;
const GROUPS: &str = r#"{ "Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*" }"#;
/// What the guide's policy allows (S11.16).
const GUIDE: &str = r#"{ "Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams",
    "logs:PutLogEvents"], "Resource": "arn:aws:logs:*:*:log-group:/aws/ssm/*" }"#;
const TO_S3: &str = r#"OutputS3BucketName = "findings"
OutputS3KeyPrefix = "audit""#;

fn text(group: &str, request: &str, more: &str) -> String {
    format!(
        r#"version = 1
[[group]]
name = "web"
count = 5
execution = "20s"
tags = {{ Role = "web" }}
{group}
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{{ Key = "tag:Role", Values = ["web"] }}]
Parameters = {{ commands = ["true"] }}
{request}
{more}
"#
    )
}

fn with_profile(statements: &[&str], request: &str) -> Resolved {
    let policy = format!(r#"{{ "Version": "2012-10-17", "Statement": [{}] }}"#, statements.join(", "));
    let group = "instance_profile = [\"policy.json\"]\noutput = { stdout = 100 }";
    written::load("s.toml", &text(group, request, ""), &[("policy.json", &policy)]).expect("a good scenario")
}

fn logs_to(group: &str) -> String {
    let name =
        if group.is_empty() { String::new() } else { format!(", CloudWatchLogGroupName = \"{group}\"") };
    format!("CloudWatchOutputConfig = {{ CloudWatchOutputEnabled = true{name} }}")
}

#[test]
fn what_is_not_said_has_a_default() {
    let group = "output = { stdout = 100, s3 = { failure = \"5%\" } }";
    let resolved = written::load("s.toml", &text(group, TO_S3, ""), &[]).expect("a good scenario");
    let output = resolved.plan.groups[0].output.as_ref().unwrap();
    assert_eq!(output.written.stdout, Distribution::Constant { value: 100.0 });
    assert_eq!(output.written.stderr, Distribution::Constant { value: 0.0 });
    assert_eq!((output.s3_bytes_per_second, output.s3_failure), (10_000_000, Chance(50_000_000)));
    assert!(output.denied.is_empty() && resolved.plan.has_outputs());
    let points: Vec<_> = resolved.assumptions.iter().map(|assumption| assumption.point).collect();
    assert!(points.contains(&"S11.6") && points.contains(&"outputs") && !points.contains(&"O-37"));
}

#[test]
fn a_behaviour_says_what_a_step_writes() {
    let more = "[[behaviour]]\nwhere = { step = \"aws:runShellScript\" }\noutput = { stderr = 7 }";
    for group in ["", "output = { stdout = 100 }"] {
        let resolved = written::load("s.toml", &text(group, TO_S3, more), &[]);
        let resolved = resolved.unwrap_or_else(|faults| panic!("{faults}"));
        let group = &resolved.plan.groups[0];
        assert!(group.output.is_some());
        let expected = Written {
            stdout: Distribution::Constant { value: 0.0 },
            stderr: Distribution::Constant { value: 7.0 },
        };
        assert_eq!(group.steps[0].output.as_deref(), Some(&expected));
    }
}

/// O-37, section 16.10.
#[test]
fn profiles_decide_how_often_log_events_are_put() {
    for (profile, seconds) in [("api", 1), ("console", 1), ("literal-docs", 30), ("legacy-2018", 30)] {
        let text = format!("profile = \"{profile}\"\n{}", text("", "", ""));
        let resolved = written::load("s.toml", &text, &[]).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(resolved.plan.readings.log_period, SimDuration::from_secs(seconds));
    }
}

/// S12.18: the node's profile decides, and the step succeeds all the same.
#[test]
fn a_profile_without_the_bucket_is_denied_and_warned_of() {
    let resolved = with_profile(&[NODE], TO_S3);
    let denied = &resolved.plan.groups[0].output.as_ref().unwrap().denied;
    assert_eq!(denied[..], [DeniedStore { command: 0, store: Store::S3 }]);
    let said = warnings(&resolved);
    assert_says(&said, &["s3:PutObject on arn:aws:s3:::findings/audit/", "never arrive", "S12.18"]);
    for (resource, is_allowed) in [
        ("arn:aws:s3:::findings/*", true),
        ("arn:aws:s3:::findings/audit/*/stdout", true),
        ("arn:aws:s3:::findings/nightly/*", false),
        ("arn:aws:s3:::findings", false),
    ] {
        let put = format!(r#"{{ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "{resource}" }}"#);
        let resolved = with_profile(&[NODE, &put], TO_S3);
        let output = resolved.plan.groups[0].output.as_ref().unwrap();
        assert_eq!(output.denied.is_empty(), is_allowed, "{resource}");
        assert_eq!(resolved.warnings.is_empty(), is_allowed, "{resource}");
    }
}

/// S11.16: the guide's policy knows groups under /aws/ssm/ alone.
#[test]
fn the_guides_policy_denies_a_group_elsewhere() {
    for (group, is_allowed) in [("", true), ("/aws/ssm/audit", true), ("/audit/nightly", false)] {
        let resolved = with_profile(&[NODE, GROUPS, GUIDE], &logs_to(group));
        let output = resolved.plan.groups[0].output.as_ref().unwrap();
        assert_eq!(output.denied.is_empty(), is_allowed, "{group}");
        assert_eq!(resolved.warnings.len(), usize::from(!is_allowed), "{group}");
    }
    let said = warnings(&with_profile(&[NODE, GUIDE], &logs_to("")));
    assert_says(&said, &["logs:DescribeLogGroups", "60 s late"]);
}

#[test]
fn faults_are_shown_where_they_stand() {
    for (line, parts) in [
        ("output = { stdout = \"1s\" }", &["s.toml:7:", "found the text \"1s\""][..]),
        ("output = { stdin = 1 }", &["unknown field `stdin`", "`stdout`, `stderr`, `s3`, `logs`"]),
        ("output = { s3 = { bytes_per_second = 0 } }", &["s.toml:7:", "bytes_per_second"]),
        ("output = { s3 = { failure = 2 } }", &["2 is out of range"]),
        ("output = { logs = { latency = 5 } }", &["a duration needs a unit"]),
        ("output = { stdout = { uniform = { min = 5, max = 1 } } }", &["there is no such distribution"]),
    ] {
        let faults = written::load("s.toml", &text(line, "", ""), &[]).expect_err("a bad scenario");
        assert_says(&faults.render(false), parts);
    }
    let text = format!("{}\n[readings]\nlog_period = \"10ms\"\n", text("", "", ""));
    let faults = written::load("s.toml", &text, &[]).expect_err("a bad scenario");
    assert_says(&faults.render(false), &["expected a number from 1 to 3600"]);
}
