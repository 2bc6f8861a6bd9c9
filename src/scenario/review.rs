//! The review of a scenario: its input, and what has been found out about it so far.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Read, Severity,
    fault::Fault,
    origin::{Basis, Origins},
    source::{LARGEST_FILE, LARGEST_INVENTORY, Parsed, Source},
};

/// A scenario under review: the input, and what has been found out about it so far.
pub(super) struct Review<'a> {
    pub(super) input: &'a Parsed,
    read: Read<'a>,
    pub(super) faults: Vec<Fault>,
    pub(super) origins: Origins,
}

impl<'a> Review<'a> {
    /// A review of `input`; files beside it are read by `read`.
    pub(super) fn new(input: &'a Parsed, read: Read<'a>) -> Self {
        Self { input, read, faults: Vec::new(), origins: Origins::default() }
    }

    /// Reports an error at a place of the scenario.
    pub(super) fn error(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault::error(self.input.place(pointer), message, help));
    }

    /// Reports a warning at a place of the scenario.
    pub(super) fn warning(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault::warning(self.input.place(pointer), message, help));
    }

    /// The value given, or the default; notes where it came from.
    pub(super) fn choose<T>(
        &mut self,
        path: impl Into<String>,
        given: Option<T>,
        default: T,
        reason: &str,
    ) -> T {
        let from = if given.is_some() { Basis::Scenario } else { Basis::Default(reason.into()) };
        self.origins.note(path, from);
        given.unwrap_or(default)
    }

    /// The content of a file beside the scenario; a fault at `pointer` when it cannot be read.
    pub(super) fn read_beside(&mut self, name: &str, pointer: &str) -> Option<String> {
        self.read_up_to(LARGEST_FILE, name, pointer)
    }

    /// A file beside the scenario, as a source.
    pub(super) fn source_beside(&mut self, name: &str, pointer: &str) -> Option<Arc<Source>> {
        let text = self.read_beside(name, pointer)?;
        Some(Arc::new(Source { path: self.beside(name), text }))
    }

    /// A file of an inventory beside the scenario, which may be larger.
    pub(super) fn inventory_beside(&mut self, name: &str, pointer: &str) -> Option<Arc<Source>> {
        let text = self.read_up_to(LARGEST_INVENTORY, name, pointer)?;
        Some(Arc::new(Source { path: self.beside(name), text }))
    }

    fn read_up_to(&mut self, most: usize, name: &str, pointer: &str) -> Option<String> {
        match (self.read)(&self.beside(name)) {
            Ok(text) if text.len() > most => {
                let help = format!("at most {} MiB are read", most >> 20);
                self.error(pointer, format!("{name} has {} bytes", text.len()), help);
                None
            }
            Ok(text) => Some(text),
            Err(error) => {
                let help = match error.kind() {
                    io::ErrorKind::InvalidData => {
                        "it is text in UTF-8; PowerShell writes it with `Out-File -Encoding utf8`"
                    }
                    _ => "the name is relative to the scenario's own folder",
                };
                self.error(pointer, format!("cannot read {name}: {error}"), help);
                None
            }
        }
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.input.source.path.parent().unwrap_or(Path::new("")).join(name)
    }

    pub(super) fn has_errors(&self) -> bool {
        self.has_errors_since(0)
    }

    /// Whether there is an error among the faults behind the first `before`.
    pub(super) fn has_errors_since(&self, before: usize) -> bool {
        self.faults[before..].iter().any(|fault| fault.severity == Severity::Error)
    }
}
