//! Faults that a scenario injects: fields that fit their kind, and whom they strike.

use super::{
    Fleet, condition,
    misfit::{self, Misfit},
    outcome::duration,
};
use crate::{
    base::{Chance, nearest},
    output::Store,
    scenario::{
        document::{self, FaultKind as Kind, FaultWhere, Scenario, Where},
        origin::Basis,
        plan::{FaultKind, InjectedFault, Outage, Plan, Struck, Topic, Trouble},
        review::Review,
    },
};

/// What is said of a clock that is hardly wrong, and what would be right.
pub(super) const NO_EFFECT: (&str, &str) =
    ("nothing comes of a clock that is wrong by five minutes or less (S8.47)", "give more than 5m");

/// The conditions of faults, each of which may divide a group of an inventory.
pub(super) fn conditions(scenario: &Scenario) -> impl Iterator<Item = Where> {
    scenario.fault.iter().flatten().filter_map(|fault| fault.matching.as_ref()).map(where_of)
}

pub(super) fn where_of(written: &FaultWhere) -> Where {
    let FaultWhere { group, platform, tags } = written.clone();
    Where { group, platform, tags, ..Where::default() }
}

/// Every fault of the scenario but the outages of consumers, which go to the endpoints of `topics`.
pub(super) fn resolve(
    scenario: &Scenario,
    fleet: &Fleet,
    topics: &mut [Topic],
    review: &mut Review<'_>,
) -> Vec<InjectedFault> {
    let mut resolved = Vec::new();
    for (at, written) in scenario.fault.iter().flatten().enumerate() {
        let pointer = format!("/fault/{at}");
        let misfits = misfit::of(written);
        for Misfit { field, message, help } in &misfits {
            let place = field.map_or(pointer.clone(), |field| format!("{pointer}/{field}"));
            review.error(&place, message, help);
        }
        if !misfits.is_empty() {
            continue;
        }
        if written.kind == Kind::ConsumerOutage {
            lay_outage(written, scenario, topics, &pointer, review);
            continue;
        }
        let kind = match outage(written.kind) {
            Some(outage) => outage,
            None => {
                let struck = struck(written, scenario, fleet, &pointer, review);
                let trouble = trouble(written);
                if trouble.effect().is_none() {
                    let (message, help) = NO_EFFECT;
                    review.warning(&format!("{pointer}/by"), message, help);
                }
                FaultKind::Instances { struck, trouble }
            }
        };
        let path = format!("/faults/{}", resolved.len());
        review.origins.note(path.clone(), Basis::Scenario);
        if matches!(kind, FaultKind::Instances { .. }) && written.share.is_none() {
            let share = format!("{path}/kind/instances/struck/share");
            review.origins.note(share, Basis::Default("all of them".into()));
        }
        if written.until.is_none() {
            review.origins.note(format!("{path}/until"), Basis::Default("it never ends".into()));
        }
        let after = written.after.as_ref().map(|after| duration(after, &format!("{pointer}/after"), review));
        resolved.push(InjectedFault { from: written.from, until: written.until, kind, after });
    }
    resolved
}

/// An outage of a store where nothing is put has no effect.
pub(super) fn warn_of_unused_stores(scenario: &Scenario, plan: &Plan, review: &mut Review<'_>) {
    for (at, written) in scenario.fault.iter().flatten().enumerate() {
        let (store, name) = match written.kind {
            Kind::S3Outage => (Store::S3, "S3"),
            Kind::LogsOutage => (Store::Logs, "CloudWatch Logs"),
            _ => continue,
        };
        let is_put = plan.groups.iter().any(|group| group.output.is_some())
            && plan.commands.iter().any(|command| command.wants(store));
        if !is_put {
            let message = format!("nothing is put to {name} here");
            let help = "say so in a request, and what steps write in `[group.output]`";
            review.warning(&format!("/fault/{at}/kind"), message, help);
        }
    }
}

/// The outage of a service as a whole.
pub(super) fn outage(kind: Kind) -> Option<FaultKind> {
    match kind {
        Kind::RegionOutage => Some(FaultKind::RegionOutage),
        Kind::SnsOutage => Some(FaultKind::SnsOutage),
        Kind::S3Outage => Some(FaultKind::S3Outage),
        Kind::LogsOutage => Some(FaultKind::LogsOutage),
        _ => None,
    }
}

/// What is wrong with instances by a fault without misfits.
pub(super) fn trouble(written: &document::Fault) -> Trouble {
    match written.kind {
        Kind::AgentsLost => Trouble::Lost,
        Kind::AgentsCutOff => Trouble::CutOff,
        Kind::AgentsHibernate => Trouble::Hibernate,
        Kind::AgentsSlow => Trouble::Slow(written.factor.unwrap_or(1.0)),
        Kind::DuplicateDeliveries => {
            Trouble::Duplicates(written.chance.map_or(Chance::ONE, |chance| chance.0))
        }
        Kind::ClockSkew => Trouble::ClockAhead(written.by.unwrap_or_default()),
        _ => unreachable!("outages are no troubles of instances"),
    }
}

/// The groups whose instances a fault may strike.
fn struck(
    written: &document::Fault,
    scenario: &Scenario,
    fleet: &Fleet,
    pointer: &str,
    review: &mut Review<'_>,
) -> Struck {
    let name = |at: usize| scenario.group[fleet.written[at]].name.as_str();
    let condition = written.matching.as_ref().map(where_of);
    let named: Vec<_> = fleet.groups.iter().enumerate().map(|(at, group)| (name(at), group)).collect();
    let scope = condition::Scope { groups: named, commands: &[], runs: None };
    scope.check(condition.as_ref(), pointer, "fault", review);
    let matches = |&at: &usize| condition::matches(condition.as_ref(), name(at), &fleet.groups[at]);
    Struck {
        groups: (0..fleet.groups.len()).filter(matches).map(|at| at as u32).collect(),
        share: written.share.map_or(Chance::ONE, |share| share.0),
    }
}

/// The outage of a consumer is one of its endpoint.
fn lay_outage(
    written: &document::Fault,
    scenario: &Scenario,
    topics: &mut [Topic],
    pointer: &str,
    review: &mut Review<'_>,
) {
    let (Some(arn), Some(name), Some(until)) = (&written.topic, &written.subscription, written.until) else {
        return;
    };
    let declared = scenario.topic.as_ref().map_or(0, Vec::len);
    let arns = || topics[..declared].iter().map(|topic| topic.arn.as_str());
    let Some(topic) = arns().position(|known| known == arn) else {
        let help = near(arn, arns(), "name a `[[topic]]` of this scenario");
        return review.error(&format!("{pointer}/topic"), format!("there is no topic `{arn}`"), help);
    };
    let subscriptions = &mut topics[topic].subscriptions;
    let names = || subscriptions.iter().map(|subscription| subscription.name.as_str());
    let Some(at) = names().position(|known| known == name) else {
        let help = near(name, names(), "name a subscription of this topic");
        let message = format!("the topic has no subscription `{name}`");
        return review.error(&format!("{pointer}/subscription"), message, help);
    };
    let Some(delivery) = &mut subscriptions[at].delivery else {
        let message = format!("everything reaches `{name}` after its latency, whatever its endpoint does");
        let help = "give the subscription a `protocol`, so that deliveries are followed";
        return review.error(&format!("{pointer}/subscription"), message, help);
    };
    let outages = &mut delivery.endpoint.outages;
    if outages.iter().any(|other| written.from < other.until && other.from < until) {
        return review.error(pointer, "it overlaps another outage", "give each span of time once");
    }
    outages.push(Outage { from: written.from, until, status: written.status });
    let path = format!("/topics/{topic}/subscriptions/{at}/delivery/endpoint/outages");
    review.origins.note(path, Basis::Scenario);
}

/// "did you mean", or what to do.
fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>, help: &str) -> String {
    nearest(name, known).map_or_else(|| help.into(), |near| format!("did you mean `{near}`?"))
}
