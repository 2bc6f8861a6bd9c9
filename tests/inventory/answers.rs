//! What is read of the answers, and how they are joined.

use std::fmt::Write;

use fleetsim::{
    scenario::plan::{AvailabilityState, Group},
    ssm::status::Platform::{Linux, MacOS, Windows},
};

use crate::scenario::*;

fn is_lost(group: &Group) -> bool {
    matches!(group.availability[..], [ref only] if only.state == AvailabilityState::Unreachable)
}

/// S15.6, S8.42: id, platform and connection are those of describe-instance-information, tags those of
/// describe-instances; `Name` is no tag.
#[test]
fn two_answers_are_joined_by_id() {
    let resolved = whole(&[("ssm.json", INFORMATION), ("ec2.json", MACHINES)]);
    let found: Vec<_> = listed(&resolved.plan)
        .into_iter()
        .map(|(group, one)| {
            let tags = one.tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
            (one.id.as_str(), one.platform, is_lost(group), tags.join(" "))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("i-00000000000000001", Linux, false, "Role=web Stage=prod".into()),
            ("i-00000000000000002", Windows, false, "Role=web".into()),
            ("i-00000000000000003", MacOS, false, String::new()),
            ("i-00000000000000004", Linux, true, "Role=db".into()),
            ("mi-00000000000000005", Linux, false, String::new()),
        ]
    );
    assert_eq!(warnings(&resolved), "");
    let text = text(&[("ec2.json", MACHINES), ("ssm.json", INFORMATION)], &format!("{REST}{COMMAND}"));
    let swapped = load(&text, &[("ssm.json", INFORMATION), ("ec2.json", MACHINES)]).unwrap();
    let instances = |plan| listed(plan).into_iter().map(|(_, one)| one.clone()).collect::<Vec<_>>();
    assert_eq!(instances(&swapped.plan), instances(&resolved.plan));
}

/// S3.15, S8.44: of describe-instances alone everything counts as managed that is pending, running, stopping or stopped;
/// what is stopped or stopping cannot be reached.
#[test]
fn describe_instances_alone() {
    let states = ["pending", "running", "stopping", "stopped", "shutting-down", "terminated"];
    let mut answer = String::from(r#"{"Reservations": [{"Instances": ["#);
    for (at, state) in states.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        write!(answer, r#"{comma}{{"InstanceId": "i-0000000{at}", "State": {{"Name": "{state}"}}}}"#)
            .unwrap();
    }
    let resolved = whole(&[("ec2.json", &(answer + "]}]}"))]);
    let found: Vec<_> =
        listed(&resolved.plan).iter().map(|(group, one)| (one.id.clone(), is_lost(group))).collect();
    let expected = [("i-00000000", false), ("i-00000001", false), ("i-00000002", true), ("i-00000003", true)];
    assert_eq!(found, expected.map(|(id, lost)| (id.to_string(), lost)));
    let said = warnings(&resolved);
    assert_says(
        &said,
        &["all 4 are taken to be", "describe-instance-information", "S3.15", "fleet.toml:3:9"],
    );
}

/// Platforms by EC2's own words, where the agent's are missing; the agent's prevail.
#[test]
fn platforms_of_describe_instances() {
    for (fields, platform) in [
        ("", Linux),
        (r#", "Platform": "windows""#, Windows),
        (r#", "Platform": "Windows""#, Windows),
        (r#", "PlatformDetails": "Windows with SQL Server Standard""#, Windows),
        (r#", "PlatformDetails": "Red Hat Enterprise Linux""#, Linux),
        (r#", "PlatformDetails": "Linux/UNIX", "InstanceType": "mac1.metal""#, MacOS),
        (r#", "Platform": null, "InstanceType": "m5.large""#, Linux),
    ] {
        let machines =
            format!(r#"{{"Reservations": [{{"Instances": [{{"InstanceId": "i-12345678"{fields}}}]}}]}}"#);
        assert_eq!(whole(&[("ec2.json", &machines)]).plan.groups[0].platform(0), platform, "{fields}");
        let agent = r#"{"InstanceInformationList": [{"InstanceId": "i-12345678", "PlatformType": "MacOS"}]}"#;
        let both = whole(&[("ec2.json", &machines), ("ssm.json", agent)]);
        assert_eq!(both.plan.groups[0].platform(0), MacOS, "{fields}");
        let silent = r#"{"InstanceInformationList": [{"InstanceId": "i-12345678"}]}"#;
        let both = whole(&[("ec2.json", &machines), ("ssm.json", silent)]);
        assert_eq!(both.plan.groups[0].platform(0), platform, "{fields}");
    }
}

/// What Systems Manager does not list is not managed: counted, and no part of the fleet. S8.44: nor is what EC2 has
/// terminated.
#[test]
fn only_what_is_listed_is_managed() {
    let information =
        INFORMATION.lines().filter(|line| !line.contains("003\"")).collect::<Vec<_>>().join("\n");
    let machines = MACHINES.replacen("running", "terminated", 1);
    let resolved = whole(&[("ssm.json", &information), ("ec2.json", &machines)]);
    let ids: Vec<_> = listed(&resolved.plan).iter().map(|(_, one)| one.id.clone()).collect();
    assert_eq!(ids, ["i-00000000000000001", "i-00000000000000002", "mi-00000000000000005"]);
    assert_says(
        &warnings(&resolved),
        &["not managed: 1 instance of describe-instances", "i-00000000000000003"],
    );
}

/// Pages one behind the other or one a line, in one file or in several, say the same. Only when every page says that
/// another one follows is the last one missing.
#[test]
fn pages() {
    let pages: Vec<String> = INFORMATION
        .lines()
        .filter(|line| line.contains("InstanceId"))
        .map(|line| format!(r#"{{"InstanceInformationList": [{}]}}"#, line.trim_end_matches(',')))
        .collect();
    let more = |page: &String| page.replace("]}", r#"], "NextToken": "x"}"#);
    let whole_answer = whole(&[("ssm.json", INFORMATION), ("ec2.json", MACHINES)]);
    let (lines, glued) = (pages.join("\n"), pages.concat());
    let mut with_tokens: Vec<_> = pages.iter().map(more).collect();
    let endless = with_tokens.join("\n");
    with_tokens.rotate_left(1);
    *with_tokens.last_mut().unwrap() = pages[0].clone();
    let with_tokens = with_tokens.join("\n\n");
    for answer in [&lines, &glued, &with_tokens] {
        let resolved = whole(&[("ssm.json", answer), ("ec2.json", MACHINES)]);
        assert_eq!(listed(&resolved.plan).len(), 5);
        assert_eq!(warnings(&resolved), "");
    }
    assert_eq!(whole(&[("ssm.json", &lines), ("ec2.json", MACHINES)]).plan.groups, whole_answer.plan.groups);
    let several: Vec<_> =
        ["a", "b", "c", "d", "e"].into_iter().zip(pages.iter().map(String::as_str)).collect();
    assert_eq!(listed(&whole(&several).plan).len(), 5);
    let together = format!("{INFORMATION}{MACHINES}");
    assert_eq!(whole(&[("all.json", &together)]).plan.groups, whole_answer.plan.groups);
    let cut = whole(&[("ssm.json", &endless)]);
    assert_says(&warnings(&cut), &["every page of describe-instance-information", "the last page"]);
}

/// Tags of hybrid instances are in no other answer than get-resources, which has much besides.
#[test]
fn tags_of_get_resources() {
    let tags = r#"{"PaginationToken": "", "ResourceTagMappingList": [
        {"ResourceARN": "arn:aws:s3:::a-bucket", "Tags": [{"Key": "Role", "Value": "x"}]},
        {"ResourceARN": "arn:aws:ec2:eu-west-1:123456789012:instance/i-00000000000000001",
         "Tags": [{"Key": "Role", "Value": "web"}, {"Key": "Stage", "Value": "prod"}]},
        {"ResourceARN": "arn:aws:ec2:eu-west-1:123456789012:instance/i-00000000000000099", "Tags": []},
        {"ResourceARN": "arn:aws:ssm:eu-west-1:123456789012:managed-instance/mi-00000000000000005",
         "Tags": [{"Key": "Role", "Value": "till \"5\""}]}
    ]}"#;
    let resolved = whole(&[("ssm.json", INFORMATION), ("ec2.json", MACHINES), ("tags.json", tags)]);
    let found = listed(&resolved.plan);
    assert_eq!(found.len(), 5);
    assert_eq!(found[4].1.tags["Role"], "till \"5\"");
    assert_eq!(found[0].1.tags["Stage"], "prod");
    assert_eq!(warnings(&resolved), "");
}

/// Windows writes a byte order mark and other line ends.
#[test]
fn files_of_windows() {
    let answer = format!("\u{feff}{}", INFORMATION.replace('\n', "\r\n"));
    let resolved = whole(&[("ssm.json", &answer), ("ec2.json", MACHINES)]);
    assert_eq!(listed(&resolved.plan).len(), 5);
    let said = faults(&[("ssm.json", &answer.replace("\"MacOS\"", "\"macOS\""))]);
    assert_says(&said, &["`PlatformType` is `macOS`", "ssm.json:5:"]);
    let said = faults(&[("ssm.json", "\u{feff}\n{]")]);
    assert_says(&said, &["not valid JSON", "ssm.json:2:2"]);
}

/// An id that stands twice with the same content is one instance.
#[test]
fn repeated_entries_are_one() {
    let twice = format!("{INFORMATION}{INFORMATION}");
    let resolved = whole(&[("ssm.json", &twice), ("again.json", INFORMATION), ("ec2.json", MACHINES)]);
    assert_eq!(listed(&resolved.plan).len(), 5);
}

/// A fleet of 100,000 in two answers: all are there, each with the tags of its own entry.
#[test]
fn a_hundred_thousand_instances() {
    const COUNT: u32 = 100_000;
    let (mut information, mut machines) = (String::new(), String::new());
    for number in 0..COUNT {
        let comma = if number > 0 { ",\n" } else { "" };
        write!(
            information,
            r#"{comma}{{"InstanceId": "i-{number:017}", "PingStatus": "Online", "PlatformType": "Linux"}}"#
        )
        .unwrap();
        let other = COUNT - 1 - number;
        write!(
            machines,
            r#"{comma}{{"Instances": [{{"InstanceId": "i-{other:017}", "Tags": [{{"Key": "Role", "Value": "r{}"}}]}}]}}"#,
            other % 7
        )
        .unwrap();
    }
    let information = format!(r#"{{"InstanceInformationList": [{information}]}}"#);
    let machines = format!(r#"{{"Reservations": [{machines}]}}"#);
    let resolved = whole(&[("ssm.json", &information), ("ec2.json", &machines)]);
    let instances = resolved.plan.groups[0].members.listed();
    assert_eq!(instances.len(), COUNT as usize);
    for (number, instance) in instances.iter().enumerate() {
        assert_eq!(instance.id, format!("i-{number:017}"));
        assert_eq!(instance.tags["Role"], format!("r{}", number % 7));
    }
    // What is shown of them stays short.
    let rows = resolved.explain();
    assert!(rows.len() < 100, "{}", rows.len());
    let row = rows.iter().find(|row| row.path == "/groups/0/members/listed").unwrap();
    assert_says(
        &row.value.to_string(),
        &["100000 instances: 100000 Linux", "Role (100000)", "i-00000000000000000 to"],
    );
}
