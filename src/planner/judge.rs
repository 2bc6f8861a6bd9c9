//! Whether a setting keeps to what is demanded.

use serde::Serialize;

use super::{CONFIDENCE, Observation, ShareEstimate};
use crate::{
    measure::interval::{Interval, of_quantile},
    scenario::demand::{Demand, Subject},
};

/// What can be said with the confidence asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It keeps to the demand.
    Met,
    /// The replications do not tell.
    Undecided,
    /// It does not.
    Missed,
}

/// A demand, and what was observed in the world where it comes out worst.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// What is demanded.
    pub demand: Demand,
    /// Index of the world; 0 is the healthy one.
    pub world: usize,
    /// In how many replications it was kept to.
    pub kept: ShareEstimate,
    /// What would have been kept to in the share demanded: microseconds or instances. Absent where there is none, as of a
    /// release that does not complete so often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<u64>,
    /// Where that lies (order statistics); absent where there are too few replications for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed_interval: Option<Interval>,
    /// Whether the share is as demanded.
    pub verdict: Verdict,
}

/// Judges what was observed in each world, the healthy one first.
pub(super) fn judge(demand: &Demand, worlds: &[Vec<Observation>]) -> Judged {
    let concerned = if demand.subject.is_of_healthy() { 0..1 } else { 1..worlds.len() };
    let judged = concerned.map(|world| judge_world(demand, world, &worlds[world]));
    // The worst: the verdict first, then the share that kept to it; the first world of equal ones.
    let key = |one: &Judged| (one.verdict, one.kept.of - one.kept.count);
    let worst = judged.reduce(|worst, one| if key(&one) > key(&worst) { one } else { worst });
    worst.expect("there is a healthy world and a bad one")
}

fn judge_world(demand: &Demand, world: usize, observations: &[Observation]) -> Judged {
    let most = demand.most(observations.first().map_or(0, |one| one.targets));
    let mut values: Vec<u64> = observations.iter().map(|one| value(demand.subject, one)).collect();
    values.sort_unstable();
    let kept = values.iter().filter(|value| **value <= most && **value < NEVER).count();
    let kept = ShareEstimate::of(kept as u64, values.len() as u64);
    let share = demand.share.probability();
    let verdict = match kept.interval {
        interval if interval.low >= share => Verdict::Met,
        interval if interval.high < share => Verdict::Missed,
        _ => Verdict::Undecided,
    };
    // Nearest rank: the smallest value that this share of the replications keeps to.
    let rank = (values.len() as u128 * u128::from(demand.share.0)).div_ceil(1_000_000_000) as usize;
    let needed = values.get(rank.max(1) - 1).copied();
    let measured = demand.subject != Subject::Completes;
    let needed = needed.filter(|needed| measured && *needed < NEVER);
    let needed_interval = needed.and_then(|_| of_quantile(&values, share, CONFIDENCE));
    let needed_interval = needed_interval.filter(|interval| interval.high < NEVER as f64);
    Judged { demand: *demand, world, kept, needed, needed_interval, verdict }
}

/// Stands for what does not come to pass.
const NEVER: u64 = u64::MAX;

fn value(subject: Subject, observation: &Observation) -> u64 {
    match subject {
        Subject::Completes | Subject::Within if !observation.is_complete => NEVER,
        Subject::Completes => 0,
        Subject::Within => observation.makespan,
        Subject::BlastRadius => observation.broken.into(),
        Subject::StopWithin => observation.stopped_after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation(makespan: u64, is_complete: bool) -> Observation {
        let (stopped_after, broken) = (makespan, makespan as u32);
        Observation { makespan, stopped_after, broken, targets: 1000, is_stopped: !is_complete, is_complete }
    }

    fn judged(subject: Subject, text: &str, worlds: &[Vec<Observation>]) -> Judged {
        judge(&Demand::parse(subject, text).unwrap(), worlds)
    }

    /// Wilson's 95 % interval of 100 out of 100 begins at 100 / (100 + 1.96^2) = 96.3 %.
    #[test]
    fn a_verdict_needs_evidence() {
        let quick = |count: usize| vec![vec![observation(1, true); count], vec![]];
        assert_eq!(judged(Subject::Within, "1s@96%", &quick(100)).verdict, Verdict::Met);
        assert_eq!(judged(Subject::Within, "1s@97%", &quick(100)).verdict, Verdict::Undecided);
        let slow = vec![vec![observation(2_000_000, true); 100], vec![]];
        assert_eq!(judged(Subject::Within, "1s@5%", &slow).verdict, Verdict::Missed);
    }

    #[test]
    fn a_stopped_release_is_not_done_in_time() {
        let worlds = vec![[vec![observation(1, true); 90], vec![observation(1, false); 10]].concat(), vec![]];
        let within = judged(Subject::Within, "1s@90%", &worlds);
        assert_eq!((within.kept.count, within.needed), (90, Some(1)));
        assert_eq!(judged(Subject::Within, "1s@91%", &worlds).needed, None);
        assert_eq!(judged(Subject::Completes, "50%", &worlds).verdict, Verdict::Met);
        assert_eq!(judged(Subject::Completes, "99%", &worlds).verdict, Verdict::Missed);
    }

    #[test]
    fn the_worst_of_the_bad_worlds_counts() {
        let worlds = vec![
            vec![],
            vec![observation(3, true); 100],
            (1..=100).map(|value| observation(value, true)).collect(),
        ];
        let blast = judged(Subject::BlastRadius, "50@80%", &worlds);
        assert_eq!((blast.world, blast.kept.count, blast.needed), (2, 50, Some(80)));
        assert_eq!(blast.verdict, Verdict::Missed);
    }
}
