//! What describes the program itself: schema, completions, manual pages.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use super::{
    console::{self, Failure},
    exit::Exit,
};
use crate::scenario;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  fleetsim completions bash > ~/.local/share/bash-completion/completions/fleetsim"
)]
pub(super) struct CompletionsArguments {
    /// Which shell
    shell: Shell,
}

/// Print the manual page
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  fleetsim man | man -l -\n  fleetsim man -o ~/.local/share/man/man1")]
pub(super) struct ManArguments {
    /// Write the pages of the program and of every subcommand into this directory, which must exist
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(super) fn schema() -> Result<Exit, Failure> {
    console::print_json(&scenario::schema())?;
    Ok(Exit::Good)
}

pub(super) fn completions(arguments: &CompletionsArguments, mut command: Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "fleetsim", &mut script);
    console::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Good)
}

pub(super) fn man(arguments: &ManArguments, command: Command) -> Result<Exit, Failure> {
    let Some(directory) = &arguments.out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).expect("a vector takes everything");
        console::print(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Good);
    };
    clap_mangen::generate_to(command, directory).map_err(|error| {
        Failure::new(&format!("cannot write manual pages into {}: {error}", directory.display()))
    })?;
    Ok(Exit::Good)
}
