//! `[plan]` of a scenario: what it comes to, its faults, and bad releases laid over the groups.

use std::{io, path::Path};

use fleetsim::{
    base::Chance,
    scenario::{
        Draft, Faults, Resolved, Source,
        demand::{Limit, Subject},
        document::Objective,
        plan::ExecutionResult,
        planning::VariedField,
    },
};

const COMMAND: &str = r#"
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["true"] }
"#;

const GROUPS: &str = r#"
version = 1
[[group]]
name = "web"
count = 10
tags = { Role = "web" }
execution = "5s"
outcomes = [{ chance = 0.2, exit_code = 2 }]
[[group]]
name = "windows"
platform = "Windows"
count = 5
tags = { Role = "web" }
execution = "5s"
"#;

fn nothing(_: &Path) -> io::Result<String> {
    Err(io::ErrorKind::NotFound.into())
}

fn draft(plan: &str) -> Draft {
    let text = format!("{GROUPS}{COMMAND}{plan}");
    Draft::parse(Source { path: "test.toml".into(), text }).unwrap()
}

fn resolve(plan: &str, release: Option<usize>) -> Result<Resolved, Faults> {
    draft(plan).resolve(release, &nothing)
}

#[test]
fn without_a_plan_everything_has_a_default() {
    let planning = resolve("", None).unwrap().planning;
    assert_eq!((planning.command, planning.replications), (0, 1000));
    assert_eq!(planning.max_errors, ["0", "1%", "2%", "5%", "10%"]);
    assert_eq!(planning.bad_releases, ["bad-release"]);
    assert_eq!(planning.demands.len(), 1);
    assert_eq!(planning.demands[0].subject, Subject::Completes);
}

#[test]
fn what_is_written_is_what_is_planned() {
    let plan = r#"
[plan]
max_concurrency = [1, "10%..30%+10%", "20%"]
max_errors = ["0..8+4"]
within = "2h@99%"
blast_radius = "10%"
stop_within = "90s@90%"
completes = 0.9
minimize = "broken"
replications = 50
[[plan.vary]]
path = "group.web.count"
values = [10, 20.5]
[[plan.bad_release]]
exit_code = 3
[[plan.bad_release]]
name = "hangs"
chance = "50%"
hang = true
"#;
    let planning = resolve(plan, None).unwrap().planning;
    assert_eq!(planning.max_concurrency, ["1", "10%", "20%", "30%"]);
    assert_eq!(planning.max_errors, ["0", "4", "8"]);
    assert_eq!(planning.bad_releases, ["bad-release", "hangs"]);
    let field = VariedField { path: "group.web.count".into(), values: vec!["10".into(), "20.5".into()] };
    assert_eq!(planning.fields, [field]);
    let demands: Vec<String> = planning.demands.iter().map(ToString::to_string).collect();
    assert_eq!(demands, ["90%", "2h@99%", "10%@95%", "1m 30s@90%"]);
    assert_eq!(planning.demands[2].limit, Limit::OfTargets(Chance(100_000_000)));
    assert_eq!((planning.minimize, planning.replications), (Objective::Broken, 50));
}

/// Outcomes of the groups keep their share of what the bad release leaves over.
#[test]
fn a_bad_release_comes_before_the_outcomes_of_the_groups() {
    let plan = r#"
[[plan.bad_release]]
where = { platform = "Linux" }
chance = 0.5
hang = true
"#;
    let [healthy, bad] = [None, Some(0)].map(|release| resolve(plan, release).unwrap().plan);
    let chances = |group: usize, plan: &fleetsim::scenario::Plan| {
        let outcomes = plan.groups[group].outcomes.iter();
        outcomes.map(|outcome| (outcome.chance.0, outcome.result)).collect::<Vec<_>>()
    };
    let failure = ExecutionResult::Exit(2);
    assert_eq!(chances(0, &healthy), [(200_000_000, failure)]);
    assert_eq!(chances(0, &bad), [(500_000_000, ExecutionResult::Hang), (100_000_000, failure)]);
    assert_eq!((chances(1, &healthy), chances(1, &bad)), (vec![], vec![]));
    assert_eq!(healthy, resolve("", None).unwrap().plan, "a plan changes nothing about a run");
}

#[test]
fn of_several_commands_the_planned_one_goes_wrong() {
    let second = format!("{COMMAND}\n[plan]\ncommand = \"command-2\"\n");
    let resolved = resolve(&second, Some(0)).unwrap();
    assert_eq!(resolved.planning.command, 1);
    for group in &resolved.plan.groups {
        assert!(group.outcomes.iter().all(|outcome| outcome.result != ExecutionResult::Exit(1)));
        // AWS-RunShellScript does not run on Windows, so that the release cannot go wrong there.
        let steps: Vec<_> = group.steps.iter().map(|step| (step.command, step.step)).collect();
        assert_eq!(steps, if group.name == "web" { vec![(1, 0)] } else { vec![] });
    }
    let step = &resolved.plan.groups[0].steps[0].outcomes;
    assert_eq!((step[0].chance, step[0].result), (Chance::ONE, ExecutionResult::Exit(1)));
    assert_eq!((step[1].chance, step[1].result), (Chance(0), ExecutionResult::Exit(2)));
}

#[test]
fn faults_are_named_all_at_once() {
    let plan = r#"
[plan]
command = "comand-1"
max_concurrency = [0, "101%", "1..5"]
max_errors = ["-1"]
within = "2@95%"
blast_radius = "20@100%"
completes = 0
[[plan.bad_release]]
name = "a"
exit_code = 1
where = { group = "wep" }
[[plan.bad_release]]
name = "a"
"#;
    let faults = resolve(plan, None).unwrap_err().0;
    let expected = [
        ("/plan/command", "there is no command `comand-1`", "did you mean `command-1`?"),
        ("/plan/max_concurrency/2", "`1..5` is not a range", "LOW..HIGH+STEP"),
        ("/plan/max_errors/0", "`-1` is no rate", "a count such as 5"),
        ("/plan/within", "`2` is no limit for `within`", "2h@95%"),
        ("/plan/blast_radius", "100% is nothing that a simulation can show", "99%"),
        ("/plan/completes", "0% is nothing", "99%"),
        ("/plan/bad_release/0/where/group", "there is no group `wep`", "did you mean `web`?"),
        ("/plan/bad_release/1/name", "there is another bad release `a`", "a name of its own"),
        ("/plan/bad_release/1", "does not say what happens", "exactly one of `exit_code`"),
    ];
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
    for (pointer, message, help) in expected {
        let fault = faults.iter().find(|fault| fault.place.pointer == pointer);
        let fault = fault.unwrap_or_else(|| panic!("nothing at {pointer}"));
        assert!(fault.message.contains(message) && fault.help.contains(help), "{fault:?}");
    }
    let rates = resolve("[plan]\nmax_concurrency = [0, \"5%\", \"101%\"]", None).unwrap_err().0;
    let pointers: Vec<_> = rates.iter().map(|fault| fault.place.pointer.as_str()).collect();
    assert_eq!(pointers, ["/plan/max_concurrency/0", "/plan/max_concurrency/2"]);
}

#[test]
fn a_field_is_changed_before_the_scenario_is_resolved() {
    let changed = |path, value| draft("").with(path, value, &nothing).unwrap().resolve(None, &nothing);
    assert_eq!(changed("group.web.count", "20").unwrap().plan.groups[0].count(), 20);
    assert_eq!(changed("command.0.timeout_seconds", "700").unwrap().plan.commands[0].timeout_seconds, 700);
    let faults = changed("command.0.timeout_seconds", "7").unwrap_err().0;
    assert!(faults[0].message.contains("ValidationException"), "{}", faults[0].message);
}

#[test]
fn a_request_in_a_file_of_its_own_can_be_varied() {
    let command = "[[command]]\nrequest = \"request.json\"\n";
    let source = Source { path: "some/test.toml".into(), text: format!("{GROUPS}{command}") };
    let read = |path: &Path| match path.to_str() {
        Some("some/request.json") => Ok(r#"{"DocumentName": "AWS-RunShellScript",
            "Targets": [{"Key": "tag:Role", "Values": ["web"]}], "Parameters": {"commands": ["true"]}}"#
            .to_string()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let changed = Draft::parse(source).unwrap().with("command.0.max_concurrency", "7", &read).unwrap();
    let plan = changed.resolve(None, &read).unwrap().plan;
    assert_eq!(plan.commands[0].request.max_concurrency.as_deref(), Some("7"));
}
