//! The verdict on one history, as `check` prints it.

use super::{markdown, rows, text};
use crate::ensemble::RuleSummary;

/// The rules' verdicts as text for a terminal. `start` is what time 0 of the history stands for.
pub fn to_text(rules: &[RuleSummary], start: &str) -> String {
    let mut output = String::new();
    for objection in rows::objections(rules, start) {
        output += &format!("  {}\n", text::printable(&objection));
    }
    output.push('\n');
    text::push_wrapped_table(&mut output, rows::rules(rules));
    output
}

/// The rules' verdicts as Markdown.
pub fn to_markdown(rules: &[RuleSummary], start: &str) -> String {
    let mut output = String::new();
    for objection in rows::objections(rules, start) {
        output += &format!("- {}\n", markdown::escape(&objection));
    }
    output.push('\n');
    markdown::push_table(&mut output, rows::rules(rules));
    output
}
