//! `fleetsim check`: judges a recorded history.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::json;

use super::{
    console::{self, Failure, Format},
    exit::Exit,
};
use crate::{
    check::{Checker, Judgement, overall},
    ensemble::summarize,
    history::{Observer, codec::HistoryReader},
    report::{rows, text, verdict},
};

/// Judge a history by the rules of Run Command
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fleetsim run scenarios/bad-release.toml --history -o out && fleetsim check out/history.jsonl
  zcat history.jsonl.gz | fleetsim check -")]
pub(super) struct CheckArguments {
    /// The history, as `fleetsim run --history` writes it; `-` reads standard input
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

fn judge(arguments: &CheckArguments, input: impl BufRead) -> Result<Exit, Failure> {
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
    Ok(match judgement {
        Judgement::Valid => Exit::Good,
        Judgement::Unknown => Exit::Unknown,
        Judgement::Invalid => Exit::Invalid,
    })
}
