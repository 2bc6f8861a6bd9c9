//! What callers are told of a document.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{Stored, VERSION};
use crate::{
    service::{Moment, moment},
    ssm::{document::Document, status::Platform},
    wire::ssm::{
        document::{DocumentDescription, DocumentIdentifier, DocumentParameter, GetDocumentResult},
        tag::Tag,
    },
};

/// The type of all documents here.
pub(super) const COMMAND: &str = "Command";

pub(super) fn description(
    document: &Document,
    stored: &Stored,
    status: &str,
    moment: &Moment<'_>,
) -> DocumentDescription {
    DocumentDescription {
        hash: sha256(&stored.text),
        hash_type: "Sha256".into(),
        name: document.name.clone(),
        display_name: stored.display_name.clone(),
        version_name: stored.version_name.clone(),
        owner: stored.owner.clone(),
        created_date: moment::epoch(moment.start, stored.made),
        status: status.into(),
        status_information: None,
        document_version: VERSION.into(),
        description: stored.content.description.clone(),
        parameters: parameters(document, stored),
        platform_types: platforms(document),
        document_type: COMMAND.into(),
        schema_version: stored.content.schema_version.clone(),
        latest_version: VERSION.into(),
        default_version: VERSION.into(),
        document_format: stored.format.clone(),
        target_type: stored.target_type.clone(),
        tags: tags(stored),
    }
}

pub(super) fn identifier(document: &Document, stored: &Stored, moment: &Moment<'_>) -> DocumentIdentifier {
    DocumentIdentifier {
        name: document.name.clone(),
        created_date: Some(moment::epoch(moment.start, stored.made)),
        display_name: stored.display_name.clone(),
        owner: stored.owner.clone(),
        version_name: stored.version_name.clone(),
        platform_types: platforms(document),
        document_version: VERSION.into(),
        document_type: COMMAND.into(),
        schema_version: stored.content.schema_version.clone(),
        document_format: stored.format.clone(),
        target_type: stored.target_type.clone(),
        tags: tags(stored),
    }
}

pub(super) fn content(
    document: &Document,
    stored: &Stored,
    document_format: String,
    moment: &Moment<'_>,
) -> GetDocumentResult {
    GetDocumentResult {
        name: document.name.clone(),
        created_date: Some(moment::epoch(moment.start, stored.made)),
        display_name: stored.display_name.clone(),
        version_name: stored.version_name.clone(),
        document_version: VERSION.into(),
        status: "Active".into(),
        status_information: None,
        content: stored.text.clone(),
        document_type: COMMAND.into(),
        document_format,
    }
}

/// The platforms on which it runs, as S15.6 spells them.
pub(super) fn platforms(document: &Document) -> Vec<String> {
    document.platforms().into_iter().map(|platform| name(platform).into()).collect()
}

fn name(platform: Platform) -> &'static str {
    match platform {
        Platform::Linux => "Linux",
        Platform::Windows => "Windows",
        Platform::MacOS => "MacOS",
    }
}

fn parameters(document: &Document, stored: &Stored) -> Vec<DocumentParameter> {
    let contents = stored.content.parameters.iter().flatten();
    let parameter = |(name, content): (&String, &crate::ssm::document::content::ParameterContent)| {
        let default = document.parameters.get(name).and_then(|parameter| parameter.default.clone());
        DocumentParameter {
            name: name.clone(),
            kind: content.kind.clone(),
            description: content.description.clone(),
            default_value: default,
        }
    };
    contents.map(parameter).collect()
}

fn tags(stored: &Stored) -> Vec<Tag> {
    stored.tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes what is written");
        hex
    })
}
