//! `fleetsim check`: judges a recorded history.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;

use super::{
    console::{self, Failure, Format},
    exit::Exit,
};
use crate::{
    check::{Checker, Judgement, outside::OutsideChecker, overall},
    ensemble::summarize,
    history::{Observer, codec::HistoryReader},
    report::{outside, rows, text, verdict},
    seen::{SightingReader, codec::is_header},
};

/// Judge a history, or a record of a real system, by the rules of Run Command
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fleetsim run scenarios/bad-release.toml --history -o out && fleetsim check out/history.jsonl
  zcat history.jsonl.gz | fleetsim check -
  aws ssm list-command-invocations --details | fleetsim import - -o - | fleetsim check -")]
pub(super) struct CheckArguments {
    /// The history, as `fleetsim run --history` writes it, or the record, as `fleetsim import` does; `-` reads standard input
    history: PathBuf,
    /// How to print the verdict
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn check(arguments: &CheckArguments) -> Result<Exit, Failure> {
    let path = &arguments.history;
    if path == Path::new("-") {
        return judge(arguments, io::stdin().lock());
    }
    let file = File::open(path)
        .map_err(|error| Failure::new(&format!("cannot read {}: {error}", path.display())))?;
    judge(arguments, BufReader::with_capacity(1 << 16, file))
}

/// Judges what the first line says it is.
fn judge(arguments: &CheckArguments, mut input: impl BufRead) -> Result<Exit, Failure> {
    let mut first = Vec::new();
    input
        .by_ref()
        .take(HEADER)
        .read_until(b'\n', &mut first)
        .map_err(|error| Failure::new(&format!("cannot read {}: {error}", arguments.history.display())))?;
    let is_record = is_header(&String::from_utf8_lossy(&first));
    let input = Cursor::new(first).chain(input);
    if is_record { judge_record(arguments, input) } else { judge_history(arguments, input) }
}

/// The first line of a record of sightings is shorter than this.
const HEADER: u64 = 1 << 12;

fn judge_record(arguments: &CheckArguments, input: impl BufRead) -> Result<Exit, Failure> {
    let name = text::printable(&arguments.history.display().to_string());
    let fail = |error| Failure::new(&format!("{name}: {error}"));
    let mut reader = SightingReader::new(input).map_err(fail)?;
    let mut checker = OutsideChecker::new(&reader.header);
    while let Some(sighting) = reader.next_sighting().map_err(fail)? {
        checker.observe(&sighting);
    }
    let outcome = checker.finish();
    let judgement = match outcome.commands {
        // Nothing is valid because nothing happened.
        0 => Judgement::Unknown,
        _ => overall(&outcome.reports),
    };
    if outcome.commands == 0 {
        console::complain("warning: the record tells of no command, so there is nothing to judge");
    }
    match arguments.format {
        Format::Json => console::print_json(&json!({
            "start": outcome.start, "commands": outcome.commands, "stragglers": outcome.stragglers,
            "readings": outcome.readings, "verdict": judgement, "rules": outcome.reports,
        }))?,
        Format::Text => {
            let (word, table) = (rows::word(judgement), outside::to_text(&outcome));
            console::print(&format!("{name}: {word}   commands {}\n{table}", outcome.commands))?;
        }
        Format::Markdown => console::print(&outside::to_markdown(&outcome))?,
    }
    Ok(exit(judgement))
}

fn judge_history(arguments: &CheckArguments, input: impl BufRead) -> Result<Exit, Failure> {
    let fail = |error| Failure::new(&format!("{}: {error}", arguments.history.display()));
    let mut reader = HistoryReader::new(input).map_err(fail)?;
    let mut checker = Checker::new(&reader.plan);
    while let Some(record) = reader.next_record().map_err(fail)? {
        checker.observe(&record);
    }
    let reports = checker.finish();
    let judgement = overall(&reports);
    let rules = summarize(reader.replication, reports);
    let (plan, digest) = (&reader.plan, reader.digest());
    match arguments.format {
        Format::Json => console::print_json(&json!({
            "scenario": plan.name, "seed": reader.seed, "replication": reader.replication,
            "digest": digest, "verdict": judgement, "rules": rules,
        }))?,
        Format::Text => {
            let word = rows::word(judgement);
            let (name, table) = (text::printable(&plan.name), verdict::to_text(&rules, &plan.start));
            console::print(&format!("{name}: {word}   digest {digest}\n{table}"))?;
        }
        Format::Markdown => console::print(&verdict::to_markdown(&rules, &plan.start))?,
    }
    Ok(exit(judgement))
}

fn exit(judgement: Judgement) -> Exit {
    match judgement {
        Judgement::Valid => Exit::Good,
        Judgement::Unknown => Exit::Unknown,
        Judgement::Invalid => Exit::Invalid,
    }
}
