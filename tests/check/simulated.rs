//! The good stories once more, as the engine tells them.

use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    scenario::plan::{Availability, AvailabilityState, Cancel, ExecutionResult, Group, Outcome},
    ssm::{
        reading::{DispatchOrder, SlowStart},
        status::Platform,
    },
};

use crate::story::{self, Story, exit};

/// Answers after a tenth of a second, and takes 10 to 20 s.
fn group(name: &str, count: u32) -> Group {
    Group {
        delivery: Distribution::Constant { value: 1e5 },
        execution: Distribution::Uniform { min: 1e7, max: 2e7 },
        ..story::group(name, count)
    }
}

/// A command to a group, in the order of the fleet.
fn tale(groups: Vec<Group>, concurrency: &str, errors: &str) -> Story {
    let listed = |readings: &mut fleetsim::ssm::Readings| readings.dispatch_order = DispatchOrder::Listed;
    Story::new(0, concurrency, errors).groups(groups).readings(listed)
}

/// Slow start up to a limit of six.
pub(crate) fn plain_success() -> Story {
    tale(vec![group("a", 20)], "6", "0").simulated()
}

/// The second error stops the sending; all that is in flight fails, too.
pub(crate) fn threshold_trip() -> Story {
    tale(vec![Group { outcomes: vec![exit(1)], ..group("a", 20) }], "6", "1").simulated()
}

/// The first instance is never reached; the others only when the grace is over.
pub(crate) fn delivery_timeout() -> Story {
    let unreachable = Availability { chance: Chance::ONE, state: AvailabilityState::Unreachable };
    let never = Group { availability: vec![unreachable], ..group("b", 1) };
    let tale = tale(vec![never, group("a", 1)], "2", "0");
    tale.request(|request| request.targets.as_mut().expect("a selector")[0].values.push("b".into()))
        .simulated()
}

/// Cancelled midway; some never answer.
pub(crate) fn cancelled() -> Story {
    let lost = Outcome {
        chance: Chance(300_000_000),
        run: None,
        result: ExecutionResult::ReplyLost,
        execution: None,
    };
    let mut story = tale(vec![Group { outcomes: vec![lost], ..group("a", 20) }], "6", "0");
    story.plan.commands[0].cancels =
        vec![Cancel { at: SimDuration::from_secs(25), instance_ids: Vec::new() }];
    story.simulated()
}

/// Half of the targets at once, two of which have the wrong platform; errors within the quarter that is tolerated.
pub(crate) fn percentages() -> Story {
    let failing =
        Outcome { chance: Chance(100_000_000), run: None, result: ExecutionResult::Exit(1), execution: None };
    let mut wrong = group("b", 2);
    crate::story::members(&mut wrong).platform = Platform::Windows;
    let tale = tale(vec![wrong, Group { outcomes: vec![failing], ..group("a", 12) }], "50%", "25%");
    tale.request(|request| request.targets.as_mut().expect("a selector")[0].values.push("b".into()))
        .readings(|readings| readings.slow_start = SlowStart::Off)
        .simulated()
}
