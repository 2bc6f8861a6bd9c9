//! The input as plain data: what the user wrote, checked, and resolved into a plan with every default explicit.

use std::{io, path::Path};

pub mod acceptance;
mod access;
pub mod assumption;
mod credentials;
pub mod demand;
pub mod distribution;
pub mod document;
mod draft;
mod expectation;
pub mod fault;
mod field;
mod inventory;
pub mod letter;
mod mend;
pub mod narrator;
pub mod origin;
pub mod plan;
pub mod planning;
mod profile;
pub mod reference;
pub mod release;
mod resolve;
mod review;
mod roster;
mod rulebook;
mod samples;
pub mod share;
pub mod source;
mod structure;
pub mod sweep;
pub mod targeting;
pub mod threshold;

pub use access::{Access, Denial, Role};
pub use assumption::Assumption;
pub use credentials::{Credentials, Key};
pub use draft::Draft;
pub use fault::{Fault, Faults, Severity};
pub use narrator::Narrator;
pub use origin::{Basis, Origin, Row};
pub use plan::Plan;
pub use planning::Planning;
pub use resolve::injection;
pub use roster::Roster;
pub use rulebook::Rulebook;
pub use source::Source;
pub use threshold::ParsedThreshold;

/// Reads a file that a scenario names, given its path, which is beside the scenario's own. The core itself reads no file.
pub type Read<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// A document that a scenario brings along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentText {
    /// Its name.
    pub name: String,
    /// Its content, JSON.
    pub content: String,
}

/// A scenario, resolved.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The plan.
    pub plan: Plan,
    /// What `fleetsim plan` makes of it.
    pub planning: Planning,
    /// Where the plan's values came from.
    pub origins: Vec<Origin>,
    /// Who may do what.
    pub access: Access,
    /// Its own documents.
    pub documents: Vec<DocumentText>,
    /// The open points that the plan rests on.
    pub assumptions: Vec<Assumption>,
    /// What may not mean what the author thinks.
    pub warnings: Vec<Fault>,
}

impl Resolved {
    /// Every value of the plan with its origin.
    pub fn explain(&self) -> Vec<Row> {
        origin::explain(&self.plan, &self.origins).expect("every value of the plan has an origin")
    }
}

/// Parses, checks and resolves a scenario. All faults are reported at once, but for those of meaning in what
/// a fault of syntax or structure leaves unreadable.
pub fn load(main: Source, read: Read<'_>) -> Result<Resolved, Faults> {
    Draft::parse(main)?.resolve(None, read)
}

/// The JSON Schema of the scenario document, draft 2020-12.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(document::Scenario).to_value()
}

/// Whether a command may have this name, after which files are called: a letter or digit, then letters, digits, `-`,
/// `_` and `.`.
pub fn is_command_name(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric();
    name.starts_with(is_plain) && name.chars().all(|letter| is_plain(letter) || "-_.".contains(letter))
}
