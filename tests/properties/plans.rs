//! Random plans.

use fleetsim::scenario::plan::{PLAN_VERSION, Plan};
use proptest::prelude::*;

use crate::{
    commands::{Draft, draft},
    fleets::groups,
    readings::readings,
};

/// Any plan that a scenario could resolve to, of one or two commands, with times short enough that everything that
/// can run out does.
pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let drafts = prop_oneof![4 => prop::collection::vec(draft(), 1), 1 => prop::collection::vec(draft(), 2)];
    (groups(), readings(), drafts, any::<u64>()).prop_map(|(groups, (profile, readings), drafts, seed)| {
        let mut plan = Plan {
            version: PLAN_VERSION,
            name: "random".into(),
            description: String::new(),
            start: "2026-01-01T00:00:00Z".into(),
            seed,
            profile,
            readings,
            groups,
            resource_groups: Vec::new(),
            topics: Vec::new(),
            commands: Vec::new(),
            thresholds: Vec::new(),
        };
        plan.commands = drafts.into_iter().map(|draft: Draft| draft.resolve(&plan)).collect();
        plan
    })
}
