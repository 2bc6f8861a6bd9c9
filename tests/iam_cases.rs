//! What policies decide, held to cases that others recorded or labelled. Their folder is not part of the project; where it is
//! missing the tests say so and judge nothing.

use std::{fs, path::Path};

use fleetsim::iam::{Context, Kind, Policy, Remarks, Request, decide};
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");

/// Cases in which we decide otherwise than the label says. Their file marks them as uncertain: the policies have no Version, and
/// then variables are plain text (S12.20).
const WAIVERS: [&str; 2] =
    ["awsim/substitutes_aws_username_in_resource#0", "awsim/substitutes_principal_account#0"];

fn policies(case: &Value) -> Vec<Policy> {
    let read = |policy: &Value| {
        let mut remarks = Remarks::default();
        let policy = Policy::read("policy", Kind::Identity, &policy.to_string(), &mut remarks);
        policy.unwrap_or_else(|| panic!("{}: {:?}", case["name"], remarks.errors))
    };
    case["policies"].as_array().unwrap().iter().map(read).collect()
}

fn request(case: &Value) -> Request {
    let asked = &case["request"];
    let text = |name: &str| asked[name].as_str().unwrap().to_string();
    let mut context = Context::of_principal(&text("principal"));
    for (key, value) in asked["context"].as_object().unwrap() {
        let one = |value: &Value| value.as_str().unwrap().to_string();
        match value {
            Value::Array(values) => context.insert_all(key, values.iter().map(one).collect()),
            value => context.insert(key, one(value)),
        }
    }
    Request { action: text("action"), resource: text("resource"), service: None, context }
}

/// Judges every case of a file, and says how many there are.
#[track_caller]
fn judge(name: &str, waived: usize) -> usize {
    let path = Path::new(FOLDER).join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return usize::MAX;
    };
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut other = Vec::new();
    for case in &cases {
        let verdict = format!("{:?}", decide(&policies(case), &request(case)).verdict);
        if verdict != case["expect"].as_str().unwrap() {
            other.push(case["name"].as_str().unwrap());
        }
    }
    let is_waived = |name: &&str| WAIVERS.contains(name);
    let faults: Vec<_> = other.iter().filter(|name| !is_waived(name)).collect();
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(other.len(), waived, "a waiver is not needed any more");
    // Nothing is waived that is held to be certain.
    for case in cases.iter().filter(|case| is_waived(&case["name"].as_str().unwrap())) {
        let doubted = case["agrees_with_iam_simulate"] == false
            || case["disagree"].as_array().is_some_and(|engines| !engines.is_empty());
        assert!(doubted, "{}", case["name"]);
    }
    cases.len()
}

#[test]
fn identity_policies_of_another_engines_tests() {
    assert!(judge("iam_cases_awsim.jsonl", 2) >= 50);
}

#[test]
fn send_command_and_pass_role_as_other_engines_label_them() {
    assert!(judge("iam_cases_ssm_generated.jsonl", 0) >= 2016);
}
