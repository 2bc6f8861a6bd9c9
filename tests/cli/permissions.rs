//! `fleetsim iam explain` (section 12): 0 when all is allowed, 1 when something is denied, 2 for bad input.

use serde_json::Value;

use super::program::Place;

/// The sample policy of the guide, whose text says `WebServer` (S12.7).
const POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [
    { "Sid": "Document", "Effect": "Allow", "Action": "ssm:SendCommand", "Resource": "arn:aws:ssm:*::document/AWS-RunShellScript" },
    { "Sid": "Finance", "Effect": "Allow", "Action": "ssm:SendCommand", "Resource": "arn:aws:ec2:*:*:instance/*",
      "Condition": { "StringLike": { "ssm:resourceTag/Finance": ["WebServers"] } } } ] }"#;

const SCENARIO: &str = r#"version = 1
principal = [{ name = "operator", policies = ["policy.json"] }]
group = [{ name = "web", count = 2, tags = { Finance = "WebServer" }, execution = "5s" }]
[[command]]
principal = "operator"
[command.request]
DocumentName = "AWS-RunShellScript"
InstanceIds = ["i-web00000000000000"]
Parameters = { commands = ["true"] }
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("policy.json", POLICY);
    place.write("s.toml", SCENARIO);
    place
}

#[test]
fn policies_in_files_are_asked_about_a_document_and_an_instance() {
    let place = place();
    let ask = |tag: &str| {
        let words = ["iam", "explain", "--policy", "policy.json", "--document", "AWS-RunShellScript"];
        place.run(&[&words[..], &["--instance", "i-0123456789abcdef0", "--tag", tag]].concat())
    };
    let allowed = ask("Finance=WebServers").exits(0).out;
    assert!(
        allowed.contains("instance/i-0123456789abcdef0: allowed\n  by statement `Finance` of policy.json")
    );
    let denied = ask("Finance=WebServer").exits(1).out;
    for said in [
        "document/AWS-RunShellScript: allowed\n  by statement `Document` of policy.json",
        "instance/i-0123456789abcdef0: denied\n  no statement allows it",
        "StringLike of `ssm:resourceTag/Finance` wants `WebServers`, the request has `WebServer`",
        "the tag `Finance` is `WebServer`, the policy says `WebServers` (S12.7)",
    ] {
        assert!(denied.contains(said), "{said} is not in:\n{denied}");
    }
}

/// What makes the scenario unusable is what is asked about: the explanation has to work all the same.
#[test]
fn a_scenario_is_asked_about_although_its_call_is_refused() {
    let place = place();
    place.run(&["run", "s.toml"]).exits(2).complains(&["AccessDeniedException", "WebServers", "(O-17)"]);
    let ran = place.run(&["iam", "explain", "s.toml", "--format", "json"]).exits(1);
    let answers: Value = serde_json::from_str(&ran.out).unwrap();
    let decisions: Vec<_> =
        answers.as_array().unwrap().iter().map(|one| one["decision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["Allowed", "ImplicitlyDenied"]);
    assert_eq!(answers[1]["resource"], "arn:aws:ec2:us-east-1:123456789012:instance/i-web00000000000000");
    assert_eq!((&answers[0]["policy"], &answers[0]["statement"]), (&"policy.json".into(), &0.into()));
    let other = ["iam", "explain", "s.toml", "--instance", "i-web00000000000009"];
    place.run(&other).exits(2).complains(&["the fleet has no instance `i-web00000000000009`"]);
    let nobody = ["iam", "explain", "s.toml", "--principal", "nobody"];
    place.run(&nobody).exits(2).complains(&["there is no principal `nobody`; the scenario has operator"]);
}

/// S12.15, and the guide's slip: of two keys the first is lost.
#[test]
fn a_trust_policy_is_asked_about_systems_manager() {
    let place = place();
    let trust = |services: &str| {
        let text = format!(
            r#"{{ "Version": "2012-10-17", "Statement": [{{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {{ {services} }} }}] }}"#
        );
        place.write("trust.json", &text);
        place.run(&["iam", "explain", "--trust", "trust.json"])
    };
    let ran = trust(r#""Service": ["ssm.amazonaws.com", "ec2.amazonaws.com"]"#).exits(0);
    assert!(ran.out.starts_with("sts:AssumeRole by ssm.amazonaws.com: allowed"), "{}", ran.out);
    trust(r#""Service": "ssm.amazonaws.com", "Service": "ec2.amazonaws.com""#)
        .exits(1)
        .complains(&["the key `Service` stands twice; the first is lost"]);
}

#[test]
fn bad_policies_and_questions_are_2() {
    let place = place();
    place.write(
        "bad.json",
        r#"{ "Statement": { "Effect": "Allow", "Action": "SendCommand", "Resource": "*" } }"#,
    );
    let bad = ["iam", "explain", "--policy", "bad.json", "--instance", "i-1"];
    place.run(&bad).exits(2).complains(&[
        "bad.json at /Statement/Action",
        "`SendCommand` is no action",
        "no Version",
    ]);
    place.run(&["iam", "explain", "--policy", "policy.json"]).exits(2).complains(&["nothing is asked"]);
    place.run(&["iam", "explain"]).exits(2).complains(&["SCENARIO"]);
    let tag = ["iam", "explain", "--policy", "policy.json", "--instance", "i-1", "--tag", "x"];
    place.run(&tag).exits(2).complains(&["`x` is no tag; write --tag NAME=VALUE"]);
    place
        .run(&["iam", "explain", "--policy", "nowhere.json", "--instance", "i-1"])
        .exits(2)
        .complains(&["nowhere.json"]);
}
