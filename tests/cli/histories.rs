//! `history.jsonl`: read back, and refused when it is not whole.

use std::{fs::File, io::BufReader};

use fleetsim::history::codec::HistoryReader;

use super::program::{MIXED, Place};

fn run() -> Place {
    let place = Place::with(MIXED);
    place.run(&["run", "s.toml", "--history", "-o", "out"]).exits(0);
    place
}

#[test]
fn a_history_reads_back_with_the_digest_of_its_replication() {
    let place = run();
    let file = BufReader::new(File::open(place.path("out/history.jsonl")).unwrap());
    let mut reader = HistoryReader::new(file).unwrap();
    let (mut records, mut last) = (0, 0);
    while let Some(record) = reader.next_record().unwrap() {
        assert!(record.time.0 >= last);
        (records, last) = (records + 1, record.time.0);
    }
    let lines = place.read("out/history.jsonl").lines().count();
    assert_eq!(records, lines - 2);
    assert_eq!(reader.digest().to_string(), place.csv("out/replications.csv")[0]["digest"]);
    assert_eq!(serde_json::to_value(&reader.plan).unwrap(), place.json("out/plan.json"));
    assert_eq!((reader.seed, reader.replication), (1, 0));
}

#[test]
fn check_finds_it_valid_from_a_file_and_from_standard_input() {
    let place = run();
    let text = place.run(&["check", "out/history.jsonl"]).exits(0).out;
    assert!(text.starts_with("mixed: valid   digest "), "{text}");
    let json = place.run(&["check", "out/history.jsonl", "--format", "json"]).exits(0).json();
    assert_eq!(
        (&json["verdict"], &json["seed"], &json["replication"]),
        (&"valid".into(), &1.into(), &0.into())
    );
    assert_eq!(json["digest"], place.csv("out/replications.csv")[0]["digest"].as_str());
    let markdown = place.run(&["check", "out/history.jsonl", "--format", "markdown"]).exits(0).out;
    assert!(markdown.contains("| order "), "{markdown}");
    let file = File::open(place.path("out/history.jsonl")).unwrap();
    let output = place.command(&["check", "-"]).stdin(file).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
}

#[test]
fn spaces_in_a_line_mean_nothing() {
    let place = run();
    let spaced = place.read("out/history.jsonl").replace("{\"", " { \"").replace("\":", "\" : ");
    assert!(spaced.contains(" { \"records\" : "));
    place.write("h.jsonl", spaced);
    place.run(&["check", "h.jsonl"]).exits(0);
}

#[test]
fn what_is_not_whole_is_2_with_the_number_of_the_line() {
    let place = run();
    let history = place.read("out/history.jsonl");
    let lines: Vec<&str> = history.lines().collect();
    let (first, last) = (lines[0], lines.len());
    let with = |at: usize, line: &str| {
        let mut lines = lines.clone();
        lines[at] = line;
        lines.join("\n")
    };
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().join("\n");
    let other_instance = lines[3].replace("\"i-", "\"i-x");
    let later = first.replacen("history\":2", "history\":3", 1).replacen("\"seed\"", "\"root\"", 1);
    let fiftieth = lines[..50].join("\n");
    let other_plan = first.replacen("\"plan\":{\"version\":2", "\"plan\":{\"version\":3", 1);
    let vast = first.replacen("\"count\":150", "\"count\":4294967295", 1);
    let large = first.replacen("\"count\":150", "\"count\":16777215", 1);
    let spoiled = [
        (without(last - 1), last, "ends without its last line"),
        (fiftieth[..fiftieth.len() - 5].into(), 50, "this is not a record"),
        (format!("{}\n", lines[..50].join("\n")), 51, "ends without its last line"),
        (without(20), last - 1, "but"),
        (without(0), 1, "this is not a fleetsim history"),
        (with(20, "garbage"), 21, "this is not a record"),
        (with(20, ""), 21, "this is not a record"),
        (with(20, r#"{"t":1,"command":0,"fact":"Rebooted\u001b[2J"}"#), 21, "unknown variant"),
        (with(20, r#"{"t":1,"command":1,"fact":"Requested"}"#), 21, "the plan has no command 1"),
        (with(3, &other_instance), 4, "the plan's fleet has no instance"),
        (with(last - 1, r#"{"records":1}"#), last, "says 1 records"),
        (with(last - 1, r#"{"records":many}"#), last, "bad last line"),
        (format!("{history}{{}}\n"), last + 1, "behind the last line"),
        (with(0, &later), 1, "history format 3; this version reads format 2"),
        (with(0, &other_plan), 1, "plan version 3; this version reads version 2"),
        (with(0, &vast), 1, "a fleet of 4294967307 instances"),
        (with(0, &large), 1, "at most 16777215 are read"),
        (with(20, r#"{"t":70368744177664,"command":0,"fact":"Requested"}"#), 21, "beyond the calendar"),
        (String::new(), 1, "this is not a fleetsim history"),
        ("{}\n".into(), 1, "this is not a fleetsim history"),
        ("[1, 2]\n".into(), 1, "this is not a fleetsim history"),
    ];
    for (text, line, said) in spoiled {
        place.write("h.jsonl", text);
        let ran = place.run(&["check", "h.jsonl"]).exits(2);
        assert_eq!(ran.out, "");
        assert!(!ran.err.contains('\u{1b}'), "{:?}", ran.err);
        ran.complains(&[&format!("error: h.jsonl: line {line}: "), said]);
    }
    place.write("h.jsonl", [history.as_bytes(), b"\xff\xfe"].concat());
    place.run(&["check", "h.jsonl"]).exits(2).complains(&["behind the last line"]);
    place.write("h.jsonl", [first.as_bytes(), b"\n\xff\xfe\n"].concat());
    place.run(&["check", "h.jsonl"]).exits(2).complains(&["line 2: ", "UTF-8"]);
}

#[test]
fn a_changed_record_breaks_the_digest() {
    let place = run();
    let history = place.read("out/history.jsonl");
    let changed = history.replacen("\"response_code\":0", "\"response_code\":1", 1);
    assert_ne!(history, changed);
    place.write("h.jsonl", changed);
    place.run(&["check", "h.jsonl"]).exits(2).complains(&["the last line says digest"]);
}
