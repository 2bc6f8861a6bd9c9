//! Documents: `ListDocuments`, `DescribeDocument`, `GetDocument`, `CreateDocument`, `DeleteDocument`.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::tag::{Tag, check_tags};
use crate::{
    ssm::limits,
    wire::{
        check::{Check, Violations},
        page::paged,
        time::EpochSeconds,
    },
};

/// The request of `ListDocuments`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDocumentsRequest {
    /// The older kind of filters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub document_filter_list: Vec<DocumentFilter>,
    /// The newer kind; at most 6.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<DocumentKeyValuesFilter>,
    /// The size of a page, 1 to 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// The token of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A filter of the older kind; its fields are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DocumentFilter {
    /// `Name`, `Owner`, `PlatformTypes` or `DocumentType`.
    pub key: String,
    /// What it must be.
    pub value: String,
}

/// A filter of the newer kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentKeyValuesFilter {
    /// `Owner`, `Name`, `PlatformTypes`, `DocumentType`, `TargetType`, `SearchKeyword` or `tag:NAME`.
    pub key: String,
    /// One of these must match.
    #[serde(default)]
    pub values: Vec<String>,
}

/// The answer of `ListDocuments`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDocumentsResult {
    /// The documents of this page.
    pub document_identifiers: Vec<DocumentIdentifier>,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A document in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentIdentifier {
    /// Its name.
    pub name: String,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<EpochSeconds>,
    /// Its name for the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `Amazon`, or an account.
    pub owner: String,
    /// The version's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    /// Where it runs.
    pub platform_types: Vec<String>,
    /// The default version.
    pub document_version: String,
    /// `Command` and so on.
    pub document_type: String,
    /// Of the content.
    pub schema_version: String,
    /// `JSON` or `YAML`.
    pub document_format: String,
    /// The type of resource it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// The request of `DescribeDocument`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeDocumentRequest {
    /// Name or ARN.
    pub name: String,
    /// `$LATEST`, `$DEFAULT` or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_version: Option<String>,
    /// The version by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
}

/// The answer of `DescribeDocument`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeDocumentResult {
    /// The document.
    pub document: DocumentDescription,
}

/// A document without its content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentDescription {
    /// Of the content, in hexadecimal digits.
    pub hash: String,
    /// `Sha256`.
    pub hash_type: String,
    /// Its name.
    pub name: String,
    /// Its name for the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The version's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    /// `Amazon`, or an account.
    pub owner: String,
    /// When it was made.
    pub created_date: EpochSeconds,
    /// `Creating`, `Active`, `Updating`, `Deleting` or `Failed`.
    pub status: String,
    /// More about that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_information: Option<String>,
    /// The version that this is.
    pub document_version: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its parameters.
    #[serde(default)]
    pub parameters: Vec<DocumentParameter>,
    /// Where it runs.
    pub platform_types: Vec<String>,
    /// `Command` and so on.
    pub document_type: String,
    /// Of the content.
    pub schema_version: String,
    /// The latest version.
    pub latest_version: String,
    /// The default version.
    pub default_version: String,
    /// `JSON` or `YAML`.
    pub document_format: String,
    /// The type of resource it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A parameter of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentParameter {
    /// Its name.
    pub name: String,
    /// `String` or `StringList`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its default; none: it must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
}

/// The request of `GetDocument`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDocumentRequest {
    /// Name or ARN.
    pub name: String,
    /// The version by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    /// `$LATEST`, `$DEFAULT` or a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_version: Option<String>,
    /// `JSON`, `YAML` or `TEXT`; JSON when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_format: Option<String>,
}

/// The answer of `GetDocument`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDocumentResult {
    /// Its name.
    pub name: String,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<EpochSeconds>,
    /// Its name for the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The version's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    /// The version.
    pub document_version: String,
    /// `Active` and so on.
    pub status: String,
    /// More about that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_information: Option<String>,
    /// The content as it was given.
    pub content: String,
    /// `Command` and so on.
    pub document_type: String,
    /// Of the content.
    pub document_format: String,
}

/// The request of `CreateDocument`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDocumentRequest {
    /// JSON or YAML.
    pub content: String,
    /// Its name.
    pub name: String,
    /// Its name for the console.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The version's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    /// `Command` when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_type: Option<String>,
    /// `JSON` when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_format: Option<String>,
    /// The type of resource it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// The answer of `CreateDocument`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDocumentResult {
    /// The document.
    pub document_description: DocumentDescription,
}

/// The request of `DeleteDocument`; the answer has no fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteDocumentRequest {
    /// Its name.
    pub name: String,
    /// One version alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_version: Option<String>,
    /// One version alone, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_name: Option<String>,
    /// Needed for some types of documents.
    #[serde(default)]
    pub force: bool,
}

paged!(
    ListDocumentsRequest,
    "InvalidNextToken",
    "The specified token is not valid.",
    next_token,
    max_results
);

static NAME_OR_ARN: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^[a-zA-Z0-9_\-.:/]{3,128}$"));
static NAME: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^[a-zA-Z0-9_\-.]{3,128}$"));
static VERSION: LazyLock<Regex> = LazyLock::new(|| limits::regex("^([$]LATEST|[$]DEFAULT|[1-9][0-9]*)$"));
static VERSION_NAME: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^[a-zA-Z0-9_\-.]{1,128}$"));
static TARGET_TYPE: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^\/[\w\.\-\:\/]*$"));

const FORMATS: &[&str] = &["YAML", "JSON", "TEXT"];
const TYPES: &[&str] = &[
    "Command",
    "Policy",
    "Automation",
    "Session",
    "Package",
    "ApplicationConfiguration",
    "ApplicationConfigurationSchema",
    "DeploymentStrategy",
    "ChangeCalendar",
    "Automation.ChangeTemplate",
    "ProblemAnalysis",
    "ProblemAnalysisTemplate",
    "CloudFormation",
    "ConformancePackTemplate",
    "QuickSetup",
    "ManualApprovalPolicy",
    "AutoApprovalPolicy",
];

fn check_version(version: Option<&str>, name: Option<&str>, violations: &mut Violations) {
    violations.pattern("/DocumentVersion", version, &VERSION);
    violations.pattern("/VersionName", name, &VERSION_NAME);
}

impl Check for ListDocumentsRequest {
    fn check(&self, violations: &mut Violations) {
        violations.number("/MaxResults", self.max_results, 1..=50);
        violations.size("/Filters", self.filters.len(), 0..=6);
        for (at, filter) in self.document_filter_list.iter().enumerate() {
            let pointer = format!("/DocumentFilterList/{at}/Key");
            violations.one_of(
                &pointer,
                Some(&filter.key),
                &["Name", "Owner", "PlatformTypes", "DocumentType"],
            );
        }
        for (at, filter) in self.filters.iter().enumerate() {
            violations.length(&format!("/Filters/{at}/Key"), Some(&filter.key), 1..=128);
        }
    }
}

impl Check for DescribeDocumentRequest {
    fn check(&self, violations: &mut Violations) {
        violations.pattern("/Name", Some(&self.name), &NAME_OR_ARN);
        check_version(self.document_version.as_deref(), self.version_name.as_deref(), violations);
    }
}

impl Check for GetDocumentRequest {
    fn check(&self, violations: &mut Violations) {
        violations.pattern("/Name", Some(&self.name), &NAME_OR_ARN);
        check_version(self.document_version.as_deref(), self.version_name.as_deref(), violations);
        violations.one_of("/DocumentFormat", self.document_format.as_deref(), FORMATS);
    }
}

impl Check for CreateDocumentRequest {
    fn check(&self, violations: &mut Violations) {
        violations.length("/Content", Some(&self.content), 1..=usize::MAX);
        violations.pattern("/Name", Some(&self.name), &NAME);
        check_version(None, self.version_name.as_deref(), violations);
        violations.one_of("/DocumentType", self.document_type.as_deref(), TYPES);
        violations.one_of("/DocumentFormat", self.document_format.as_deref(), FORMATS);
        violations.pattern("/TargetType", self.target_type.as_deref(), &TARGET_TYPE);
        check_tags(&self.tags, violations);
    }
}

impl Check for DeleteDocumentRequest {
    fn check(&self, violations: &mut Violations) {
        violations.pattern("/Name", Some(&self.name), &NAME);
        check_version(self.document_version.as_deref(), self.version_name.as_deref(), violations);
    }
}
