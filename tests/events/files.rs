//! Histories in files whose plan or facts nobody resolved: the reader refuses them, or the checker judges them. Nothing panics.

use fleetsim::{
    check::Checker,
    history::{
        Observer, Record,
        codec::{HistoryReader, HistoryWriter},
    },
    scenario::Plan,
};
use serde_json::{Value, json};

use super::{COMMAND, good, plan};

/// A plan with all that may refer to something else in it.
fn referring() -> Plan {
    plan(&format!(
        r#"{COMMAND}
ServiceRoleArn = "arn:aws:iam::123456789012:role/sns"
NotificationConfig = {{ NotificationArn = "arn:aws:sns:us-east-1:123456789012:t" }}
[[auto_scaling_group]]
name = "asg"
group = "web"
launches = [{{ at = "1m", count = 2 }}]
terminations = [{{ at = "5m", count = 2 }}]
[[auto_scaling_group.hook]]
name = "h"
transition = "autoscaling:EC2_INSTANCE_TERMINATING"
heartbeat_timeout = "30s"
completed_by = "r"
[[rule]]
name = "r"
pattern = {{ source = ["aws.autoscaling"] }}
[[rule.target]]
id = "t"
arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
run_command_targets = [{{ Key = "tag:Role", Values = ["web"] }}]
input = {{ commands = ["true"] }}
at_most = 2
"#
    ))
}

/// The lines of a history.
fn lines(plan: &Plan, records: &[Record]) -> Vec<String> {
    let mut file = Vec::new();
    let mut writer = HistoryWriter::new(plan, plan.seed, 0, &mut file);
    records.iter().for_each(|record| writer.observe(record));
    writer.finish().unwrap();
    String::from_utf8(file).unwrap().lines().map(String::from).collect()
}

/// What reading and judging comes to: why it cannot be read, or nothing.
fn judge(lines: &[String]) -> Result<(), String> {
    let text = lines.join("\n");
    let mut reader = HistoryReader::new(text.as_bytes()).map_err(|error| error.to_string())?;
    let mut checker = Checker::new(&reader.plan);
    while let Some(record) = reader.next_record().map_err(|error| error.to_string())? {
        checker.observe(&record);
    }
    checker.finish();
    Ok(())
}

/// JSON pointers to everything in a value.
fn pointers(value: &Value, above: &str, all: &mut Vec<String>) {
    let mut below = |name: &str, inner: &Value| {
        let pointer = format!("{above}/{}", name.replace('~', "~0").replace('/', "~1"));
        all.push(pointer.clone());
        pointers(inner, &pointer, all);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, inner)| below(name, inner)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, inner)| below(&at.to_string(), inner)),
        _ => {}
    }
}

/// What may stand there instead.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(_) => [0_i64, 1, 7, 1 << 31, (1 << 32) - 1].map(Value::from).to_vec(),
        Value::String(_) => ["", "é", "i-web00000000000000"].map(Value::from).to_vec(),
        Value::Array(_) => vec![json!([])],
        _ => Vec::new(),
    }
}

/// A line with one thing in it changed, in every way.
fn spoilt(line: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(line).unwrap();
    let mut all = Vec::new();
    pointers(&value, "", &mut all);
    let change = |pointer: &String| {
        let change_to = |other: Value| {
            let mut value = value.clone();
            *value.pointer_mut(pointer).unwrap() = other;
            value.to_string()
        };
        others(value.pointer(pointer).unwrap()).into_iter().map(change_to).collect::<Vec<_>>()
    };
    all.iter().flat_map(change).collect()
}

#[test]
fn no_plan_from_a_file_is_taken_at_its_word() {
    let plan = referring();
    let lines = lines(&plan, &good(&plan, 0));
    assert_eq!(judge(&lines), Ok(()));
    let (mut read, mut refused) = (0, Vec::new());
    for line in spoilt(&lines[0]) {
        match judge(&[&[line], &lines[1..]].concat()) {
            Ok(()) => read += 1,
            Err(why) => refused.push(why),
        }
    }
    assert!(read > 100 && refused.len() > 100, "{read} are read, {} refused", refused.len());
    for why in
        ["notifies topic 1,", "sends commands that the plan has not", "is group 1,", " of the 10 instances"]
    {
        assert!(refused.iter().any(|one| one.contains(why)), "{why}");
    }
}

#[test]
fn no_fact_from_a_file_is_taken_at_its_word() {
    let plan = referring();
    let lines = lines(&plan, &good(&plan, 0));
    let kind = |line: &String| serde_json::from_str::<Value>(line).unwrap()["fact"].clone();
    let mut seen = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if seen.contains(&kind(line)) {
            continue;
        }
        seen.push(kind(line));
        for other in spoilt(line) {
            let mut lines = lines.clone();
            lines[at] = other;
            let _ = judge(&lines);
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
}
