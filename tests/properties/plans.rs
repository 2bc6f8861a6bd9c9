//! Random plans.

use fleetsim::scenario::plan::{PLAN_VERSION, Plan};
use proptest::prelude::*;

use crate::{
    beyond,
    commands::{Draft, draft},
    fleets::groups,
    readings::readings,
};

/// Any plan that a scenario could resolve to, with times short enough that everything that can run out does.
pub(crate) fn plan() -> BoxedStrategy<Plan> {
    if !(beyond::AGENTS || beyond::NOTIFICATIONS) {
        return ordinary().boxed();
    }
    (ordinary(), beyond::beyond()).prop_map(|(plan, beyond)| beyond.onto(plan)).boxed()
}

/// Any plan at all, whether or not the engine simulates all of it yet.
pub(crate) fn any_plan() -> impl Strategy<Value = Plan> {
    (ordinary(), beyond::some(true, true)).prop_map(|(plan, beyond)| beyond.onto(plan))
}

/// One or two commands of one step, which tell nobody of themselves.
fn ordinary() -> impl Strategy<Value = Plan> {
    let drafts = prop_oneof![4 => prop::collection::vec(draft(), 1), 1 => prop::collection::vec(draft(), 2)];
    (groups(), readings(), drafts, any::<u64>()).prop_map(|(groups, (profile, readings), drafts, seed)| {
        let mut plan = Plan {
            faults: Vec::new(),
            alarms: Vec::new(),
            polling: None,
            assumed: None,
            is_open: false,
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
            events: None,
            commands: Vec::new(),
            thresholds: Vec::new(),
        };
        plan.commands = drafts.into_iter().map(|draft: Draft| draft.resolve(&plan)).collect();
        plan
    })
}
