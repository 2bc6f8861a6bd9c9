//! What became of outputs, and what putting them asks of S3 and CloudWatch Logs.

use serde::{Deserialize, Serialize};

use super::{latency::Durations, sample::Sample};
use crate::{
    base::SimTime,
    history::{Fact, Record},
    output::{Failure, Store, Upload},
    scenario::plan::Plan,
};

/// What became of outputs in one replication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UploadResult {
    /// In S3.
    pub s3: StoreResult,
    /// In CloudWatch Logs.
    pub logs: StoreResult,
}

/// What became of the streams that were to go to one store. Every one is in one of the first four counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoreResult {
    /// Streams that are there as a whole: objects, streams of log events.
    pub stored: u64,
    /// Streams that the instance profile denied.
    pub denied: u64,
    /// Streams of which every attempt failed.
    pub failed: u64,
    /// Streams that were not there as a whole in time.
    pub timed_out: u64,
    /// Bytes that are there.
    pub bytes: u64,
    /// Calls of `PutObject` or `PutLogEvents`.
    pub calls: u64,
    /// Most calls in any second of the simulation, in millionths: calls of one stream are spread over its time.
    pub peak: u64,
    /// When that second begins.
    pub peak_at: SimTime,
    /// From the first call for a stream that is there to its end.
    pub took: Durations,
}

/// What became of outputs over replications: everything merges, in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UploadTotals {
    /// Sums over replications; of peaks the largest.
    pub sums: UploadResult,
    /// The peak of each replication, of S3 and of CloudWatch Logs.
    pub peaks: [Sample; 2],
}

/// Calls in each second of the simulation, in millionths. Memory follows its length.
#[derive(Clone, Debug, Default)]
pub struct Rates(Vec<i64>);

/// Follows the outputs of one replication.
#[derive(Clone, Debug, Default)]
pub struct UploadMeasure {
    result: UploadResult,
    rates: [Rates; 2],
}

const SECOND: u64 = 1_000_000;
const MILLION: i64 = 1_000_000;

impl Rates {
    /// Counts the calls for a stream.
    pub fn add(&mut self, now: SimTime, upload: &Upload) {
        let from = (upload.since.0 / SECOND) as usize;
        let to = if upload.calls > 1 { (now.0 / SECOND) as usize } else { from };
        let each = i64::from(upload.calls) * MILLION / (to.saturating_sub(from) as i64 + 1);
        if self.0.len() < to + 2 {
            self.0.resize(to + 2, 0);
        }
        // Differences: the sum up to a second is what there is in it.
        self.0[from] += each;
        self.0[to + 1] -= each;
    }

    /// Calls in each second, in millionths.
    pub fn seconds(&self) -> impl Iterator<Item = u64> {
        let sum = |sum: &mut i64, change: &i64| {
            *sum += change;
            Some(*sum as u64)
        };
        self.0.iter().scan(0, sum)
    }

    fn peak(&self) -> (u64, SimTime) {
        let mut peak = (0, SimTime::ZERO);
        for (second, calls) in (0..).zip(self.seconds()) {
            if calls > peak.0 {
                peak = (calls, SimTime(second * SECOND));
            }
        }
        peak
    }
}

impl UploadMeasure {
    /// A measure of a plan's outputs; `None` where it has none.
    pub fn new(plan: &Plan) -> Option<Self> {
        plan.has_outputs().then(Self::default)
    }

    /// Takes note of what became of a stream. Apart, to be out of the way of plans without outputs.
    #[cold]
    pub fn follow(&mut self, record: &Record) {
        let Fact::Uploaded(upload) = &record.fact else { return };
        let result = self.result.store(upload.store);
        let count = match upload.failure {
            None => &mut result.stored,
            Some(Failure::AccessDenied) => &mut result.denied,
            Some(Failure::Failed) => &mut result.failed,
            Some(Failure::TimedOut) => &mut result.timed_out,
        };
        *count += 1;
        result.bytes += upload.bytes;
        result.calls += u64::from(upload.calls);
        if upload.failure.is_none() {
            result.took.add(record.time.since(upload.since));
        }
        self.rates[upload.store as usize].add(record.time, upload);
    }

    /// What became of the outputs.
    pub fn finish(mut self) -> UploadResult {
        for store in [Store::S3, Store::Logs] {
            let (peak, peak_at) = self.rates[store as usize].peak();
            let result = self.result.store(store);
            (result.peak, result.peak_at) = (peak, peak_at);
        }
        self.result
    }
}

impl UploadResult {
    fn store(&mut self, store: Store) -> &mut StoreResult {
        match store {
            Store::S3 => &mut self.s3,
            Store::Logs => &mut self.logs,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.s3.merge(&other.s3);
        self.logs.merge(&other.logs);
    }
}

impl StoreResult {
    /// Streams that were to go there.
    pub fn streams(&self) -> u64 {
        self.stored + self.denied + self.failed + self.timed_out
    }

    fn merge(&mut self, other: &Self) {
        self.stored += other.stored;
        self.denied += other.denied;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.bytes += other.bytes;
        self.calls += other.calls;
        // Of equal peaks the earlier one, whatever the order of the replications.
        let is_higher =
            (other.peak, std::cmp::Reverse(other.peak_at)) > (self.peak, std::cmp::Reverse(self.peak_at));
        if is_higher {
            (self.peak, self.peak_at) = (other.peak, other.peak_at);
        }
        self.took.merge(&other.took);
    }
}

impl UploadTotals {
    /// Takes in one more replication.
    pub fn add(&mut self, one: &UploadResult) {
        self.sums.merge(one);
        for (sample, store) in self.peaks.iter_mut().zip([&one.s3, &one.logs]) {
            if store.streams() > 0 {
                sample.add(store.peak);
            }
        }
    }

    /// Takes in other replications.
    pub fn merge(&mut self, other: &Self) {
        self.sums.merge(&other.sums);
        self.peaks.iter_mut().zip(&other.peaks).for_each(|(mine, theirs)| mine.merge(theirs));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Stream;

    #[test]
    fn calls_are_spread_over_the_time_of_their_stream() {
        let mut rates = Rates::default();
        let stream = Upload::of(0, 0, Stream::Stdout);
        let at = |seconds: u64| SimTime(seconds * SECOND + 10);
        rates.add(at(5), &Upload { calls: 4, since: at(2), ..stream });
        rates.add(at(3), &Upload { calls: 1, since: at(2), ..stream });
        let seconds: Vec<u64> = rates.seconds().collect();
        assert_eq!(seconds, [0, 0, 2_000_000, 1_000_000, 1_000_000, 1_000_000, 0]);
        assert_eq!(rates.peak(), (2_000_000, SimTime(2 * SECOND)));
    }
}
