//! Scenarios that are wrong, or seldom meant so: every fault with its place and what would be right.

use fleetsim::scenario::Resolved;

use super::{
    COMMAND, scenario,
    written::{self, assert_says},
};

fn rule(pattern: &str, target: &str) -> String {
    format!("{COMMAND}[[rule]]\nname = \"r\"\npattern = {pattern}\n[[rule.target]]\nid = \"t\"\n{target}")
}

const QUEUE: &str = r#"arn = "arn:aws:sqs:us-east-1:123456789012:q""#;
const RUN: &str = r#"arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
input = { commands = ["true"] }
"#;
const WEB: &str = r#"run_command_targets = [{ Key = "tag:Role", Values = ["web"] }]"#;

#[track_caller]
fn refused(more: &str, parts: &[&str]) {
    let faults = written::load("s.toml", &scenario(more), &[]).expect_err("it is wrong");
    assert_says(&faults.render(false), parts);
}

#[track_caller]
fn warned(more: &str, parts: &[&str]) -> Resolved {
    let resolved = written::load("s.toml", &scenario(more), &[]).unwrap_or_else(|faults| panic!("{faults}"));
    assert_says(&written::warnings(&resolved), parts);
    resolved
}

#[test]
fn patterns_are_compiled_when_they_are_read() {
    refused(&rule(r#"{ source = "aws.ssm" }"#, QUEUE), &["Event pattern is not valid", "pattern = "]);
    refused(&rule(r#"'{"source": [1'"#, QUEUE), &["Event pattern is not valid"]);
    refused(&rule(r#""missing.json""#, QUEUE), &["cannot read missing.json"]);
    let long = format!(r#"{{ source = ["{}"] }}"#, "x".repeat(4096));
    refused(&rule(&long, QUEUE), &["at most 4096", "O-31"]);
    let longer = format!(r#"{{ source = ["aws.ssm", "{}"] }}"#, "x".repeat(2048));
    warned(&rule(&longer, QUEUE), &["the page of quotas allows 2048"]);
}

#[test]
fn a_pattern_may_stand_in_a_file_or_in_text() {
    let file = ("p.json", r#"{"source": ["aws.ssm"]}"#);
    let text = scenario(&rule(r#""p.json""#, QUEUE));
    assert!(written::load("s.toml", &text, &[file]).unwrap().warnings.is_empty());
    let text = scenario(&rule(r#"'{"source": ["aws.ssm"]}'"#, QUEUE));
    assert!(written::load("s.toml", &text, &[]).unwrap().warnings.is_empty());
}

#[test]
fn traps_in_patterns_are_told() {
    let of_status = |status: &str| rule(&format!(r#"{{ detail = {{ status = ["{status}"] }} }}"#), QUEUE);
    warned(&of_status("In Progress"), &["no event has the status `In Progress`", "`InProgress`", "S10.21"]);
    warned(&of_status("success"), &["did you mean `Success`?"]);
    warned(&of_status("Pending"), &["no event has the status `Pending`", "matches none of the events"]);
    let camel = r#"{ detail = { instanceId = ["i-1"] } }"#;
    warned(
        &rule(camel, QUEUE),
        &["no simulated event has the field `detail.instanceId`", "`detail.instance-id`"],
    );
    let kebab = r#"{ detail = { auto-scaling-group-name = ["asg"] } }"#;
    warned(&rule(kebab, QUEUE), &["did you mean `detail.AutoScalingGroupName`?"]);
    let kind = r#"{ detail-type = ["EC2 Command Status-Change Notification"] }"#;
    warned(&rule(kind, QUEUE), &["did you mean `EC2 Command Status-change Notification`?"]);
    warned(&rule(r#"{ source = ["aws.smm"] }"#, QUEUE), &["did you mean `aws.ssm`?"]);
    let id = r#"{ detail = { command-id = ["e8d3c0e4-71f7-4491-898f-c9b35bee5f3b"] } }"#;
    warned(&rule(id, QUEUE), &["is an id drawn at random"]);
    let launches = r#"{ detail-type = ["EC2 Instance Launch Successful"] }"#;
    warned(&rule(launches, QUEUE), &["the rule `r` matches none of the events of this scenario"]);
}

#[test]
fn targets_are_held_to_their_limits() {
    let all = r#"{ source = ["aws.ssm"] }"#;
    let ssm = |more: &str| rule(all, &format!("{RUN}{more}"));
    refused(&rule(all, r#"arn = "arn:aws:lambda:us-east-1:123456789012:function:f""#), &["is no target"]);
    refused(&ssm(""), &["needs `run_command_targets`"]);
    refused(
        &ssm(r#"run_command_targets = [{ Key = "tag-key", Values = ["Role"] }]"#),
        &["`InstanceIds` or `tag:NAME`"],
    );
    let two = r#"run_command_targets = [{ Key = "tag:Role", Values = ["web"] }, { Key = "tag:Env", Values = ["x"] }]"#;
    refused(&ssm(two), &["2 blocks", "S10.31"]);
    let values: Vec<String> = (0..51).map(|at| format!("\"v{at}\"")).collect();
    let many = format!(r#"run_command_targets = [{{ Key = "tag:Role", Values = [{}] }}]"#, values.join(","));
    refused(&ssm(&many), &["51 values", "O-33"]);
    refused(
        &format!(
            "{}\n[readings]\nrule_target_values = 1",
            ssm(r#"run_command_targets = [{ Key = "tag:Role", Values = ["web", "db"] }]"#)
        ),
        &["allows one value"],
    );
    let roleless = format!("{RUN}{WEB}").replace("role_arn", "# role_arn");
    refused(&rule(all, &roleless), &["needs `role_arn`", "O-34"]);
    let bad_input = format!("{RUN}{WEB}").replace(r#"["true"]"#, r#""true""#);
    refused(&rule(all, &bad_input), &["this is no input for Run Command", "S10.34"]);
    let unknown = format!("{RUN}{WEB}").replace("commands =", "commmands =");
    refused(&rule(all, &unknown), &["input = "]);
    refused(
        &rule(all, &format!("{QUEUE}\ndead_letter_arn = \"arn:aws:sqs:us-east-1:123456789012:q.fifo\"")),
        &["standard SQS queue"],
    );
    refused(&rule(all, &format!("{QUEUE}\n{WEB}")), &["a target that sends no command"]);
    refused(
        &rule(all, &format!("{QUEUE}\noutages = [{{ from = \"2m\", until = \"1m\" }}]")),
        &["it ends after it begins"],
    );
    refused(&rule(all, &format!("{QUEUE}\nretry_policy = {{ MaximumRetryAttempts = 186 }}")), &["186"]);
}

#[test]
fn a_rule_that_feeds_itself_is_told_before_it_runs() {
    let all = r#"{ source = ["aws.ssm"] }"#;
    warned(&rule(all, &format!("{RUN}{WEB}")), &["the rule `r` feeds itself", "S10.37"]);
    let narrow = r#"{ detail = { parameters = { commands = ["./update"] }, status = ["Success"] } }"#;
    let resolved = warned(&rule(narrow, &format!("{RUN}{WEB}")), &[]);
    assert!(!written::warnings(&resolved).contains("feeds itself"));
}

fn scaling(group: &str, hook: &str) -> String {
    format!(
        "{COMMAND}[[auto_scaling_group]]\nname = \"asg\"\n{group}\n[[auto_scaling_group.hook]]\nname = \"h\"\ntransition = \"autoscaling:EC2_INSTANCE_TERMINATING\"\n{hook}"
    )
}

#[test]
fn auto_scaling_groups_are_checked() {
    refused(&scaling("group = \"wbe\"", ""), &["there is no group `wbe`", "did you mean `web`?"]);
    refused(
        &scaling("group = \"web\"\nlaunches = [{ at = \"1m\", count = 11 }]", ""),
        &["11 instances are launched", "has 10"],
    );
    let early = "group = \"web\"\nlaunches = [{ at = \"5m\", count = 9 }]\nterminations = [{ at = \"1m\", count = 2 }]";
    refused(&scaling(early, ""), &["is not there yet"]);
    refused(
        &scaling("group = \"web\"", "heartbeat_timeout = \"20s\""),
        &["30 to 7200 whole seconds", "S10.54"],
    );
    refused(&scaling("group = \"web\"", "completed_by = \"nobody\""), &["there is no rule `nobody`"]);
    refused(&scaling("group = \"web\"", "heartbeat_every = \"1m\""), &["nobody records heartbeats"]);
    warned(&scaling("group = \"web\"", ""), &["nobody completes this hook's actions"]);
    refused(&scaling("group = \"web\"", "transition2 = 1"), &["transition2"]);
}

#[test]
fn something_has_to_be_sent() {
    refused("", &["nothing is sent"]);
    refused("[event_bus]", &["no rule sends one"]);
}

/// Many more commands than a plan can have are refused without making them.
#[test]
fn commands_of_rules_are_bounded() {
    let target = |at: usize| format!("[[rule.target]]\nid = \"t{at}\"\n{RUN}{WEB}\nat_most = 1000\n");
    let targets: String = (0..5).map(target).collect();
    let rule = |at: usize| format!("[[rule]]\nname = \"r{at}\"\npattern = {{ source = [\"x\"] }}\n{targets}");
    refused(&(0..60).map(rule).collect::<String>(), &["are 300000", "at most 4096", "at_most"]);
}

/// What a rule sends to a topic ends there.
#[test]
fn a_topic_as_a_target_is_told() {
    let topic = "arn:aws:sns:us-east-1:123456789012:ops";
    let target = format!("arn = \"{topic}\"");
    let text = rule(r#"{ source = ["aws.ssm"] }"#, &target);
    warned(&format!("{text}\n[[topic]]\narn = \"{topic}\""), &["does not reach its subscriptions"]);
}

/// Account and Region are the scenario's, not the bus's.
#[test]
fn a_bus_has_no_account_of_its_own() {
    for field in ["region", "account"] {
        refused(
            &format!("{COMMAND}[event_bus]\n{field} = \"x\""),
            &[&format!("unknown field `{field}`"), "stands at the top", "before the first"],
        );
    }
}

#[test]
fn thresholds_on_hooks() {
    let hook = scaling("group = \"web\"", "");
    let with = |threshold: &str| format!("{hook}\n[thresholds]\n{threshold}");
    warned(&with("\"h: captured.mean\" = \">= 90%\""), &[]);
    refused(&with("\"x: captured.mean\" = \">= 90%\""), &["there is no such lifecycle hook"]);
    refused(&with("\"captured.mean\" = \">= 90\""), &["no bound for a share"]);
}

/// What is left out is told with its default, and of the commands that a target may send the first stands for all.
#[test]
fn explain_names_every_value() {
    let text = rule(r#"{ detail = { status = ["Failed"] } }"#, &format!("{RUN}{WEB}"));
    let resolved = warned(&text, &[]);
    let rows = resolved.explain();
    let has = |path: &str| rows.iter().any(|row| row.path == path);
    assert!(
        has("/events/bus/latency/lognormal/median")
            || rows.iter().any(|row| row.path.starts_with("/events/bus/latency"))
    );
    assert!(has("/events/rules/0/targets/0/retry_policy/maximum_retry_attempts"));
    assert!(has("/commands/1/name") && !has("/commands/2/name"));
}
