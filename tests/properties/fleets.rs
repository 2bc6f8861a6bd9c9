//! Random fleets.

use std::collections::BTreeMap;

use fleetsim::{
    base::Chance,
    scenario::plan::{
        AgentLimits, Availability, AvailabilityState, Channel, ExecutionResult, Group, Members, Numbered,
        Outcome,
    },
    ssm::status::Platform,
};
use proptest::prelude::*;

use crate::durations::{duration, factor, moment};

/// One to four groups, up to 40 instances in all, and now and then up to 280.
pub(crate) fn groups() -> impl Strategy<Value = Vec<Group>> {
    let scale = prop_oneof![15 => Just(1_u32), 1 => Just(7)];
    (scale, prop::collection::vec(group(), 1..=4)).prop_map(|(scale, mut groups)| {
        for (number, group) in groups.iter_mut().enumerate() {
            let kind = if number == 3 { "mi" } else { "i" };
            group.name = format!("g{number}");
            members(group).id_prefix = format!("{kind}-g{number}x");
            members(group).count *= scale;
        }
        groups
    })
}

fn group() -> impl Strategy<Value = Group> {
    let count = prop_oneof![1 => Just(0_u32), 19 => 1..=10_u32];
    let platform =
        prop_oneof![4 => Just(Platform::Linux), 2 => Just(Platform::Windows), 1 => Just(Platform::MacOS)];
    let times = (duration(1.0), prop::option::of(duration(1.0)), duration(10.0), factor());
    let chances = (availabilities(), outcomes());
    (count, platform, tags(), prop::bool::weighted(0.1), times, chances).prop_map(
        |(count, platform, tags, access_denied, times, (availability, outcomes))| {
            let (delivery, reply, execution, slowness) = times;
            Group {
                name: String::new(),
                members: Members::Numbered(Numbered {
                    count,
                    id_prefix: String::new(),
                    platform,
                    tags,
                    access_denied,
                }),
                delivery,
                reply,
                execution,
                slowness,
                availability,
                outcomes,
                steps: Vec::new(),
                agent: AgentLimits::default(),
                channel: Channel::Mgs,
                reboot: fleetsim::base::distribution::Distribution::Constant { value: 60e6 },
                output: None,
            }
        },
    )
}

/// The tag `Role`, and perhaps `Env`.
fn tags() -> impl Strategy<Value = BTreeMap<String, String>> {
    let env = prop::option::weighted(0.3, Just("Env"));
    (prop::sample::select(vec!["a", "b"]), env).prop_map(|(role, env)| {
        let env = env.map(|name| (name.to_owned(), "x".to_owned()));
        env.into_iter().chain([("Role".to_owned(), role.to_owned())]).collect()
    })
}

fn availabilities() -> impl Strategy<Value = Vec<Availability>> {
    let state = prop_oneof![
        Just(AvailabilityState::Unreachable),
        moment(80).prop_map(AvailabilityState::ReachableFrom),
        moment(60).prop_map(AvailabilityState::StoppedAt),
        moment(60).prop_map(AvailabilityState::TerminatedAt),
    ];
    prop_oneof![
        2 => Just(Vec::new()),
        3 => shares(state).prop_map(|shares| {
            shares.into_iter().map(|(chance, state)| Availability { chance, state }).collect()
        }),
    ]
}

fn outcomes() -> impl Strategy<Value = Vec<Outcome>> {
    let code = prop::sample::select(vec![0, 1, 3, 137, -1, 168, 169]).prop_map(ExecutionResult::Exit);
    let result = prop_oneof![
        4 => Just(ExecutionResult::Exit(1)),
        4 => code,
        1 => Just(ExecutionResult::Hang),
        1 => Just(ExecutionResult::ReplyLost),
        1 => Just(ExecutionResult::Stopped),
        1 => Just(ExecutionResult::Terminated),
    ];
    let outcome = (result, prop::option::weighted(0.3, duration(10.0)));
    prop_oneof![
        1 => Just(Vec::new()),
        3 => shares(outcome).prop_map(|shares| {
            let outcome = |(chance, (result, execution))| Outcome { chance, run: None, result, execution };
            shares.into_iter().map(outcome).collect()
        }),
    ]
}

/// A few of something with chances that add up to one at most.
fn shares<T: std::fmt::Debug>(what: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<(Chance, T)>> {
    let percent = prop_oneof![1 => Just(100_u32), 4 => 0..=100_u32];
    prop::collection::vec((percent, what), 1..=4).prop_map(|parts| {
        let count = parts.len() as u32;
        let share = |percent| Chance(Chance::ONE.0 / 100 / count * percent);
        parts.into_iter().map(|(percent, what)| (share(percent), what)).collect()
    })
}

/// Who the instances of a group are, to be changed.
pub(crate) fn members(group: &mut Group) -> &mut Numbered {
    match &mut group.members {
        Members::Numbered(numbered) => numbered,
        Members::Listed(_) => panic!("the group is listed"),
    }
}
