//! Answers that others recorded or published, from `../shared/data`; skipped where they are missing.

use std::fs;

use serde_json::Value;

use crate::scenario::*;

/// The lines of a file of samples.
fn lines(name: &str) -> Option<Vec<Value>> {
    let path = format!("{}/../shared/data/ssm_samples/{name}", env!("CARGO_MANIFEST_DIR"));
    match fs::read_to_string(&path) {
        Ok(text) => Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()),
        Err(error) => {
            eprintln!("skipped: {path}: {error}");
            None
        }
    }
}

/// Every instance of the sample, in order, is managed; the sample is printed once as the AWS CLI prints it and once on
/// one line.
fn check(answer: &Value) {
    let entries = answer["InstanceInformationList"].as_array().unwrap();
    for text in [serde_json::to_string_pretty(answer).unwrap(), answer.to_string()] {
        let resolved = whole(&[("ssm.json", &text)]);
        let mut expected: Vec<_> = entries
            .iter()
            .map(|entry| (entry["InstanceId"].as_str().unwrap(), entry["PlatformType"].as_str().unwrap()))
            .collect();
        expected.sort_unstable();
        let found: Vec<_> = listed(&resolved.plan)
            .into_iter()
            .map(|(_, one)| (one.id.clone(), format!("{:?}", one.platform)))
            .collect();
        let found: Vec<_> = found.iter().map(|(id, platform)| (id.as_str(), platform.as_str())).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn the_examples_of_the_aws_cli() {
    let Some(samples) = lines("awscli_examples.jsonl") else { return };
    let outputs = samples.iter().map(|sample| &sample["output"]);
    let (known, other): (Vec<_>, Vec<_>) =
        outputs.partition(|output| output.get("InstanceInformationList").is_some());
    assert!(!known.is_empty());
    known.into_iter().for_each(check);
    // Every other answer is refused, and so is what `--query` leaves of one.
    for answer in other {
        assert_says(&faults(&[("x.json", &answer.to_string())]), &["error: ", "without `--query`"]);
    }
}

#[test]
fn recorded_answers() {
    let Some(samples) = lines("custodian_placebo.jsonl") else { return };
    let answers = samples.iter().map(|sample| &sample["data"]);
    let known: Vec<_> = answers.filter(|data| data.get("InstanceInformationList").is_some()).collect();
    assert!(known.len() >= 3);
    known.into_iter().for_each(check);
}
