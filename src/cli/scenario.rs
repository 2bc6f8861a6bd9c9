//! Reading a scenario from disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::console::{self, Failure};
use crate::scenario::{self, Resolved, Source};

/// Loads and resolves the scenario at `path`; warnings go to standard error.
pub(super) fn load(path: &Path) -> Result<Resolved, Failure> {
    let text = fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
    let source = Source { path: PathBuf::from(path), text };
    let resolved = scenario::load(source, &|beside| fs::read_to_string(beside))?;
    for warning in &resolved.warnings {
        console::complain(&warning.render(console::coloured()));
    }
    Ok(resolved)
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "; give the path of a scenario, such as scenarios/patch-night.toml",
        io::ErrorKind::InvalidData => "; a scenario is text in UTF-8",
        _ => "",
    };
    Failure::new(&format!("cannot read {}: {error}{hint}", path.display()))
}
