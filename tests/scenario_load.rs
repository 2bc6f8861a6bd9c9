//! Good scenarios: what they resolve to, and that schema, origins and assumptions agree with it.

use std::path::Path;

use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::{
        self, Basis, Plan, Resolved, Roster, Source,
        plan::{AgentLimits, Availability, AvailabilityState, ExecutionResult},
    },
    ssm::{
        Readings,
        reading::{Gate, TimeoutMeaning},
    },
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};
use serde_json::{Value, json};

const SMALL: &str = r#"
version = 1
[[group]]
name = "web"
count = 3
execution = "20s"
tags = { Role = "web" }
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["true"] }
"#;

const FULL: &str = r#"
version = 1
name = "patch-night"
description = "Everything at once."
start = 2026-03-01T02:00:00+01:00
seed = 7
profile = "legacy-2018"
[readings]
slow_start = "window"
unanswered_grace = "wait"
[[group]]
name = "web"
count = 10
id_prefix = "i-web"
tags = { Role = "web", Release = "b" }
delivery = { uniform = { min = "0s", max = "5s" } }
reply = { constant = "50ms" }
execution = { lognormal = { median = "20s", p99 = "3m" } }
slowness = { lognormal = { median = 1.0, sigma = 0.2 } }
availability = [{ chance = 0.02, unreachable = true }, { chance = "1%", reachable_from = "10m" }]
outcomes = [{ chance = 0.1, exit_code = 2, execution = "1s" }, { chance = 0.001, exit_code = 137 }]
[[group]]
name = "on premises"
count = 2
id_prefix = "mi-"
platform = "Windows"
tags = { Role = "web" }
access_denied = true
execution = { mixture = [{ weight = 0.9, of = "1s" }, { weight = 0.1, of = { shifted = { by = "1m", of = { exponential = { mean = "1m" } } } } }] }
slowness = { values = [1.5, 0.5] }
availability = [{ chance = 0.5, up = "4h", down = { exponential = { mean = "10m" } } }]
reboot = "3m"
[group.agent]
workers = 1
buffer = 2
retries = 3
[group.output]
stdout = { lognormal = { median = 40000, p99 = 2000000 } }
s3 = { latency = "60ms", failure = "1%" }
[[outcome]]
where = { tags = { Release = "b" } }
chance = "30%"
hang = true
[[fault]]
kind = "agents-cut-off"
from = "10m"
until = "20m"
share = "20%"
[[alarm]]
name = "errors"
change = [{ at = "10m", state = "ALARM" }]
[assumed]
send_command = { rate = 0.5 }
list_command_invocations = { rate = 10, burst = 3 }
pending_invocations = 1000
[polling]
every = "5s"
[[command]]
at = "1m"
[command.request]
DocumentName = "AWS-RunPatchBaseline"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { Operation = ["Install"], StepTimeoutSeconds = ["600"] }
MaxConcurrency = "25%"
MaxErrors = "10%"
OutputS3BucketName = "patches"
[[command.cancel]]
at = "2m"
instance_ids = ["i-web00000000000001"]
[[command]]
name = "deploy"
[command.request]
DocumentName = "Deploy"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
[[document]]
name = "Deploy"
[document.content]
schemaVersion = "2.2"
parameters = { stage = { type = "String", default = "test", minChars = 1 } }
mainSteps = [
    { name = "install", action = "aws:runPowerShellScript", inputs = { timeoutSeconds = 900, onFailure = "exit" } },
    { name = "report", action = "aws:runPowerShellScript", inputs = { finallyStep = true } },
]
[[behaviour]]
where = { command = "deploy", step = "install" }
execution = "2m"
outcomes = [{ chance = 0.5, run = 1, exit_code = 194 }]
[thresholds]
"makespan.p95" = "<= 2h"
"failed.max" = "<= 20"
"deploy: makespan.max" = "<= 1h"
"#;

fn load(text: &str) -> Resolved {
    let read = |path: &Path| panic!("{path:?} is not to be read");
    let main = Source { path: "small.toml".into(), text: text.into() };
    scenario::load(main, &read).unwrap_or_else(|faults| panic!("{faults}"))
}

fn points(resolved: &Resolved) -> Vec<&str> {
    resolved.assumptions.iter().map(|assumption| assumption.point).collect()
}

#[test]
fn a_small_scenario_gets_its_defaults() {
    let resolved = load(SMALL);
    let plan = &resolved.plan;
    assert_eq!((plan.name.as_str(), plan.start.as_str(), plan.seed), ("small", "2026-01-01T00:00:00Z", 1));
    assert_eq!(plan.readings, Readings::default());
    assert_eq!(Roster::new(plan).id(2), "i-web00000000000002");
    assert_eq!(plan.groups[0].execution, Distribution::Constant { value: 20e6 });
    assert_eq!(plan.groups[0].slowness, Distribution::Constant { value: 1.0 });
    // S5.1, O-19: 3600 + 3600.
    assert_eq!((plan.commands[0].timeout_seconds, plan.commands[0].execution_timeout_seconds), (3600, 3600));
    assert_eq!(
        points(&resolved),
        ["O-2", "O-10", "O-12", "O-14", "O-15", "O-18", "O-19", "O-21", "delivery"]
    );
}

#[test]
fn a_full_scenario_is_taken_as_written() {
    let resolved = load(FULL);
    let plan = &resolved.plan;
    assert_eq!(
        (plan.name.as_str(), plan.start.as_str(), plan.seed),
        ("patch-night", "2026-03-01T01:00:00Z", 7)
    );
    // Section 16.10, column legacy-2018.
    assert_eq!(
        (plan.readings.gate, plan.readings.timeout_meaning),
        (Gate::Complete, TimeoutMeaning::DeliveryThenExecution)
    );
    let [web, premises] = &plan.groups[..] else { panic!("two groups") };
    assert_eq!(web.reply, Some(Distribution::Constant { value: 50_000.0 }));
    // ln(9) over the 99 % quantile of the standard normal distribution.
    let Distribution::Lognormal { median, sigma } = web.execution else { panic!("{:?}", web.execution) };
    assert!(median == 20e6 && (sigma - 9f64.ln() / 2.326_347_874).abs() < 1e-9);
    let ten_minutes = SimDuration::from_secs(600);
    let late =
        Availability { chance: Chance(10_000_000), state: AvailabilityState::ReachableFrom(ten_minutes) };
    assert_eq!(web.availability[1], late);
    let results: Vec<_> = web.outcomes.iter().map(|outcome| (outcome.chance.0, outcome.result)).collect();
    let expected = [
        (100_000_000, ExecutionResult::Exit(2)),
        (1_000_000, ExecutionResult::Exit(137)),
        (300_000_000, ExecutionResult::Hang),
    ];
    assert_eq!(results, expected);
    assert_eq!(premises.outcomes, []);
    assert_eq!(premises.instance_id(1), "mi-00000000000000001");
    assert_eq!(premises.slowness, Distribution::Values { values: vec![0.5, 1.5] });
    let (up, down) =
        (Distribution::Constant { value: 4.0 * 3600e6 }, Distribution::Exponential { mean: 600e6 });
    assert_eq!(premises.availability[0].state, AvailabilityState::Alternating { up, down });
    assert_eq!(premises.agent, AgentLimits { workers: 1, buffer: 2, retries: 3 });
    // Section 16.10, column legacy-2018.
    assert_eq!(web.agent, AgentLimits { workers: 5, buffer: 1, retries: 15 });
    assert_eq!(premises.reboot, Distribution::Constant { value: 180e6 });
    let command = &plan.commands[0];
    assert_eq!((command.timeout_seconds, command.execution_timeout_seconds), (600, 600));
    assert!(command.not_simulated.is_empty());
    assert_eq!(command.request.max_concurrency.as_deref(), Some("25%"));
    assert_eq!(command.cancels[0].instance_ids, ["i-web00000000000001"]);
    // 10 % of 12 is not whole, tags reach instances without access, a cancel, exit code 137.
    for point in
        ["O-5", "O-6", "O-11", "O-13", "O-14", "O-17", "O-18b", "O-23", "O-24", "O-44", "Settled 9", "reboot"]
    {
        assert!(points(&resolved).contains(&point), "{point}");
    }
}

#[test]
fn open_points_are_named_only_where_the_plan_rests_on_them() {
    let off = SMALL.replace("[[group]]", "[readings]\nslow_start = \"off\"\n[[group]]");
    assert!(!points(&load(&off)).contains(&"O-14"));
    // O-13: 50 % of 3 is not whole, 100 % is.
    let rate = |rate: &str| load(&format!("{SMALL}MaxConcurrency = \"{rate}\"\n"));
    let text = |resolved: &Resolved| {
        resolved.assumptions.iter().find(|found| found.point == "O-13").map(|found| found.text.clone())
    };
    let expected = "Over 3 targets MaxConcurrency comes to 2 and MaxErrors to 0, rounded.";
    assert_eq!(text(&rate("50%")).as_deref(), Some(expected));
    assert_eq!(text(&rate("100%")), None);
}

#[test]
fn profiles_differ_as_the_table_says() {
    // Section 16.10.
    for (profile, timeout, values) in
        [("api", 3600, 50), ("console", 600, 5), ("literal-docs", 600, 5), ("legacy-2018", 600, 5)]
    {
        let resolved = load(&SMALL.replace("version = 1", &format!("version = 1\nprofile = \"{profile}\"")));
        let readings = &resolved.plan.readings;
        assert_eq!(
            (readings.default_timeout_seconds, readings.target_values),
            (timeout, values),
            "{profile}"
        );
        let row = resolved.explain().into_iter().find(|row| row.path == "/readings/gate").unwrap();
        assert_eq!(row.from, Basis::Profile(profile.into()));
    }
}

#[test]
fn every_value_of_a_plan_has_an_origin() {
    for text in [SMALL, FULL] {
        let resolved = load(text);
        let rows = resolved.explain();
        let of = |path: &str| rows.iter().find(|row| row.path == path).map(|row| &row.from);
        assert_eq!(of("/groups/0/members/numbered/count"), Some(&Basis::Scenario));
        assert!(rows.len() > 50);
    }
    let rows = load(SMALL).explain();
    let platform = rows.iter().find(|row| row.path == "/groups/0/members/numbered/platform").unwrap();
    assert_eq!(
        (&platform.value, &platform.from),
        (&json!("Linux"), &Basis::Default("most fleets are Linux".into()))
    );
}

#[test]
fn toml_and_json_say_the_same() {
    let mut value: Value = toml::from_str(FULL).unwrap();
    value["start"] = json!("2026-03-01T02:00:00+01:00");
    let json = Source { path: "small.json".into(), text: value.to_string() };
    let from_json = scenario::load(json, &|_| unreachable!()).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(from_json.plan, load(FULL).plan);
}

#[test]
fn the_published_schema_accepts_the_good_and_refuses_the_bad() {
    let validator = jsonschema::draft202012::new(&scenario::schema()).unwrap();
    let mut full: Value = toml::from_str(FULL).unwrap();
    full["start"] = json!("2026-03-01T02:00:00+01:00");
    assert!(validator.is_valid(&toml::from_str(SMALL).unwrap()));
    assert!(validator.is_valid(&full), "{:?}", validator.iter_errors(&full).next());
    for (pointer, bad) in [
        ("/version", json!(2)),
        ("/group", json!([])),
        ("/group/0/count", json!(0)),
        ("/group/0/execution", json!(20)),
        ("/group/0/slowness", json!("1s")),
        ("/group/1/platform", json!("linux")),
        ("/group/0/outcomes/0/chance", json!(1.5)),
        ("/command/0/request", json!({ "DocumentNam": "x" })),
        ("/document/0/content/mainSteps/0/action", json!(5)),
        ("/behaviour/0/outcomes/0/run", json!(0)),
        ("/group/1/agent/workers", json!("5")),
        ("/readings", json!({ "slow_stat": "off" })),
    ] {
        let mut spoiled = full.clone();
        *spoiled.pointer_mut(pointer).unwrap() = bad;
        assert!(!validator.is_valid(&spoiled), "{pointer}");
        let source = Source { path: "x.json".into(), text: spoiled.to_string() };
        assert!(scenario::load(source, &|_| unreachable!()).is_err(), "{pointer}");
    }
}

fn distributions() -> impl Strategy<Value = Distribution> {
    let number = || 0.0..1e12f64;
    let leaf = prop_oneof![
        number().prop_map(|value| Distribution::Constant { value }),
        (number(), number()).prop_map(|(median, sigma)| Distribution::Lognormal { median, sigma }),
        prop::collection::vec(number(), 1..5).prop_map(|values| Distribution::Values { values }),
        prop::collection::vec((number(), number()), 1..5)
            .prop_map(|points| Distribution::Quantiles { points }),
    ];
    leaf.prop_recursive(3, 8, 3, move |inner| {
        prop_oneof![
            (number(), inner.clone()).prop_map(|(by, of)| Distribution::Shifted { by, of: Box::new(of) }),
            prop::collection::vec((number(), inner), 1..3).prop_map(|parts| Distribution::Mixture { parts }),
        ]
    })
}

/// Always the same cases.
fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    /// A plan is plain data: JSON holds all of it, to the last bit.
    #[test]
    fn a_plan_survives_json(
        execution in distributions(),
        reply in prop::option::of(distributions()),
        chance in 0..=1_000_000_000u32,
        code in any::<i32>(),
        seed in any::<u64>(),
        at in 0..=SimDuration::LONGEST.0,
        name in ".*",
    ) {
        let mut plan = load(FULL).plan;
        plan.seed = seed;
        plan.name = name.clone();
        plan.commands[0].at = SimDuration(at);
        plan.commands[0].request.comment = Some(name);
        plan.groups[0].execution = execution;
        plan.groups[0].reply = reply;
        plan.groups[0].outcomes[0].chance = Chance(chance);
        plan.groups[0].outcomes[0].result = ExecutionResult::Exit(code);
        let text = serde_json::to_string(&plan).unwrap();
        prop_assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }

    /// However a scenario is spoiled, it is either read or refused with faults that can be shown.
    #[test]
    fn a_spoiled_scenario_is_read_or_refused(
        start in 0..FULL.len(),
        length in 0..40usize,
        put in prop::sample::select(vec!["", "0", "-1", "\"\"", "[]", "{}", "\"1s\"", "1e308", "é", "\n", "999999999999"]),
    ) {
        let mut text = FULL.to_string();
        text.replace_range(start..(start + length).min(FULL.len()), put);
        let main = Source { path: "spoiled.toml".into(), text };
        let missing = |_: &Path| Err(std::io::Error::other("no files here"));
        match scenario::load(main, &missing) {
            Ok(resolved) => prop_assert!(!resolved.explain().is_empty()),
            Err(faults) => prop_assert!(faults.render(false).contains("error: ")),
        }
    }
}
