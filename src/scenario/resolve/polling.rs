//! The client that lists invocations.

use crate::{
    base::SimDuration,
    scenario::{document::Scenario, plan::Polling, review::Review},
};

/// The size of a page that names none, the largest.
const PAGE: u32 = 50;

/// The client of a scenario that has one.
pub(super) fn resolve(scenario: &Scenario, review: &mut Review<'_>) -> Option<Polling> {
    let written = scenario.polling.as_ref()?;
    let every = review.choose("/polling/every", Some(written.every), written.every, "");
    let page = review.choose("/polling/page", written.page, PAGE, "the largest page");
    if every < SimDuration::from_secs(1) {
        let message = format!("a listing every {every}");
        review.error("/polling/every", message, "give at least a second");
        return None;
    }
    Some(Polling { every, page })
}
