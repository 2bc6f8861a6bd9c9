//! Whether all engines ran the same rollout, so that none is measured that does less.

use fleetsim_peers::outcome::Outcome;

/// A rollout's outcome and its size.
pub struct Sample<'a> {
    pub name: &'a str,
    pub instances: u32,
    pub concurrency: u32,
    pub outcome: &'a Outcome,
}

/// Standard errors that two samples of the same rollout may lie apart.
const STANDARD_ERRORS: f64 = 5.0;
/// Standard deviation of a duration, in seconds: of LogNormal(median 20, sigma 0.8), which the timeout only lessens,
/// and of Uniform(0, 5).
const DURATION_DEVIATION: f64 = 26.2;
/// Standard deviation of a notification's latency, in seconds: of Exp(mean 2).
const LATENCY_DEVIATION: f64 = 2.0;
/// Seconds by which a rollout may take longer than its work with every slot taken: slow start, at most ten doublings of
/// 5 s, and the last invocation, at most 305 s.
const IDLE: f64 = 355.0;

impl Sample<'_> {
    /// What is wrong with this rollout in itself, one line each.
    pub fn faults(&self) -> Vec<String> {
        let Self { instances, concurrency, outcome, .. } = *self;
        let ended = outcome.success + outcome.failed + outcome.timed_out;
        let work = outcome.mean_duration * f64::from(instances) / f64::from(concurrency);
        let notifications = outcome.notifications.unwrap_or(2 * instances);
        let rules = [
            (ended == instances, format!("{ended} invocations ended")),
            (notifications == 2 * instances, format!("{notifications} notifications arrived")),
            (outcome.peak_in_flight == concurrency, format!("{} in flight at once", outcome.peak_in_flight)),
            (
                (work..work + IDLE).contains(&outcome.makespan),
                format!("took {} s with work for {work} s", outcome.makespan),
            ),
        ];
        let broken = rules.into_iter().filter(|(holds, _)| !holds);
        broken.map(|(_, what)| format!("{}, {instances} at {concurrency}: {what}", self.name)).collect()
    }

    /// In what this rollout and another of the same concurrency differ by more than chance, one line each. What one of
    /// them does not say is not compared.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let (mine, theirs) = (self.outcome, other.outcome);
        let rows = [
            ("failed", self.counted(Some(mine.failed)), other.counted(Some(theirs.failed))),
            ("timed out", self.counted(Some(mine.timed_out)), other.counted(Some(theirs.timed_out))),
            ("out of order", self.counted(mine.out_of_order), other.counted(theirs.out_of_order)),
            (
                "mean duration",
                Some((mine.mean_duration, DURATION_DEVIATION)),
                Some((theirs.mean_duration, DURATION_DEVIATION)),
            ),
            (
                "mean latency",
                // Two notifications an invocation.
                mine.mean_latency.map(|mean| (mean, LATENCY_DEVIATION / 2f64.sqrt())),
                theirs.mean_latency.map(|mean| (mean, LATENCY_DEVIATION / 2f64.sqrt())),
            ),
        ];
        let errors = (1.0 / f64::from(self.instances) + 1.0 / f64::from(other.instances)).sqrt();
        let apart = rows.into_iter().filter_map(|(what, mine, theirs)| {
            let ((mine, deviation), (theirs, other_deviation)) = (mine?, theirs?);
            let allowed = STANDARD_ERRORS * deviation.max(other_deviation) * errors;
            ((mine - theirs).abs() > allowed).then(|| {
                format!("{} and {}: {what} {mine} and {theirs} an invocation", self.name, other.name)
            })
        });
        apart.collect()
    }

    /// The share of the invocations that a count makes, and its standard deviation.
    fn counted(&self, count: Option<u32>) -> Option<(f64, f64)> {
        // One is the least, or a count of zero would have no spread.
        let share = |count: u32| f64::from(count) / f64::from(self.instances);
        count.map(|count| (share(count), share(count.max(1)).sqrt()))
    }
}
