//! A plan, value by value, with where each came from.

use super::{markdown, rows::Table, text};
use crate::scenario::{Basis, Resolved};

/// The plan as text for a terminal.
pub fn to_text(resolved: &Resolved) -> String {
    let mut output = String::new();
    let (header, rows) = values(resolved);
    text::push_table(&mut output, header, rows, 0..0);
    let (header, rows) = points(resolved);
    output.push('\n');
    text::push_table(&mut output, header, rows, 0..0);
    output
}

/// The plan as Markdown.
pub fn to_markdown(resolved: &Resolved) -> String {
    let mut output = String::new();
    markdown::push_table(&mut output, values(resolved));
    markdown::push_table(&mut output, points(resolved));
    output
}

fn values(resolved: &Resolved) -> Table {
    let rows = resolved.explain().into_iter().map(|row| {
        let from = match row.from {
            Basis::Scenario => "scenario".into(),
            Basis::Profile(name) => format!("profile {name}"),
            Basis::Default(reason) => format!("default: {reason}"),
        };
        let path = row.path.trim_start_matches('/').replace('/', ".");
        vec![path, from, row.value.to_string()]
    });
    (vec!["value", "from", "is"], rows.collect())
}

fn points(resolved: &Resolved) -> Table {
    let rows =
        resolved.assumptions.iter().map(|assumption| vec![assumption.point.into(), assumption.text.clone()]);
    (vec!["point", "read as"], rows.collect())
}
