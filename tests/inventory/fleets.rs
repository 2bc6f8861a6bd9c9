//! Properties of listed fleets: they mean what a numbered fleet means, and how they are cut up changes nothing.

use std::collections::BTreeMap;

use fleetsim::{
    base::{Chance, distribution::Distribution},
    history::{Fact, Record},
    scenario::{
        Roster,
        plan::{
            ExecutionResult, Group, Instance, Members, Outcome, Plan, ResourceGroup, ResourceGroupMembers,
        },
    },
    ssm::{request::Target, status::Platform},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed},
};

use crate::{
    common::{self, command, history},
    judged::assert_valid,
};

fn config(cases: u32) -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::with_cases(cases) }
}

/// The same fleet with every instance listed.
fn list(plan: &Plan) -> Plan {
    let listed = |group: &Group| {
        let instance = |place| Instance {
            id: group.instance_id(place),
            platform: group.platform(place),
            tags: group.tags(place).clone(),
            access_denied: group.access_denied(place),
        };
        let instances = (0..group.count()).map(instance).collect();
        Group { members: Members::Listed(instances), ..group.clone() }
    };
    Plan { groups: plan.groups.iter().map(listed).collect(), ..plan.clone() }
}

/// Every target and how it ended where it was never sent to.
fn targets(plan: &Plan) -> Vec<(u32, bool)> {
    let records = history(plan, 0);
    assert_valid(plan, &records);
    let ended = |record: &Record| match record.fact {
        Fact::InvocationEnded { instance, ending } => Some((instance, ending.sent.is_some())),
        _ => None,
    };
    let mut targets: Vec<_> = records.iter().filter_map(ended).collect();
    targets.sort_unstable();
    targets
}

/// What became of each instance, by id: all facts about it, with their times.
fn courses(plan: &Plan) -> BTreeMap<String, Vec<String>> {
    let roster = Roster::new(plan);
    let mut courses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Record { time, fact, .. } in history(plan, 0) {
        let (instance, what) = match fact {
            Fact::Sent { instance } => (instance, "sent".into()),
            Fact::Acknowledged { instance } => (instance, "acknowledged".into()),
            Fact::InvocationEnded { instance, ending } => (instance, format!("{ending:?}")),
            _ => continue,
        };
        courses.entry(roster.id(instance)).or_default().push(format!("{} {what}", time.0));
    }
    courses
}

fn tags() -> impl Strategy<Value = BTreeMap<String, String>> {
    let stage = prop::option::of(select(vec!["prod", "test"]));
    (select(vec!["web", "db"]), stage).prop_map(|(role, stage)| {
        let stage = stage.map(|stage| ("Stage".to_string(), stage.to_string()));
        stage.into_iter().chain([("Role".to_string(), role.to_string())]).collect()
    })
}

fn groups() -> impl Strategy<Value = Vec<Group>> {
    let platform = select(vec![Platform::Linux, Platform::Linux, Platform::Windows, Platform::MacOS]);
    let group = (0_u32..6, platform, tags(), prop::bool::weighted(0.2));
    vec(group, 1..5).prop_map(|groups| {
        let kinds = ["i-a", "mi-b", "i-c", "mi-d"];
        let made = kinds.into_iter().zip(groups).map(|(prefix, (count, platform, tags, access_denied))| {
            common::with(common::group(&prefix[prefix.len() - 1..], count), |members| {
                members.platform = platform;
                members.tags = tags;
                members.access_denied = access_denied;
                members.id_prefix = prefix.into();
            })
        });
        made.collect()
    })
}

/// One to three targets of any kind; ids are those of places in the fleet.
fn selectors() -> impl Strategy<Value = Vec<(&'static str, Vec<&'static str>)>> {
    let ids = vec!["0", "1", "2", "3", "5", "8", "13"];
    let target = prop_oneof![
        vec(select(vec!["web", "db"]), 1..3).prop_map(|values| ("tag:Role", values)),
        vec(select(vec!["prod", "test"]), 1..3).prop_map(|values| ("tag:Stage", values)),
        Just(("tag-key", vec!["Stage", "Colour"])),
        vec(select(ids), 1..6).prop_map(|values| ("InstanceIds", values)),
        select(vec!["tagged", "named"]).prop_map(|name| ("resource-groups:Name", vec![name])),
        select(vec!["AWS::EC2::Instance", "AWS::SSM::ManagedInstance"])
            .prop_map(|name| ("resource-groups:ResourceTypeFilters", vec![name])),
    ];
    let is_one_group = |targets: &Vec<(&str, Vec<&str>)>| {
        targets.iter().filter(|(key, _)| *key == "resource-groups:Name").count() < 2
    };
    vec(target, 1..4).prop_filter("one resource group", is_one_group)
}

fn plan(groups: Vec<Group>, selectors: Vec<(&str, Vec<&str>)>) -> Plan {
    let mut plan = common::plan(groups, command(&[], "100%", "0"));
    let roster = Roster::new(&plan);
    let size = plan.fleet_size();
    let id = |text: &str| roster.id(text.parse::<u32>().unwrap() % size.max(1));
    let target = |(key, values): (&str, Vec<&str>)| Target {
        key: key.into(),
        values: values
            .into_iter()
            .map(|value| if key == "InstanceIds" && size > 0 { id(value) } else { value.into() })
            .collect(),
    };
    plan.commands[0].request.targets = Some(selectors.into_iter().map(target).collect());
    let mut named: Vec<String> = (0..size).step_by(2).map(|index| roster.id(index)).collect();
    named.sort();
    let group = |name: &str, members| ResourceGroup { name: name.into(), access_denied: false, members };
    plan.resource_groups = vec![
        group("tagged", ResourceGroupMembers::Tags([("Role".into(), "web".into())].into())),
        group("named", ResourceGroupMembers::InstanceIds(named)),
    ];
    plan
}

/// Behaviour in which luck shows: times and outcomes are drawn.
fn lucky(instances: Vec<Instance>, name: &str) -> Group {
    Group {
        members: Members::Listed(instances),
        delivery: Distribution::Exponential { mean: 0.5e6 },
        execution: Distribution::Uniform { min: 1e6, max: 20e6 },
        slowness: Distribution::Uniform { min: 1.0, max: 2.0 },
        outcomes: vec![Outcome {
            chance: Chance(200_000_000),
            run: None,
            result: ExecutionResult::Exit(1),
            execution: None,
        }],
        ..common::group(name, 0)
    }
}

proptest! {
    #![proptest_config(config(256))]

    /// S3.6, S1.23, S1.24: a request means the same instances whether they are numbered or listed, and the same of them
    /// are never sent to.
    #[test]
    fn a_listed_fleet_has_the_targets_of_a_numbered_one(groups in groups(), selectors in selectors()) {
        let numbered = plan(groups, selectors);
        prop_assert_eq!(targets(&numbered), targets(&list(&numbered)));
    }

    /// Luck is keyed by `InstanceId`, and the order of dispatch rests on ids alone: how a file orders its instances and
    /// how groups divide them changes no time and no ending.
    #[test]
    fn order_and_division_change_nothing(
        parts in vec(0_usize..3, 1..40),
        shuffle in any::<u64>(),
        concurrency in select(vec!["1", "3", "50%"]),
        errors in select(vec!["0", "2", "100%"]),
    ) {
        let instance = |number: usize| Instance {
            id: format!("i-{number:017}"),
            platform: if number.is_multiple_of(5) { Platform::Windows } else { Platform::Linux },
            tags: [("Role".to_string(), "web".to_string())].into(),
            access_denied: number % 7 == 6,
        };
        let all: Vec<_> = (0..parts.len()).map(instance).collect();
        let whole = common::plan(vec![lucky(all.clone(), "all")], command(&["web"], concurrency, errors));
        let mut divided: Vec<Vec<Instance>> = vec![Vec::new(); 3];
        let mut order: Vec<_> = parts.iter().copied().zip(all).collect();
        order.sort_by_key(|(_, one)| one.id.bytes().fold(shuffle, |key, byte| {
            (key ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(17)
        }));
        order.into_iter().for_each(|(part, one)| divided[part].push(one));
        let groups = divided.into_iter().zip(["x", "y", "z"]).map(|(part, name)| lucky(part, name));
        let other = Plan { groups: groups.collect(), ..whole.clone() };
        prop_assert_eq!(courses(&whole), courses(&other));
        assert_valid(&other, &history(&other, 0));
    }

    /// Every index has an id and every id its index, in fleets of both kinds.
    #[test]
    fn rosters_of_mixed_fleets(groups in groups(), listed in vec(any::<bool>(), 4)) {
        let numbered = common::plan(groups, command(&[], "1", "0"));
        let all = list(&numbered);
        let pick = |(at, listed): (usize, bool)| {
            let plan = if listed { &all } else { &numbered };
            plan.groups.get(at).cloned()
        };
        let mixed = Plan { groups: listed.into_iter().enumerate().filter_map(pick).collect(), ..numbered.clone() };
        let (roster, other) = (Roster::new(&mixed), Roster::new(&numbered));
        for index in 0..numbered.fleet_size() {
            let id = other.id(index);
            prop_assert_eq!(&roster.id(index), &id);
            prop_assert_eq!(roster.find(&id), Some(index));
            prop_assert_eq!(roster.locate(index), other.locate(index));
        }
        prop_assert_eq!(roster.find("i-unknown"), None);
        prop_assert_eq!(roster.find(""), None);
    }
}
