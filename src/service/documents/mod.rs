//! Documents as callers know them: AWS's own, the scenario's, and those that calls make. All have one version.

mod answer;
mod list;

use std::collections::BTreeMap;

use serde_json::Value;

use super::Moment;
use crate::{
    base::SimTime,
    scenario::DocumentText,
    ssm::{
        ApiError,
        document::{self, Document, DocumentContent, Remarks},
        limits,
    },
    wire::{
        fault::Fault,
        ssm::{
            Empty,
            document::{
                CreateDocumentRequest, CreateDocumentResult, DeleteDocumentRequest, DescribeDocumentRequest,
                DescribeDocumentResult, GetDocumentRequest, GetDocumentResult,
            },
            tag::Tag,
        },
    },
};

/// The owner of AWS's own documents.
const AMAZON: &str = "Amazon";
/// The one version of a document.
const VERSION: &str = "1";
/// The most documents that an account may make: AWS's quota.
const MOST: usize = 500;

/// All documents.
#[derive(Debug)]
pub struct Documents {
    account: String,
    /// What commands are resolved with, in no order.
    known: Vec<Document>,
    /// What callers are told besides, by name.
    stored: BTreeMap<String, Stored>,
}

/// What callers are told of a document besides what commands need.
#[derive(Debug)]
struct Stored {
    /// As it was given.
    text: String,
    content: DocumentContent,
    owner: String,
    made: SimTime,
    /// `JSON` or `YAML`.
    format: String,
    display_name: Option<String>,
    version_name: Option<String>,
    target_type: Option<String>,
    tags: BTreeMap<String, String>,
}

impl Documents {
    /// AWS's documents and those of the scenario, of which one with a name of AWS's takes its place.
    ///
    /// # Errors
    ///
    /// For a document that cannot be read, which no scenario without faults has.
    pub fn new(account: impl Into<String>, own: &[DocumentText]) -> Result<Self, Fault> {
        let mut documents = Self { account: account.into(), known: Vec::new(), stored: BTreeMap::new() };
        for (name, text) in document::built_in_contents() {
            documents.take_in(name, text)?;
        }
        for DocumentText { name, content } in own {
            documents.take_in(name, content)?;
        }
        Ok(documents)
    }

    /// All documents that a command may name, for checking a request.
    pub fn known(&self) -> &[Document] {
        &self.known
    }

    /// The document that a command of this name or ARN and version runs.
    ///
    /// # Errors
    ///
    /// InvalidDocument and InvalidDocumentVersion.
    pub fn get(&self, name: &str, version: Option<&str>) -> Result<&Document, Fault> {
        self.find(name, version, None).map(|(document, _)| document)
    }

    /// The tags of a document; `None` when there is no such document.
    pub fn tags(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.stored.get(name).map(|stored| &stored.tags)
    }

    /// The tags of a document, to be changed; `None` when there is no such document, or when it is AWS's.
    pub(super) fn tags_mut(&mut self, name: &str) -> Option<&mut BTreeMap<String, String>> {
        let own = self.stored.get_mut(name).filter(|stored| stored.owner != AMAZON);
        own.map(|stored| &mut stored.tags)
    }

    /// `DescribeDocument`.
    ///
    /// # Errors
    ///
    /// InvalidDocument and InvalidDocumentVersion.
    pub fn describe(
        &self,
        request: &DescribeDocumentRequest,
        moment: &Moment<'_>,
    ) -> Result<DescribeDocumentResult, Fault> {
        let version = request.document_version.as_deref();
        let (document, stored) = self.find(&request.name, version, request.version_name.as_deref())?;
        Ok(DescribeDocumentResult { document: answer::description(document, stored, "Active", moment) })
    }

    /// `GetDocument`. JSON is YAML, too, so a caller who wants YAML gets the same text.
    ///
    /// # Errors
    ///
    /// InvalidDocument and InvalidDocumentVersion; ValidationException for the format TEXT.
    pub fn content(
        &self,
        request: &GetDocumentRequest,
        moment: &Moment<'_>,
    ) -> Result<GetDocumentResult, Fault> {
        let version = request.document_version.as_deref();
        let (document, stored) = self.find(&request.name, version, request.version_name.as_deref())?;
        let format = request.document_format.clone().unwrap_or_else(|| "JSON".into());
        if format == "TEXT" {
            return Err(Fault::new("ValidationException", "Documents of the type Command are JSON or YAML."));
        }
        Ok(answer::content(document, stored, format, moment))
    }

    /// `CreateDocument`.
    ///
    /// # Errors
    ///
    /// DocumentAlreadyExists, DocumentLimitExceeded, InvalidDocumentContent, InvalidDocumentSchemaVersion,
    /// MaxDocumentSizeExceeded; ValidationException for other types than Command, and for names that AWS keeps.
    pub fn create(
        &mut self,
        request: &CreateDocumentRequest,
        moment: &Moment<'_>,
    ) -> Result<CreateDocumentResult, Fault> {
        let name = &request.name;
        check_kind(request)?;
        if self.stored.contains_key(name) {
            let message = format!("Document with same name {name} already exists");
            return Err(Fault::new("DocumentAlreadyExists", message));
        }
        if self.stored.values().filter(|stored| stored.owner == self.account).count() >= MOST {
            let message = format!("You can have at most {MOST} active SSM documents.");
            return Err(Fault::new("DocumentLimitExceeded", message));
        }
        let (document, content) = read(name, &request.content)?;
        let stored = Stored {
            text: request.content.clone(),
            content,
            owner: self.account.clone(),
            made: moment.now,
            format: request.document_format.clone().unwrap_or_else(|| "JSON".into()),
            display_name: request.display_name.clone(),
            version_name: request.version_name.clone(),
            target_type: request.target_type.clone(),
            tags: request.tags.iter().map(|Tag { key, value }| (key.clone(), value.clone())).collect(),
        };
        let document_description = answer::description(&document, &stored, "Creating", moment);
        self.insert(document, stored);
        Ok(CreateDocumentResult { document_description })
    }

    /// `DeleteDocument`.
    ///
    /// # Errors
    ///
    /// InvalidDocument; InvalidDocumentOperation for a document of AWS, and for the only version alone.
    pub fn delete(&mut self, request: &DeleteDocumentRequest) -> Result<Empty, Fault> {
        let name = &request.name;
        let (_, stored) = self.find(name, None, None)?;
        if stored.owner == AMAZON {
            let message = format!("The document {name} belongs to Amazon and cannot be deleted.");
            return Err(Fault::new("InvalidDocumentOperation", message));
        }
        if request.document_version.is_some() || request.version_name.is_some() {
            self.find(name, request.document_version.as_deref(), request.version_name.as_deref())?;
            let message = "Default version of the document can't be deleted.";
            return Err(Fault::new("InvalidDocumentOperation", message));
        }
        self.stored.remove(name);
        self.known.retain(|document| &document.name != name);
        Ok(Empty {})
    }

    fn find(
        &self,
        name: &str,
        version: Option<&str>,
        version_name: Option<&str>,
    ) -> Result<(&Document, &Stored), Fault> {
        let found =
            document::find(&self.known, name).and_then(|known| Some((known, self.stored.get(&known.name)?)));
        let (document, stored) = found.ok_or_else(|| {
            Fault::new("InvalidDocument", format!("Document with name {name} does not exist."))
        })?;
        let is_version =
            version.is_none_or(|version| ["", VERSION, "$LATEST", "$DEFAULT"].contains(&version));
        if !is_version || version_name.is_some_and(|name| stored.version_name.as_deref() != Some(name)) {
            let message = "The document version is not valid or does not exist.";
            return Err(Fault::new("InvalidDocumentVersion", message));
        }
        Ok((document, stored))
    }

    /// Takes in a document that is there from the start.
    fn take_in(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        let (document, content) = read(name, text)?;
        let owner = if document::is_of_aws(name) { AMAZON.into() } else { self.account.clone() };
        let stored = Stored {
            text: text.into(),
            content,
            owner,
            made: SimTime::ZERO,
            format: "JSON".into(),
            display_name: None,
            version_name: None,
            target_type: None,
            tags: BTreeMap::new(),
        };
        self.insert(document, stored);
        Ok(())
    }

    fn insert(&mut self, document: Document, stored: Stored) {
        self.known.retain(|known| known.name != document.name);
        self.stored.insert(document.name.clone(), stored);
        self.known.push(document);
    }
}

/// Refuses what Run Command has no use for, and names that AWS keeps for itself.
fn check_kind(request: &CreateDocumentRequest) -> Result<(), Fault> {
    let kind = request.document_type.as_deref().unwrap_or("Command");
    if kind != "Command" {
        let message = format!(
            "Documents of the type {kind} are not served here; Run Command runs those of the type Command."
        );
        return Err(Fault::new("ValidationException", message));
    }
    if document::is_of_aws(&request.name) {
        let message =
            format!("The name {} begins with aws, amazon or amzn, which AWS keeps for itself.", request.name);
        return Err(Fault::new("ValidationException", message));
    }
    let format = request.document_format.as_deref().unwrap_or("JSON");
    let is_json = || serde_json::from_str::<Value>(&request.content).is_ok();
    match format {
        "JSON" => Ok(()),
        "YAML" if is_json() => Ok(()),
        "YAML" => Err(invalid_content(
            "YAML is not read here, but for JSON, which is YAML, too; give the content as JSON.",
        )),
        _ => Err(invalid_content("A document of the type Command is JSON or YAML.")),
    }
}

fn invalid_content(message: impl Into<String>) -> Fault {
    Fault::new("InvalidDocumentContent", message)
}

fn read(name: &str, text: &str) -> Result<(Document, DocumentContent), Fault> {
    if text.len() > limits::DOCUMENT_SIZE {
        let message = format!("The content has {} bytes, more than {}.", text.len(), limits::DOCUMENT_SIZE);
        return Err(Fault::new("MaxDocumentSizeExceeded", message));
    }
    let content: DocumentContent = serde_json::from_str(text)
        .map_err(|error| invalid_content(format!("JSON not well-formed. {error}")))?;
    let mut remarks = Remarks::default();
    match Document::read(name, &content, text.len(), &mut remarks) {
        Some(document) => Ok((document, content)),
        None => Err(remarks.errors.first().map_or_else(|| invalid_content("It cannot be read."), fault)),
    }
}

/// An error of a document's content, with its place.
fn fault(error: &ApiError) -> Fault {
    let code = if error.pointer == "/schemaVersion" { "InvalidDocumentSchemaVersion" } else { error.code };
    let place = if error.pointer.is_empty() { String::new() } else { format!("{}: ", error.pointer) };
    Fault::new(code, format!("{place}{}", error.message))
}
