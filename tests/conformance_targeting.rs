//! Section 3, sentence by sentence: whom a selector means.

mod common;

use common::*;
use fleetsim::{
    history::{Fact, Record},
    scenario::{
        Roster,
        plan::{AvailabilityState, Group, Plan},
    },
    ssm::{StatusDetails, request::Target, status::Platform},
};

/// Keys with values, and the instances that they mean.
type Row = (&'static [(&'static str, &'static [&'static str])], &'static [u32]);

/// Instances 0 and 1 are web in prod, 2 and 3 web in test, 4 and 5 db in prod.
fn fleet() -> Vec<Group> {
    let tagged = |name: &str, tags: &[(&str, &str)]| {
        let tags = tags.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        with(group(name, 2), |members| members.tags = tags)
    };
    vec![
        tagged("webprod", &[("Role", "web"), ("Stage", "prod"), ("Patch Group", "first wave")]),
        tagged("webtest", &[("Role", "web"), ("Stage", "test")]),
        tagged("dbprod", &[("Role", "db"), ("Stage", "prod"), ("Backup", "")]),
    ]
}

/// The plan whose command selects by these keys and values.
fn selecting(groups: Vec<Group>, targets: &[(&str, &[&str])]) -> Plan {
    let target = |(key, values): &(&str, &[&str])| Target {
        key: (*key).into(),
        values: values.iter().map(ToString::to_string).collect(),
    };
    let mut command = command(&[], "100%", "0");
    command.request.targets = Some(targets.iter().map(target).collect());
    plan(groups, command)
}

/// The instances that were sent to, in order; checks `TargetCount` with them.
fn sent_to(plan: &Plan) -> Vec<u32> {
    let history = history(plan, 0);
    let sent = |record: &Record| match record.fact {
        Fact::Sent { instance } => Some(instance),
        _ => None,
    };
    let mut instances: Vec<_> = history.iter().filter_map(sent).collect();
    instances.sort_unstable();
    let count = instances.len() as u32;
    assert_eq!(times(&history, Fact::Targeted { count }), [at(0.0)]);
    instances
}

/// S3.6: several entries must all match; of several values any will do. Section 3.2: `tag:NAME`, spaces allowed.
#[test]
fn entries_are_and_values_are_or() {
    let rows: &[Row] = &[
        (&[("tag:Role", &["web"])], &[0, 1, 2, 3]),
        (&[("tag:Role", &["web", "db"])], &[0, 1, 2, 3, 4, 5]),
        (&[("tag:Role", &["web"]), ("tag:Stage", &["prod"])], &[0, 1]),
        (&[("tag:Role", &["web", "db"]), ("tag:Stage", &["prod"])], &[0, 1, 4, 5]),
        (&[("tag:Role", &["web"]), ("tag:Role", &["db"])], &[]),
        (&[("tag:Patch Group", &["first wave"])], &[0, 1]),
        (&[("tag:Backup", &[""])], &[4, 5]),
        (&[("tag:Backup", &["daily"])], &[]),
        (&[("tag:role", &["web"])], &[]),
        (&[("tag:Role", &["Web"])], &[]),
        (&[("tag:Colour", &["blue"])], &[]),
    ];
    for (targets, expected) in rows {
        assert_eq!(sent_to(&selecting(fleet(), targets)), *expected, "{targets:?}");
    }
}

/// Section 3.2: `tag-key` asks for names of tags, whatever their value.
#[test]
fn tag_key_asks_for_names() {
    let rows: &[Row] = &[
        (&[("tag-key", &["Backup"])], &[4, 5]),
        (&[("tag-key", &["Backup", "Patch Group"])], &[0, 1, 4, 5]),
        (&[("tag-key", &["Backup"]), ("tag:Stage", &["test"])], &[]),
        (&[("tag-key", &["web"])], &[]),
    ];
    for (targets, expected) in rows {
        assert_eq!(sent_to(&selecting(fleet(), targets)), *expected, "{targets:?}");
    }
}

/// Section 3.2, S3.8: ids as a target key, in both casings, alone and with other entries; each once.
#[test]
fn ids_as_a_target_key() {
    let groups = fleet();
    let id = |group: usize, place| groups[group].instance_id(place);
    let (a, b, c) = (id(0, 1), id(1, 0), id(2, 1));
    let all = [a.as_str(), c.as_str(), b.as_str(), a.as_str()];
    for key in ["InstanceIds", "instanceids"] {
        assert_eq!(sent_to(&selecting(fleet(), &[(key, &all)])), [1, 2, 5]);
        assert_eq!(sent_to(&selecting(fleet(), &[(key, &all), ("tag:Stage", &["prod"])])), [1, 5]);
        assert_eq!(sent_to(&selecting(fleet(), &[(key, &all), (key, &all[1..3])])), [2, 5]);
    }
}

/// S3.1: the request's own list of ids.
#[test]
fn instance_ids_of_the_request() {
    let mut plan = selecting(fleet(), &[]);
    plan.commands[0].request.targets = None;
    plan.commands[0].request.instance_ids = Some(vec![Roster::new(&plan).id(4), Roster::new(&plan).id(0)]);
    assert_eq!(sent_to(&plan), [0, 4]);
}

/// S3.14: an id has 17 characters after its first hyphen, for EC2 and for hybrid instances.
#[test]
fn ids_have_the_length_of_the_model() {
    for (prefix, id) in [
        ("i-", "i-00000000000000007"),
        ("i-0ab", "i-0ab00000000000007"),
        ("mi-", "mi-00000000000000007"),
        ("mi-west", "mi-west0000000000007"),
    ] {
        let group = with(group("a", 8), |members| members.id_prefix = prefix.into());
        assert_eq!(group.instance_id(7), id);
        assert_eq!(group.find_instance(id), Some(7));
        assert_eq!(group.find_instance(&group.instance_id(8)), None);
    }
}

/// S3.12: the set is one snapshot, resolved when the command is requested; two commands have their own.
#[test]
fn each_command_has_its_own_targets() {
    let mut plan = selecting(fleet(), &[("tag:Role", &["web"])]);
    let second = selecting(fleet(), &[("tag:Stage", &["prod"])]).commands.remove(0);
    plan.commands.push(second);
    let history = history(&plan, 0);
    let count = |command, instance| {
        let found = |record: &&Record| record.command == command && record.fact == Fact::Sent { instance };
        history.iter().filter(found).count()
    };
    assert_eq!([0, 1, 2, 3, 4, 5].map(|instance| count(0, instance)), [1, 1, 1, 1, 0, 0]);
    assert_eq!([0, 1, 2, 3, 4, 5].map(|instance| count(1, instance)), [1, 1, 0, 0, 1, 1]);
}

/// S3.13, S3.15: an instance that cannot be reached is a target like any other.
#[test]
fn unreachable_instances_are_targets() {
    let plan = plan(vec![group_away("a", 2, AvailabilityState::Unreachable)], command(&["a"], "2", "0"));
    assert_eq!(sent_to(&plan), [0, 1]);
}

/// S1.23, S1.24, T9, T10: the wrong platform and no access end at the request, before anything is sent, and without
/// a slot.
#[test]
fn the_never_sent_end_with_the_request() {
    let windows = with(group("windows", 1), |members| members.platform = Platform::Windows);
    let denied = with(group("denied", 1), |members| members.access_denied = true);
    let mac = with(group("mac", 1), |members| members.platform = Platform::MacOS);
    let plan = plan(vec![windows, denied, mac], command(&["windows", "denied", "mac"], "1", "0"));
    let history = history(&plan, 0);
    for (instance, details) in [(0, StatusDetails::InvalidPlatform), (1, StatusDetails::AccessDenied)] {
        let (time, ending) = ended(&history, instance);
        assert_eq!((ending.state.details, time), (details, at(0.0)));
        assert_eq!((ending.sent, ending.response_code), (None, -1));
    }
    assert_eq!(ended_as(&history, 2), (StatusDetails::Success, at(10.1)));
    assert_eq!(times(&history, Fact::Targeted { count: 3 }), [at(0.0)]);
}

/// S3.1, O-57: an empty list of ids beside Targets is no selector, and a request without any selects nothing.
#[test]
fn an_empty_list_of_ids_is_no_selector() {
    let mut plan = selecting(fleet(), &[("tag:Stage", &["prod"])]);
    let all = sent_to(&plan);
    assert!(!all.is_empty());
    plan.commands[0].request.instance_ids = Some(vec![]);
    assert_eq!(sent_to(&plan), all);
    plan.commands[0].request.targets = None;
    assert!(sent_to(&plan).is_empty());
}
