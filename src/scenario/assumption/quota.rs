//! The point that assumed quotas rest on.

use super::Point;

pub(super) const POINTS: &[Point] = &[Point {
    name: "O-46",
    matters: |grounds| grounds.plan.assumed.is_some(),
    text: |_| {
        "The quotas of the API are this scenario's; AWS publishes none. A call beyond a rate is refused with \
         ThrottlingException; a command beyond the pending invocations ends as LimitExceeded, a Failed one (O-9)."
            .into()
    },
}];
