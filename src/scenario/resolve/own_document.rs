//! `[[document]]`: own documents, and AWS's beside them.

use std::{collections::BTreeSet, sync::Arc, sync::LazyLock};

use regex::Regex;

use super::part::Part;
use crate::{
    scenario::{
        DocumentText,
        document::{ContentSource, OwnDocument, Scenario},
        review::Review,
        source::{Parsed, Source},
    },
    ssm::{
        DocumentContent,
        document::{self, Document, Remarks},
        limits,
    },
};

/// The documents that requests may name.
pub(super) struct Documents {
    /// The scenario's own, then AWS's.
    pub(super) known: Vec<Document>,
    /// The contents of the own ones, in the same order.
    pub(super) texts: Vec<DocumentText>,
    /// Where the own ones were written, in the same order.
    parts: Vec<Part<DocumentContent>>,
    /// The names of those with faults, about which nothing more is said.
    faulty: BTreeSet<String>,
}

/// Reads the scenario's documents.
pub(super) fn resolve(scenario: &Scenario, review: &mut Review<'_>) -> Documents {
    let mut documents =
        Documents { known: Vec::new(), texts: Vec::new(), parts: Vec::new(), faulty: BTreeSet::new() };
    let mut names = BTreeSet::new();
    for (at, own) in scenario.document.iter().flatten().enumerate() {
        let pointer = format!("/document/{at}");
        check_name(own, !names.insert(own.name.as_str()), &format!("{pointer}/name"), review);
        match read(own, format!("{pointer}/content"), review) {
            Some((document, part, content)) => {
                documents.texts.push(DocumentText { name: document.name.clone(), content });
                documents.known.push(document);
                documents.parts.push(part);
            }
            None => _ = documents.faulty.insert(own.name.clone()),
        }
    }
    documents.known.extend(document::built_in());
    documents
}

impl Documents {
    /// The document of this name or ARN; its part, when it is the scenario's own.
    pub(super) fn find(&self, name_or_arn: &str) -> Option<(&Document, Option<&Part<DocumentContent>>)> {
        let found = document::find(&self.known, name_or_arn)?;
        let at = self.known.iter().position(|document| std::ptr::eq(document, found))?;
        Some((found, self.parts.get(at)))
    }

    /// Whether a document of this name or ARN was refused already.
    pub(super) fn is_faulty(&self, name_or_arn: &str) -> bool {
        let name = name_or_arn.rsplit('/').next().unwrap_or_default();
        self.faulty.contains(name)
    }
}

fn check_name(own: &OwnDocument, is_repeated: bool, pointer: &str, review: &mut Review<'_>) {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^[a-zA-Z0-9_\-.]{3,128}$"));
    let name = &own.name;
    if !SHAPE.is_match(name) {
        let help = "a document's name has 3 to 128 letters, digits, `-`, `_` and `.` (section 14.1)";
        review.error(pointer, format!("`{name}` is no name of a document"), help);
    } else if is_repeated {
        let help = "give each document a name of its own";
        review.error(pointer, format!("there is another document `{name}`"), help);
    }
}

fn read(
    own: &OwnDocument,
    pointer: String,
    review: &mut Review<'_>,
) -> Option<(Document, Part<DocumentContent>, String)> {
    let (part, text) = match &own.content {
        ContentSource::Inline(content) => {
            let text = review.input.value.pointer(&pointer).map(ToString::to_string).unwrap_or_default();
            (Part::inline(DocumentContent::clone(content), pointer), text)
        }
        ContentSource::File(name) => {
            let file = read_file(name, &pointer, review)?;
            let text = file.source.text.clone();
            (Part::in_file(file, pointer, review)?, text)
        }
    };
    let mut remarks = Remarks::default();
    let document = Document::read(&own.name, &part.content, text.len(), &mut remarks);
    for error in remarks.errors {
        part.error(&error.pointer, error.to_string(), "", review);
    }
    for warning in remarks.warnings {
        part.warning(&warning.pointer, warning.message, warning.help, review);
    }
    Some((document?, part, text))
}

/// The content in a file: the document, or what `get-document` printed, in whose `Content` the document is a text.
fn read_file(name: &str, pointer: &str, review: &mut Review<'_>) -> Option<Parsed> {
    let source = review.source_beside(name, pointer)?;
    let start = source.text.trim_start();
    if !start.starts_with('{') && (start.starts_with("---") || start.contains("schemaVersion:")) {
        return refuse_yaml(name, pointer, review);
    }
    let file = parse(&source, review)?;
    let Some(text) = file.value.get("Content").filter(|_| file.value.get("schemaVersion").is_none()) else {
        return Some(file);
    };
    let Some(text) = text.as_str() else {
        review.error(
            pointer,
            format!("`Content` in {name} is no text"),
            "`aws ssm get-document` prints a text",
        );
        return None;
    };
    let kind = file.value.get("DocumentType").and_then(serde_json::Value::as_str).unwrap_or("Command");
    if kind != "Command" {
        let help = "Run Command runs documents of the type Command";
        review.error(pointer, format!("{name} is a document of the type {kind}"), help);
        return None;
    }
    if file.value.get("DocumentFormat").is_some_and(|format| format == "YAML") {
        return refuse_yaml(name, pointer, review);
    }
    let mut path = source.path.clone().into_os_string();
    path.push(" (Content)");
    parse(&Arc::new(Source { path: path.into(), text: text.into() }), review)
}

fn parse(source: &Arc<Source>, review: &mut Review<'_>) -> Option<Parsed> {
    Parsed::parse_json(source).map_err(|faults| review.faults.extend(faults)).ok()
}

fn refuse_yaml<T>(name: &str, pointer: &str, review: &mut Review<'_>) -> Option<T> {
    let help = "`aws ssm get-document --name NAME --document-format JSON > NAME.json` writes it as JSON; of a file, \
                `yq -o=json document.yaml > document.json` does";
    review.error(pointer, format!("{name} is YAML, which is not read"), help);
    None
}
