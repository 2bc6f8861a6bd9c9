//! The point that assumed quotas rest on.

use super::Point;

pub(super) const POINTS: &[Point] = &[Point {
    name: "O-46",
    matters: |grounds| grounds.plan.assumed.is_some(),
    text: |_| {
        "The quotas of the API are this scenario's; AWS publishes none. What exceeds one is refused with ThrottlingException."
            .into()
    },
}];
