//! Random commands: selectors, rate controls, timeouts, cancels.

use fleetsim::{
    base::SimDuration,
    scenario::{
        Roster,
        plan::{Cancel, Command, Plan, Step},
    },
    ssm::{
        SendCommandRequest,
        request::Target,
        status::Platform::{self, Linux, MacOS, Windows},
    },
};
use proptest::{prelude::*, sample::Index};

use crate::durations::moment;

/// A command before the fleet is known: instances are places in a fleet of any size.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    at: SimDuration,
    selector: Selector,
    max_concurrency: Option<String>,
    max_errors: Option<String>,
    timeouts: (u32, u32),
    platforms: Vec<Platform>,
    cancels: Vec<(SimDuration, Option<Vec<Index>>)>,
}

#[derive(Clone, Debug)]
enum Selector {
    Ids(Vec<Index>),
    Targets(Vec<Entry>),
}

#[derive(Clone, Debug)]
enum Entry {
    /// A key and values as written.
    Tags(&'static str, Vec<&'static str>),
    /// Instances, and an id that nothing has.
    Ids(&'static str, Vec<Index>, bool),
}

pub(crate) fn draft() -> impl Strategy<Value = Draft> {
    let timeouts = (
        prop_oneof![4 => Just(30_u32), 4 => 30..=90_u32, 1 => Just(600)],
        prop_oneof![2 => Just(5_u32), 4 => 5..=40_u32, 1 => Just(3600)],
    );
    let platforms = vec![vec![Linux, MacOS], vec![Linux, Windows, MacOS], vec![Windows]];
    let platforms = prop::sample::select(platforms);
    let at = prop_oneof![2 => Just(SimDuration::ZERO), 1 => moment(40)];
    (at, selector(), max_concurrency(), max_errors(), timeouts, platforms, cancels()).prop_map(
        |(at, selector, max_concurrency, max_errors, timeouts, platforms, cancels)| Draft {
            at,
            selector,
            max_concurrency,
            max_errors,
            timeouts,
            platforms,
            cancels,
        },
    )
}

fn selector() -> impl Strategy<Value = Selector> {
    let roles = prop::sample::subsequence(vec!["a", "b", "c"], 1..=3);
    let roles = roles.prop_map(|roles| Entry::Tags("tag:Role", roles));
    let all = Just(Entry::Tags("tag-key", vec!["Role", "Owner"]));
    let env = prop_oneof![
        Just(Entry::Tags("tag:Env", vec!["x"])),
        Just(Entry::Tags("tag-key", vec!["Env"])),
        Just(Entry::Tags("tag:Role", vec!["nobody"])),
    ];
    let key = prop::sample::select(vec!["InstanceIds", "instanceids"]);
    let ids =
        || (key.clone(), indices(20), any::<bool>()).prop_map(|(key, ids, more)| Entry::Ids(key, ids, more));
    prop_oneof![
        8 => roles.clone().prop_map(|entry| vec![entry]).prop_map(Selector::Targets),
        4 => all.prop_map(|entry| vec![entry]).prop_map(Selector::Targets),
        2 => (roles.clone(), env).prop_map(|(one, other)| Selector::Targets(vec![one, other])),
        1 => ids().prop_map(|entry| vec![entry]).prop_map(Selector::Targets),
        1 => (ids(), roles).prop_map(|(one, other)| Selector::Targets(vec![one, other])),
        1 => (ids(), ids()).prop_map(|(one, other)| Selector::Targets(vec![one, other])),
        2 => indices(50).prop_map(Selector::Ids),
    ]
}

fn indices(most: usize) -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 1..=most)
}

fn max_concurrency() -> impl Strategy<Value = Option<String>> {
    let percent = prop::sample::select(vec![1, 10, 25, 33, 50, 99, 100]);
    prop_oneof![
        1 => Just(None),
        6 => (1..=12_u32).prop_map(|count| Some(count.to_string())),
        3 => percent.prop_map(|percent| Some(format!("{percent}%"))),
        1 => Just(Some("9999999".into())),
    ]
}

fn max_errors() -> impl Strategy<Value = Option<String>> {
    let percent = prop::sample::select(vec![0, 1, 10, 25, 33, 50, 99, 100]);
    prop_oneof![
        1 => Just(None),
        5 => (0..=6_u32).prop_map(|count| Some(count.to_string())),
        4 => percent.prop_map(|percent| Some(format!("{percent}%"))),
        1 => Just(Some("9999999".into())),
    ]
}

fn cancels() -> impl Strategy<Value = Vec<(SimDuration, Option<Vec<Index>>)>> {
    let named = prop_oneof![1 => Just(None), 2 => indices(6).prop_map(Some)];
    let cancel = (moment(130), named);
    prop_oneof![2 => Just(Vec::new()), 2 => prop::collection::vec(cancel, 1..=4)]
}

impl Draft {
    /// The command for the fleet of this plan.
    pub(crate) fn resolve(self, plan: &Plan) -> Command {
        let (timeout_seconds, execution_timeout_seconds) = self.timeouts;
        let mut request = SendCommandRequest {
            document_name: "AWS-RunShellScript".into(),
            timeout_seconds: Some(timeout_seconds.into()),
            max_concurrency: self.max_concurrency,
            max_errors: self.max_errors,
            ..SendCommandRequest::default()
        };
        match self.selector {
            Selector::Ids(indices) => request.instance_ids = Some(ids(&indices, plan)),
            Selector::Targets(entries) => {
                request.targets = Some(entries.into_iter().map(|entry| entry.resolve(plan)).collect());
            }
        }
        let cancel = |(after, indices): (SimDuration, Option<Vec<Index>>)| Cancel {
            at: self.at + after.max(SimDuration::UNIT),
            instance_ids: indices.map(|indices| ids(&indices, plan)).unwrap_or_default(),
        };
        Command {
            name: "command".into(),
            at: self.at,
            request,
            timeout_seconds,
            execution_timeout_seconds,
            steps: vec![Step::plain("run", &self.platforms, execution_timeout_seconds)],
            notification: None,
            platforms: self.platforms,
            cancels: self.cancels.into_iter().map(cancel).collect(),
            access_denied: Vec::new(),
            publish_denied: false,
            not_simulated: Vec::new(),
            trigger: None,
            is_template: false,
        }
    }
}

impl Entry {
    fn resolve(self, plan: &Plan) -> Target {
        match self {
            Self::Tags(key, values) => {
                Target { key: key.into(), values: values.into_iter().map(Into::into).collect() }
            }
            Self::Ids(key, indices, with_stranger) => {
                let stranger = with_stranger.then(|| "i-0123456789abcdef0".to_owned());
                Target { key: key.into(), values: ids(&indices, plan).into_iter().chain(stranger).collect() }
            }
        }
    }
}

/// The ids of some instances of the fleet, each once; none of an empty fleet.
fn ids(indices: &[Index], plan: &Plan) -> Vec<String> {
    let size = plan.fleet_size() as usize;
    let mut places: Vec<u32> =
        indices.iter().filter(|_| size > 0).map(|index| index.index(size) as u32).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(|place| Roster::new(plan).id(place)).collect()
}
