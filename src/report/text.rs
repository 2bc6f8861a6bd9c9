//! The summary for a terminal.

use std::{fmt::Write, ops::Range};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::NOTHING};

use super::{
    estimates,
    events::{self, EventsSummary},
    human, rows,
    summary::{CommandSummary, Summary},
    uploads::{self, UploadsSummary},
};
use crate::check::Judgement;

/// How wide the bars are that show shares.
const BAR: usize = 30;

/// The columns of a terminal.
const WIDTH: u16 = 99;

/// The summary as text that fits a terminal of 100 columns.
pub fn render(summary: &Summary) -> String {
    let mut text = String::new();
    let runs = if summary.replications == 1 { "replication" } else { "replications" };
    let which = if summary.replications == 1 && summary.first_replication > 0 {
        format!("replication {}", summary.first_replication)
    } else {
        format!("{} {runs}", human::count(summary.replications))
    };
    let (name, seed) = (&summary.scenario, summary.seed);
    push(&mut text, &format!("{name}   (profile {}, seed {seed}, {which})", summary.profile));
    for remark in rows::remarks(summary) {
        push(&mut text, &format!("  {remark}"));
    }
    for line in summary.description.trim().lines() {
        push(&mut text, &format!("  {line}"));
    }
    for command in &summary.commands {
        text.push('\n');
        self::command(&mut text, summary, command);
    }
    if let Some(events) = &summary.events {
        self::events(&mut text, events);
    }
    if let Some(faults) = &summary.faults {
        text.push('\n');
        push(&mut text, "faults");
        for sentence in &faults.story {
            push(&mut text, &format!("  {sentence}"));
        }
    }
    if let Some(polling) = &summary.polling {
        text.push('\n');
        push(&mut text, "polling");
        for sentence in &polling.story {
            push(&mut text, &format!("  {sentence}"));
        }
    }
    if let Some(uploads) = &summary.uploads {
        self::uploads(&mut text, uploads);
    }
    thresholds(&mut text, summary);
    verdict(&mut text, summary);
    assumptions(&mut text, summary);
    text.push('\n');
    push(&mut text, &format!("digest {}", summary.digest));
    text
}

fn command(text: &mut String, summary: &Summary, command: &CommandSummary) {
    let single = summary.replications == 1;
    let end = |(end, count): (&str, u64)| {
        if single { end.to_string() } else { format!("{end} x {}", human::count(count)) }
    };
    let ends: Vec<_> = command.ends().map(end).collect();
    let heading = command.heading(summary.commands.len() > 1);
    push(text, &format!("{heading}: {}", ends.join(", ")));
    if let (Some(ended), Some(makespan)) = (&command.ended, command.per_replication.get("makespan")) {
        let requested = &command.requested;
        push(
            text,
            &match makespan.max {
                0 => format!("  ended at once, when it was requested: {ended}"),
                _ => format!(
                    "  done in {}: requested {requested}, ended {ended}",
                    human::micros(makespan.mean)
                ),
            },
        );
    }
    for sentence in &command.story {
        push(text, &format!("  {sentence}"));
    }
    let (header, mut endings) = rows::endings(command, summary.replications);
    for (row, (_, mean)) in endings.iter_mut().zip(command.endings()) {
        row.push(bar(mean / f64::from(command.targets.max(1))));
    }
    if !endings.is_empty() {
        text.push('\n');
        push_table(text, header, endings, 1..3);
    }
    if !single {
        text.push('\n');
        let (header, metrics) = rows::metrics(command);
        push_table(text, header, metrics, 1..6);
        for (header, rows) in [estimates::spans(command), estimates::chances(command)] {
            if !rows.is_empty() {
                text.push('\n');
                let numbers = 1..header.len();
                push_table(text, header, rows, numbers);
            }
        }
    }
    for (header, rows) in [
        rows::stages(command, summary.replications),
        rows::receptions(command),
        rows::deliveries(command),
        rows::consumers(command),
        rows::latencies(command),
    ] {
        if !rows.is_empty() {
            text.push('\n');
            let numbers = 1..header.len();
            push_table(text, header, rows, numbers);
        }
    }
}

fn events(text: &mut String, events: &EventsSummary) {
    text.push('\n');
    push(text, &format!("EventBridge: {} events", human::count(events.emitted)));
    for sentence in &events.story {
        push(text, &format!("  {sentence}"));
    }
    for (header, rows) in [events::counts(events), events::commands(events), events::actions(events)] {
        if !rows.is_empty() {
            text.push('\n');
            let numbers = 1..header.len();
            push_table(text, header, rows, numbers);
        }
    }
}

fn uploads(text: &mut String, uploads: &UploadsSummary) {
    let (header, rows) = uploads::stores(uploads);
    if rows.is_empty() {
        return;
    }
    text.push('\n');
    push(text, "outputs");
    for sentence in &uploads.story {
        push(text, &format!("  {sentence}"));
    }
    text.push('\n');
    let numbers = 1..header.len();
    push_table(text, header, rows, numbers);
}

fn thresholds(text: &mut String, summary: &Summary) {
    let (header, rows) = rows::thresholds(summary);
    if !rows.is_empty() {
        text.push('\n');
        push_table(text, header, rows, 0..0);
    }
}

fn verdict(text: &mut String, summary: &Summary) {
    text.push('\n');
    let Some(verdict) = summary.verdict else {
        push(text, "rules: not checked");
        return;
    };
    let judged: u64 = summary.rules.iter().map(|rule| rule.judged).sum();
    let said = match verdict {
        Judgement::Valid => format!("all {} valid", summary.rules.len()),
        Judgement::Unknown => "not all could be judged".into(),
        Judgement::Invalid => "INVALID".into(),
    };
    let (checked, all) = (human::count(summary.checked_replications), human::count(summary.replications));
    let of = if summary.replications == 1 {
        String::new()
    } else {
        format!(" in {checked} of {all} replications")
    };
    push(text, &format!("rules: {said}, {} decisions judged{of}", human::count(judged)));
    let idle: Vec<_> = summary.rules.iter().filter(|rule| rule.judged == 0).map(|rule| &*rule.rule).collect();
    if !idle.is_empty() {
        push(text, &format!("  nothing to judge for: {}", idle.join(", ")));
    }
    for objection in rows::objections(&summary.rules, &summary.start) {
        push(text, &format!("  {objection}"));
    }
}

fn assumptions(text: &mut String, summary: &Summary) {
    if summary.assumptions.is_empty() {
        return;
    }
    text.push('\n');
    push(text, "assumptions, where AWS is silent or contradicts itself (docs/semantics.md):");
    let rows = summary
        .assumptions
        .iter()
        .map(|assumption| vec![assumption.point.to_string(), printable(&assumption.text)]);
    let mut table = wrapped_table();
    table.add_rows(rows);
    push_lines(text, &table);
}

/// Text from a scenario or a history, fit for a terminal: what would steer it, feign a line or turn the direction of
/// writing is spelt out, as `\u{1b}`.
pub fn printable(text: &str) -> String {
    let turns = |letter| matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut output = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => output.push_str("\\n"),
            _ if letter.is_control() || turns(letter) => output.extend(letter.escape_unicode()),
            _ => output.push(letter),
        }
    }
    output
}

fn push(text: &mut String, line: &str) {
    writeln!(text, "{}", printable(line)).expect("a string takes everything");
}

/// A table without lines whose columns in `numbers` are numbers.
pub(super) fn push_table(
    text: &mut String,
    header: Vec<&str>,
    rows: Vec<Vec<String>>,
    numbers: Range<usize>,
) {
    let mut table = table();
    fill(&mut table, header, rows);
    for column in table.column_iter_mut().skip(numbers.start).take(numbers.len()) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    push_lines(text, &table);
}

/// A table of texts, whose longer ones are broken to fit a terminal of 100 columns.
pub(super) fn push_wrapped_table(text: &mut String, (header, rows): rows::Table) {
    let mut table = wrapped_table();
    fill(&mut table, header, rows);
    push_lines(text, &table);
}

fn fill(table: &mut Table, header: Vec<&str>, rows: Vec<Vec<String>>) {
    table.set_header(header);
    table.add_rows(rows.into_iter().map(|row| row.iter().map(|cell| printable(cell)).collect::<Vec<_>>()));
}

fn wrapped_table() -> Table {
    let mut table = table();
    table.set_width(WIDTH).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table
}

fn push_lines(text: &mut String, table: &Table) {
    table.lines().for_each(|line| push(text, &format!(" {}", line.trim_end())));
}

fn bar(share: f64) -> String {
    let full = (share * BAR as f64 + 0.5) as usize;
    if share > 0.0 && full == 0 { "▏".into() } else { "█".repeat(full.min(BAR)) }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_steers_a_terminal_is_spelt_out() {
        for (text, shown) in [
            ("na\u{ef}ve \u{65e5}\u{672c}", "na\u{ef}ve \u{65e5}\u{672c}"),
            ("a\nb", "a\\nb"),
            ("\u{1b}[2J\r", "\\u{1b}[2J\\u{d}"),
            ("\u{9b}31m\u{202e}", "\\u{9b}31m\\u{202e}"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }
}
