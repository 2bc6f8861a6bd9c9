//! Principals, roles and instance profiles in scenarios: what the call refuses, what invocations are denied, and the faults of
//! policies, each in its place.

mod written;

use std::fmt::Write;

use fleetsim::{
    ensemble::run_one,
    scenario::{
        Faults, Resolved,
        plan::{Channel, InstanceRange},
    },
    ssm::StatusDetails,
    world::Model,
};
use written::{assert_says, warnings};

const FLEET: &str = r#"
[[group]]
name = "web"
count = 4
tags = { Role = "web", Finance = "WebServers" }
execution = "5s"
[[group]]
name = "slip"
count = 3
tags = { Role = "web", Finance = "WebServer" }
execution = "5s"
[[group]]
name = "office"
count = 2
id_prefix = "mi-office"
tags = { Role = "web", Finance = "WebServers" }
execution = "5s"
"#;

const DOCUMENT: &str =
    r#"{ "Effect": "Allow", "Action": "ssm:SendCommand", "Resource": "arn:aws:ssm:*::document/AWS-*" }"#;
/// The sample policy of the guide (S12.7).
const INSTANCES: &str = r#"{ "Effect": "Allow", "Action": "ssm:SendCommand", "Resource": "arn:aws:ec2:*:*:instance/*",
    "Condition": { "StringLike": { "ssm:resourceTag/Finance": ["WebServers"] } } }"#;
const BY_TAG: &str = r#"Targets = [{ Key = "tag:Role", Values = ["web"] }]"#;

fn policy(statements: &[&str]) -> String {
    format!(r#"{{ "Version": "2012-10-17", "Statement": [{}] }}"#, statements.join(", "))
}

/// A scenario in which the operator of `policy.json` sends a command with these further fields of the request.
fn text(request: &str, more: &str) -> String {
    let mut text =
        String::from("version = 1\n[[principal]]\nname = \"operator\"\npolicies = [\"policy.json\"]\n");
    let _ = write!(text, "{FLEET}{more}\n[[command]]\nprincipal = \"operator\"\n[command.request]\n");
    let _ = write!(
        text,
        "DocumentName = \"AWS-RunShellScript\"\nParameters = {{ commands = [\"true\"] }}\n{request}\n"
    );
    text
}

fn load(statements: &[&str], request: &str) -> Result<Resolved, Faults> {
    written::load("s.toml", &text(request, ""), &[("policy.json", &policy(statements))])
}

#[track_caller]
fn faults(statements: &[&str], request: &str) -> String {
    load(statements, request).expect_err("a bad scenario").render(false)
}

/// S12.1, S12.5, S12.9: of tags each denied invocation is AccessDenied, and counts in TargetCount.
#[test]
fn of_tags_the_single_invocations_are_denied() {
    let resolved = load(&[DOCUMENT, INSTANCES], BY_TAG).expect("a good scenario");
    let command = &resolved.plan.commands[0];
    assert_eq!(command.access_denied, [InstanceRange { first: 4, count: 5 }]);
    let ensemble = run_one(&Model::new(&resolved.plan), 1, 0, true, &mut ());
    let result = &ensemble.first.as_ref().unwrap().commands[0];
    assert_eq!((result.targets, result.sent), (9, 4));
    assert_eq!(result.ending(StatusDetails::AccessDenied), 5);
    assert_eq!(result.ending(StatusDetails::Success), 4);
    assert!(ensemble.rules.iter().all(|rule| rule.offences == 0), "{:?}", ensemble.rules);
}

/// S12.2: a policy may name parts of ids, and then each instance is asked about.
#[test]
fn instances_may_be_denied_by_their_ids() {
    let by_id = r#"{ "Effect": "Allow", "Action": "ssm:SendCommand",
        "Resource": ["arn:aws:ec2:*:*:instance/i-web*0", "arn:aws:ec2:*:*:instance/i-web*2", "arn:aws:ssm:*:*:managed-instance/*"] }"#;
    let resolved = load(&[DOCUMENT, by_id], BY_TAG).expect("a good scenario");
    let range = |first, count| InstanceRange { first, count };
    assert_eq!(resolved.plan.commands[0].access_denied, [range(1, 1), range(3, 4)]);
}

/// O-17, S12.6: of ids the call itself is refused, and the message is that of the service.
#[test]
fn of_ids_the_call_is_refused() {
    let ids = r#"InstanceIds = ["i-web00000000000000", "i-slip0000000000001"]"#;
    assert_says(
        &faults(&[DOCUMENT, INSTANCES], ids),
        &[
            "AccessDeniedException: arn:aws:iam::123456789012:user/operator is not authorized to perform ssm:SendCommand",
            "on arn:aws:ec2:us-east-1:123456789012:instance/i-slip0000000000001",
            "no statement allows it; the tag `Finance` is `WebServer`, the policy says `WebServers` (S12.7) (O-17)",
        ],
    );
    let allowed = load(&[DOCUMENT, INSTANCES], r#"InstanceIds = ["i-web00000000000000"]"#).expect("allowed");
    assert_eq!(allowed.plan.commands[0].access_denied, []);
}

/// S12.1: the document has to be allowed too, whatever selects the instances; AWS's own have no account (S12.2).
#[test]
fn the_document_has_to_be_allowed_too() {
    let document = "AccessDeniedException: arn:aws:iam::123456789012:user/operator is not authorized to perform \
                    ssm:SendCommand on arn:aws:ssm:us-east-1::document/AWS-RunShellScript";
    assert_says(&faults(&[INSTANCES], BY_TAG), &[document, "no statement allows it (O-17)"]);
    let with_account = r#"{ "Effect": "Allow", "Action": "ssm:*",
        "Resource": ["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:us-east-1:123456789012:document/AWS-RunShellScript"] }"#;
    assert_says(
        &faults(&[with_account], BY_TAG),
        &[document, "AWS's own have no account in their ARNs (S12.2)"],
    );
    let deny = r#"{ "Sid": "NoShell", "Effect": "Deny", "Action": "*", "Resource": "arn:aws:ssm:*::document/AWS-RunShellScript" }"#;
    assert_says(
        &faults(&[DOCUMENT, INSTANCES, deny], BY_TAG),
        &["statement `NoShell` of policy.json denies it (O-17)"],
    );
}

const NOTIFY: &str = r#"Targets = [{ Key = "tag:Role", Values = ["web"] }]
ServiceRoleArn = "arn:aws:iam::123456789012:role/publish"
NotificationConfig = { NotificationArn = "arn:aws:sns:us-east-1:123456789012:status", NotificationType = "Command" }"#;
const PASS: &str = r#"{ "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
    "Condition": { "StringEquals": { "iam:PassedToService": "ssm.amazonaws.com" } } }"#;

/// A scenario with a role for notifications that this service may assume and that may publish to this topic.
fn with_role(pass: bool, service: &str, topic: &str) -> Result<Resolved, Faults> {
    let role = "[[role]]\narn = \"arn:aws:iam::123456789012:role/publish\"\ntrust = \"trust.json\"\npolicies = [\"publish.json\"]\n";
    let statements: &[&str] = if pass { &[DOCUMENT, INSTANCES, PASS] } else { &[DOCUMENT, INSTANCES] };
    let trust = format!(
        r#"{{ "Version": "2012-10-17", "Statement": [{{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {service} }}] }}"#
    );
    let publish =
        policy(&[&format!(r#"{{ "Effect": "Allow", "Action": "sns:Publish", "Resource": "{topic}" }}"#)]);
    let files = [("policy.json", policy(statements)), ("trust.json", trust), ("publish.json", publish)];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    written::load("s.toml", &text(NOTIFY, role), &files)
}

const TOPIC: &str = "arn:aws:sns:*:*:status";
const SSM: &str = r#"{ "Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"] }"#;

/// S9.31, S12.15, S12.16.
#[test]
fn notifications_need_a_role_that_is_passed_and_trusts_systems_manager() {
    let good = with_role(true, SSM, TOPIC).expect("a good scenario");
    assert!(!good.plan.commands[0].publish_denied);
    let refused = |pass, service| with_role(pass, service, TOPIC).expect_err("refused").render(false);
    assert_says(&refused(false, SSM), &["iam:PassRole on arn:aws:iam::123456789012:role/publish"]);
    assert_says(
        &refused(true, r#"{ "Service": "ec2.amazonaws.com" }"#),
        &["InvalidRole", "cannot be assumed by ssm.amazonaws.com"],
    );
    // The guide's slip: of two keys the last one counts, and the first is lost.
    let twice = r#"{ "Service": "ssm.amazonaws.com", "Service": "ec2.amazonaws.com" }"#;
    assert_says(&refused(true, twice), &["InvalidRole", "the key `Service` stands twice; the first is lost"]);
}

/// S9.32, O-26b: what the role may not publish is dropped, and the rule for publications knows.
#[test]
fn without_sns_publish_nothing_is_published() {
    let resolved = with_role(true, SSM, "arn:aws:sns:*:*:another").expect("accepted");
    assert_says(&warnings(&resolved), &["may not publish to the topic, so every message is dropped"]);
    let ensemble = run_one(&Model::new(&resolved.plan), 1, 0, true, &mut ());
    let result = &ensemble.first.as_ref().unwrap().commands[0];
    assert_eq!(result.notifications[0].published, 0);
    assert!(ensemble.rules.iter().all(|rule| rule.offences == 0), "{:?}", ensemble.rules);
    let heard = with_role(true, SSM, TOPIC).expect("a good scenario");
    let ensemble = run_one(&Model::new(&heard.plan), 1, 0, true, &mut ());
    assert_eq!(ensemble.first.unwrap().commands[0].notifications[0].published, 2);
}

/// S12.18, S12.19.
#[test]
fn instance_profiles_make_managed_nodes() {
    let profile = |actions: &str| {
        let inline = format!(
            "[[group]]\nname = \"own\"\ncount = 1\nexecution = \"1s\"\n[[group.instance_profile]]\nVersion = \"2012-10-17\"\n\
             Statement = [{{ Effect = \"Allow\", Action = [{actions}], Resource = \"*\" }}]\n"
        );
        let files = [("policy.json", policy(&[DOCUMENT, INSTANCES]))];
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        written::load("s.toml", &text(BY_TAG, &inline), &files)
    };
    let all = r#""ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*""#;
    assert_eq!(warnings(&profile(all).expect("the managed policy")), "");
    let fault = |actions| profile(actions).expect_err("no managed node").render(false);
    assert_says(&fault(r#""ssmmessages:*""#), &["does not allow ssm:UpdateInstanceInformation", "S12.18"]);
    assert_says(&fault(r#""ssm:UpdateInstanceInformation""#), &["neither channel to the agent"]);
    let fallen_back = profile(r#""ssm:*", "ec2messages:*""#).expect("the old channel does");
    assert_says(&warnings(&fallen_back), &["falls back to ec2messages"]);
}

/// S12.19: without either of the two actions of ssmmessages agents are on MDS, unless the scenario says otherwise.
#[test]
fn instance_profiles_decide_on_the_channel() {
    let with = |actions: &str, agent: &str| {
        let inline = format!(
            "[[group]]\nname = \"own\"\ncount = 1\nexecution = \"1s\"\n{agent}\n[[group.instance_profile]]\nVersion = \"2012-10-17\"\n\
             Statement = [{{ Effect = \"Allow\", Action = [\"ssm:*\", {actions}], Resource = \"*\" }}]\n"
        );
        let policy = policy(&[DOCUMENT, INSTANCES]);
        written::load("s.toml", &text(BY_TAG, &inline), &[("policy.json", policy.as_str())])
    };
    let channel = |actions, agent| {
        let resolved = with(actions, agent).expect("a good scenario");
        let own = resolved.plan.groups.iter().find(|group| group.name == "own");
        (own.unwrap().channel, warnings(&resolved))
    };
    let (both, old) = (r#""ssmmessages:*", "ec2messages:*""#, r#""ec2messages:*""#);
    let half = r#""ssmmessages:OpenControlChannel", "ec2messages:*""#;
    let (mgs, mds) = ("agent = { channel = \"mgs\" }", "agent = { channel = \"mds\" }");
    assert_eq!(channel(both, ""), (Channel::Mgs, String::new()));
    assert_eq!(channel(both, mds), (Channel::Mds, String::new()));
    assert_eq!(channel(old, "").0, Channel::Mds);
    assert_eq!(channel(half, "").0, Channel::Mds);
    let (kept, warned) = channel(old, mgs);
    assert_eq!(kept, Channel::Mgs);
    assert_says(&warned, &["does not allow ssmmessages, but these agents are on it", "S12.19"]);
    let fault = with(r#""ssmmessages:*""#, mds).expect_err("no way").render(false);
    assert_says(&fault, &["does not allow ec2messages", "write channel = \"mgs\""]);
    let fault = with(both, "agent = { channel = \"mqtt\" }").expect_err("unknown").render(false);
    assert_says(&fault, &["mqtt", "mgs", "mds"]);
}

/// Every fault of a policy at once, in its own file or where it stands.
#[test]
fn faults_of_policies_are_told_with_their_place() {
    let bad = r#"{ "Version": "2012-10-18", "Statement": [
        { "Sid": "a-b", "Effect": "allow", "Action": "SendCommand", "Resource": "i-1" },
        { "Effect": "Allow", "Action": "ssm:*", "NotAction": "iam:*", "Ressource": "*" },
        { "Effect": "Allow", "Action": [], "Resource": "*", "Principal": "*",
          "Condition": { "StringLikes": { "k": "v" }, "NumericLessThan": { "k": ["x"] }, "Bool": "true" } } ] }"#;
    let told =
        written::load("s.toml", &text(BY_TAG, ""), &[("policy.json", bad)]).expect_err("bad").render(false);
    assert_says(
        &told,
        &[
            "policy.json at /Version",
            "policy.json at /Statement/0/Sid",
            "\"Allow\" or \"Deny\"",
            "`SendCommand` is no action",
            "`i-1` is no ARN",
            "both Action and NotAction",
            "did you mean `Resource`?",
            "no Resource",
            "Action names nothing",
            "a policy of an identity names no principal",
            "did you mean `StringLike`?",
            "policy.json at /Statement/2/Condition/NumericLessThan/k/0",
            "policy.json at /Statement/2/Condition/Bool",
        ],
    );
    assert_says(&faults(&[DOCUMENT, "{"], BY_TAG), &["not valid JSON"]);
    let missing = written::load("s.toml", &text(BY_TAG, ""), &[]).expect_err("no file").render(false);
    assert_says(&missing, &["cannot read policy.json"]);
}

#[test]
fn principals_and_roles_are_named_rightly() {
    let files = [("policy.json", policy(&[DOCUMENT, INSTANCES]))];
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let told = |text: &str| written::load("s.toml", text, &files).expect_err("bad").render(false);
    let unknown = text(BY_TAG, "").replace("principal = \"operator\"", "principal = \"operater\"");
    assert_says(&told(&unknown), &["there is no principal `operater`", "did you mean `operator`?"]);
    let twice = text(
        BY_TAG,
        "[[principal]]\nname = \"operator\"\narn = \"operator\"\npolicies = [\"policy.json\"]\n",
    );
    assert_says(
        &told(&twice),
        &["there is another principal `operator`", "`operator` is no ARN of a user or role"],
    );
    let account = format!("account = \"1\"\nregion = \"Frankfurt\"\n{}", text(BY_TAG, ""));
    assert_says(&told(&account), &["`1` is no account", "`Frankfurt` is no Region"]);
}
