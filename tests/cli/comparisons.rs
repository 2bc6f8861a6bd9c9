//! `fleetsim compare`: what it reads, what it refuses, what it says, and how it exits.

use super::program::{Place, failing};

/// Runs of the same scenario at another pace: every execution takes twice as long.
fn slow_and_fast() -> Place {
    let place = Place::with(&failing("0", ""));
    place.write(
        "slow.toml",
        failing("0", "").replace("min = \"5s\", max = \"15s\"", "min = \"10s\", max = \"30s\""),
    );
    place
}

#[test]
fn a_gate_decides_the_exit_code() {
    let place = slow_and_fast();
    let two = ["compare", "s.toml", "slow.toml", "--replications", "20"];
    place.run(&two).exits(0);
    for (gate, code) in [
        ("makespan.mean > +5%", 1),
        ("makespan.mean > +500%", 0),
        ("makespan.mean < -1s", 0),
        // Of 20 replications nothing is known about their 99 % quantile.
        ("makespan.p99 > +5%", 4),
        ("sojourn.p99 > +5%", 1),
        ("failed.max > +0", 0),
    ] {
        let ran = place.run(&[&two[..], &["--fail-if", gate]].concat()).exits(code);
        assert!(ran.out.contains(gate), "{}", ran.out);
    }
    place
        .run(&[&two[..], &["--fail-if", "makspan.mean > 1s"]].concat())
        .exits(2)
        .complains(&["`makspan` is no metric"]);
    place
        .run(&[&two[..], &["--fail-if", "x: makespan.mean > 1s"]].concat())
        .exits(2)
        .complains(&["no command `x`"]);
}

#[test]
fn the_same_luck_gives_the_same_facts_whatever_form_the_run_has() {
    let place = slow_and_fast();
    place.run(&["run", "s.toml", "--replications", "5", "-o", "out"]).exits(0);
    for candidate in ["s.toml", "out", "out/summary.json"] {
        let ran = place.run(&["compare", "out", candidate]).exits(0);
        assert!(ran.out.contains("facts are the same"), "{}", ran.out);
    }
    place.run(&["run", "s.toml", "--replications", "5", "--seed", "9", "-o", "other"]).exits(0);
    let ran = place.run(&["compare", "out", "other"]).exits(0);
    assert!(ran.out.contains("compared as independent ones"), "{}", ran.out);
    place.run(&["run", "s.toml", "--replication", "3", "-o", "third"]).exits(0);
    let ran = place.run(&["compare", "third", "s.toml"]).exits(0);
    assert!(ran.out.contains("facts are the same"), "{}", ran.out);
    // Fewer replications of the same luck: those that both have are compared.
    place.run(&["run", "s.toml", "--replications", "3", "-o", "fewer"]).exits(0);
    let ran = place.run(&["compare", "out", "fewer"]).exits(0);
    assert!(ran.out.contains("facts are the same"), "{}", ran.out);
}

/// The same plan and seed with another digest: the program has changed, and that is a regression without any gate.
#[test]
fn changed_facts_are_1_and_the_replication_is_named() {
    let place = slow_and_fast();
    place.run(&["run", "s.toml", "--replications", "5", "-o", "out"]).exits(0);
    place.run(&["run", "s.toml", "--replications", "5", "-o", "spoilt"]).exits(0);
    let digest =
        |name: &str| place.json(&format!("{name}/summary.json"))["digest"].as_str().unwrap().to_string();
    let summary = place.read("spoilt/summary.json").replace(&digest("spoilt"), &"0".repeat(32));
    place.write("spoilt/summary.json", summary);
    let third = place.csv("out/replications.csv")[3]["digest"].clone();
    place.write(
        "spoilt/replications.csv",
        place.read("out/replications.csv").replace(&third, &"0".repeat(32)),
    );
    let ran = place.run(&["compare", "out", "spoilt"]).exits(1);
    assert!(ran.out.contains("FACTS CHANGED") && ran.out.contains("first in replication 3"), "{}", ran.out);
    let ran = place.run(&["compare", "out", "spoilt", "--format", "junit"]).exits(1);
    assert!(ran.out.contains("failures=\"1\""), "{}", ran.out);
}

#[test]
fn what_is_not_comparable_is_5_unless_forced() {
    let place = slow_and_fast();
    place.write("larger.toml", failing("0", "").replace("count = 20", "count = 30"));
    let two = ["compare", "s.toml", "larger.toml", "--replications", "3"];
    let ran =
        place.run(&two).exits(5).complains(&["other fleets", "had 20 targets and now has 30", "--force"]);
    assert_eq!(ran.out, "");
    let ran = place.run(&[&two[..], &["--force"]].concat()).exits(0);
    assert!(ran.out.contains("not comparable: they are about other fleets"), "{}", ran.out);
    place.run(&["run", "s.toml", "-o", "out"]).exits(0);
    place.write("future.json", place.read("out/summary.json").replacen("\"schema\": 1", "\"schema\": 2", 1));
    place.run(&["compare", "future.json", "out"]).exits(5).complains(&["schema 2"]);
    place.run(&["compare", "nowhere", "out"]).exits(2).complains(&["cannot read nowhere"]);
}

#[test]
fn every_form_says_the_same() {
    let place = slow_and_fast();
    let ask = |form: &str, code| {
        let arguments = ["compare", "s.toml", "slow.toml", "--replications", "20", "--format", form];
        place.run(&[&arguments[..], &["--fail-if", "makespan.mean > +5%"]].concat()).exits(code)
    };
    assert!(ask("text", 1).out.contains("makespan.mean > +5%  FAILED"));
    assert!(ask("markdown", 1).out.contains("| makespan.mean > +5% | FAILED  |"));
    let junit = ask("junit", 1).out;
    assert!(
        junit.contains("tests=\"2\" failures=\"1\" errors=\"0\"") && junit.contains("makespan.mean &gt; +5%"),
        "{junit}"
    );
    let json = ask("json", 1).json();
    let first = &json[0];
    assert_eq!((&first["name"], &first["unit"]), (&"failing: makespan.mean".into(), &"s".into()));
    let table = {
        place.run(&["run", "slow.toml", "--replications", "20", "-o", "out"]).exits(0);
        place.csv("out/replications.csv")
    };
    let sum: f64 = table.iter().map(|row| row["makespan_us"].parse::<f64>().unwrap()).sum();
    assert!((first["value"].as_f64().unwrap() - sum / 20.0 / 1e6).abs() < 1e-9, "{first}");
    assert!(json.as_array().unwrap().iter().all(|entry| entry["name"] != "failing: success.mean"));
}

#[test]
fn a_comparison_has_a_page() {
    let place = slow_and_fast();
    place.run(&["compare", "s.toml", "slow.toml", "--replications", "20", "--html", "page.html"]).exits(0);
    let page = place.read("page.html");
    assert!(page.contains("Paired differences of the makespan") && page.contains("in 20 of 20 pairs"));
    assert!(!page.contains("http://") && !page.contains("<script"));
}

/// To be put behind a scenario's thresholds: a rule that sends a command when one has failed.
const ON_FAILURE: &str = r#"
[[rule]]
name = "on-failure"
pattern = { detail-type = ["EC2 Command Status-change Notification"], detail = { status = ["Failed"] } }
[[rule.target]]
id = "again"
arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
run_command_targets = [{ Key = "tag:Role", Values = ["x"] }]
input = { commands = ["./again"] }
at_most = 2
"#;

/// An instance is terminated, and its event, of which half are lost, sends a command.
const ALL_BY_RULES: &str = r#"
version = 1
name = "all-by-rules"
command = []
[event_bus]
loss = 0.5
[[group]]
name = "web"
count = 3
tags = { Role = "x" }
execution = "5s"
[[auto_scaling_group]]
name = "web-asg"
group = "web"
terminations = [{ at = "1m", count = 1 }]
[[rule]]
name = "on-end"
pattern = { source = ["aws.autoscaling"] }
[[rule.target]]
id = "tidy"
arn = "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"
role_arn = "arn:aws:iam::123456789012:role/rules"
run_command_targets = [{ Key = "tag:Role", Values = ["x"] }]
input = { commands = ["./tidy"] }
at_most = 1
"#;

/// Commands that rules send have rows, and are no commands of the summary.
#[test]
fn commands_of_rules_do_not_keep_runs_from_being_compared() {
    let place = Place::with(&failing("0.5", ON_FAILURE));
    place.run(&["run", "s.toml", "--replications", "5", "-o", "out"]).exits(0);
    let table = place.read("out/replications.csv");
    assert!(table.contains(",on-failure.again.1,"), "{table}");
    let ran = place.run(&["compare", "out", "s.toml"]).exits(0);
    assert!(ran.out.contains("facts are the same"), "{}", ran.out);
    for unknown in ["on-failure.again.x", "on-failure.other.1", "on-success.again.1"] {
        place.write("out/replications.csv", table.replacen("on-failure.again.1", unknown, 1));
        place
            .run(&["compare", "out", "s.toml"])
            .exits(5)
            .complains(&[&format!("`{unknown}` is no command of summary.json")]);
    }
}

/// Where rules send all commands, a replication without one has no row, and facts are compared all the same.
#[test]
fn runs_without_commands_of_their_own_are_compared_by_their_digests() {
    let place = Place::new();
    place.write("s.toml", ALL_BY_RULES);
    place.run(&["run", "s.toml", "--replications", "20", "-o", "out"]).exits(0);
    let rows = place.csv("out/replications.csv").len();
    assert!((1..20).contains(&rows), "{rows} of 20 replications have a command");
    let ran = place.run(&["compare", "out", "s.toml", "--fail-if", "makespan.mean > +5%"]).exits(0);
    assert!(ran.out.contains("facts are the same"), "{}", ran.out);
    let digest = place.json("out/summary.json")["digest"].as_str().unwrap().to_string();
    place.write("out/summary.json", place.read("out/summary.json").replace(&digest, &"0".repeat(32)));
    let ran = place.run(&["compare", "out", "s.toml"]).exits(1);
    assert!(ran.out.contains("FACTS CHANGED"), "{}", ran.out);
    let arguments = ["compare", "s.toml", "s.toml", "--seed", "2", "--replications", "2"];
    place.run(&arguments).exits(0);
}
