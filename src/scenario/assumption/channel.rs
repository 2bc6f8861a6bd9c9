//! The points that agents on MDS rest on.

use super::{Grounds, Point};
use crate::scenario::plan::Channel;

impl Grounds<'_> {
    /// Whether agents of the command's targets hear of it in polls.
    fn has_polling_agents(&self) -> bool {
        self.targeted().any(|group| group.channel == Channel::Mds)
    }
}

pub(super) const POINTS: &[Point] = &[
    Point {
        name: "S8.16",
        matters: |grounds| grounds.has_polling_agents(),
        text: |_| "Agents on MDS hear of messages in polls, and of none while they are full.".into(),
    },
    Point {
        name: "O-52",
        matters: |grounds| grounds.has_polling_agents(),
        text: |_| {
            "On MDS a message that was not acknowledged comes again every 10 s until its invocation ends."
                .into()
        },
    },
];
