//! The file that `--html` names.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    process,
};

use super::console::{self, Failure};
use crate::report::html::GENERATOR;

/// How far into a file its maker is looked for.
const HEAD: u64 = 1024;

/// A page to be written. A page that fleetsim made before is replaced, nothing else is.
#[derive(Debug)]
pub(super) struct HtmlFile(PathBuf);

impl HtmlFile {
    /// Fails early when something else is there.
    pub(super) fn new(path: &Path) -> Result<Self, Failure> {
        let fail = |what: &str| Err(Failure::new(&format!("{} {what}", path.display())));
        if path.file_name().is_none() {
            return fail("is no name for a file to write to");
        }
        match head(path) {
            Ok(head) if head.is_empty() || head.contains(GENERATOR) => Ok(Self(path.into())),
            Ok(_) => fail("is there already and is no report of fleetsim; nothing was overwritten"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self(path.into())),
            Err(error) => fail(&format!("cannot be written: {error}")),
        }
    }

    /// Writes the page aside and moves it into place when it is whole.
    pub(super) fn write(&self, page: &str) -> Result<(), Failure> {
        let Self(path) = self;
        let mut name = OsString::from(".");
        name.push(path.file_name().expect("a path with a name"));
        name.push(format!(".partial-{}", process::id()));
        let aside = path.with_file_name(name);
        let written = fs::write(&aside, page).and_then(|()| fs::rename(&aside, path));
        written.map_err(|error| {
            // What is left of it is nobody's; whether it goes does not change the message.
            let _ = fs::remove_file(&aside);
            Failure::new(&format!("cannot write {}: {error}", path.display()))
        })?;
        console::complain(&format!("written to {}", path.display()));
        Ok(())
    }
}

/// The beginning of a file.
fn head(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
