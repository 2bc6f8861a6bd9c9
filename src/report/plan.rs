//! The outcome of a plan: for a terminal, for a page, for a program, for a spreadsheet.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::{markdown, text};
use crate::{
    history::Digest,
    planner::{Answer, Outcome},
    ssm::command_line,
};

mod cells;
pub(super) mod rows;
pub(super) mod words;

pub use rows::write_settings;

/// The outcome as text that fits a terminal of 100 columns.
pub fn to_text(outcome: &Outcome) -> String {
    let mut output = String::new();
    push(&mut output, "", &words::heading(outcome));
    outcome.description.trim().lines().for_each(|line| push(&mut output, "  ", line));
    output.push('\n');
    words::question(outcome).iter().for_each(|line| push(&mut output, "", line));
    output.push('\n');
    words::answer(outcome).iter().for_each(|line| push(&mut output, "", line));
    if let Some(command_line) = command_line(outcome) {
        output.push('\n');
        // Without an indent: it would stand within a quoted text that has several lines.
        push_command_line(&mut output, "", &command_line);
    }
    for (header, rows) in [rows::settings(outcome), rows::differences(outcome)] {
        if !rows.is_empty() {
            output.push('\n');
            let numbers = 1..header.len();
            text::push_table(&mut output, header, rows, numbers);
        }
    }
    output.push('\n');
    words::legend(outcome).iter().for_each(|line| push(&mut output, "", line));
    output
}

/// The prediction for the only setting of a study as text. `without_effect` names what the simulation passes over.
pub fn prediction_to_text(outcome: &Outcome, without_effect: &[String]) -> String {
    let mut output = String::new();
    push(&mut output, "", &words::prediction_heading(outcome));
    output.push('\n');
    words::prediction(outcome, without_effect).iter().for_each(|line| push(&mut output, "", line));
    output.push('\n');
    text::push_wrapped_table(&mut output, rows::worlds(outcome));
    output
}

/// The prediction for the only setting of a study as Markdown.
pub fn prediction_to_markdown(outcome: &Outcome, without_effect: &[String]) -> String {
    let mut output = format!("# {}\n\n", markdown::escape(&words::prediction_heading(outcome)));
    for line in words::prediction(outcome, without_effect) {
        let _ = writeln!(output, "{}\n", markdown::escape(&line));
    }
    markdown::push_table(&mut output, rows::worlds(outcome));
    output
}

/// The prediction for the only setting of a study as data.
pub fn prediction_to_json(outcome: &Outcome, without_effect: &[String]) -> Value {
    let mut value = json!(outcome);
    value["sentences"] = json!(words::prediction(outcome, without_effect));
    value["without_effect"] = json!(without_effect);
    value
}

/// A paragraph, broken between words to fit a terminal.
fn push(output: &mut String, indent: &str, paragraph: &str) {
    const WIDTH: usize = 99;
    let mut line = String::from(indent);
    for word in text::printable(paragraph).split(' ') {
        let is_first = line.len() == indent.len();
        if !is_first && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(output, "{line}");
            line = format!("{indent}{word}");
        } else {
            line += if is_first { "" } else { " " };
            line += word;
        }
    }
    let _ = writeln!(output, "{line}");
}

/// Lines to paste, as they are but for what would steer a terminal.
fn push_command_line(output: &mut String, indent: &str, command_line: &str) {
    for line in command_line.lines() {
        let _ = writeln!(output, "{indent}{}", text::printable(line));
    }
}

/// The outcome as Markdown.
pub fn to_markdown(outcome: &Outcome) -> String {
    let mut output = format!("# {}\n\n", markdown::escape(&words::heading(outcome)));
    if !outcome.description.is_empty() {
        let _ = writeln!(output, "{}\n", markdown::escape(outcome.description.trim()));
    }
    for line in words::question(outcome) {
        let _ = writeln!(output, "- {}", markdown::escape(&line));
    }
    output.push_str("\n## Answer\n\n");
    for line in words::answer(outcome) {
        let _ = writeln!(output, "{}\n", markdown::escape(&line));
    }
    if let Some(command_line) = command_line(outcome) {
        // Indented, so that no text of a request ends the block.
        push_command_line(&mut output, "    ", &command_line);
        output.push('\n');
    }
    output.push_str("## Settings\n\n");
    markdown::push_table(&mut output, rows::settings(outcome));
    markdown::push_table(&mut output, rows::differences(outcome));
    for line in words::legend(outcome) {
        let _ = writeln!(output, "- {}", markdown::escape(&line));
    }
    output
}

/// The outcome as data, with the answer in words and the command line beside it.
pub fn to_json(outcome: &Outcome) -> Value {
    let mut value = json!(outcome);
    value["sentences"] = json!(words::answer(outcome));
    value["command_line"] = json!(command_line(outcome));
    value
}

/// What to paste: the command line with the recommended setting.
pub fn command_line(outcome: &Outcome) -> Option<String> {
    let Answer::Recommended { setting, .. } = outcome.answer else { return None };
    Some(command_line::write(&outcome.settings[setting].request))
}

/// A hash of the outcome: equal outcomes have equal digests.
pub fn digest(outcome: &Outcome) -> Digest {
    let json = serde_json::to_vec(outcome).expect("an outcome is plain data");
    format!("{:032x}", xxh3_128(&json)).parse().expect("32 digits")
}

/// Writes `outcome.json`: what [`to_json`] says.
pub fn write_json(outcome: &Outcome, output: impl Write) -> io::Result<()> {
    Ok(serde_json::to_writer_pretty(output, &to_json(outcome))?)
}
