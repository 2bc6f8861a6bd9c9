//! What describes the program itself: help, completions, manual, schema, explain.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::program::{MIXED, Place};

const SUBCOMMANDS: [&str; 17] = [
    "run",
    "merge",
    "plan",
    "what-if",
    "check",
    "import",
    "load",
    "conform",
    "compare",
    "explain",
    "fit",
    "pattern",
    "iam",
    "serve",
    "schema",
    "completions",
    "man",
];

#[test]
fn help_has_the_exit_codes_and_an_example_for_every_subcommand() {
    let place = Place::new();
    for flag in ["-h", "--help"] {
        let help = place.run(&[flag]).exits(0).out;
        assert!(
            help.contains("Exit codes:\n  0   good\n  1   no: a threshold or demand missed, a regression"),
            "{help}"
        );
        for subcommand in SUBCOMMANDS {
            assert!(help.contains(&format!("\n  {subcommand}")), "{subcommand} is not in:\n{help}");
        }
    }
    for subcommand in SUBCOMMANDS {
        let help = place.run(&[subcommand, "--help"]).exits(0).out;
        assert!(help.contains("Example"), "{help}");
        assert!(help.contains(&format!("fleetsim {subcommand}")), "{help}");
    }
    let version = place.run(&["--version"]).exits(0).out;
    assert_eq!(version, format!("fleetsim {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_for_every_shell() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&["completions", shell]).exits(0).out;
        assert!(script.contains("replications"), "{shell}:\n{script}");
    }
}

#[test]
fn bash_takes_its_completions() {
    let script = Place::new().run(&["completions", "bash"]).exits(0).out;
    let Ok(mut bash) = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn() else {
        eprintln!("skipped: there is no bash");
        return;
    };
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success());
}

#[test]
fn manual_pages_are_roff() {
    let place = Place::new();
    let page = place.run(&["man"]).exits(0).out;
    assert!(page.contains(".TH fleetsim 1"), "{page}");
    fs::create_dir(place.path("man1")).unwrap();
    let ran = place.run(&["man", "-o", "man1"]).exits(0);
    assert_eq!(ran.out, "");
    let mut expected: Vec<_> = SUBCOMMANDS.iter().map(|name| format!("fleetsim-{name}.1")).collect();
    expected.extend(["fleetsim.1".into(), "fleetsim-iam-explain.1".into(), "fleetsim-pattern-test.1".into()]);
    expected.sort();
    assert_eq!(place.list("man1"), expected);
    for name in expected {
        assert!(place.read(&format!("man1/{name}")).contains(".TH fleetsim"), "{name}");
    }
}

#[test]
fn the_schema_is_the_published_one() {
    let published = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scenario.schema.json");
    let printed = Place::new().run(&["schema"]).exits(0).out;
    assert_eq!(printed.trim_end(), fs::read_to_string(published).unwrap().trim_end());
}

#[test]
fn explain_says_where_each_value_comes_from() {
    let place = Place::with(MIXED);
    let text = place.run(&["explain", "s.toml"]).exits(0).out;
    let row = |name: &str| {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(name));
        line.unwrap_or_else(|| panic!("no {name} in:\n{text}")).to_string()
    };
    assert!(row("groups.0.members.numbered.count").ends_with(" scenario"));
    assert!(row("readings.gate").ends_with(" profile api"));
    assert!(row("seed").contains("default: "));
    assert!(row("O-12").contains("Slow start"));
    let markdown = place.run(&["explain", "s.toml", "--format", "markdown"]).exits(0).out;
    assert!(markdown.starts_with("| value "), "{markdown}");
    let json = place.run(&["explain", "s.toml", "--format", "json"]).exits(0).json();
    assert_eq!(json["plan"]["groups"][0]["members"]["numbered"]["count"], 150);
    let rows = json["values"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["path"] == "/groups/0/members/numbered/count"), "{rows:?}");
    assert!(
        json["assumptions"].as_array().is_some_and(|list| list.iter().all(|one| one["point"] != Value::Null))
    );
}
