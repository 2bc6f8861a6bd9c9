//! Estimates as people read them.

use crate::{
    base::SimDuration,
    measure::interval::Interval,
    planner::{Difference, Estimate, Judged, ShareEstimate},
    report::human,
    scenario::{
        demand::{Demand, Subject},
        document::Objective,
    },
};

/// Whether a quantity is a time or a number of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Time,
    Instances,
}

impl Unit {
    pub(super) fn of(objective: Objective) -> Self {
        match objective {
            Objective::Makespan | Objective::TimeToStop => Self::Time,
            Objective::Broken => Self::Instances,
        }
    }

    fn of_subject(subject: Subject) -> Self {
        if subject == Subject::BlastRadius { Self::Instances } else { Self::Time }
    }

    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Time => human::micros(value),
            Self::Instances => human::number((value * 10.0).round() / 10.0),
        }
    }
}

/// The mean, and how far the interval reaches to both sides.
pub(super) fn estimate(estimate: &Estimate, unit: Unit) -> String {
    with_reach(&unit.show(estimate.mean), estimate.interval, unit)
}

fn with_reach(mean: &str, interval: Option<Interval>, unit: Unit) -> String {
    let reach = interval.map(|interval| unit.show((interval.high - interval.low) / 2.0));
    reach.map_or_else(|| mean.to_string(), |reach| format!("{mean} ±{reach}"))
}

/// The share in percent.
pub(super) fn share(share: &ShareEstimate) -> String {
    human::percent(share.count as f64, share.of as f64)
}

/// The share in percent with its interval.
pub(super) fn share_interval(estimate: &ShareEstimate) -> String {
    let end = |end: f64| human::percent(end, 1.0);
    format!("{} [{}, {}]", share(estimate), end(estimate.interval.low), end(estimate.interval.high))
}

/// A difference with its sign, and how far the interval reaches to both sides; `tie` where nothing else can be said.
pub(super) fn difference(difference: &Difference, unit: Unit) -> String {
    let size = unit.show(difference.mean.abs());
    let sign = if difference.mean < 0.0 { "-" } else { "+" };
    let shown = with_reach(&format!("{sign}{size}"), difference.interval, unit);
    if difference.is_tie { format!("tie ({shown})") } else { shown }
}

/// What a demand would have to be for the setting to meet it, as it would be written. It is taken from the upper end of
/// the interval, where there is one.
pub(super) fn weaker(judged: &Judged) -> Option<String> {
    let Demand { subject, .. } = judged.demand;
    if subject == Subject::Completes {
        let percent = (judged.kept.interval.low * 100.0).floor();
        return (percent >= 1.0).then(|| format!("{percent}%"));
    }
    let needed = judged.needed? as f64;
    let value = judged.needed_interval.map_or(needed, |interval| interval.high.max(needed));
    let limit = match Unit::of_subject(subject) {
        Unit::Instances => format!("{value}"),
        Unit::Time => SimDuration::from_secs((value / 1e6).ceil() as u64).to_string(),
    };
    Some(format!("{limit}@{}", judged.demand.surely()))
}
