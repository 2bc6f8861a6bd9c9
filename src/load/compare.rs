//! Two loads side by side: quantiles and errors of each operation, and changes that must not be.

use std::{collections::BTreeSet, str::FromStr};

use super::{
    mix::Operation,
    record::LoadRecord,
    tally::{Cell, Durations},
};
use crate::{
    base::SimDuration,
    measure::{
        Interval,
        interval::{of_share, quantile_ranks},
    },
    scenario::threshold::{RELATIONS, Relation},
};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// A quantile of the latency from the planned send, in microseconds.
    Quantile(f64),
    /// The share of requests that failed, in percent.
    Errors,
    /// The share of requests that were throttled, in percent.
    Throttles,
}

impl Metric {
    /// What is compared without being asked for.
    pub const USUAL: [Self; 6] = [
        Self::Quantile(0.5),
        Self::Quantile(0.9),
        Self::Quantile(0.99),
        Self::Quantile(0.999),
        Self::Errors,
        Self::Throttles,
    ];

    /// Its name.
    pub fn name(self) -> String {
        match self {
            Self::Quantile(share) => format!("p{}", (share * 1e5).round() / 1e3),
            Self::Errors => "errors".into(),
            Self::Throttles => "throttles".into(),
        }
    }

    fn measure(self, cell: &Cell, confidence: f64) -> Option<Measured> {
        match self {
            Self::Quantile(share) => quantile(&cell.planned, share, confidence),
            Self::Errors => in_percent(cell.failed(), cell.done(), confidence),
            Self::Throttles => in_percent(cell.throttled(), cell.done(), confidence),
        }
    }
}

/// A value, and where it lies if the requests had nothing to do with one another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Microseconds or percent.
    pub value: f64,
    /// The interval, where there are enough requests for one.
    pub interval: Option<Interval>,
}

/// A metric of an operation in both loads.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The operation; `None` of all.
    pub operation: Option<Operation>,
    /// The metric.
    pub metric: Metric,
    /// What was.
    pub baseline: Measured,
    /// What is now.
    pub candidate: Measured,
}

impl Row {
    /// Whether the intervals lie apart, so that luck alone does not explain the change.
    pub fn is_clear(&self) -> bool {
        let intervals = self.baseline.interval.zip(self.candidate.interval);
        intervals.is_some_and(|(before, after)| before.high < after.low || after.high < before.low)
    }
}

/// Why two loads should not be compared: what was asked of the generator differs, or one of them is void.
pub fn objections(baseline: &LoadRecord, candidate: &LoadRecord) -> Vec<String> {
    let mut objections = Vec::new();
    let (before, after) = (&baseline.job, &candidate.job);
    for (what, before, after) in
        [("arrivals", &before.arrivals, &after.arrivals), ("operations", &before.mix, &after.mix)]
    {
        if before != after {
            objections.push(format!("the {what} differ: {before}, and {after}"));
        }
    }
    let void = |which, record: &LoadRecord| record.void().map(|why| format!("the {which} is void: {why}"));
    objections.extend(void("baseline", baseline));
    objections.extend(void("candidate", candidate));
    objections
}

/// All operations together, then each that is in both.
pub fn rows(baseline: &LoadRecord, candidate: &LoadRecord, confidence: f64) -> Vec<Row> {
    let operations = |record: &LoadRecord| -> BTreeSet<Operation> {
        record.tally.cells.keys().map(|(operation, _)| *operation).collect()
    };
    let both: Vec<_> = operations(baseline).intersection(&operations(candidate)).copied().collect();
    let several = both.len() > 1;
    let subjects = [None].into_iter().chain(both.into_iter().filter(|_| several).map(Some));
    let of = |operation, metric| row(baseline, candidate, operation, metric, confidence);
    subjects
        .flat_map(|operation| Metric::USUAL.into_iter().filter_map(move |metric| of(operation, metric)))
        .collect()
}

fn row(
    baseline: &LoadRecord,
    candidate: &LoadRecord,
    operation: Option<Operation>,
    metric: Metric,
    confidence: f64,
) -> Option<Row> {
    let cell = |record: &LoadRecord| record.tally.sum(|one, _| operation.is_none_or(|only| only == one));
    let measured = |record| metric.measure(&cell(record), confidence);
    Some(Row { operation, metric, baseline: measured(baseline)?, candidate: measured(candidate)? })
}

fn quantile(Durations(histogram): &Durations, share: f64, confidence: f64) -> Option<Measured> {
    let count = histogram.len();
    let value = (count > 0).then(|| histogram.value_at_quantile(share) as f64)?;
    let at = |rank: u64| histogram.value_at_quantile(rank as f64 / count as f64) as f64;
    let ranks = quantile_ranks(count, share, confidence);
    Some(Measured { value, interval: ranks.map(|(low, high)| Interval { low: at(low), high: at(high) }) })
}

fn in_percent(part: u64, whole: u64, confidence: f64) -> Option<Measured> {
    let value = (whole > 0).then(|| part as f64 * 100.0 / whole as f64)?;
    let Interval { low, high } = of_share(part, whole, confidence);
    Some(Measured { value, interval: Some(Interval { low: low * 100.0, high: high * 100.0 }) })
}

/// A change that must not be: `p99 > +5%`, `SendCommand: p50 > +2ms`, `errors > +0.1%`, which are points of percent.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadGate {
    /// As written.
    pub text: String,
    operation: Option<Operation>,
    metric: Metric,
    relation: Relation,
    /// By a share of the baseline, or by microseconds or points of percent.
    share: Option<f64>,
    units: f64,
}

impl LoadGate {
    /// Whether what must not be is not, and why; `None` where nothing was measured.
    pub fn judge(&self, baseline: &LoadRecord, candidate: &LoadRecord) -> (Option<bool>, String) {
        let Some(row) = row(baseline, candidate, self.operation, self.metric, 0.95) else {
            return (None, "there is nothing to measure".into());
        };
        let (before, after) = (row.baseline.value, row.candidate.value);
        let bound = self.share.map_or(self.units, |share| share * before);
        let tripped = self.relation.holds(after - before, bound);
        (Some(!tripped), format!("{before:.3} before, {after:.3} now"))
    }
}

impl FromStr for LoadGate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no change; write as in `p99 > +5%` or `SendCommand: p50 > +2ms`");
        let (operation, rest) = match text.split_once(':') {
            Some((operation, rest)) => (Some(operation.trim().parse()?), rest),
            None => (None, text),
        };
        let found = RELATIONS.iter().find_map(|(sign, relation)| {
            let (subject, change) = rest.split_once(sign)?;
            Some((subject.trim(), *relation, change.trim()))
        });
        let (subject, relation, change) = found.ok_or_else(wrong)?;
        let metric = match subject {
            "errors" => Metric::Errors,
            "throttles" => Metric::Throttles,
            _ => {
                let percent = subject.strip_prefix('p').and_then(|digits| digits.parse::<f64>().ok());
                let percent = percent.filter(|percent| *percent > 0.0 && *percent < 100.0);
                Metric::Quantile(percent.ok_or_else(wrong)? / 100.0)
            }
        };
        let (sign, digits) = match change.strip_prefix('-') {
            Some(digits) => (-1.0, digits),
            None => (1.0, change.strip_prefix('+').unwrap_or(change)),
        };
        let percent = digits.strip_suffix('%').and_then(|digits| digits.trim().parse::<f64>().ok());
        let (share, units) = match (metric, percent) {
            (Metric::Quantile(_), Some(percent)) => (Some(sign * percent / 100.0), 0.0),
            (Metric::Quantile(_), None) => (None, sign * digits.trim().parse::<SimDuration>()?.0 as f64),
            (_, Some(points)) => (None, sign * points),
            (_, None) => return Err(wrong()),
        };
        Ok(Self { text: text.into(), operation, metric, relation, share, units })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::{
        record::{FORMAT, Job},
        tally::Tally,
    };

    fn record(scale: u64) -> LoadRecord {
        let mut tally = Tally::default();
        let cell = tally.cells.entry((Operation::ListCommands, "a".into())).or_default();
        (1..=1000).for_each(|number| cell.planned.add(Duration::from_micros(number * scale)));
        cell.good = 1000;
        let job = Job { parts: 1, ..Job::default() };
        LoadRecord {
            fleetsim_load: FORMAT,
            job,
            shards: vec![1],
            seconds: 1.0,
            interrupted: false,
            bare: None,
            messages: None,
            tally,
        }
    }

    #[test]
    fn what_is_slower_is_told_and_trips_its_gate() {
        let (before, after) = (record(100), record(120));
        let rows = rows(&before, &after, 0.95);
        let median = &rows[0];
        assert_eq!(median.metric.name(), "p50");
        assert!((median.candidate.value / median.baseline.value - 1.2).abs() < 0.01 && median.is_clear());
        let passed = |text: &str| text.parse::<LoadGate>().unwrap().judge(&before, &after).0;
        assert_eq!(passed("p50 > +15%"), Some(false));
        assert_eq!(passed("p50 > +25%"), Some(true));
        assert_eq!(passed("ListCommands: p99 > +10ms"), Some(false));
        assert_eq!(passed("errors > +0.1%"), Some(true));
        assert_eq!(passed("SendCommand: p99 > +5%"), None);
        assert!(objections(&before, &after).is_empty());
        for wrong in ["p99", "p99 > x", "makespan.p95 > +5%", "errors > +2ms"] {
            assert!(wrong.parse::<LoadGate>().is_err(), "{wrong}");
        }
    }
}
