//! A plan, value by value, with where each came from.

use super::{markdown, rows::Table, story, text};
use crate::scenario::{Basis, Resolved, plan::Command};

/// What the numbers of a plan mean that carry no unit.
const UNITS: &str = "Durations in distributions are microseconds.";

/// The plan as text for a terminal: a line for each value, which a search finds whole.
pub fn to_text(resolved: &Resolved) -> String {
    let mut output = String::new();
    for [path, value, from] in values(resolved) {
        let line = text::printable(&format!("{path} = {value}"));
        output += &format!("  {line:<62}  # {}\n", text::printable(&from));
    }
    output += &format!("\n  {UNITS}\n\n");
    text::push_wrapped_table(&mut output, points(resolved));
    for sentence in not_simulated(resolved) {
        output += &format!("\n  {}\n", text::printable(&sentence));
    }
    output
}

/// The plan as Markdown.
pub fn to_markdown(resolved: &Resolved) -> String {
    let mut output = String::new();
    let rows = values(resolved).map(Vec::from).collect();
    markdown::push_table(&mut output, (vec!["value", "is", "from"], rows));
    output += &format!("{UNITS}\n\n");
    markdown::push_table(&mut output, points(resolved));
    for sentence in not_simulated(resolved) {
        output += &format!("{}\n\n", markdown::escape(&sentence));
    }
    output
}

fn not_simulated(resolved: &Resolved) -> Vec<String> {
    let commands = &resolved.plan.commands;
    let sentence = |command: &Command| {
        let sentence = story::not_simulated(command)?;
        Some(if commands.len() > 1 { format!("{}: {sentence}", command.name) } else { sentence })
    };
    commands.iter().filter_map(sentence).collect()
}

/// Path, value and origin of every value.
fn values(resolved: &Resolved) -> impl Iterator<Item = [String; 3]> {
    resolved.explain().into_iter().map(|row| {
        let from = match row.from {
            Basis::Scenario => "scenario".into(),
            Basis::Profile(name) => format!("profile {name}"),
            Basis::Default(reason) => format!("default: {reason}"),
        };
        let path = row.path.trim_start_matches('/').replace('/', ".");
        [path, row.value.to_string(), from]
    })
}

fn points(resolved: &Resolved) -> Table {
    let rows =
        resolved.assumptions.iter().map(|assumption| vec![assumption.point.into(), assumption.text.clone()]);
    (vec!["point", "read as"], rows.collect())
}
