//! Several commands in a scenario, what groups do in some of their steps, and what their agents hold.

mod written;

use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::{
        self, Basis, Faults, Plan, Resolved,
        acceptance::Accepted,
        plan::{AgentLimits, ExecutionResult, StepBehaviour},
    },
    ssm::{SendCommandRequest, document},
};
use written::{assert_says, warnings};

const FLEET: &str = r#"version = 1
[[group]]
name = "web"
count = 3
execution = "20s"
tags = { Role = "web" }
outcomes = [{ chance = "1%", exit_code = 1 }]
[[group]]
name = "db"
count = 2
platform = "Windows"
execution = "40s"
tags = { Role = "db" }
[[document]]
name = "Two"
[document.content]
schemaVersion = "2.2"
[[document.content.mainSteps]]
name = "first"
action = "aws:runPowerShellScript"
[[document.content.mainSteps]]
name = "second"
action = "aws:runPowerShellScript"
"#;

/// A command to the group `web`, with some lines of its own and some of its request.
fn command(own: &str, request: &str) -> String {
    let target = r#"Targets = [{ Key = "tag:Role", Values = ["web"] }]"#;
    format!("[[command]]\n{own}\n[command.request]\nDocumentName = \"Two\"\n{target}\n{request}\n")
}

fn try_load(text: &str) -> Result<Resolved, Faults> {
    written::load("s.toml", text, &[])
}

#[track_caller]
fn load(more: &str) -> Resolved {
    try_load(&format!("{FLEET}{more}")).unwrap_or_else(|faults| panic!("{faults}"))
}

#[track_caller]
fn faults(more: &str) -> String {
    try_load(&format!("{FLEET}{more}")).expect_err("a bad scenario").render(false)
}

fn from<'a>(rows: &'a [scenario::Row], path: &str) -> &'a Basis {
    &rows.iter().find(|row| row.path == path).unwrap_or_else(|| panic!("no {path}")).from
}

/// What a call is told that comes without a scenario around it, and where (O-17, O-41, O-42).
#[test]
fn a_call_is_refused_because_of_the_fleet() {
    let shut = "[[group]]\nname = \"shut\"\ncount = 1\naccess_denied = true\nexecution = \"1s\"\ntags = { a = \"b\" }\n";
    let plan = load(&format!("{shut}{}", command("", ""))).plan;
    let call = |document: &str, ids: &[&str]| {
        let request = SendCommandRequest {
            document_name: document.into(),
            instance_ids: Some(ids.iter().map(|id| id.to_string()).collect()),
            parameters: Some([("commands".to_string(), vec!["true".to_string()])].into()),
            ..SendCommandRequest::default()
        };
        let documents = document::built_in();
        let document = document::find(&documents, document).expect("one of AWS's");
        let accepted = Accepted { request: &request, document, access_denied: &[], topic: None };
        let is_known = |id: &str| plan.groups.iter().any(|group| group.find_instance(id).is_some());
        accepted.command(&plan, "call".into(), SimDuration::from_secs(7), is_known)
    };
    let (web, db) = ("i-web00000000000001", "i-db000000000000000");
    let received = call("AWS-RunShellScript", &[web, db]).expect("one of them runs it");
    assert_eq!((received.name.as_str(), received.at), ("call", SimDuration::from_secs(7)));
    assert_eq!((received.timeout_seconds, received.steps.len()), (3600, 1));
    for (document, ids, code, pointer) in [
        ("AWS-RunShellScript", &[web, "i-web00000000000009"][..], "InvalidInstanceId", "/InstanceIds/1"),
        ("AWS-RunShellScript", &[db], "UnsupportedPlatformType", "/InstanceIds"),
        ("AWS-RunShellScript", &["i-shut0000000000000"], "AccessDeniedException", "/InstanceIds"),
    ] {
        let error = call(document, ids).expect_err(code);
        assert_eq!((error.code, error.pointer.as_str()), (code, pointer));
    }
}

#[test]
fn commands_have_names() {
    let two = command("name = \"deploy\"", "") + &command("", "");
    let resolved = load(&two);
    let names: Vec<_> = resolved.plan.commands.iter().map(|command| command.name.as_str()).collect();
    assert_eq!(names, ["deploy", "command-2"]);
    let rows = resolved.explain();
    assert_eq!(*from(&rows, "/commands/0/name"), Basis::Scenario);
    assert_eq!(*from(&rows, "/commands/1/name"), Basis::Default("its place among the commands".into()));
    for (first, second, part) in [
        ("name = \"a\"", "name = \"A\"", "there is another command `A`"),
        ("name = \"command-2\"", "", "there is another command `command-2`"),
        ("name = \"a b\"", "", "`a b` is no name of a command"),
        ("name = \".a\"", "", "`.a` is no name of a command"),
        ("name = \"../a\"", "", "`../a` is no name of a command"),
        ("name = \"\"", "", "a text of 0 characters"),
    ] {
        assert_says(&faults(&(command(first, "") + &command(second, ""))), &[part]);
    }
}

#[test]
fn at_most_a_thousand() {
    let many = |count: usize| format!("{FLEET}{}", command("", "").repeat(count));
    assert_eq!(try_load(&many(1000)).unwrap().plan.commands.len(), 1000);
    let rendered = try_load(&many(1001)).unwrap_err().render(false);
    assert_says(&rendered, &["a list of 1001 entries", "expected from 0 to 1000"]);
}

/// The faults of each command stand in its own lines, all at once.
#[test]
fn each_command_has_its_own_faults() {
    let first = command("at = \"1m\"\n[[command.cancel]]\nat = \"30s\"", "MaxErrors = \"-1\"");
    let second = command(
        "[[command.cancel]]\nat = \"1s\"\ninstance_ids = [\"i-web00000000000009\"]",
        "TimeoutSeconds = 1",
    );
    let rendered = faults(&(first + &second));
    let places = ["s.toml:27:6", "s.toml:31:13", "s.toml:35:17", "s.toml:39:18"];
    let found: Vec<_> =
        places.iter().map(|at| rendered.find(at).unwrap_or_else(|| panic!("{at}: {rendered}"))).collect();
    assert!(found.is_sorted() && rendered.matches("error: ").count() == 4, "{rendered}");
    let resolved = load(&(command("", "") + &command("at = \"1m\"\n[[command.cancel]]\nat = \"2m\"", "")));
    let rows = resolved.explain();
    assert_eq!(*from(&rows, "/commands/0/cancels"), Basis::Default("none".into()));
    assert_eq!(*from(&rows, "/commands/1/cancels/0/at"), Basis::Scenario);
    assert_eq!(
        *from(&rows, "/commands/1/cancels/0/instance_ids"),
        Basis::Default("the whole command (S7.1)".into())
    );
    assert_eq!(resolved.plan.commands[1].at, SimDuration::from_secs(60));
}

/// What all commands share is assumed once; what differs is told for each.
#[test]
fn assumptions_are_told_once() {
    let resolved = load(
        &(command("name = \"a\"", "")
            + &command("name = \"b\"", "")
            + &command("name = \"c\"", "TimeoutSeconds = 60")),
    );
    let of = |point: &str| -> Vec<&str> {
        let found = resolved.assumptions.iter().filter(|found| found.point == point);
        found.map(|found| found.text.as_str()).collect()
    };
    assert_eq!(of("O-2").len(), 1);
    let total = |seconds| {
        format!(
            "The command expires {seconds} s after the request: TimeoutSeconds and the execution timeout."
        )
    };
    assert_eq!(of("O-18"), [format!("a, b: {}", total(7200)), format!("c: {}", total(3660))]);
    // Only a and b leave it to the default.
    assert_eq!(of("O-19"), ["The request names no TimeoutSeconds, which makes it 3600."]);
    let points: Vec<_> = resolved.assumptions.iter().map(|found| found.point).collect();
    let known = ["O-2", "O-3", "O-18", "O-18b", "O-19", "O-21", "delivery"];
    let at: Vec<_> =
        known.iter().map(|known| points.iter().position(|point| point == known).unwrap()).collect();
    assert!(at.is_sorted(), "{points:?}");
    // Agents with five workers never let three commands wait (section 8.1), nor are instances refused or rebooted.
    for absent in ["S8.2", "Settled 9", "O-25", "reboot"] {
        assert_eq!(of(absent), [""; 0], "{absent}");
    }
}

/// O-25, Settled 9: told only where an agent can have too much to do.
#[test]
fn agents_that_may_be_busy_rest_on_more_points() {
    let points = |agent: &str, count: usize| -> Vec<&str> {
        let fleet = FLEET
            .replace("[[document]]", &format!("{agent}\n[[document]]"))
            .replace("name = \"db\"", "name = \"web2\"")
            .replace("Role = \"db\"", "Role = \"web\"");
        let resolved = try_load(&format!("{fleet}{}", command("", "").repeat(count)))
            .unwrap_or_else(|faults| panic!("{faults}"));
        let points = ["S8.2", "Settled 9", "O-25"];
        points
            .into_iter()
            .filter(|point| resolved.assumptions.iter().any(|found| found.point == *point))
            .collect()
    };
    assert_eq!(points("", 5), [""; 0]);
    assert_eq!(points("", 6), ["S8.2", "Settled 9"]);
    assert_eq!(points("", 11), ["S8.2", "Settled 9", "O-25"]);
    assert_eq!(points("[group.agent]\nworkers = 1\nbuffer = 1", 2), ["Settled 9"]);
    assert_eq!(points("[group.agent]\nworkers = 1\nbuffer = 1", 3), ["Settled 9", "O-25"]);
}

#[test]
fn thresholds_may_name_a_command() {
    let two = command("name = \"a.b\"", "") + &command("", "");
    let resolved = load(&format!(
        "{two}[thresholds]\n\"makespan.max\" = \"<= 1h\"\n\"a.b: makespan.p99.9\" = \"<= 1h\"\n\"command-2:failed.max\" = \"<= 1\"\n"
    ));
    let commands: Vec<_> =
        resolved.plan.thresholds.iter().map(|threshold| (threshold.command(), threshold.subject())).collect();
    assert_eq!(
        commands,
        [(Some("a.b"), "makespan.p99.9"), (Some("command-2"), "failed.max"), (None, "makespan.max")]
    );
    for (threshold, parts) in [
        ("\"a.c: makespan.max\" = \"<= 1h\"", &["there is no command `a.c`", "did you mean `a.b`?"][..]),
        ("\"nobody: makespan.max\" = \"<= 1h\"", &["there is no command `nobody`", "before the colon"]),
        ("\"a.b: makspan.max\" = \"<= 1h\"", &["`makspan` is no metric", "did you mean `makespan`?"]),
        ("\"a.b.makespan.max\" = \"<= 1h\"", &["`a` is no metric"]),
    ] {
        assert_says(&faults(&format!("{two}[thresholds]\n{threshold}\n")), parts);
    }
}

fn seconds(seconds: f64) -> Distribution {
    Distribution::Constant { value: seconds * 1e6 }
}

/// Command, step, execution and exit codes of a group's steps that are not like the others.
fn behaviours(plan: &Plan, group: usize) -> Vec<(u32, u32, f64, Vec<i32>)> {
    let of = |behaviour: &StepBehaviour| {
        let Distribution::Constant { value } = behaviour.execution else { panic!("{behaviour:?}") };
        let code = |outcome: &fleetsim::scenario::plan::Outcome| match outcome.result {
            ExecutionResult::Exit(code) => code,
            result => panic!("{result:?}"),
        };
        (behaviour.command, behaviour.step, value / 1e6, behaviour.outcomes.iter().map(code).collect())
    };
    plan.groups[group].steps.iter().map(of).collect()
}

const TWO: &str = "[[command]]\nname = \"a\"\n[command.request]\nDocumentName = \"Two\"\n\
    Targets = [{ Key = \"tag:Role\", Values = [\"web\", \"db\"] }]\n[[command]]\nname = \"b\"\n[command.request]\n\
    DocumentName = \"AWS-RunPowerShellScript\"\nParameters = { commands = [\"x\"] }\n\
    Targets = [{ Key = \"tag:Role\", Values = [\"web\", \"db\"] }]\n";

/// A group's own execution and outcomes hold for each step of each command, unless a rule says otherwise.
#[test]
fn rules_change_single_steps() {
    let none = load(TWO);
    assert!(none.plan.groups.iter().all(|group| group.steps.is_empty()));
    assert_eq!(
        *from(&none.explain(), "/groups/0/steps"),
        Basis::Default("every step is like the others".into())
    );
    let web: &[(u32, u32, f64, Vec<i32>)] = &[];
    for (rules, web, db) in [
        // By step, by command, by document; the first rule with a field decides it.
        (
            "[[behaviour]]\nwhere = { step = \"first\" }\nexecution = \"1s\"",
            vec![(0, 0, 1.0, vec![1])],
            vec![(0, 0, 1.0, vec![])],
        ),
        (
            "[[behaviour]]\nwhere = { command = \"b\", group = \"web\" }\noutcomes = [{ chance = 1.0, exit_code = 7 }]",
            vec![(1, 0, 20.0, vec![7])],
            vec![],
        ),
        (
            "[[behaviour]]\nwhere = { document = \"Two\", platform = \"Windows\" }\nexecution = \"1s\"\n\
             [[behaviour]]\nwhere = { step = \"second\" }\nexecution = \"2s\"\noutcomes = [{ chance = 0.5, exit_code = 5 }]",
            vec![(0, 1, 2.0, vec![5])],
            vec![(0, 0, 1.0, vec![]), (0, 1, 1.0, vec![5])],
        ),
        // Outcomes are added: to all steps of a group, or to those that match.
        (
            "[[outcome]]\nwhere = { tags = { Role = \"db\" } }\nchance = 0.5\nexit_code = 9",
            web.into(),
            vec![],
        ),
        (
            "[[outcome]]\nwhere = { step = \"second\" }\nchance = 0.5\nexit_code = 9",
            vec![(0, 1, 20.0, vec![1, 9])],
            vec![(0, 1, 40.0, vec![9])],
        ),
        (
            "[[outcome]]\nchance = 0.1\nexit_code = 8\n[[outcome]]\nwhere = { command = \"a\", step = \"second\" }\n\
             chance = 0.2\nexit_code = 9\n[[behaviour]]\nwhere = { group = \"web\", step = \"second\" }\noutcomes = []",
            vec![(0, 1, 20.0, vec![8, 9])],
            vec![(0, 1, 40.0, vec![8, 9])],
        ),
    ] {
        let resolved = load(&format!("{TWO}{rules}\n"));
        assert_eq!((behaviours(&resolved.plan, 0), behaviours(&resolved.plan, 1)), (web, db), "{rules}");
        assert_eq!(warnings(&resolved), "", "{rules}");
        assert!(!resolved.explain().is_empty());
    }
    // What is added to all steps stands in the group itself.
    let added =
        load(&format!("{TWO}[[outcome]]\nwhere = {{ group = \"db\" }}\nchance = 0.5\nexit_code = 9\n"));
    assert_eq!(added.plan.groups[1].outcomes[0].result, ExecutionResult::Exit(9));
    assert_eq!(*from(&added.explain(), "/groups/1/outcomes/0/chance"), Basis::Scenario);
}

#[test]
fn rules_name_what_is_there() {
    let behaviour =
        |condition: &str| format!("{TWO}[[behaviour]]\nwhere = {{ {condition} }}\nexecution = \"1s\"\n");
    for (rule, parts) in [
        (
            behaviour("group = \"wbe\""),
            &["there is no group `wbe`", "did you mean `web`?", "s.toml:36:19"][..],
        ),
        (behaviour("command = \"c\""), &["there is no command `c`", "did you mean"]),
        (behaviour("document = \"Twos\""), &["no command runs the document `Twos`", "did you mean `Two`?"]),
        (
            behaviour("document = \"AWS-RunShellScript\""),
            &["no command runs the document", "`AWS-RunPowerShellScript`?"],
        ),
        (behaviour("step = \"frist\""), &["no command has the step `frist`", "did you mean `first`?"]),
        (
            format!("{TWO}[[behaviour]]\nwhere = {{ group = \"web\" }}\n"),
            &["does not say what is different", "`execution`"],
        ),
        (
            format!(
                "{TWO}[[behaviour]]\noutcomes = [{{ chance = 0.6, hang = true }}]\n[[outcome]]\nchance = 0.6\nhang = true\nwhere = {{ step = \"first\" }}\n"
            ),
            &["the chances add up to 1.2", "s.toml:36:12", "every `[[outcome]]` that matches"],
        ),
    ] {
        assert_says(&faults(&rule), parts);
    }
    for (rule, part) in [
        (behaviour("platform = \"MacOS\""), "this behaviour matches no group"),
        (behaviour("command = \"b\", step = \"first\""), "this behaviour matches no step of any command"),
        (
            format!(
                "{TWO}[[outcome]]\nwhere = {{ command = \"b\", document = \"Two\" }}\nchance = 0.1\nhang = true\n"
            ),
            "this outcome matches no step",
        ),
    ] {
        assert_says(&warnings(&load(&rule)), &[part]);
    }
    // A command with faults hides its steps: rules about them are not held against what is left.
    let hidden = behaviour("step = \"first\"").replace("DocumentName = \"Two\"", "DocumentName = \"Three\"");
    assert_eq!(faults(&hidden).matches("error: ").count(), 1, "{}", faults(&hidden));
}

/// An outcome may be of one run of a step only: chances are added up in each run.
#[test]
fn chances_are_added_up_in_each_run() {
    let with = |outcomes: &str| {
        format!("{TWO}[[behaviour]]\nwhere = {{ group = \"web\" }}\noutcomes = [{outcomes}]\n")
    };
    let first = "{ chance = 0.7, run = 1, exit_code = 194 }";
    let fine = load(&with(&format!(
        "{first}, {{ chance = 0.7, run = 2, exit_code = 194 }}, {{ chance = 0.3, exit_code = 1 }}"
    )));
    let outcomes = &fine.plan.groups[0].steps[0].outcomes;
    assert_eq!(outcomes.iter().map(|outcome| outcome.run).collect::<Vec<_>>(), [Some(1), Some(2), None]);
    assert_eq!(outcomes[0].chance, Chance(700_000_000));
    let more = faults(&with(&format!("{first}, {{ chance = 0.4, exit_code = 1 }}")));
    assert_says(&more, &["the chances add up to 1.1 in run 1", "s.toml:37:12"]);
    assert_says(
        &faults(&with("{ chance = 0.7, exit_code = 1 }, { chance = 0.7, hang = true }")),
        &["add up to 1.4\n"],
    );
}

/// Section 8.6, S8.31: exit codes that ask for a reboot on their platform; for ever is worth a warning.
#[test]
fn reboots_that_never_end_are_told() {
    let with = |outcomes: &str| {
        format!("{TWO}[[behaviour]]\nwhere = {{ step = \"first\" }}\noutcomes = [{outcomes}]\n")
    };
    let said = |outcomes: &str| warnings(&load(&with(outcomes)));
    // Linux has 194, Windows 3010; elsewhere they are failures.
    for code in [194, 3010] {
        let rendered = said(&format!("{{ chance = 1.0, exit_code = {code} }}"));
        assert_says(&rendered, &["every run of the step asks for a reboot", "S8.36"]);
        assert_eq!(rendered.matches("warning: ").count(), 1);
    }
    assert_eq!(said("{ chance = 0.9, exit_code = 194 }"), "");
    assert_eq!(said("{ chance = 1.0, run = 1, exit_code = 194 }"), "");
    let reboots = load(&with("{ chance = 1.0, run = 1, exit_code = 3010 }"));
    let reboot = reboots.assumptions.iter().find(|found| found.point == "reboot");
    assert!(reboot.is_some_and(|found| found.text.contains("boot within a minute")));
}

/// S8.1: the agent takes its default in the place of a number outside its range. Section 16.10: the reading and the
/// profile decide on the default of the buffer.
#[test]
fn limits_of_agents() {
    let with = |profile: &str, agent: &str| {
        let fleet = FLEET.replace("version = 1", &format!("version = 1\n{profile}"));
        let fleet = fleet.replace("[[document]]", &format!("[group.agent]\n{agent}\n[[document]]"));
        try_load(&format!("{fleet}{}", command("", ""))).unwrap_or_else(|faults| panic!("{faults}"))
    };
    for (profile, agent, expected, part) in [
        ("", "", (5, 5, 15), ""),
        ("", "workers = 1\nbuffer = 2\nretries = 100", (1, 2, 100), ""),
        ("", "workers = 0", (5, 5, 15), "the agent takes 5 in the place of 0"),
        ("", "buffer = -1", (5, 5, 15), "the agent takes 5 in the place of -1"),
        ("", "retries = 101", (5, 5, 15), "the agent takes 15 in the place of 101"),
        ("profile = \"legacy-2018\"", "", (5, 1, 15), ""),
        ("profile = \"legacy-2018\"", "buffer = 0", (5, 1, 15), "the agent takes 1 in the place of 0"),
        ("profile = \"legacy-2018\"\nreadings = { agent_buffer = 3 }", "", (5, 3, 15), ""),
    ] {
        let resolved = with(profile, agent);
        let (workers, buffer, retries) = expected;
        assert_eq!(
            resolved.plan.groups[1].agent,
            AgentLimits { workers, buffer, retries },
            "{profile} {agent}"
        );
        let said = warnings(&resolved);
        assert!(said.contains(part) && said.is_empty() == part.is_empty(), "{said}");
        if !part.is_empty() {
            assert_says(&said, &["S8.1", "s.toml:"]);
        }
    }
    let rows = with("profile = \"legacy-2018\"", "workers = 2").explain();
    assert_eq!(*from(&rows, "/groups/1/agent/workers"), Basis::Scenario);
    assert_eq!(*from(&rows, "/groups/1/agent/buffer"), Basis::Profile("legacy-2018".into()));
    assert_eq!(*from(&rows, "/groups/1/agent/retries"), Basis::Default("the agent's own limit".into()));
    assert_says(
        &faults(&format!("{}[readings]\nagent_buffer = 0\n", command("", ""))),
        &["0 is out of range", "from 1 to 2147483647"],
    );
}

/// Whiles that last no time at all would never come to an end.
#[test]
fn a_connection_that_comes_and_goes_needs_time() {
    let with = |entry: &str| {
        let fleet = FLEET.replace(
            "tags = { Role = \"web\" }",
            &format!("tags = {{ Role = \"web\" }}\navailability = [{{ chance = 0.1, {entry} }}]"),
        );
        try_load(&format!("{fleet}{}", command("", "")))
    };
    for (entry, parts) in [
        ("up = \"4h\"", &["`up` stands without `down`", "give both", "s.toml:7:17"][..]),
        ("down = \"4h\"", &["`down` stands without `up`"]),
        ("up = \"0s\", down = \"1m\"", &["`up` always lasts no time", "a mean above zero", "s.toml:7:38"]),
        (
            "up = \"1m\", down = { uniform = { min = \"0s\", max = \"0s\" } }",
            &["`down` always lasts no time"],
        ),
        ("up = \"1m\", down = { values = [\"0s\", \"0s\"] }", &["`down` always lasts no time"]),
        ("up = \"1m\", down = \"1m\", unreachable = true", &["are given together", "`up` with `down`"]),
    ] {
        assert_says(&with(entry).expect_err(entry).render(false), parts);
    }
    assert!(with("up = \"1m\", down = { values = [\"0s\", \"1s\"] }").is_ok());
    assert!(
        with("up = { exponential = { mean = \"1h\" } }, down = { shifted = { by = \"1s\", of = \"0s\" } }")
            .is_ok()
    );
    let plan = with("up = \"1m\", down = \"1s\"").unwrap().plan;
    let fleetsim::scenario::plan::AvailabilityState::Alternating { up, down } =
        &plan.groups[0].availability[0].state
    else {
        panic!("{:?}", plan.groups[0].availability)
    };
    assert_eq!((up, down), (&seconds(60.0), &seconds(1.0)));
}
