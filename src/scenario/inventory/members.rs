//! The members of a resource group, as `aws resource-groups list-group-resources` prints them (S3.19).

use std::{collections::BTreeSet, sync::Arc};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    answer::{Answers, Object},
    told::instance_of_arn,
};
use crate::scenario::{fault::Fault, source::Source};

/// A page: `Resources`, and the older `ResourceIdentifiers`, which says the same.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow)]
    resources: Option<Vec<Object<Resource<'a>>>>,
    #[serde(borrow)]
    resource_identifiers: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource<'a> {
    #[serde(borrow)]
    identifier: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Identifier<'a> {
    #[serde(borrow)]
    resource_arn: Option<&'a RawValue>,
}

/// The instances among the resources of a file, each once, in order; resources of other kinds are passed over.
pub(in crate::scenario) fn read(source: &Arc<Source>) -> Result<Vec<String>, Vec<Fault>> {
    let mut answers = Answers::new(source);
    let mut ids = BTreeSet::new();
    answers.pages(|answers, page: Page<'_>, at| {
        if page.resources.is_none() && page.resource_identifiers.is_none() {
            answers.refuse_page(at, "`Resources` or `ResourceIdentifiers` of list-group-resources");
        }
        let resources = page.resources.iter().flatten().map(|Object(resource)| resource.identifier);
        for entry in resources.chain(page.resource_identifiers.iter().flatten().copied()) {
            let Some(Identifier { resource_arn }) = answers.object(entry, "Identifier") else { continue };
            ids.extend(instance_of_arn(answers, resource_arn, "ResourceArn", entry).map(String::from));
        }
    });
    match answers.into_faults() {
        faults if faults.is_empty() => Ok(ids.into_iter().collect()),
        faults => Err(faults),
    }
}
