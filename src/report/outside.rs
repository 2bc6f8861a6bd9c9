//! The verdict on what was seen from outside, as `check` prints it.

use super::{human, markdown, rows, text};
use crate::{
    check::{Verdict, outside::Outcome},
    ensemble::summarize,
};

/// What is wrong or missing, and which readings made right what is not, a line each.
fn remarks(outcome: &Outcome) -> Vec<String> {
    let mut lines = Vec::new();
    for report in &outcome.reports {
        match &report.verdict {
            Verdict::Valid => {}
            Verdict::Unknown { reason } => lines.push(format!("{}: unknown: {reason}", report.rule)),
            Verdict::Invalid { offences, count } => {
                lines.extend(offences.iter().map(|offence| {
                    let at = human::instant(&outcome.start, offence.time);
                    format!("{}: {} ({}; {at})", report.rule, offence.message, offence.fact)
                }));
                let more = *count - offences.len() as u64;
                lines.extend((more > 0).then(|| format!("{}: and {more} more", report.rule)));
            }
        }
    }
    lines.extend(outcome.readings.iter().map(|reading| format!("read as {reading}")));
    if outcome.stragglers > 0 {
        lines.push(format!("{} sightings came after their command was judged", outcome.stragglers));
    }
    lines
}

/// The rules' verdicts as text for a terminal.
pub fn to_text(outcome: &Outcome) -> String {
    let lines = remarks(outcome).into_iter().map(|line| format!("  {}\n", text::printable(&line)));
    let mut output: String = lines.collect();
    output.push('\n');
    text::push_wrapped_table(&mut output, rows::rules(&summarize(0, outcome.reports.clone())));
    output
}

/// The rules' verdicts as Markdown.
pub fn to_markdown(outcome: &Outcome) -> String {
    let lines = remarks(outcome).into_iter().map(|line| format!("- {}\n", markdown::escape(&line)));
    let mut output: String = lines.collect();
    output.push('\n');
    markdown::push_table(&mut output, rows::rules(&summarize(0, outcome.reports.clone())));
    output
}
