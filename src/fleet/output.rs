//! What a step writes, and what becomes of it: how much, when it is put, and when the step goes on (section 11).

use std::ops::Range;

use super::{
    agent::Run,
    behaviour::{cumulate, draw, pick, sampler},
    luck::{Luck, Purpose},
};
use crate::{
    base::{SimDuration, SimTime, distribution::Sampler},
    output::{Failure, Store, Stream, Upload, logs, logs::Puts, logs::Writing, s3},
    scenario::plan::{FaultKind, Group, InjectedFault, Output, Plan, Written},
};

/// The most that a step writes to a stream: a terabyte.
const MOST_BYTES: f64 = 1e12;

/// The outputs of a group.
#[derive(Debug)]
pub(super) struct Outputs {
    plan: Box<Output>,
    common: Sizes,
    /// Of steps that have their own, by command and step, in order.
    of_their_own: Vec<((u32, u32), Sizes)>,
    s3_latency: Sampler,
    logs_latency: Sampler,
    fails: Vec<(u128, ())>,
    outages: StoreOutages,
}

/// When a store takes nothing: S3, and CloudWatch Logs. In order, without overlaps.
#[derive(Clone, Debug, Default)]
pub(super) struct StoreOutages([Vec<Range<SimTime>>; 2]);

impl StoreOutages {
    pub(super) fn new(plan: &Plan) -> Self {
        Self([&FaultKind::S3Outage, &FaultKind::LogsOutage].map(|kind| {
            let faults = plan.faults.iter().filter(|fault| fault.kind == *kind);
            let mut spans: Vec<Range<SimTime>> = faults.map(InjectedFault::span).collect();
            spans.sort_by_key(|span| span.start);
            spans.dedup_by(|later, earlier| {
                let meets = later.start <= earlier.end;
                if meets {
                    earlier.end = earlier.end.max(later.end);
                }
                meets
            });
            spans
        }))
    }

    fn of(&self, store: Store) -> &[Range<SimTime>] {
        &self.0[store as usize]
    }
}

/// How much goes to standard output and to standard error.
#[derive(Debug)]
struct Sizes([Sampler; 2]);

/// A step whose process has ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Which run of it.
    pub run: Run,
    /// When it began.
    pub began: SimTime,
    /// When its process ended: now.
    pub ended: SimTime,
    /// Whether the request wants outputs in S3.
    pub to_s3: bool,
    /// Whether it wants them in CloudWatch Logs, put so often.
    pub to_logs: Option<SimDuration>,
}

/// What becomes of the outputs of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploads {
    /// Each with the time at which it is over, in order.
    pub all: Vec<(SimTime, Upload)>,
    /// When the step goes on.
    pub until: SimTime,
}

impl Sizes {
    fn new(written: &Written) -> Self {
        Self([sampler(&written.stdout), sampler(&written.stderr)])
    }

    fn draw(&self, stream: Stream, words: [u64; 4]) -> u64 {
        let sampler = &self.0[stream as usize];
        // The cast takes NaN to zero.
        (sampler.sample(words[stream as usize]).clamp(0.0, MOST_BYTES) + 0.5) as u64
    }
}

impl Outputs {
    /// Those of a group; `None` where nothing is said of them.
    pub(super) fn new(group: &Group, outages: &StoreOutages) -> Option<Self> {
        let output = group.output.as_ref()?;
        let mut outputs = Self {
            common: Sizes::new(&output.written),
            of_their_own: Vec::new(),
            s3_latency: sampler(&output.s3_latency),
            logs_latency: sampler(&output.logs_latency),
            fails: cumulate([(output.s3_failure, ())].into_iter()),
            plan: output.clone(),
            outages: outages.clone(),
        };
        outputs.take_in(group);
        Some(outputs)
    }

    /// Takes in what a group says of its steps, those of commands that were added included.
    pub(super) fn take_in(&mut self, group: &Group) {
        let own = |step: &crate::scenario::plan::StepBehaviour| {
            Some(((step.command, step.step), Sizes::new(step.output.as_ref()?)))
        };
        self.of_their_own = group.steps.iter().filter_map(own).collect();
        self.of_their_own.sort_by_key(|(place, _)| *place);
    }

    /// What becomes of the outputs of a step on the instance with this key.
    pub(super) fn uploads(&self, luck: &Luck, (instance, key): (u32, u64), step: Ended) -> Uploads {
        let place = (step.run.command, step.run.step);
        let own = self.of_their_own.binary_search_by_key(&place, |(place, _)| *place);
        let sizes = own.map_or(&self.common, |at| &self.of_their_own[at].1);
        let words = luck.of_invocation(key, step.run.command, Purpose::Output, step.run.ordinal());
        let mut uploads = Uploads { all: Vec::new(), until: step.ended };
        for stream in Stream::ALL {
            let bytes = sizes.draw(stream, words);
            let base = Upload::of(instance, step.run.step, stream);
            let mut goes_on = step.ended;
            if step.to_s3 && bytes > 0 {
                let (time, upload) = self.put(luck, key, step, Upload { bytes, ..base });
                goes_on = time;
                uploads.all.push((time, upload));
            }
            if let Some(period) = step.to_logs {
                let latency = draw(&self.logs_latency, words[2 + stream as usize]);
                let (until, upload) = self.stream(step, (bytes, period, latency, goes_on), base);
                goes_on = until;
                uploads.all.extend(upload);
            }
            uploads.until = uploads.until.max(goes_on);
        }
        uploads.all.sort_by_key(|(time, upload)| (*time, upload.store, upload.stream));
        uploads
    }

    /// An object is put, in the end or not at all (S11.6); and when that is over.
    fn put(&self, luck: &Luck, key: u64, step: Ended, object: Upload) -> (SimTime, Upload) {
        let is_denied = self.plan.denies(step.run.command, Store::S3);
        let took = u128::from(object.bytes) * 1_000_000 / u128::from(self.plan.s3_bytes_per_second.max(1));
        let mut now = step.ended;
        for attempt in 1.. {
            let [fails, latency, wait, _] = luck.of_upload(key, step.run, object.stream, attempt);
            let is_out = self.outages.of(Store::S3).iter().any(|span| span.contains(&now));
            let is_lost = is_denied || is_out || pick(&self.fails, fails).is_some();
            now = now + draw(&self.s3_latency, latency);
            if !is_denied && !is_out {
                now = now + SimDuration(u64::try_from(took).unwrap_or(u64::MAX));
            }
            let tried = Upload { calls: attempt, since: step.ended, ..object };
            if !is_lost {
                return (now, tried);
            }
            if attempt == s3::ATTEMPTS {
                let failure = if is_denied { Failure::AccessDenied } else { Failure::Failed };
                return (now, Upload { bytes: 0, failure: Some(failure), ..tried });
            }
            now = now + s3::delay(attempt, wait);
        }
        unreachable!("attempts are numbered without end")
    }

    /// A stream of log events is put (S11.14, S11.15): until when the step waits, and what there is to tell of it.
    fn stream(
        &self,
        step: Ended,
        (bytes, period, latency, from): (u64, SimDuration, SimDuration, SimTime),
        base: Upload,
    ) -> (SimTime, Option<(SimTime, Upload)>) {
        let written = Writing { bytes, began: step.began, ended: step.ended };
        let puts = Puts::new(written, period, latency, self.outages.of(Store::Logs));
        let Some(first) = puts.first() else { return (logs::waits_until(from, puts.done()), None) };
        let stream = Upload { store: Store::Logs, since: first, ..base };
        if self.plan.denies(step.run.command, Store::Logs) {
            let refused = Upload { failure: Some(Failure::AccessDenied), ..stream };
            let until = from + logs::LONGEST_WAIT;
            return (until, Some((first.clamp(step.ended, until), refused)));
        }
        let until = logs::waits_until(from, puts.done());
        let (calls, put, last) = puts.by(until);
        let failure = (put < bytes).then_some(Failure::TimedOut);
        let time = if failure.is_some() { until } else { last.unwrap_or(until) };
        let since = first.min(time);
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        (until, Some((time.max(step.ended), Upload { bytes: put, calls, since, failure, ..stream })))
    }
}
