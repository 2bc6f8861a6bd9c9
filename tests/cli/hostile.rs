//! Names that try to break out: of a table, of a page, of a directory, of the terminal.

use serde_json::json;

use super::program::{Place, Ran};

const NAMES: [&str; 12] = [
    "=cmd|' /C calc'!A0",
    "@SUM(1,2)",
    "<script>alert(1)</script>",
    "two\nlines\r\nand \"quotes\", commas",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{9b}31m\u{7f}\u{202e}drow",
    "../../x",
    "/etc/passwd",
    "...",
    "| a | b |\n|---|---|",
    "`code` *bold* [link](http://example.com) ~~~",
    "日本語 naïve 🚀",
];

/// A scenario whose every free text is `name`, that of the group as far as groups allow.
fn scenario(name: &str) -> String {
    let group: String = name.chars().take(100).collect();
    let scenario = json!({
        "version": 1, "name": name, "description": name,
        "group": [{
            "name": group, "count": 5, "tags": { "Role": "x", name: name },
            "delivery": "100ms", "execution": "10s", "id_prefix": "i-x",
        }],
        "command": [{ "request": {
            "DocumentName": "AWS-RunShellScript",
            "Targets": [{ "Key": "tag:Role", "Values": ["x"] }],
            "Parameters": { "commands": ["true"] },
        } }],
    });
    scenario.to_string()
}

fn run(name: &str, arguments: &[&str]) -> (Place, Ran) {
    let place = Place::new();
    place.write("s.json", scenario(name));
    let ran = place.run(&[&["run", "s.json"], arguments].concat()).exits(0);
    (place, ran)
}

fn steers(text: &str) -> bool {
    let turns = |letter| matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().any(|letter| (letter.is_control() && letter != '\n') || turns(letter))
}

#[test]
fn no_name_steers_the_terminal() {
    for name in NAMES {
        let place = Place::new();
        place.write("s.json", scenario(name));
        for arguments in [
            &["run", "s.json"][..],
            &["run", "s.json", "--format", "markdown"],
            &["explain", "s.json"],
            &["explain", "s.json", "--format", "markdown"],
        ] {
            let ran = place.run(arguments).exits(0);
            assert!(!steers(&ran.out), "{name:?} {arguments:?}:\n{}", ran.out);
            assert_eq!(ran.err, "");
        }
        place.run(&["run", "s.json", "-o", "out", "--history"]).exits(0);
        let ran = place.run(&["check", "out/history.jsonl"]).exits(0);
        assert!(!steers(&ran.out), "{name:?}:\n{}", ran.out);
    }
}

#[test]
fn a_name_feigns_no_line_of_the_summary() {
    let (_, ran) = run("x\n\nrules: all 99 valid\ndigest 0", &[]);
    assert_eq!(ran.out.lines().filter(|line| line.starts_with("digest ")).count(), 1, "{}", ran.out);
    assert_eq!(ran.out.lines().filter(|line| line.starts_with("rules: ")).count(), 1, "{}", ran.out);
}

#[test]
fn faults_do_not_steer_the_terminal_either() {
    let place = Place::new();
    let name = "web\u{1b}[2J";
    let mut twice: serde_json::Value = serde_json::from_str(&scenario(name)).unwrap();
    let group = twice["group"][0].clone();
    twice["group"].as_array_mut().unwrap().push(group);
    twice["\u{1b}[31m"] = json!(1);
    place.write("s.json", twice.to_string());
    let ran = place.run(&["run", "s.json"]).exits(2);
    assert!(!steers(&ran.err), "{:?}", ran.err);
    twice.as_object_mut().unwrap().remove("\u{1b}[31m");
    place.write("s.json", twice.to_string());
    let ran = place.run(&["run", "s.json"]).exits(2).complains(&["there is another group"]);
    assert!(!steers(&ran.err), "{:?}", ran.err);
}

#[test]
fn no_name_breaks_a_table_or_becomes_a_formula() {
    for name in NAMES {
        let (place, _) = run(name, &["-o", "out"]);
        let rows = place.csv("out/invocations.csv");
        assert_eq!(rows.len(), 5, "{name:?}");
        for row in rows {
            let group = &row["group"];
            assert!(!group.starts_with(['=', '+', '-', '@', '\t', '\r']), "{group:?}");
            assert_eq!(group.strip_prefix('\'').unwrap_or(group), name);
        }
        assert_eq!(place.json("out/summary.json")["scenario"], name);
    }
}

#[test]
fn no_name_breaks_a_page() {
    for name in NAMES {
        let (_, ran) = run(name, &["--format", "markdown"]);
        assert!(!ran.out.contains("<script"), "{}", ran.out);
        assert!(
            !ran.out.lines().any(|line| line.starts_with("~~~") || line.starts_with("| a |")),
            "{}",
            ran.out
        );
        let mut lines = ran.out.lines();
        assert!(lines.next().is_some_and(|line| line.starts_with("# ")));
        assert_eq!(lines.next(), Some(""));
    }
}

#[test]
fn every_name_makes_one_directory_where_it_belongs() {
    let long = "x".repeat(5000);
    for name in NAMES.into_iter().chain([long.as_str(), "ünï".repeat(200).as_str()]) {
        let (place, _) = run(name, &["--out", "auto"]);
        assert_eq!(place.list("."), ["results", "s.json"], "{name:?}");
        assert_eq!(place.list("results"), ["runs"], "{name:?}");
        let runs = place.list("results/runs");
        assert_eq!(runs.len(), 1, "{name:?}");
        let safe = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        assert!(runs[0].chars().all(safe) && !runs[0].starts_with('.') && runs[0].len() < 200, "{runs:?}");
    }
}
