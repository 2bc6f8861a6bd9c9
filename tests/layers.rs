//! The layers of `src` and what its core must not call. The same table stands in `ARCHITECTURE.md`.

mod house;

use std::collections::BTreeSet;

use house::File;
use regex::Regex;

/// What a layer may import.
enum May {
    Only(&'static [&'static str]),
    All,
}

/// Every folder of `src`. Whoever changes this changes `ARCHITECTURE.md` too, with the reason.
const LAYERS: [(&str, May); 28] = [
    ("base", May::Only(&[])),
    ("ssm", May::Only(&["base"])),
    ("sns", May::Only(&["base", "ssm"])),
    ("events", May::Only(&["base", "ssm"])),
    ("iam", May::Only(&["base"])),
    ("output", May::Only(&["base"])),
    ("wire", May::Only(&["base", "ssm", "events"])),
    ("scenario", May::Only(&["base", "ssm", "sns", "events", "iam", "output"])),
    ("seen", May::Only(&["base", "ssm", "wire"])),
    ("import", May::Only(&["base", "ssm", "seen"])),
    ("history", May::Only(&["base", "ssm", "sns", "events", "output", "scenario"])),
    ("control", May::Only(&["base", "ssm"])),
    ("fleet", May::Only(&["base", "ssm", "sns", "events", "output", "scenario"])),
    (
        "world",
        May::Only(&["base", "ssm", "sns", "events", "output", "scenario", "history", "control", "fleet"]),
    ),
    ("check", May::Only(&["base", "ssm", "sns", "events", "output", "scenario", "seen", "history"])),
    ("measure", May::Only(&["base", "ssm", "sns", "events", "output", "scenario", "history"])),
    ("fit", May::Only(&["base", "measure"])),
    ("calibrate", May::Only(&["base", "ssm", "scenario", "seen", "history", "fit"])),
    ("ensemble", May::Only(&["base", "ssm", "scenario", "history", "world", "check", "measure"])),
    ("planner", May::Only(&["base", "ssm", "scenario", "history", "world", "measure"])),
    ("compare", May::Only(&["base", "ssm", "scenario", "measure"])),
    (
        "report",
        May::Only(&[
            "base",
            "ssm",
            "sns",
            "events",
            "iam",
            "output",
            "scenario",
            "history",
            "check",
            "measure",
            "ensemble",
            "planner",
            "compare",
            "load",
            "conform",
            "fit",
            "calibrate",
        ]),
    ),
    (
        "service",
        May::Only(&[
            "base", "ssm", "sns", "events", "iam", "output", "wire", "scenario", "history", "control",
            "fleet", "world",
        ]),
    ),
    ("serve", May::Only(&["base", "ssm", "sns", "iam", "output", "wire", "scenario", "history", "service"])),
    ("client", May::Only(&["base", "wire"])),
    ("load", May::Only(&["base", "ssm", "wire", "scenario", "seen", "measure", "client"])),
    ("conform", May::Only(&["base", "ssm", "wire", "check", "seen", "client", "load"])),
    ("cli", May::All),
];

/// The layers that read no clock, file, environment or global generator.
const CORE: [&str; 18] = [
    "base",
    "ssm",
    "sns",
    "events",
    "iam",
    "output",
    "wire",
    "scenario",
    "history",
    "control",
    "fleet",
    "world",
    "check",
    "measure",
    "fit",
    "seen",
    "calibrate",
    "service",
];

/// The layers whose floats reach a digest; what is fitted does so by way of a scenario.
const EXACT: [&str; 8] = ["base", "sns", "fleet", "world", "control", "history", "fit", "calibrate"];

/// Calls that the core must not make, and why.
const BANNED: [(&str, &str); 6] = [
    (r"(?-u:\b)(?:SystemTime|Instant::now|[A-Za-z]+::now\()", "a clock"),
    (r"(?-u:\b)std::(?:fs|net|env|process)(?-u:\b)", "the world outside"),
    (r"(?-u:\b)(?:std::thread|rayon)(?-u:\b)", "threads"),
    (r"(?-u:\b)(?:thread_rng|rand::(?:rng|random)|OsRng|from_os_rng)(?-u:\b)", "a global generator"),
    (
        r"(?-u:\b)(?:HashMap|HashSet|RandomState|DefaultHasher)(?-u:\b)",
        "an order that changes from run to run",
    ),
    (r"(?-u:\b)std::time::Instant(?-u:\b)", "a clock"),
];

/// Float functions that differ between platforms; `libm` has their like.
const FLOATS: &str = concat!(
    r"(?:\.|f64::|f32::)(?:exp|exp2|exp_m1|ln|ln_1p|log|log2|log10|powf|powi|sin|cos|tan|sin_cos|asin|acos|atan|",
    r"atan2|sinh|cosh|tanh|asinh|acosh|atanh|cbrt|hypot|gamma|ln_gamma)(?-u:\b)\s*\("
);

/// The paths that the code names, with `use` lists taken apart: `a::{b, c::d}` is `a::b` and `a::c::d`. Every path
/// comes with the offset of its beginning.
fn paths(code: &str) -> Vec<(usize, String)> {
    let start =
        Regex::new(r"(?-u:\b)[A-Za-z_][A-Za-z0-9_]*(?:\s*::\s*[A-Za-z_*][A-Za-z0-9_]*)*(?:\s*::\s*\{)?")
            .unwrap();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(path) = start.find_at(code, from) {
        from = path.end();
        let text: String = path.as_str().split_whitespace().collect();
        match text.strip_suffix('{') {
            None => found.push((path.start(), text)),
            Some(prefix) => {
                let end = house::item_end(code, path.end() - 1);
                found.extend(members(&code[path.end()..end - 1], path.end(), prefix));
                from = end;
            }
        }
    }
    found
}

/// The paths of a `use` list, each behind its prefix.
fn members(list: &str, offset: usize, prefix: &str) -> Vec<(usize, String)> {
    let inner = paths(list).into_iter();
    inner.map(|(at, path)| (offset + at, format!("{prefix}{path}"))).collect()
}

/// What a path refers to from the root of the crate on, if it says so.
fn from_root<'a>(path: &'a str, file: &File) -> Option<&'a str> {
    let root = path.strip_prefix("crate::").or_else(|| path.strip_prefix("fleetsim::"));
    let above = || path.strip_prefix("super::").filter(|rest| is_layer(first(rest)));
    let top = file.layer().is_some_and(|layer| file.path == format!("src/{layer}/mod.rs"));
    root.or_else(|| above().filter(|_| top))
}

fn first(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

fn is_layer(name: &str) -> bool {
    LAYERS.iter().any(|(layer, _)| *layer == name)
}

/// What is wrong with the imports of a file, one line each.
fn import_faults(file: &File) -> Vec<String> {
    let Some(layer) = file.layer() else { return root_faults(file) };
    let Some((_, may)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
        return vec![format!("{}: the folder {layer} is not in the table", file.path)];
    };
    let code = house::blank(&file.text);
    let named = paths(&code);
    let mut faults = Vec::new();
    for (at, path) in &named {
        let mut fault = |what: String| {
            faults.push(format!("{}:{}: {what}", file.path, house::line_of(&code, *at)));
        };
        if path.contains("super::super") {
            fault("super::super reaches too far up".into());
        }
        let Some(target) = from_root(path, file).map(first) else { continue };
        let allowed = match may {
            May::All => true,
            May::Only(layers) => target == layer || layers.contains(&target),
        };
        if !allowed {
            fault(format!("{layer} must not import {target}"));
        } else if target != layer && is_exported(&code, *at) {
            fault(format!("{layer} must not pass {target} on"));
        }
    }
    faults.dedup();
    faults
}

/// Whether the item that the offset is in begins with `pub use`.
fn is_exported(code: &str, at: usize) -> bool {
    let item = code[..at].rfind(';').map_or(0, |end| end + 1);
    let export = Regex::new(r"(?-u:\b)pub(?:\s*\([^)]*\))?\s+use\s[^;]*$").unwrap();
    export.is_match(&code[item..at])
}

/// Only the two roots stand outside a folder.
fn root_faults(file: &File) -> Vec<String> {
    let root = ["src/lib.rs", "src/main.rs"].contains(&file.path.as_str());
    if root { Vec::new() } else { vec![format!("{}: belongs into a layer's folder", file.path)] }
}

/// The calls of a file that its layer must not make, one line each. Tests may.
fn call_faults(file: &File) -> Vec<String> {
    let layer = file.layer().unwrap_or_default();
    if !CORE.contains(&layer) || file.is_test() {
        return Vec::new();
    }
    let code = house::without_tests(&house::blank(&file.text));
    let named = paths(&code);
    let mut faults = Vec::new();
    let mut fault = |at: usize, what: &str, why: &str| {
        faults.push(format!("{}:{}: {what} is {why}", file.path, house::line_of(&code, at)));
    };
    for (pattern, why) in BANNED {
        let pattern = Regex::new(pattern).unwrap();
        let whole = pattern.find_iter(&code).map(|call| (call.start(), call.as_str().to_string()));
        let listed = named.iter().filter(|(_, path)| path.starts_with("std::") && pattern.is_match(path));
        let all: BTreeSet<_> = whole.chain(listed.cloned()).collect();
        all.iter().for_each(|(at, what)| fault(*at, what, why));
    }
    if EXACT.contains(&layer) {
        let floats = Regex::new(FLOATS).unwrap();
        floats
            .find_iter(&code)
            .for_each(|call| fault(call.start(), call.as_str(), "not the same on every platform"));
    }
    faults
}

/// The table in the section "Layers" of a Markdown text: rows of a folder in backquotes and what it may import.
fn documented(text: &str) -> Vec<(String, String)> {
    let section =
        text.split("\n## ").find_map(|section| section.strip_prefix("Layers\n")).unwrap_or_default();
    let row = Regex::new(r"^\| `([a-z]+)/` \| ([^|]*) \|$").unwrap();
    let rows = section.lines().filter_map(|line| row.captures(line));
    rows.map(|cells| (cells[1].to_string(), cells[2].trim().to_string())).collect()
}

/// The table as `ARCHITECTURE.md` has to spell it.
fn expected() -> Vec<(String, String)> {
    let spell = |may: &May| match may {
        May::All => "everything".to_string(),
        May::Only([]) => "-".to_string(),
        May::Only(layers) => layers.join(", "),
    };
    LAYERS.iter().map(|(layer, may)| (layer.to_string(), spell(may))).collect()
}

#[test]
fn no_layer_imports_what_the_table_forbids() {
    let faults: Vec<_> = house::rust_files(&["src"]).iter().flat_map(import_faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_core_makes_no_banned_call() {
    let faults: Vec<_> = house::rust_files(&["src"]).iter().flat_map(call_faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_architecture_has_the_same_table() {
    let text = house::files(&["ARCHITECTURE.md"]).pop().expect("ARCHITECTURE.md").text;
    assert_eq!(documented(&text), expected());
}

fn file(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into() }
}

#[test]
fn forbidden_imports_are_found() {
    for (path, text, fault) in [
        ("src/base/x.rs", "use crate::ssm::Rate;", "base must not import ssm"),
        (
            "src/ssm/x.rs",
            "use crate::{\n  base::Rate,\n  world::{self, World},\n};",
            "3: ssm must not import world",
        ),
        ("src/check/x.rs", "fn f() { crate::control::g() }", "check must not import control"),
        ("src/check/x.rs", "use fleetsim::fleet::Agent;", "check must not import fleet"),
        ("src/fleet/x.rs", "use {crate::control as c, std::fmt};", "fleet must not import control"),
        ("src/base/mod.rs", "use super::ssm::Status;", "base must not import ssm"),
        ("src/base/x.rs", "use crate::*;", "base must not import *"),
        ("src/base/x.rs", "\nuse super::super::y;", "2: super::super"),
        ("src/ssm/x.rs", "pub use crate::base::Rate;", "ssm must not pass base on"),
        ("src/ssm/x.rs", "pub(crate) use crate::{\n ssm::A,\n base::Rate};", "3: ssm must not pass base on"),
        ("src/cli/x.rs", "pub use crate::base::Rate;", "cli must not pass base on"),
        ("src/other/x.rs", "", "not in the table"),
        ("src/x.rs", "", "belongs into a layer's folder"),
        ("src/base/x.rs", "#[cfg(test)]\nmod tests { use crate::ssm::Rate; }", "2: base must not import ssm"),
    ] {
        let faults = import_faults(&file(path, text));
        assert!(faults.len() == 1 && faults[0].contains(fault), "{text}: {faults:?}");
    }
}

#[test]
fn allowed_imports_are_not() {
    for (path, text) in [
        ("src/base/x.rs", "use crate::base::{Rate, time::SimTime}; use super::y; use std::fmt;"),
        (
            "src/ssm/x.rs",
            "use crate::base::Rate;\npub use status::Status; pub fn f() -> crate::base::Rate {}",
        ),
        ("src/ssm/x.rs", "// use crate::world\n/* crate::world */ const A: &str = \"crate::world\";"),
        ("src/cli/x.rs", "use crate::{world, control};"),
        ("src/lib.rs", "pub use crate::world::World;"),
        ("src/base/mod.rs", "mod x; #[cfg(test)] mod tests { use super::*; }"),
    ] {
        assert_eq!(import_faults(&file(path, text)), [""; 0], "{text}");
    }
}

#[test]
fn banned_calls_are_found_in_the_core_alone() {
    for text in [
        "use std::time::Instant;",
        "use std::{fmt, time::{Duration, Instant}};",
        "fn f() { std::time::SystemTime::now() }",
        "use std::fs;",
        "use std::{\n  env,\n  fmt,\n};",
        "use std::{fmt, thread};",
        "fn f() { std::net::connect() }",
        "use rand::rng;",
        "fn f() { rand::thread_rng() }",
        "use std::collections::HashMap;",
        "use std::collections::{BTreeMap, HashSet};",
        "use rayon::prelude::*;",
        "fn f() { Zoned::now() }",
        "fn f(x: f64) -> f64 { x.exp() }",
        "fn f(x: f64) -> f64 { x.powf(2.0) }",
        "fn f(x: f64) -> f64 { f64::ln(x) }",
    ] {
        assert!(!call_faults(&file("src/base/x.rs", text)).is_empty(), "{text}");
        assert_eq!(call_faults(&file("src/cli/x.rs", text)), [""; 0], "{text}");
        let test = format!("#[cfg(test)]\nmod tests {{ {text} }}");
        assert_eq!(call_faults(&file("src/base/x.rs", &test)), [""; 0], "{text}");
    }
    for text in [
        "use std::time::Duration;",
        "use rustc_hash::FxHashMap;",
        "use rand::TryRng;",
        "fn f(x: f64) -> f64 { libm::exp(x).sqrt() }",
        "// HashMap, x.exp()\nconst A: &str = \"std::fs\";",
    ] {
        assert_eq!(call_faults(&file("src/base/x.rs", text)), [""; 0], "{text}");
    }
    assert_eq!(call_faults(&file("src/measure/x.rs", "fn f(x: f64) -> f64 { x.ln() }")), [""; 0]);
}

#[test]
fn the_table_is_read_from_markdown() {
    let text = "| `a/` | b |\n## Layers\n| folder | may import |\n|---|---|\n| `base/` | - |\n| `ssm/` | base |\n## End\n| `c/` | d |";
    assert_eq!(documented(text), [("base".into(), "-".into()), ("ssm".into(), "base".into())]);
}
