//! The highest rate that meets demands, and the tries that say so.

use std::fmt::Write;

use crate::{
    load::search::{Found, Outcome},
    report::{markdown, rows::Table, text},
};

/// What was found, for a terminal.
pub fn to_text(found: &Found, demands: &str) -> String {
    let mut output = String::new();
    for line in lines(found, demands) {
        let _ = writeln!(output, "{}", text::printable(&line));
    }
    output.push('\n');
    let (header, rows) = tries(found);
    text::push_table(&mut output, header, rows, 0..2);
    output
}

/// What was found, as Markdown.
pub fn to_markdown(found: &Found, demands: &str) -> String {
    let mut output = String::from("# Highest rate\n\n");
    for line in lines(found, demands) {
        let _ = writeln!(output, "- {}", markdown::escape(&line));
    }
    output.push('\n');
    markdown::push_table(&mut output, tries(found));
    output
}

/// An outcome as a word.
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Met => "met",
        Outcome::Missed => "missed",
        Outcome::Void => "void: the generator could not keep up",
    }
}

fn lines(found: &Found, demands: &str) -> Vec<String> {
    let shown = |rate: Option<f64>| rate.map_or("-".into(), |rate| format!("{rate:.1}"));
    let mut lines = vec![match found.rate {
        Some(rate) => format!("{rate:.1} requests a second meet {demands}"),
        None => format!("no rate that was tried meets {demands}"),
    }];
    lines.push(format!("all tries met them up to {}, none from {} on", shown(found.low), shown(found.high)));
    if found.limited_by_generator {
        lines.push("VOID: it was the generator that went no higher".into());
    }
    lines
}

/// The tries by rate: how many, and how many of them met the demands.
fn tries(found: &Found) -> Table {
    let rows = found.tries.iter().enumerate();
    let rows = rows
        .map(|(at, one)| vec![(at + 1).to_string(), format!("{:.1}", one.rate), word(one.outcome).into()]);
    (vec!["try", "rate", "outcome"], rows.collect())
}
