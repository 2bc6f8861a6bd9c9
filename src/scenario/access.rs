//! Who may do what: the account, its principals and its roles, with their policies read.

use std::collections::BTreeMap;

use crate::{
    iam::{self, Account, Policy},
    ssm::document::Document,
};

/// What a scenario says of permissions. Where it names no principal, everything is allowed.
#[derive(Clone, Debug)]
pub struct Access {
    /// The account, which is in the ARNs of what it holds.
    pub account: Account,
    /// Who sends commands, by name.
    pub principals: BTreeMap<String, iam::Principal>,
    /// The roles that requests may name, by ARN.
    pub roles: BTreeMap<String, Role>,
    /// The scenario's own documents, by name.
    pub(super) own_documents: Vec<String>,
}

/// A role that Systems Manager publishes in.
#[derive(Clone, Debug)]
pub struct Role {
    /// Who may assume it.
    pub trust: Policy,
    /// What it may do.
    pub role: iam::Principal,
}

impl Access {
    /// The ARN of a document, own or AWS's.
    pub fn document_arn(&self, name_or_arn: &str) -> String {
        let name = name_or_arn.rsplit('/').next().unwrap_or_default();
        self.account.document(name, self.own_documents.iter().any(|own| own == name))
    }

    pub(super) fn note_documents(&mut self, own: &[Document]) {
        self.own_documents = own.iter().map(|document| document.name.clone()).collect();
    }
}
