//! The summary for a page or the summary of a CI run.

use std::fmt::Write;

use super::{
    estimates, events, human,
    rows::{self, Table},
    summary::Summary,
    text::printable,
    uploads,
};

/// The summary as Markdown.
pub fn render(summary: &Summary) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# {}\n", escape(&summary.scenario));
    if !summary.description.is_empty() {
        let _ = writeln!(text, "{}\n", escape(summary.description.trim()));
    }
    let _ = writeln!(
        text,
        "Profile {}, seed {}, {} replication(s), digest `{}`.\n",
        escape(&summary.profile),
        summary.seed,
        human::count(summary.replications),
        summary.digest
    );
    for remark in rows::remarks(summary) {
        let _ = writeln!(text, "**{}**\n", escape(&remark));
    }
    for command in &summary.commands {
        let heading = command.heading(summary.commands.len() > 1);
        let _ = writeln!(text, "## {}\n", escape(&heading));
        for (status, count) in command.ends() {
            let _ = writeln!(text, "- {status} in {} replication(s)", human::count(count));
        }
        for sentence in &command.story {
            let _ = writeln!(text, "- {}", escape(sentence));
        }
        text.push('\n');
        push_table(&mut text, rows::endings(command, summary.replications));
        push_table(&mut text, rows::metrics(command));
        push_table(&mut text, estimates::spans(command));
        push_table(&mut text, estimates::chances(command));
        push_table(&mut text, rows::stages(command, summary.replications));
        push_table(&mut text, rows::receptions(command));
        push_table(&mut text, rows::deliveries(command));
        push_table(&mut text, rows::consumers(command));
        push_table(&mut text, rows::latencies(command));
    }
    if let Some(events) = &summary.events {
        let heading = format!("EventBridge: {} events", human::count(events.emitted));
        push_story(&mut text, &heading, &events.story);
        push_table(&mut text, events::counts(events));
        push_table(&mut text, events::commands(events));
        push_table(&mut text, events::actions(events));
    }
    surroundings(&mut text, summary);
    if !summary.thresholds.is_empty() {
        text.push_str("## Thresholds\n\n");
        push_table(&mut text, rows::thresholds(summary));
    }
    push_rules(&mut text, summary);
    if !summary.assumptions.is_empty() {
        text.push_str("## Assumptions\n\n");
        for assumption in &summary.assumptions {
            let _ = writeln!(text, "- **{}** {}", assumption.point, escape(&assumption.text));
        }
    }
    text
}

fn surroundings(text: &mut String, summary: &Summary) {
    if let Some(faults) = &summary.faults {
        push_story(text, "Faults", &faults.story);
    }
    if let Some(polling) = &summary.polling {
        push_story(text, "Polling", &polling.story);
    }
    if let Some(uploads) = &summary.uploads {
        push_story(text, "Outputs", &uploads.story);
        push_table(text, uploads::stores(uploads));
    }
}

fn push_story(text: &mut String, heading: &str, story: &[String]) {
    let _ = writeln!(text, "## {heading}\n");
    for sentence in story {
        let _ = writeln!(text, "- {}", escape(sentence));
    }
    text.push('\n');
}

fn push_rules(text: &mut String, summary: &Summary) {
    let Some(verdict) = summary.verdict else {
        text.push_str("Rules: not checked.\n\n");
        return;
    };
    let said = rows::word(verdict);
    let checked = human::count(summary.checked_replications);
    let _ = writeln!(text, "## Rules: {said} ({checked} replication(s) checked)\n");
    for objection in rows::objections(&summary.rules, &summary.start) {
        let _ = writeln!(text, "- {}", escape(&objection));
    }
    push_table(text, rows::rules(&summary.rules));
}

/// A table; nothing when it has no rows.
pub(super) fn push_table(text: &mut String, (header, rows): Table) {
    if rows.is_empty() {
        return;
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN).set_header(header);
    table.add_rows(rows.into_iter().map(|row| row.iter().map(|cell| escape(cell)).collect::<Vec<_>>()));
    let _ = writeln!(text, "{table}\n");
}

/// Text from a scenario stays text.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in printable(&text.replace(['\n', '\r'], " ")).chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '*' | '`' | '[' | ']' | '_' | '\\' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}
