//! What must not be: `makespan.p95 > +5%`.

use std::str::FromStr;

use super::{comparison::Mark, contrast::Sample, side::CommandSide};
use crate::{
    base::SimDuration,
    measure::{Interval, statistics::pooled_as},
    scenario::threshold::{self, METRICS, Metric, RELATIONS, Relation, Statistic},
};

/// A change that must not be.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// As written.
    pub text: String,
    /// The only command that it is about; `None`: it is about each.
    pub command: Option<String>,
    metric: Metric,
    statistic: Statistic,
    relation: Relation,
    bound: Bound,
}

/// A gate, and what came of it at one command.
#[derive(Clone, Debug, PartialEq)]
pub struct GateResult {
    /// As written.
    pub text: String,
    /// The command's name.
    pub command: String,
    /// Whether what must not be is not; `None` where nobody can tell.
    pub passed: Option<bool>,
    /// Why, in a sentence.
    pub reason: String,
}

/// By how much the candidate differs from the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    /// By a share of the baseline.
    Share(f64),
    /// By microseconds or by a count.
    Units(f64),
}

impl FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "write metric.statistic, a relation and a change, as in \"makespan.p95 > +5%\"";
        let (at, sign, relation) = RELATIONS
            .iter()
            .find_map(|(sign, relation)| Some((text.find(sign)?, *sign, *relation)))
            .ok_or_else(|| format!("`{text}` has no relation; {example}"))?;
        let (subject, change) = (text[..at].trim(), text[at + sign.len()..].trim());
        let (command, subject) = match subject.split_once(':') {
            Some((command, subject)) => (Some(command.trim().to_string()), subject.trim()),
            None => (None, subject),
        };
        let (metric, statistic) =
            threshold::parse_subject(subject).map_err(|(message, help)| format!("{message}; {help}"))?;
        let bound = Bound::parse(metric, change).ok_or_else(|| {
            let units = if metric.is_time() { "a duration such as `+5m`" } else { "a number such as `+3`" };
            format!("`{change}` is no change of {subject}; write a percentage such as `+5%`, or {units}")
        })?;
        Ok(Self { text: text.into(), command, metric, statistic, relation, bound })
    }
}

impl Bound {
    fn parse(metric: Metric, text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1.0, digits),
            None => (1.0, text.strip_prefix('+').unwrap_or(text)),
        };
        let number = |digits: &str| {
            let number = digits.trim().parse::<f64>().ok();
            number.filter(|number| {
                number.is_finite()
                    && *number >= 0.0
                    && digits.trim().starts_with(|c: char| c.is_ascii_digit())
            })
        };
        if let Some(digits) = digits.strip_suffix('%') {
            return Some(Self::Share(sign * number(digits)? / 100.0));
        }
        let units = match metric.is_time() {
            true => digits.trim().parse::<SimDuration>().ok()?.0 as f64,
            false => number(digits)?,
        };
        Some(Self::Units(sign * units))
    }
}

impl Gate {
    /// The metric's name.
    pub fn metric(&self) -> &'static str {
        METRICS.iter().find(|(_, metric)| *metric == self.metric).map_or("", |(name, _)| name)
    }

    /// Judges the change of one command. `sample` is there where the values of each replication are known.
    pub fn judge(
        &self,
        baseline: &CommandSide,
        candidate: &CommandSide,
        sample: Option<&Sample>,
        confidence: f64,
    ) -> GateResult {
        let (passed, reason) = self.decide(baseline, candidate, sample, confidence);
        GateResult { text: self.text.clone(), command: candidate.name.clone(), passed, reason }
    }

    fn decide(
        &self,
        baseline: &CommandSide,
        candidate: &CommandSide,
        sample: Option<&Sample>,
        confidence: f64,
    ) -> (Option<bool>, String) {
        // What is pooled over invocations has no value of its own in a replication.
        let sample = sample.filter(|_| pooled_as(self.metric).is_none());
        let summarized = |side: &CommandSide| side.summarized(self.metric(), self.statistic);
        let contrast = sample.and_then(|sample| sample.contrast(self.statistic, confidence));
        let points = contrast.map(|contrast| (contrast.baseline, contrast.candidate));
        let Some((before, after)) = points.or_else(|| summarized(baseline).zip(summarized(candidate))) else {
            return (None, "there is nothing to measure".into());
        };
        let has_no_interval =
            pooled_as(self.metric).is_some() || matches!(self.statistic, Statistic::Min | Statistic::Max);
        if has_no_interval || sample.is_some_and(Sample::is_equal) {
            let holds = self.relation.holds(self.excess(before, after), 0.0);
            let how = if has_no_interval {
                "by the values alone: no interval is known for it"
            } else {
                "every pair is of equals"
            };
            return (Some(!holds), how.into());
        }
        let ratio = if let Bound::Share(share) = self.bound { 1.0 + share } else { 1.0 };
        let Some(interval) = sample.and_then(|sample| sample.interval(self.statistic, ratio, confidence))
        else {
            return (None, "too few replications for an interval".into());
        };
        let units = if let Bound::Units(units) = self.bound { units } else { 0.0 };
        self.decide_by(Interval { low: interval.low - units, high: interval.high - units })
    }

    /// How far the change is beyond the bound.
    fn excess(&self, before: f64, after: f64) -> f64 {
        match self.bound {
            Bound::Share(share) => after - (1.0 + share) * before,
            Bound::Units(units) => after - before - units,
        }
    }

    /// By where the change beyond the bound lies.
    fn decide_by(&self, Interval { low, high }: Interval) -> (Option<bool>, String) {
        match (self.relation.holds(low, 0.0), self.relation.holds(high, 0.0)) {
            (true, true) => (Some(false), "significantly so".into()),
            (false, false) => (Some(true), "significantly not so".into()),
            _ => (None, "the interval holds both; more replications would tell".into()),
        }
    }
}

impl GateResult {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self.passed {
            Some(true) => "passed",
            Some(false) => "FAILED",
            None => Mark::Unknown.sign(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side() -> CommandSide {
        serde_json::from_value(serde_json::json!({
            "name": "deploy", "targets": 1, "per_replication": {},
            "pooled": { "sojourn": { "p99": 100 } },
        }))
        .unwrap()
    }

    fn judge(gate: &str, pairs: Vec<(u64, u64)>) -> Option<bool> {
        gate.parse::<Gate>().unwrap().judge(&side(), &side(), Some(&Sample::Pairs(pairs)), 0.95).passed
    }

    #[test]
    fn a_gate_passes_fails_or_cannot_tell() {
        // 10 % more, but for a little luck.
        let pairs: Vec<_> = (1..=20).map(|at| (1000 * at, 1100 * at + at % 3)).collect();
        for (gate, passed) in [
            ("makespan.mean > +5%", Some(false)),
            ("makespan.mean>5%", Some(false)),
            ("makespan.mean > +10%", Some(false)),
            ("makespan.mean > +11%", Some(true)),
            ("makespan.mean < +11%", Some(false)),
            ("makespan.mean > +500us", Some(false)),
            ("makespan.mean > +1s", Some(true)),
            // Between 1,050 and 1,155 with 95 %.
            ("makespan.p50 > +5%", None),
            // No interval for p99 of 20 values; the largest are compared as they are.
            ("makespan.p99 > +5%", None),
            ("makespan.max > +9%", Some(false)),
            ("sojourn.p99 > +0%", Some(true)),
            ("wait.p99 > +0%", None),
        ] {
            assert_eq!(judge(gate, pairs.clone()), passed, "{gate}");
        }
        assert_eq!(judge("broken.mean > +5%", vec![(0, 0); 3]), Some(true));
        assert_eq!(judge("broken.mean > +5%", vec![(0, 2), (0, 3), (0, 2)]), Some(false));
        assert_eq!(judge("broken.mean > +5%", vec![(0, 2)]), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (gate, said) in [
            ("makespan.p95", "has no relation"),
            ("makspan.p95 > +5%", "`makspan` is no metric"),
            ("makespan > +5%", "names no statistic"),
            ("makespan.p95 > five", "`five` is no change of makespan.p95"),
            ("makespan.p95 > +5", "a duration such as"),
            ("broken.max > +5m", "a number such as"),
            ("broken.max > +inf%", "no change"),
        ] {
            let error = gate.parse::<Gate>().unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
