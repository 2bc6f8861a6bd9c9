//! The style that a program can judge: short files, short functions, no tabs, nothing left to do.

mod house;

use house::File;
use regex::Regex;

const MOST_LINES_IN_A_FILE: usize = 400;
const MOST_LINES_IN_A_FUNCTION: usize = 70;

/// Every function outside tests with the line it begins on and the number of its lines.
fn functions(file: &File) -> Vec<(String, usize, usize)> {
    let code = house::without_tests(&house::blank(&file.text));
    let start = Regex::new(r"(?-u:\b)fn\s+([A-Za-z0-9_]+)").unwrap();
    let measure = |found: regex::Captures<'_>| {
        let at = found.get(0).expect("the whole match").start();
        let end = house::item_end(&code, at);
        let lines = code[at..end].matches('\n').count() + 1;
        (found[1].to_string(), house::line_of(&code, at), lines)
    };
    start.captures_iter(&code).map(measure).collect()
}

/// Functions and files that are too long, one line each.
fn length_faults(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    let lines = file.text.lines().count();
    if lines > MOST_LINES_IN_A_FILE {
        faults.push(format!("{}: {lines} lines, at most {MOST_LINES_IN_A_FILE}", file.path));
    }
    let functions = if file.is_test() { Vec::new() } else { functions(file) };
    for (name, line, lines) in functions.into_iter().filter(|(_, _, lines)| *lines > MOST_LINES_IN_A_FUNCTION)
    {
        faults
            .push(format!("{}:{line}: {name}: {lines} lines, at most {MOST_LINES_IN_A_FUNCTION}", file.path));
    }
    faults
}

/// Tabs and notes to oneself, one line each.
fn text_faults(file: &File) -> Vec<String> {
    // Put together, so that this file passes.
    let notes = Regex::new(concat!(r"\t|(?-u:\b)(?:TO", "DO|FIX", "ME|X", "XX|db", r"g!)")).unwrap();
    let found = notes.find_iter(&file.text);
    found
        .map(|note| {
            format!("{}:{}: {:?}", file.path, house::line_of(&file.text, note.start()), note.as_str())
        })
        .collect()
}

#[test]
fn files_and_functions_are_short() {
    let faults: Vec<_> = house::rust_files(&["src"]).iter().flat_map(length_faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_tabs_and_nothing_left_to_do() {
    let files = house::rust_files(&["src", "tests", "benches"]);
    let faults: Vec<_> = files.iter().flat_map(text_faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn file(text: &str) -> File {
    File { path: "src/base/x.rs".into(), text: text.into() }
}

#[test]
fn long_files_and_functions_are_found() {
    let body = |lines| format!("\nfn f(a: [u8; 2]) {{\n{}}}\n", "    g('{', \"{\"); // {\n".repeat(lines));
    assert_eq!(length_faults(&file(&body(68))), [""; 0]);
    assert_eq!(length_faults(&file(&body(69))), ["src/base/x.rs:2: f: 71 lines, at most 70"]);
    assert_eq!(length_faults(&file(&format!("#[cfg(test)]\nmod tests {{{}}}", body(80)))), [""; 0]);
    assert_eq!(length_faults(&file(&"\n".repeat(400))), [""; 0]);
    assert_eq!(length_faults(&file(&"\n".repeat(401))), ["src/base/x.rs: 401 lines, at most 400"]);
}

#[test]
fn functions_end_where_they_end() {
    let text = "trait T {\n    fn a(&self) -> [u8; 2];\n    fn b() {\n        match 'x' { '}' => {} _ => {} }\n    }\n}\n";
    assert_eq!(functions(&file(text)), [("a".into(), 2, 1), ("b".into(), 3, 3)]);
}

#[test]
fn tabs_and_notes_are_found() {
    let notes = [
        concat!("// TO", "DO: x"),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
        concat!("db", "g!(x)"),
        "a\u{9}b",
    ];
    for note in notes {
        assert_eq!(text_faults(&file(&format!("fn f() {{}}\n{note}"))).len(), 1, "{note}");
    }
    assert_eq!(text_faults(&file("fn xdbg() { \"\\t\" }")), [""; 0]);
}

#[test]
fn comments_and_literals_are_blanked() {
    for (source, code) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        ("f(\"x\\\"y\", 'z')", "f(      ,    )"),
        ("f(r#\"x\"y\"#, b\"z\")", "f(        , b   )"),
        ("fn f<'a>(x: &'a str, c: '\\'')", "fn f<'a>(x: &'a str, c:     )"),
        ("r#type + 'é'", "r#type +     "),
    ] {
        assert_eq!(house::blank(source), code);
    }
    assert_eq!(
        house::without_tests("a\n#[cfg(test)]\nfn f() {\n}\nb").split_whitespace().collect::<String>(),
        "ab"
    );
    assert_eq!(house::without_tests("#[cfg(test)]\nuse a::b;\nc").trim(), "c");
}
