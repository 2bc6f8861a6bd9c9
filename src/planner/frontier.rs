//! The settings among which a choice is one of taste: what is better in one respect is worse in another.

use super::{SettingOutcome, Verdict};
use crate::scenario::demand::{Demand, Subject};

/// The settings that no other dominates, by makespan. Those whose healthy release clearly does not complete as often as
/// demanded are no choice.
pub(super) fn of(settings: &[SettingOutcome], demands: &[Demand]) -> Vec<usize> {
    let completes = demands.iter().position(|demand| demand.subject == Subject::Completes);
    let is_choice =
        |setting: &SettingOutcome| completes.is_none_or(|at| setting.demands[at].verdict != Verdict::Missed);
    let points: Vec<(usize, [f64; 3])> = settings
        .iter()
        .enumerate()
        .filter(|(_, setting)| is_choice(setting))
        .filter_map(|(at, setting)| Some((at, point(setting)?)))
        .collect();
    let is_open = |point: &[f64; 3]| !points.iter().any(|(_, other)| dominates(other, point));
    let mut frontier: Vec<_> = points.iter().filter(|(_, point)| is_open(point)).collect();
    frontier.sort_by(|one, other| one.1[0].total_cmp(&other.1[0]));
    frontier.into_iter().map(|(at, _)| *at).collect()
}

/// Makespan, instances broken, time to the stop: the smaller, the better.
fn point(setting: &SettingOutcome) -> Option<[f64; 3]> {
    Some([setting.makespan?.mean, setting.broken().mean, setting.time_to_stop().mean])
}

/// Whether one point is in no respect worse than another, and better in one.
fn dominates(one: &[f64; 3], other: &[f64; 3]) -> bool {
    one.iter().zip(other).all(|(one, other)| one <= other) && one != other
}

#[cfg(test)]
mod tests {
    use super::dominates;

    #[test]
    fn only_what_is_nowhere_worse_dominates() {
        assert!(dominates(&[1.0, 2.0, 3.0], &[1.0, 2.0, 4.0]));
        assert!(!dominates(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]));
        assert!(!dominates(&[1.0, 2.0, 3.0], &[2.0, 1.0, 4.0]));
    }
}
