//! What a message is about, in a line of the file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::line::is_false;
use crate::{
    base::SimTime,
    history::{fact::Notice, parcel::Parcel},
    scenario::Roster,
    ssm::NotifiedStatus,
};

#[derive(Serialize, Deserialize)]
pub(super) struct ParcelLine<'a> {
    #[serde(flatten, borrow)]
    notice: NoticeLine<'a>,
    subscription: u32,
    #[serde(default, skip_serializing_if = "is_false")]
    copy: bool,
    published: SimTime,
}

#[derive(Serialize, Deserialize)]
pub(super) struct NoticeLine<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<Cow<'a, str>>,
    status: NotifiedStatus,
    #[serde(default, skip_serializing_if = "is_false")]
    again: bool,
}

impl<'a> ParcelLine<'a> {
    pub(super) fn new(parcel: Parcel, roster: &Roster) -> Self {
        let Parcel { notice, subscription, copy, published } = parcel;
        Self { notice: NoticeLine::new(notice, roster), subscription, copy, published }
    }

    pub(super) fn into_parcel(self, index: &impl Fn(&str) -> Result<u32, String>) -> Result<Parcel, String> {
        let Self { notice, subscription, copy, published } = self;
        Ok(Parcel { notice: notice.into_notice(index)?, subscription, copy, published })
    }
}

impl<'a> NoticeLine<'a> {
    pub(super) fn new(notice: Notice, roster: &Roster) -> Self {
        let instance = notice.instance.map(|instance| Cow::Owned(roster.id(instance)));
        Self { instance, status: notice.status, again: notice.again }
    }

    pub(super) fn into_notice(self, index: &impl Fn(&str) -> Result<u32, String>) -> Result<Notice, String> {
        let instance = self.instance.map(|id| index(&id)).transpose()?;
        Ok(Notice { instance, status: self.status, again: self.again })
    }
}
