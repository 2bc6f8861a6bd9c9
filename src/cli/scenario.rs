//! Reading a scenario from disk.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::console::{self, Failure};
use crate::scenario::{Draft, Resolved, Source, source::LARGEST_INVENTORY};

/// Loads and resolves the scenario at `path`; warnings go to standard error.
pub(super) fn load(path: &Path) -> Result<Resolved, Failure> {
    resolve(&draft(path)?)
}

/// The fleet of the scenario at `path`, which need not send commands.
pub(super) fn load_fleet(path: &Path) -> Result<Resolved, Failure> {
    resolve(&draft(path)?.as_fleet())
}

/// The scenario at `path` as it is written.
pub(super) fn draft(path: &Path) -> Result<Draft, Failure> {
    let text = read(path).map_err(|error| cannot_read(path, &error))?;
    Ok(Draft::parse(Source { path: PathBuf::from(path), text })?)
}

/// Resolves a scenario; warnings go to standard error.
pub(super) fn resolve(draft: &Draft) -> Result<Resolved, Failure> {
    let resolved = draft.resolve(None, &read)?;
    for warning in &resolved.warnings {
        console::complain(&warning.render(console::coloured()));
    }
    Ok(resolved)
}

/// The text of a file, or a little more of it than is allowed: the length is judged where the rest is.
pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST_INVENTORY as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "; give the path of a scenario, such as scenarios/patch-night.toml",
        io::ErrorKind::InvalidData => "; a scenario is text in UTF-8",
        _ => "",
    };
    Failure::new(&format!("cannot read {}: {error}{hint}", path.display()))
}
