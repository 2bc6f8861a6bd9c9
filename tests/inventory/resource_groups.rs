//! S3.10, S3.19, S1.30, C6, O-30: resource groups as targets.

use fleetsim::{
    history::{Fact, Record},
    scenario::Resolved,
    ssm::{CommandStatus, StatusDetails},
};

use crate::{
    common::{at, command_ended, history, times},
    judged::assert_valid,
    scenario::*,
};

const FILES: &[(&str, &str)] = &[("ssm.json", INFORMATION), ("ec2.json", MACHINES)];

const MEMBERS: &str = r#"{"Resources": [
        {"Identifier": {"ResourceArn": "arn:aws:ec2:eu-west-1:123456789012:instance/i-00000000000000003", "ResourceType": "AWS::EC2::Instance"}},
        {"Identifier": {"ResourceArn": "arn:aws:s3:::a-bucket", "ResourceType": "AWS::S3::Bucket"}},
        {"Identifier": {"ResourceArn": "arn:aws:ssm:eu-west-1:123456789012:managed-instance/mi-00000000000000005"}}
    ], "ResourceIdentifiers": [
        {"ResourceArn": "arn:aws:ec2:eu-west-1:123456789012:instance/i-00000000000000003", "ResourceType": "AWS::EC2::Instance"}
    ]}
    {"ResourceIdentifiers": [
        {"ResourceArn": "arn:aws:ec2:eu-west-1:123456789012:instance/i-00000000000000001", "ResourceType": "AWS::EC2::Instance"}
    ]}"#;

/// The scenario with a resource group and these targets, over two made-up instances and the five of the inventory.
fn scenario(group: &str, targets: &str) -> String {
    let made_up = "[[group]]\nname = \"made\"\ncount = 2\nid_prefix = \"mi-made\"\ntags = { Role = \"web\" }\nexecution = \"10s\"\n";
    let command = COMMAND.replace(r#"[{ Key = "tag:Role", Values = ["web"] }]"#, targets);
    text(FILES, &format!("{made_up}{REST}[[resource_group]]\nname = \"ours\"\n{group}\n{command}"))
}

fn with_members(group: &str, targets: &str) -> Result<Resolved, fleetsim::scenario::Faults> {
    load(&scenario(group, targets), &[FILES, &[("members.json", MEMBERS)]].concat())
}

/// The last digits of the ids of all targets, those never sent to included; made-up ones are 0 and 1 of `mi-made`.
#[track_caller]
fn targets(group: &str, targets: &str) -> String {
    let resolved = with_members(group, targets).unwrap_or_else(|faults| panic!("{faults}"));
    let plan = &resolved.plan;
    let records = history(plan, 0);
    let roster = fleetsim::scenario::Roster::new(plan);
    let ended = |record: &Record| match record.fact {
        Fact::InvocationEnded { instance, .. } => Some(roster.id(instance)),
        _ => None,
    };
    let mut ids: Vec<_> = records.iter().filter_map(ended).collect();
    ids.sort();
    let count = ids.len() as u32;
    assert_eq!(times(&records, Fact::Targeted { count }), [at(0.0)]);
    assert_valid(plan, &records);
    let short =
        |id: &String| format!("{}{}", if id.contains("made") { "m" } else { "" }, &id[id.len() - 1..]);
    ids.iter().map(short).collect::<Vec<_>>().join(" ")
}

const OURS: &str = r#"{ Key = "resource-groups:Name", Values = ["ours"] }"#;

/// S3.10, S3.19: members by tags, by ids, and by the answer of list-group-resources, whose other resources do not count.
#[test]
fn members() {
    let ours = format!("[{OURS}]");
    assert_eq!(targets("tags = { Role = \"web\" }", &ours), "1 2 m0 m1");
    assert_eq!(targets("tags = { Role = \"web\", Stage = \"prod\" }", &ours), "1");
    assert_eq!(targets("instance_ids = [\"mi-made0000000000001\", \"i-00000000000000004\"]", &ours), "4 m1");
    assert_eq!(targets("members = \"members.json\"", &ours), "1 3 5");
}

/// S3.6: a resource group and other targets must both match. O-30: types narrow a group, or stand alone, in either
/// casing that AWS's texts have.
#[test]
fn groups_and_other_targets() {
    let with = |other: &str| targets("members = \"members.json\"", &format!("[{OURS}, {other}]"));
    assert_eq!(with(r#"{ Key = "tag:Role", Values = ["web"] }"#), "1");
    assert_eq!(
        with(r#"{ Key = "InstanceIds", Values = ["i-00000000000000003", "i-00000000000000004"] }"#),
        "3"
    );
    let types =
        |types: &str| format!(r#"{{ Key = "resource-groups:ResourceTypeFilters", Values = [{types}] }}"#);
    assert_eq!(with(&types("\"AWS::EC2::Instance\"")), "1 3");
    assert_eq!(with(&types("\"AWS::EC2::INSTANCE\"")), "1 3");
    assert_eq!(with(&types("\"AWS::SSM::ManagedInstance\"")), "5");
    assert_eq!(with(&types("\"AWS::SSM::ManagedInstance\", \"AWS::EC2::Instance\"")), "1 3 5");
    let alone = targets("tags = {}", &format!("[{}]", types("\"AWS::SSM::ManagedInstance\"")));
    assert_eq!(alone, "5 m0 m1");
}

/// S1.31: a group without managed members is NoInstancesInTag.
#[test]
fn empty_groups() {
    let resolved = with_members("tags = { Role = \"none\" }", &format!("[{OURS}]")).unwrap();
    assert_says(&warnings(&resolved), &["no instance of the fleet matches", "NoInstancesInTag"]);
    let records = history(&resolved.plan, 0);
    let (status, details, time, counts) = command_ended(&records);
    assert_eq!((status, details), (CommandStatus::Success, StatusDetails::NoInstancesInTag));
    assert_eq!((time, counts.target_count), (at(0.0), 0));
    assert_valid(&resolved.plan, &records);
}

/// S1.30, C6: a group that the caller may not list ends the command at once as Failed/AccessDenied; nobody is a target.
#[test]
fn refused_groups() {
    let other = r#"{ Key = "tag:Role", Values = ["web"] }"#;
    for (group, targets) in [
        ("access_denied = true", format!("[{OURS}]")),
        ("access_denied = true\ntags = { Role = \"web\" }", format!("[{OURS}]")),
        ("access_denied = true\nmembers = \"members.json\"", format!("[{other}, {OURS}]")),
    ] {
        let resolved = with_members(group, &targets).unwrap();
        assert_says(
            &warnings(&resolved),
            &["no access to the resource group", "Failed/AccessDenied (S1.30)"],
        );
        let records = history(&resolved.plan, 0);
        let facts: Vec<_> = records.iter().map(|record| (record.time, record.fact)).collect();
        assert_eq!(facts[..2], [(at(0.0), Fact::Requested), (at(0.0), Fact::Targeted { count: 0 })]);
        assert_eq!(facts.len(), 3);
        let (status, details, time, counts) = command_ended(&records);
        assert_eq!((status, details), (CommandStatus::Failed, StatusDetails::AccessDenied));
        assert_eq!((time, counts.target_count, counts.completed_count), (at(0.0), 0, 0));
        assert_valid(&resolved.plan, &records);
    }
}

#[test]
fn faults_of_groups() {
    let ours = format!("[{OURS}]");
    let no_type = r#"{ Key = "resource-groups:ResourceTypeFilters", Values = ["AWS::S3::Bucket"] }"#;
    for (group, targets, parts) in [
        ("tags = {}", &ours.replace("ours", "our"), &["no resource group `our`", "did you mean `ours`?"][..]),
        (
            "tags = {}",
            &ours.replace("ours", "zebra"),
            &["no resource group `zebra`", "a `[[resource_group]]`"],
        ),
        ("", &ours, &["who belongs to `ours` is said in no way", "exactly one of `tags`"]),
        ("tags = {}\ninstance_ids = []", &ours, &["is said in no way, or in several"]),
        ("instance_ids = [\"i-00000000000000009\"]", &ours, &["`i-00000000000000009` is not in the fleet"]),
        ("members = \"none.json\"", &ours, &["cannot read none.json"]),
        ("members = \"ssm.json\"", &ours, &["ssm.json:1:1", "`ResourceIdentifiers` of list-group-resources"]),
        (
            "tags = {}\n[[resource_group]]\nname = \"ours\"\ntags = {}",
            &ours,
            &["there is another resource group `ours`"],
        ),
        (
            "tags = {}",
            &ours.replace("[\"ours\"]", "[\"ours\", \"ours\"]"),
            &["InvalidParameters", "2 resource groups; a command takes exactly one"],
        ),
        ("tags = {}", &format!("[{OURS}, {OURS}]"), &["2 resource groups"]),
        ("tags = {}", &ours.replace("[\"ours\"]", "[]"), &["0 resource groups"]),
        (
            "tags = {}",
            &format!("[{}]", no_type.replace("\"AWS::S3::Bucket\"", &["\"x\""; 6].join(", "))),
            &["6 resource types; a target takes at most 5"],
        ),
    ] {
        assert_says(&with_members(group, targets).unwrap_err().render(false), parts);
    }
    let resolved = with_members("tags = {}", &format!("[{no_type}]")).unwrap();
    assert_says(
        &warnings(&resolved),
        &["no instance is of the type `AWS::S3::Bucket`", "AWS::SSM::ManagedInstance"],
    );
}

/// Faults in the answer of list-group-resources, and members that Systems Manager does not know.
#[test]
fn faults_of_members() {
    let said = |members: &str| {
        let files = [FILES, &[("members.json", members)]].concat();
        load(&scenario("members = \"members.json\"", &format!("[{OURS}]")), &files)
    };
    for (members, parts) in [
        ("{\"ResourceIdentifiers\": [{}]}", &["members.json:1:26", "an entry without `ResourceArn`"][..]),
        ("{\"ResourceIdentifiers\": [{\"ResourceArn\": \"i-12345678\"}]}", &["is not an ARN", "S3.19"]),
        ("{\"Resources\": [{}]}", &["missing field `Identifier`"]),
        ("[]", &["found a list", "without `--query`"]),
    ] {
        assert_says(&said(members).unwrap_err().render(false), parts);
    }
    let stranger = MEMBERS.replace("instance/i-00000000000000001", "instance/i-0000000000000000f");
    let resolved = said(&stranger).unwrap();
    assert_says(&warnings(&resolved), &["not in the fleet: 1 of 3 members", "i-0000000000000000f"]);
}
