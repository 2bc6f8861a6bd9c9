//! Every fact number that the project cites is defined in `docs/semantics.md`.
//!
//! `cargo test --test citations -- --nocapture` also lists the numbers that no test cites yet.

mod house;

use std::collections::{BTreeMap, BTreeSet};

use house::File;
use regex::Regex;

const DEFINITIONS: &str = "docs/semantics.md";
const CITING: [&str; 8] =
    ["src", "tests", "scenarios", "benches", "docs", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

/// A number of a fact, a transition, an open point or a decision, and the place of a citation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Citation {
    number: String,
    line: usize,
}

/// The numbers that a text cites. Of a range such as S4.1-3 both ends count.
fn citations(text: &str) -> Vec<Citation> {
    let pattern = Regex::new(concat!(
        r"(?-u:\b)(?:",
        r"(?<fact>S(?<section>[0-9]+)\.[0-9]+)(?:[-–](?<last>[0-9]+)(?-u:\b))?",
        r"|O-[0-9]+b?|[TC][1-9][0-9]?|Settled [0-9]+",
        r")(?-u:\b)"
    ))
    .unwrap();
    let mut found = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        for one in pattern.captures_iter(content) {
            let number = one.name("fact").map_or(&one[0], |fact| fact.as_str()).into();
            found.push(Citation { number, line });
            if let Some(last) = one.name("last") {
                found.push(Citation { number: format!("S{}.{}", &one["section"], last.as_str()), line });
            }
        }
    }
    found
}

/// The numbers that a text defines, each with the lines that do so: an entry or a row begins with the bold number.
fn definitions(text: &str) -> BTreeMap<String, Vec<usize>> {
    let pattern = Regex::new(r"^(?:- |\| )\*\*([^*]+)\*\*").unwrap();
    let mut found = BTreeMap::<_, Vec<_>>::new();
    for (line, content) in (1..).zip(text.lines()) {
        if let Some(entry) = pattern.captures(content).filter(|entry| !citations(&entry[1]).is_empty()) {
            found.entry(entry[1].to_string()).or_default().push(line);
        }
    }
    found
}

/// One line for each citation of a number that is not defined.
fn undefined(file: &File, defined: &BTreeMap<String, Vec<usize>>) -> Vec<String> {
    let unknown = citations(&file.text).into_iter().filter(|one| !defined.contains_key(&one.number));
    unknown.map(|one| format!("{}:{}: {} is not defined", file.path, one.line, one.number)).collect()
}

/// The numbers that the test code of a file cites.
fn cited_by_tests(file: &File) -> BTreeSet<String> {
    let items = house::test_items(&house::blank(&file.text));
    let whole = file.is_test().then_some(file.text.as_str());
    let parts = items.into_iter().map(|range| &file.text[range]);
    parts.chain(whole).flat_map(citations).map(|one| one.number).collect()
}

fn semantics() -> File {
    house::files(&[DEFINITIONS]).pop().expect(DEFINITIONS)
}

/// All that cites, but this file, whose examples are no citations.
fn citing() -> impl Iterator<Item = File> {
    house::files(&CITING).into_iter().filter(|file| file.path != "tests/citations.rs")
}

#[test]
fn every_number_cited_is_defined() {
    let defined = definitions(&semantics().text);
    let undefined: Vec<_> = citing().flat_map(|file| undefined(&file, &defined)).collect();
    assert!(undefined.is_empty(), "see {DEFINITIONS}:\n{}", undefined.join("\n"));

    let cited: BTreeSet<_> = citing().flat_map(|file| cited_by_tests(&file)).collect();
    let uncited: Vec<_> = defined.keys().filter(|number| !cited.contains(*number)).cloned().collect();
    eprintln!("{} of {} numbers are cited by no test: {}", uncited.len(), defined.len(), uncited.join(" "));
}

#[test]
fn every_number_is_defined_once() {
    let repeated: Vec<_> =
        definitions(&semantics().text).into_iter().filter(|(_, lines)| lines.len() > 1).collect();
    assert!(repeated.is_empty(), "{DEFINITIONS}: number and lines: {repeated:?}");
}

#[test]
fn citations_are_found_with_their_lines() {
    let found = |text| -> Vec<_> {
        citations(text).into_iter().map(|Citation { number, line }| format!("{line} {number}")).collect()
    };
    assert_eq!(
        found("// as (S4.18) says,\n// O-6b and O-15: T5, C10"),
        ["1 S4.18", "2 O-6b", "2 O-15", "2 T5", "2 C10"]
    );
    assert_eq!(
        found("S4.16 to S4.18; S8.32-34, S8.32\u{2013}34"),
        ["1 S4.16", "1 S4.18", "1 S8.32", "1 S8.34", "1 S8.32", "1 S8.34"]
    );
    assert_eq!(found("(Settled 13)"), ["1 Settled 13"]);
    assert!(found("TLS1.3 2025-01-01T05:00 S4 S.4 FOO-3 T0 PT30S xS1.2").is_empty());
}

#[test]
fn definitions_begin_an_entry_or_a_row() {
    let text =
        "- **S1.1** one\n- see S1.2\n| **T1** | - |\n- **Bold** word\n- **S1.1** again\n- **Settled 2** x";
    let expected = [("S1.1", vec![1, 5]), ("Settled 2", vec![6]), ("T1", vec![3])];
    assert!(definitions(text).into_iter().eq(expected.map(|(number, lines)| (number.to_string(), lines))));
}

#[test]
fn an_undefined_number_is_named_with_file_and_line() {
    let file = File { path: "src/base/time.rs".into(), text: "// S1.1\n// S1.2-4".into() };
    let defined = definitions("- **S1.1** one\n- **S1.2** two");
    assert_eq!(undefined(&file, &defined), ["src/base/time.rs:2: S1.4 is not defined"]);
}

#[test]
fn tests_are_told_from_code() {
    let file = |path: &str| File {
        path: path.into(),
        text:
            "/// S1.1\nfn f() {}\n#[cfg(test)]\nmod tests {\n  // S1.2 \"}\"\n  fn g() {} // S1.3\n}\n// S1.4"
                .into(),
    };
    assert!(cited_by_tests(&file("src/base/time.rs")).iter().eq(["S1.2", "S1.3"]));
    assert_eq!(cited_by_tests(&file("tests/time.rs")).len(), 4);
}
