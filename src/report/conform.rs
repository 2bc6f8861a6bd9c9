//! The table of a battery.

use std::fmt::Write;

use serde::Serialize;

use super::{
    markdown,
    rows::{self, Table},
    text,
};
use crate::{
    check::Judgement,
    conform::{Case, Finding},
};

/// A battery that was played.
#[derive(Clone, Debug, Serialize)]
pub struct Played {
    /// The endpoint.
    pub endpoint: String,
    /// How many of its seconds go by in one of ours.
    pub time_scale: f64,
    /// How many commands were sent.
    pub commands: u32,
    /// Whether it ended before its last case.
    pub interrupted: bool,
    /// What came of each case.
    pub findings: Vec<Finding>,
}

/// The battery for a terminal.
pub fn to_text(played: &Played) -> String {
    let mut output = String::new();
    text::push_wrapped_table(&mut output, table(played));
    let _ = writeln!(output, "\n{}", text::printable(&sum(played)));
    output
}

/// The battery as Markdown.
pub fn to_markdown(played: &Played) -> String {
    let mut output = format!("{}\n\n", markdown::escape(&sum(played)));
    markdown::push_table(&mut output, table(played));
    output
}

/// The cases that there are, each with its family: for a terminal, or as Markdown.
pub fn list<'a>(cases: impl Iterator<Item = (&'static str, &'a Case)>, as_markdown: bool) -> String {
    let row = |(family, case): (&str, &Case)| {
        vec![family.into(), case.name.into(), case.expected.into(), case.source.into()]
    };
    let table = (vec!["family", "case", "expected", "facts"], cases.map(row).collect());
    let mut output = String::new();
    match as_markdown {
        true => markdown::push_table(&mut output, table),
        false => text::push_wrapped_table(&mut output, table),
    }
    output
}

fn table(played: &Played) -> Table {
    let row = |finding: &Finding| {
        let Finding { case, expected, source, seen, verdict, .. } = finding;
        let verdict = rows::word(*verdict).to_string();
        vec![(*case).into(), format!("{expected} ({source})"), seen.clone(), verdict]
    };
    (vec!["case", "expected", "seen", "verdict"], played.findings.iter().map(row).collect())
}

/// What it comes to, in a line.
fn sum(played: &Played) -> String {
    let count = |verdict| played.findings.iter().filter(|finding| finding.verdict == verdict).count();
    let [valid, invalid, unknown] = [Judgement::Valid, Judgement::Invalid, Judgement::Unknown].map(count);
    let end = if played.interrupted { "; it was interrupted" } else { "" };
    format!(
        "{}: {} cases, {valid} valid, {invalid} invalid, {unknown} unknown; {} commands were sent{end}",
        played.endpoint,
        played.findings.len(),
        played.commands
    )
}
