//! `fleetsim explain`: the resolved plan, value by value, with where each came from.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{
    console::{self, Failure, Format},
    exit::Exit,
    scenario,
};
use crate::{report::explain as report, scenario::Resolved};

/// Print the resolved plan: every value, where it came from, and which open points it rests on
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  fleetsim explain scenarios/patch-night.toml")]
pub(super) struct ExplainArguments {
    /// The scenario, TOML or JSON
    scenario: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn explain(arguments: &ExplainArguments) -> Result<Exit, Failure> {
    let resolved = scenario::load(&arguments.scenario)?;
    match arguments.format {
        Format::Text => console::print(&report::to_text(&resolved))?,
        Format::Markdown => console::print(&report::to_markdown(&resolved))?,
        Format::Json => print_json(&resolved)?,
    }
    Ok(Exit::Good)
}

fn print_json(resolved: &Resolved) -> Result<(), Failure> {
    console::print_json(&json!({
        "plan": resolved.plan,
        "values": resolved.explain(),
        "assumptions": resolved.assumptions,
    }))
}
