//! Which group takes which instance, what divides a group, and what is said when something does not fit.

use fleetsim::{
    base::SimDuration,
    history::{Fact, Record},
    scenario::plan::{AvailabilityState, ExecutionResult, Plan},
    ssm::StatusDetails,
};

use crate::{common::history, scenario::*};

const FILES: &[(&str, &str)] = &[("ssm.json", INFORMATION), ("ec2.json", MACHINES)];

/// A group with a condition.
fn group(name: &str, condition: &str) -> String {
    format!("[[group]]\nname = \"{name}\"\nwhere = {condition}\nexecution = \"10s\"\n")
}

#[track_caller]
fn plan(rest: &str) -> Plan {
    let text = text(FILES, &format!("{rest}{COMMAND}"));
    load(&text, FILES).unwrap_or_else(|faults| panic!("{faults}")).plan
}

#[track_caller]
fn said(rest: &str) -> String {
    load(&text(FILES, &format!("{rest}{COMMAND}")), FILES).expect_err("a bad scenario").render(false)
}

/// The first group that matches takes an instance; `{}` takes all that are left.
#[test]
fn the_first_match_wins() {
    let (web, linux) =
        (group("web", "{ tags = { Role = \"web\" } }"), group("linux", "{ platform = \"Linux\" }"));
    let rest = group("rest", "{}");
    let two = group("two", r#"{ instance_ids = ["mi-00000000000000005", "i-00000000000000001"] }"#);
    let both = group("both", r#"{ platform = "Windows", tags = { Role = "web" } }"#);
    for (groups, expected) in [
        (
            format!("{web}{linux}{rest}"),
            ["1 web [Linux]", "2 web [Windows]", "3 rest", "4 linux [ConnectionLost]", "5 linux"],
        ),
        (
            format!("{linux}{web}{rest}"),
            ["1 linux", "2 web", "3 rest", "4 linux [ConnectionLost]", "5 linux"],
        ),
        (
            format!("{two}{both}{rest}"),
            ["1 two", "2 both", "3 rest [MacOS]", "4 rest [ConnectionLost, Linux]", "5 two"],
        ),
    ] {
        assert_eq!(grouped(&plan(&groups)), expected);
    }
}

/// A rule by platform or tag acts on the instances that it matches, which then stand in a part of their group.
#[test]
fn rules_act_on_single_instances() {
    let rule = |condition: &str, code: i32| {
        format!("[[outcome]]\nwhere = {condition}\nchance = 1\nexit_code = {code}\n")
    };
    let rules = [
        rule("{ tags = { Stage = \"prod\" } }", 3),
        rule("{ platform = \"MacOS\" }", 4),
        rule("{ group = \"g\", platform = \"Linux\" }", 0).replace("chance = 1", "chance = 0"),
    ];
    let plan = plan(&format!("{}{}", group("g", "{}"), rules.concat()));
    let expected = [
        "1 g [Linux, Stage=prod]",
        "2 g [Windows]",
        "3 g [MacOS]",
        "4 g [ConnectionLost, Linux]",
        "5 g [Linux]",
    ];
    assert_eq!(grouped(&plan), expected);
    let codes: Vec<_> = listed(&plan)
        .iter()
        .map(|(group, _)| {
            let certain = group.outcomes.iter().find(|outcome| outcome.chance.0 > 0);
            certain.map(|outcome| outcome.result)
        })
        .collect();
    let exit = |code| Some(ExecutionResult::Exit(code));
    assert_eq!(codes, [exit(3), None, exit(4), None, None]);
    // A rule that holds for all or for none divides nothing.
    let all = group("g", "{ instance_ids = [\"i-00000000000000001\"] }")
        + &group("rest", "{}")
        + &rule("{ tags = { Role = \"web\" } }", 3);
    assert_eq!(grouped(&self::plan(&all))[0], "1 g");
}

/// O-22: what the inventory shows as lost never answers, unless the group says otherwise.
#[test]
fn lost_connections() {
    let line = |line: &str| plan(&format!("{}{line}\n", group("g", "{}")));
    let of_lost = |plan: &Plan| {
        let found = listed(plan).into_iter().find(|(_, one)| one.id.ends_with('4')).unwrap();
        found.0.availability.iter().map(|entry| (entry.chance.0, entry.state.clone())).collect::<Vec<_>>()
    };
    assert_eq!(of_lost(&line("")), [(1_000_000_000, AvailabilityState::Unreachable)]);
    assert_eq!(of_lost(&line("connection_lost = []")), []);
    let later = line("connection_lost = [{ chance = \"50%\", reachable_from = \"20m\" }]");
    let state = AvailabilityState::ReachableFrom(SimDuration::from_secs(1200));
    assert_eq!(of_lost(&later), [(500_000_000, state)]);
    // The others keep theirs.
    let own = line("availability = [{ chance = 0.5, stopped_at = \"1s\" }]");
    assert_eq!(of_lost(&own), [(1_000_000_000, AvailabilityState::Unreachable)]);
    let first = listed(&own)[0].0;
    assert_eq!(first.availability[0].state, AvailabilityState::StoppedAt(SimDuration::from_secs(1)));
}

/// S1.24, S12.3: `access` allows what it matches; a group can be denied beside it.
#[test]
fn access() {
    let denied = |plan: &Plan| {
        let all = listed(plan);
        let denied = all.iter().filter(|(_, one)| one.access_denied);
        denied.map(|(_, one)| one.id[one.id.len() - 1..].to_string()).collect::<String>()
    };
    let web = group("web", "{ tags = { Role = \"web\" } }");
    assert_eq!(denied(&plan(&group("g", "{}"))), "");
    let allowed = "access = { tags = { Role = \"web\" } }\n";
    assert_eq!(denied(&plan(&format!("{allowed}{}", group("g", "{}")))), "345");
    let own = format!("{web}access_denied = true\n{}", group("g", "{}"));
    assert_eq!(denied(&plan(&own)), "12");
    assert_eq!(denied(&plan(&format!("access = {{ platform = \"Linux\" }}\n{own}"))), "123");
}

/// An inventory's `where` chooses what is in the fleet at all.
#[test]
fn a_part_of_the_inventory() {
    let plan = plan(&format!("where = {{ tags = {{ Role = \"web\" }} }}\n{}", group("g", "{}")));
    assert_eq!(grouped(&plan), ["1 g [Linux]", "2 g [Windows]"]);
}

/// An inventory beside made-up instances, and two inventories.
#[test]
fn mixed_fleets() {
    let made_up = "[[group]]\nname = \"made\"\ncount = 3\ntags = { Role = \"web\" }\nexecution = \"10s\"\n";
    let plan = plan(&format!("{made_up}{}", group("g", "{}")));
    assert_eq!(plan.fleet_size(), 8);
    // Three made-up ones, and the web instance on Linux; the one on Windows is never sent to.
    let records = history(&plan, 0);
    let sent = records.iter().filter(|record| matches!(record.fact, Fact::Sent { .. })).count();
    let ended = |details| {
        let is = |record: &&Record| matches!(record.fact, Fact::InvocationEnded { ending, .. } if ending.state.details == details);
        records.iter().filter(is).count()
    };
    assert_eq!((sent, ended(StatusDetails::Success), ended(StatusDetails::InvalidPlatform)), (4, 4, 1));
    assert!(records.iter().any(|record| record.fact == Fact::Targeted { count: 5 }));

    let other = r#"{"InstanceInformationList": [{"InstanceId": "i-87654321", "PlatformType": "Linux"}]}"#;
    let files = [FILES, &[("other.json", other)]].concat();
    let rest = format!("[[inventory]]\nfiles = [\"other.json\"]\n{REST}{COMMAND}");
    let both = load(&text(FILES, &rest), &files).unwrap();
    assert_eq!(both.plan.fleet_size(), 6);
    let again = load(&text(FILES, &rest.replace("other", "ssm")), &files).unwrap_err().render(false);
    assert_says(&again, &["in several inventories: 5 instances", "i-00000000000000001", "which joins them"]);
}

#[test]
fn instances_without_a_group() {
    let said = said(&group("web", "{ tags = { Role = \"db\" } }"));
    assert_says(
        &said,
        &[
            "in no group: 4 instances of the inventory",
            "i-00000000000000001 (Linux, Role=web, Stage=prod), i-00000000000000002 (Windows, Role=web)",
            ", ...;",
            "`where = {}`",
        ],
    );
}

#[test]
fn groups_that_do_not_fit() {
    let count = |line: &str| format!("[[group]]\nname = \"x\"\n{line}\nexecution = \"1s\"\n{REST}");
    for (rest, parts) in [
        (count(""), &["fleet.toml:4:1", "neither `count` nor `where`", "an `[[inventory]]`"][..]),
        (count("count = 1\nwhere = {}"), &["fleet.toml:7:9", "`count` and `where` are given together"]),
        (
            count("count = 1\nconnection_lost = []"),
            &["fleet.toml:7:19", "made-up instances", "use `availability`"],
        ),
        (
            count("where = {}\nid_prefix = \"i-x\""),
            &["fleet.toml:7:13", "`id_prefix` of instances", "leave `id_prefix` out"],
        ),
        (count("where = {}\nplatform = \"Linux\""), &["`platform` of instances of an inventory"]),
        (count("where = {}\ntags = { A = \"b\" }"), &["`tags` of instances of an inventory"]),
        (
            count("where = { role = \"web\" }"),
            &["unknown field `role`", "`platform`, `tags`, `instance_ids`"],
        ),
        (
            count("where = { instance_ids = [\"i-00000000000000009\"] }"),
            &[
                "fleet.toml:6:27",
                "`i-00000000000000009` is in no inventory",
                "did you mean `i-0000000000000000",
            ],
        ),
        (
            count("where = {}\nconnection_lost = [{ chance = 1.0 }, { chance = 0.5, unreachable = true }]"),
            &["the chances add up to 1.5", "does not say what happens"],
        ),
        (
            count("count = 2\nid_prefix = \"i-0000000000000000\""),
            &[
                "fleet.toml:7:13",
                "`i-00000000000000001` would belong to `x` and to",
                "give another `id_prefix`",
            ],
        ),
        (count("count = 16777215"), &["16777220 instances", "at most 16777215"]),
        (
            format!("{REST}[[outcome]]\nwhere = {{ group = \"rets\" }}\nchance = 1\nexit_code = 1\n"),
            &["there is no group `rets`", "did you mean `rest`?"],
        ),
        (
            format!(
                "{REST}outcomes = [{{ chance = 0.6, exit_code = 1 }}]\n[[outcome]]\nwhere = {{ platform = \"MacOS\" }}\nchance = 0.6\nexit_code = 1\n"
            ),
            &["the chances add up to 1.2"],
        ),
        (
            format!("where = {{ tags = {{ Role = \"none\" }} }}\n{REST}"),
            &["fleet.toml:4:9", "none of the 5 instances matches"],
        ),
        (
            format!("access = {{ instance_ids = [\"i-99999999\"] }}\n{REST}"),
            &["fleet.toml:4:28", "`i-99999999` is in no inventory"],
        ),
    ] {
        assert_says(&said(&rest), parts);
    }
    let bare = format!("version = 1\n{REST}{COMMAND}");
    let said = load(&bare, &[]).unwrap_err().render(false);
    assert_says(&said, &["fleet.toml:4:9", "the scenario has no inventory", "add an `[[inventory]]`"]);
}

/// What never acts is pointed out.
#[test]
fn warnings_about_what_matches_nothing() {
    let rest = group("none", "{ tags = { Role = \"x\" } }")
        + REST
        + "[[outcome]]\nwhere = { tags = { Stage = \"test\" } }\nchance = 1\nexit_code = 1\n";
    let resolved = load(&text(FILES, &format!("{rest}{COMMAND}")), FILES).unwrap();
    let said = warnings(&resolved);
    assert_says(&said, &["fleet.toml:6:9", "no instance is left for the group `none`"]);
    assert_says(&said, &["this outcome matches no group"]);
    assert_eq!(resolved.plan.fleet_size(), 5);
    assert!(!history(&resolved.plan, 0).is_empty());
}

/// O-41, O-42, O-17: what the service says to ids is said of single instances.
#[test]
fn ids_that_a_request_names() {
    let by_id = |ids: &str, rest: &str| {
        let command = COMMAND.replace(
            "Targets = [{ Key = \"tag:Role\", Values = [\"web\"] }]",
            &format!("InstanceIds = [{ids}]"),
        );
        load(&text(FILES, &format!("{rest}{REST}{command}")), FILES)
    };
    let said = |ids: &str, rest: &str| by_id(ids, rest).unwrap_err().render(false);
    assert_says(
        &said("\"i-00000000000000007\"", ""),
        &[
            "InvalidInstanceId: `i-00000000000000007` is not in the fleet",
            "did you mean `i-0000000000000000",
            "O-41",
        ],
    );
    assert_says(&said("\"i-00000000000000002\"", ""), &["UnsupportedPlatformType", "O-42"]);
    // One of two runs the document: the other becomes InvalidPlatform.
    assert!(by_id("\"i-00000000000000002\", \"i-00000000000000001\"", "").is_ok());
    let web = "access = { tags = { Role = \"web\" } }\n";
    assert_says(
        &said("\"i-00000000000000001\", \"i-00000000000000004\"", web),
        &["AccessDeniedException: no access to `i-00000000000000004`", "O-17"],
    );
    assert!(by_id("\"i-00000000000000001\"", web).is_ok());
    // S3.15: lost and stopped instances are accepted.
    assert!(by_id("\"i-00000000000000004\"", "").is_ok());
    let cancel =
        format!("{COMMAND}[[command.cancel]]\nat = \"1s\"\ninstance_ids = [\"i-00000000000000008\"]\n");
    let said = load(&text(FILES, &format!("{REST}{cancel}")), FILES).unwrap_err().render(false);
    assert_says(&said, &["InvalidInstanceId", "did you mean"]);
}
