//! Outputs that were put, as parts of a line.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{
    base::SimTime,
    output::{Failure, Store, Stream, Upload},
    scenario::Roster,
};

#[derive(Serialize, Deserialize)]
pub(super) struct UploadLine<'a> {
    instance: Cow<'a, str>,
    step: u32,
    stream: Stream,
    store: Store,
    bytes: u64,
    calls: u32,
    since: SimTime,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

impl<'a> UploadLine<'a> {
    pub(super) fn new(upload: Upload, roster: &Roster) -> Self {
        let Upload { instance, step, stream, store, bytes, calls, since, failure } = upload;
        let instance = Cow::Owned(roster.id(instance));
        Self { instance, step, stream, store, bytes, calls, since, failure }
    }

    pub(super) fn into_upload(self, index: &impl Fn(&str) -> Result<u32, String>) -> Result<Upload, String> {
        let Self { instance, step, stream, store, bytes, calls, since, failure } = self;
        Ok(Upload { instance: index(&instance)?, step, stream, store, bytes, calls, since, failure })
    }
}
