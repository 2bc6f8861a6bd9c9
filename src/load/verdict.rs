//! The judgement on the generator itself, and demands on what it measured.

use std::{fmt, str::FromStr, time::Duration};

use super::{
    mix::Operation,
    tally::{Cell, Schedule, Tally},
};
use crate::{
    base::SimDuration,
    scenario::threshold::{RELATIONS, Relation},
};

/// Of a thousand planned sends so many may be late or skipped before the result is void.
pub const TOLERATED_PER_MILLE: u64 = 1;

/// Why a result says nothing about the endpoint; `None` when the schedule was kept: of a thousand planned sends at most one
/// was late by more than the bound, or skipped.
pub fn void(schedule: &Schedule, bound: Duration) -> Option<String> {
    let lost = schedule.late + schedule.skipped;
    if lost * 1000 <= schedule.planned * TOLERATED_PER_MILLE {
        return None;
    }
    let bound = SimDuration(u64::try_from(bound.as_micros()).unwrap_or(u64::MAX));
    Some(format!(
        "the generator did not keep its schedule: of {} sends {} were later than {bound} and {} were skipped",
        schedule.planned, schedule.late, schedule.skipped
    ))
}

/// What a demand is about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Subject {
    /// A quantile of the latency from the planned send, as a share.
    Quantile(f64),
    /// The mean of it.
    Mean,
    /// The largest.
    Max,
    /// Errors without throttles, in percent of what was done.
    Errors,
    /// Throttles, likewise.
    Throttles,
}

/// A demand: `p99 < 50ms`, `errors < 0.1%`, of one operation `SendCommand: p99 < 50ms`.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// As it was written.
    pub text: String,
    operation: Option<Operation>,
    subject: Subject,
    relation: Relation,
    /// Microseconds or percent.
    bound: f64,
}

/// What came of a demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The demand.
    pub text: String,
    /// What was measured, in words; `None` when nothing was.
    pub measured: Option<String>,
    /// Whether it is met; `None` when nothing was measured.
    pub met: Option<bool>,
}

impl Demand {
    /// Several demands with commas between them.
    ///
    /// # Errors
    ///
    /// What is wrong with the first wrong one.
    pub fn several(text: &str) -> Result<Vec<Self>, String> {
        text.split(',').map(|one| one.trim().parse()).collect()
    }

    /// Holds it against what was counted.
    pub fn judge(&self, tally: &Tally) -> Finding {
        let cell = tally.sum(|operation, _| self.operation.is_none_or(|only| only == operation));
        let value = self.measure(&cell);
        let is_share = matches!(self.subject, Subject::Errors | Subject::Throttles);
        let told = |value: f64| {
            if is_share { format!("{value:.3} %") } else { SimDuration(value as u64).to_string() }
        };
        let met = value.map(|value| self.relation.holds(value, self.bound));
        Finding { text: self.text.clone(), measured: value.map(told), met }
    }

    fn measure(&self, cell: &Cell) -> Option<f64> {
        let share = |count: u64| (cell.done() > 0).then(|| count as f64 * 100.0 / cell.done() as f64);
        let histogram = &cell.planned.0;
        let some = |value: f64| (!histogram.is_empty()).then_some(value);
        match self.subject {
            Subject::Quantile(share) => some(histogram.value_at_quantile(share) as f64),
            Subject::Mean => some(histogram.mean()),
            Subject::Max => some(histogram.max() as f64),
            Subject::Errors => share(cell.failed()),
            Subject::Throttles => share(cell.throttled()),
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Demand {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (operation, rest) = match text.split_once(':') {
            Some((operation, rest)) => (Some(operation.trim().parse()?), rest),
            None => (None, text),
        };
        let found = RELATIONS.iter().find_map(|(sign, relation)| {
            let (subject, bound) = rest.split_once(sign)?;
            Some((subject.trim(), *relation, bound.trim()))
        });
        let (subject, relation, bound) = found.ok_or_else(|| {
            format!("`{text}` has no relation; write as in `p99 < 50ms` or `errors < 0.1%`")
        })?;
        let subject = match subject {
            "mean" => Subject::Mean,
            "max" => Subject::Max,
            "errors" => Subject::Errors,
            "throttles" => Subject::Throttles,
            _ => {
                let percent = subject.strip_prefix('p').and_then(|digits| digits.parse::<f64>().ok());
                let percent = percent.filter(|percent| *percent > 0.0 && *percent < 100.0);
                let unknown =
                    || format!("`{subject}` is no p50, p99.9 and the like, mean, max, errors or throttles");
                Subject::Quantile(percent.ok_or_else(unknown)? / 100.0)
            }
        };
        let bound = if matches!(subject, Subject::Errors | Subject::Throttles) {
            let percent = bound.strip_suffix('%').and_then(|digits| digits.trim().parse().ok());
            percent.ok_or_else(|| {
                format!("`{bound}` is no bound for a share; write a percentage such as 0.1%")
            })?
        } else {
            bound.parse::<SimDuration>()?.0 as f64
        };
        Ok(Self { text: text.trim().into(), operation, subject, relation, bound })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        let mut tally = Tally::default();
        let cell = tally.cells.entry((Operation::SendCommand, "a".into())).or_default();
        (1..=1000).for_each(|millis| cell.planned.add(Duration::from_millis(millis)));
        cell.good = 1000;
        cell.errors.insert("X".into(), 3);
        cell.throttles.insert("ThrottlingException".into(), 21);
        tally
    }

    #[test]
    fn demands_are_held_against_what_was_counted() {
        let met = |text: &str| text.parse::<Demand>().unwrap().judge(&tally()).met;
        assert_eq!(met("p99 < 995ms"), Some(true));
        assert_eq!(met("p99 < 980ms"), Some(false));
        assert_eq!(met("max >= 1s"), Some(true));
        assert_eq!(met("errors < 0.3%"), Some(true));
        assert_eq!(met("throttles <= 2%"), Some(false));
        assert_eq!(met("SendCommand: mean < 502ms"), Some(true));
        assert_eq!(met("CancelCommand: p50 < 1s"), None);
        assert_eq!(Demand::several("p99 < 50ms, errors < 0.1%").unwrap().len(), 2);
        for wrong in ["p99", "p99 < 5", "p0 < 1s", "errors < 1", "Sned: p99 < 1s", "p100 < 1s"] {
            assert!(wrong.parse::<Demand>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_in_a_thousand_may_be_late() {
        let bound = Duration::from_millis(10);
        let schedule = |late, skipped| Schedule { planned: 2000, late, skipped, ..Schedule::default() };
        assert_eq!(void(&schedule(2, 0), bound), None);
        assert!(void(&schedule(2, 1), bound).unwrap().contains("of 2000 sends 2 were later than 10ms and 1"));
        assert_eq!(void(&Schedule::default(), bound), None);
    }
}
