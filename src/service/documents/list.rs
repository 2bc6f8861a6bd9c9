//! `ListDocuments`: filters and pages.

use super::{AMAZON, Documents, Stored, answer};
use crate::{
    service::Moment,
    ssm::document::Document,
    wire::{
        fault::Fault,
        page::{Paged, cut},
        ssm::document::{ListDocumentsRequest, ListDocumentsResult},
    },
};

/// What a page holds, unless the request says less.
const PAGE: i64 = 50;

/// A filter of either kind: one of the values must match.
struct Filter<'a> {
    key: Key<'a>,
    values: Vec<&'a str>,
}

#[derive(Clone, Copy)]
enum Key<'a> {
    Name,
    Owner,
    PlatformTypes,
    DocumentType,
    TargetType,
    SearchKeyword,
    Tag(&'a str),
}

impl Documents {
    /// `ListDocuments`: by name. All filters must hold.
    ///
    /// # Errors
    ///
    /// InvalidFilterKey and InvalidNextToken.
    pub fn list(
        &self,
        request: &ListDocumentsRequest,
        moment: &Moment<'_>,
    ) -> Result<ListDocumentsResult, Fault> {
        let old = request.document_filter_list.iter();
        let old = old.map(|filter| Filter::new(&filter.key, vec![filter.value.as_str()]));
        let new = request.filters.iter();
        let new =
            new.map(|filter| Filter::new(&filter.key, filter.values.iter().map(String::as_str).collect()));
        let filters: Vec<_> = old.chain(new).collect::<Result<_, _>>()?;
        let mut found: Vec<_> = self
            .known
            .iter()
            .filter_map(|document| Some((document, self.stored.get(&document.name)?)))
            .filter(|(document, stored)| filters.iter().all(|filter| filter.holds(document, stored)))
            .collect();
        found.sort_unstable_by_key(|(document, _)| document.name.as_str());
        let most = usize::try_from(request.max_results.unwrap_or(PAGE)).unwrap_or_default();
        let key = |(document, _): &(&Document, &Stored)| document.name.clone();
        let (part, next) = cut(found, key, request.after()?.as_deref(), most);
        let identifier = |(document, stored)| answer::identifier(document, stored, moment);
        Ok(ListDocumentsResult {
            document_identifiers: part.into_iter().map(identifier).collect(),
            next_token: next.map(|key| request.token(&key)),
        })
    }
}

impl<'a> Filter<'a> {
    fn new(key: &'a str, values: Vec<&'a str>) -> Result<Self, Fault> {
        let key = match key {
            "Name" => Key::Name,
            "Owner" => Key::Owner,
            "PlatformTypes" => Key::PlatformTypes,
            "DocumentType" => Key::DocumentType,
            "TargetType" => Key::TargetType,
            "SearchKeyword" => Key::SearchKeyword,
            other => match other.strip_prefix("tag:") {
                Some(name) => Key::Tag(name),
                None => {
                    let message = format!("The specified key is not valid: {other}.");
                    return Err(Fault::new("InvalidFilterKey", message));
                }
            },
        };
        Ok(Self { key, values })
    }

    fn holds(&self, document: &Document, stored: &Stored) -> bool {
        self.values.iter().any(|value| self.key.matches(value, document, stored))
    }
}

impl Key<'_> {
    fn matches(self, value: &str, document: &Document, stored: &Stored) -> bool {
        match self {
            Self::Name => document.name.starts_with(value),
            Self::Owner => match value {
                "All" => true,
                "Amazon" | "Public" => stored.owner == AMAZON,
                "Self" | "Private" => stored.owner != AMAZON,
                account => stored.owner == account,
            },
            Self::PlatformTypes => answer::platforms(document).iter().any(|platform| platform == value),
            Self::DocumentType => value == answer::COMMAND,
            Self::TargetType => stored.target_type.as_deref() == Some(value),
            Self::SearchKeyword => document.name.to_ascii_lowercase().contains(&value.to_ascii_lowercase()),
            Self::Tag(name) => stored.tags.get(name).is_some_and(|tag| tag == value),
        }
    }
}
