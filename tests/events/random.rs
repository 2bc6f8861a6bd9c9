//! Random rules and Auto Scaling groups: every history is right, and the same by any way, and in and out of a file.

use std::io::Cursor;

use fleetsim::{
    history::{
        Digest, Observer, Record,
        codec::{HistoryReader, HistoryWriter},
    },
    scenario::Plan,
    world::{Model, World},
};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed},
};

use super::{COMMAND, digest, good, load, plan};

/// What is drawn: mishaps, patterns, and who comes and goes.
fn text() -> impl Strategy<Value = (String, bool)> {
    let share = select(vec!["0", "0.3", "1"]);
    let patterns = select(vec![
        r#"{ source = ["aws.ssm"] }"#,
        r#"{ detail = { status = ["Failed", "TimedOut"] } }"#,
        r#"{ detail = { instance-id = [{ suffix = "3" }] } }"#,
        r#"{ detail-type = [{ prefix = "EC2 Instance" }] }"#,
        r#"{ detail-type = ["EC2 Command Status-change Notification"], detail = { status = ["Success", "Failed"] } }"#,
    ]);
    let scaling = r#"[[auto_scaling_group]]
name = "asg"
group = "web"
boot = { exponential = { mean = "20s" } }
launches = [{ at = "5s", count = 2 }, { at = "40s", count = 2 }]
terminations = [{ at = "50s", count = 5 }]
[[auto_scaling_group.hook]]
name = "in"
transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
heartbeat_timeout = "30s"
completed_by = "sends"
heartbeat_every = "12s"
[[auto_scaling_group.hook]]
name = "out"
transition = "autoscaling:EC2_INSTANCE_TERMINATING"
heartbeat_timeout = "45s"
default_result = "CONTINUE"
completed_by = "sends"
[[auto_scaling_group.hook]]
name = "also"
transition = "autoscaling:EC2_INSTANCE_TERMINATING"
heartbeat_timeout = "40s""#;
    let scaling = select(vec!["", scaling]);
    let finer = select(vec!["", "[readings]\nevent_statuses = \"with-delayed-and-cancelling\""]);
    let at_most = select(vec![1, 2, 6]);
    (
        share.clone(),
        share.clone(),
        share,
        (patterns.clone(), patterns),
        scaling,
        finer,
        (at_most, any::<u32>()),
    )
        .prop_map(|(loss, twice, throttled, (one, other), scaling, finer, (at_most, seed))| {
            let more = format!(
                r#"outcomes = [{{ chance = "30%", exit_code = 1 }}, {{ chance = "10%", reply_lost = true }}]
availability = [{{ chance = "20%", reachable_from = "15s" }}]
{COMMAND}
MaxErrors = "50%"
TimeoutSeconds = 60
[event_bus]
loss = {loss}
latency = {{ exponential = {{ mean = "1s" }} }}
{scaling}
[[rule]]
name = "sends"
runs_twice = {twice}
pattern = {one}
[[rule.target]]
id = "command"
arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
run_command_targets = [{{ Key = "tag:Role", Values = ["web"] }}]
input = {{ commands = ["true"], executionTimeout = ["60"] }}
at_most = {at_most}
throttled = {throttled}
retry_policy = {{ MaximumRetryAttempts = 4 }}
[[rule]]
name = "tells"
pattern = {other}
effective_after = "20s"
[[rule.target]]
id = "topic"
arn = "arn:aws:sns:us-east-1:123456789012:t"
invoked_twice = {twice}
outages = [{{ from = "10s", until = "45s" }}]
retry_policy = {{ MaximumEventAgeInSeconds = 60 }}
dead_letter_arn = "arn:aws:sqs:us-east-1:123456789012:dead"
{finer}
"#
            );
            (format!("seed = {seed}\n{}", super::scenario(&more)), scaling.is_empty())
        })
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::with_cases(600) })]

    #[test]
    fn every_history_keeps_the_rules_and_goes_through_a_file((text, is_still) in text()) {
        let plan = load(&text);
        let records = good(&plan, 0);
        // An observer that does not need order changes nothing.
        let told = records.iter().fold(Digest::default(), |mut digest, record| {
            digest.observe(record);
            digest
        });
        prop_assert_eq!(digest(&Model::new(&plan), &plan, 0), told);
        let stepwise = Model::step_by_step(&plan);
        let is_alike = is_still && Model::new(&plan).is_foreseeable;
        if is_alike || !is_still {
            prop_assert_eq!(digest(&stepwise, &plan, 0), told);
        }
        prop_assert_eq!(through_a_file(&plan, &records), records);
    }
}

fn through_a_file(plan: &Plan, records: &[Record]) -> Vec<Record> {
    let mut file = Vec::new();
    let mut writer = HistoryWriter::new(plan, plan.seed, 0, &mut file);
    records.iter().for_each(|record| writer.observe(record));
    writer.finish().unwrap();
    let mut reader = HistoryReader::new(Cursor::new(file)).unwrap();
    assert_eq!(&reader.plan, plan);
    std::iter::from_fn(|| reader.next_record().unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// A run is a function of plan and seed, and another replication is another run.
#[test]
fn replications_differ_and_repeat() {
    let plan = plan(&format!("{COMMAND}[event_bus]\nloss = 0.5"));
    let model = Model::new(&plan);
    let run = |replication| {
        let mut digest = Digest::default();
        World::new(&model, 7, replication).run(&mut digest);
        digest
    };
    assert_eq!(run(0), run(0));
    assert_ne!(run(0), run(1));
}
