//! Scenarios over an inventory, and the answers of the AWS CLI as small texts.

use fleetsim::scenario::{
    Faults, Resolved,
    plan::{Group, Instance, Plan},
};

use super::written;
pub use super::written::{assert_says, warnings};

/// One group that takes everything, and a shell command to the tag `Role` = `web`.
pub const REST: &str = "[[group]]\nname = \"rest\"\nwhere = {}\nexecution = \"10s\"\n";
pub const COMMAND: &str = r#"[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["true"] }
"#;

/// Five instances as describe-instance-information has them: the last but one is lost, the last a hybrid one.
pub const INFORMATION: &str = r#"{
    "InstanceInformationList": [
        { "InstanceId": "i-00000000000000001", "PingStatus": "Online", "PlatformType": "Linux", "Name": "one" },
        { "InstanceId": "i-00000000000000002", "PingStatus": "Online", "PlatformType": "Windows" },
        { "InstanceId": "i-00000000000000003", "PingStatus": "Online", "PlatformType": "MacOS" },
        { "InstanceId": "i-00000000000000004", "PingStatus": "ConnectionLost", "PlatformType": "Linux" },
        { "InstanceId": "mi-00000000000000005", "PingStatus": "Online", "PlatformType": "Linux" }
    ]
}
"#;

/// The four on EC2 as describe-instances has them, in another order.
pub const MACHINES: &str = r#"{
    "Reservations": [
        { "ReservationId": "r-1", "Instances": [
            { "InstanceId": "i-00000000000000004", "State": { "Code": 16, "Name": "running" }, "Tags": [{ "Key": "Role", "Value": "db" }] },
            { "InstanceId": "i-00000000000000001", "State": { "Code": 16, "Name": "running" },
              "Tags": [{ "Key": "Role", "Value": "web" }, { "Key": "Stage", "Value": "prod" }] }
        ] },
        { "ReservationId": "r-2", "Instances": [
            { "InstanceId": "i-00000000000000002", "Platform": "windows", "Tags": [{ "Key": "Role", "Value": "web" }] },
            { "InstanceId": "i-00000000000000003", "InstanceType": "mac2.metal", "PlatformDetails": "Linux/UNIX" }
        ] }
    ]
}
"#;

/// Loads a scenario with some files beside it.
pub fn load(text: &str, files: &[(&str, &str)]) -> Result<Resolved, Faults> {
    written::load("fleet.toml", text, files)
}

/// The scenario with one inventory of `files`, and `rest` behind it; `rest` begins on line 4.
pub fn text(files: &[(&str, &str)], rest: &str) -> String {
    let names = files.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    format!("version = 1\n[[inventory]]\nfiles = [{names}]\n{rest}")
}

/// The scenario over these files with one group that takes everything.
#[track_caller]
pub fn whole(files: &[(&str, &str)]) -> Resolved {
    load(&text(files, &format!("{REST}{COMMAND}")), files).unwrap_or_else(|faults| panic!("{faults}"))
}

/// What is said of the same scenario when its files are bad.
#[track_caller]
pub fn faults(files: &[(&str, &str)]) -> String {
    load(&text(files, &format!("{REST}{COMMAND}")), files).expect_err("bad files").render(false)
}

/// Every listed instance with its group, in the order of the ids.
pub fn listed(plan: &Plan) -> Vec<(&Group, &Instance)> {
    let mut all: Vec<_> = plan
        .groups
        .iter()
        .flat_map(|group| group.members.listed().iter().map(move |one| (group, one)))
        .collect();
    all.sort_by_key(|(_, instance)| instance.id.clone());
    all
}

/// The last digit of each id, a blank, and the name of its group.
pub fn grouped(plan: &Plan) -> Vec<String> {
    listed(plan)
        .iter()
        .map(|(group, one)| format!("{} {}", &one.id[one.id.len() - 1..], group.name))
        .collect()
}
