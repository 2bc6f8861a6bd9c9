//! Replications until an estimate is precise enough, as `--until 'makespan.p95 within 1%'` asks.
//!
//! The question is put only at fixed numbers of replications, which no thread and no clock has a say in: a run that stops
//! at 700 is the run of 700 replications. Looking often and stopping at the first narrow interval makes intervals cover
//! a little less often than they say (Y. S. Chow and H. Robbins, "On the asymptotic theory of fixed-width sequential
//! confidence intervals for the mean", 1965): so the first look comes late, and looks are few.

use std::str::FromStr;

use serde::Serialize;

use super::{
    checks::Checks,
    many::{Watch, run},
    replicate::Ensemble,
};
use crate::{
    base::{SimDuration, nearest},
    measure::{Interval, Sample, interval::CONFIDENCE, statistics::pooled_as},
    scenario::{
        Plan,
        threshold::{Metric, Statistic, parse_subject},
    },
    world::Model,
};

/// The number of replications at the first look, and what later numbers are multiples of.
const STEP: u64 = 100;

/// An estimate and how precise it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// As written.
    pub text: String,
    command: Option<String>,
    metric: Metric,
    statistic: Statistic,
    precision: Precision,
}

/// A goal and whether it was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoalOutcome {
    /// As written.
    pub goal: String,
    /// Whether the estimate is as precise as that.
    pub reached: bool,
}

/// The most that half the width of the interval may be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Precision {
    /// As a share of the estimate, in percent.
    Percent(f64),
    /// In the unit of the metric.
    Absolute(f64),
}

/// How many replications there must be before the next look, after so many: 100, then a quarter more each time, rounded
/// up to whole hundreds: 200, 300, 400, 500, 700, 900, 1,200, and so on, and at last `at_most`.
pub fn next_look(count: u64, at_most: u64) -> u64 {
    (count + (count / 4).max(1)).next_multiple_of(STEP).min(at_most)
}

/// Runs replications from number 0 until every goal is reached, `at_most` are done, or the watch says stop.
pub fn run_until(
    model: &Model<'_>,
    seed: u64,
    (goals, at_most): (&[Goal], u64),
    checks: Checks,
    Watch { each, stop }: Watch<'_>,
) -> Ensemble {
    let mut whole = Ensemble::default();
    while whole.count < at_most {
        let look = next_look(whole.count, at_most);
        let watch = Watch { each: &mut *each, stop };
        whole.merge(run(model, seed, whole.count..look, checks, watch));
        let interrupted = whole.count < look;
        if interrupted || goals.iter().all(|goal| goal.is_reached(model.plan(), &whole)) {
            break;
        }
    }
    whole
}

impl Goal {
    /// Whether a plan has what it is about; if not, why.
    pub fn fits(&self, plan: &Plan) -> Result<(), String> {
        let Some(name) = &self.command else { return Ok(()) };
        let names = || plan.commands.iter().map(|command| command.name.as_str());
        if names().any(|known| known == name) {
            return Ok(());
        }
        let guess =
            nearest(name, names()).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        Err(format!("no command is called `{name}`{guess}"))
    }

    /// What came of it.
    pub fn outcome(&self, plan: &Plan, ensemble: &Ensemble) -> GoalOutcome {
        GoalOutcome { goal: self.text.clone(), reached: self.is_reached(plan, ensemble) }
    }

    /// Whether every command that it is about, and that has such values, is known this precisely, and there is one.
    fn is_reached(&self, plan: &Plan, ensemble: &Ensemble) -> bool {
        let of_plan = plan.commands.iter().zip(&ensemble.commands);
        let meant =
            of_plan.filter(|(command, _)| self.command.as_ref().is_none_or(|name| *name == command.name));
        let samples: Vec<_> = meant.filter_map(|(_, totals)| totals.sample(self.metric)).collect();
        !samples.is_empty() && samples.iter().all(|sample| self.is_met_by(sample))
    }

    fn is_met_by(&self, sample: &Sample) -> bool {
        let Some((estimate, Interval { low, high })) = estimate(sample, self.statistic) else { return false };
        let most = match self.precision {
            Precision::Percent(percent) => estimate * percent / 100.0,
            Precision::Absolute(most) => most,
        };
        (high - low) / 2.0 <= most
    }
}

/// An estimate with its interval; `None` where the sample is too small for one.
fn estimate(sample: &Sample, statistic: Statistic) -> Option<(f64, Interval)> {
    match statistic.per_mille() {
        Some(share) => Some((sample.quantile(share)? as f64, sample.quantile_interval(share, CONFIDENCE)?)),
        None => Some((sample.moments().mean()?, sample.mean_interval(CONFIDENCE)?)),
    }
}

impl FromStr for Goal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (subject, precision) = text
            .split_once(" within ")
            .ok_or("write what must be known and how precisely, as in 'makespan.p95 within 1%'")?;
        let (command, subject) = match subject.split_once(':') {
            Some((command, subject)) => (Some(command.trim().to_string()), subject),
            None => (None, subject),
        };
        let (metric, statistic) =
            parse_subject(subject.trim()).map_err(|(fault, help)| format!("{fault}; {help}"))?;
        if let Some(pooled) = pooled_as(metric) {
            return Err(format!(
                "`{pooled}` is pooled over invocations, which are not independent and so have no interval; choose a metric of a whole replication, such as makespan"
            ));
        }
        if matches!(statistic, Statistic::Min | Statistic::Max) {
            return Err(
                "a smallest or largest value has no interval; choose mean, p50, p90, p95, p99 or p99.9"
                    .into(),
            );
        }
        let precision = parse_precision(metric, precision.trim())?;
        Ok(Self { text: text.into(), command, metric, statistic, precision })
    }
}

fn parse_precision(metric: Metric, text: &str) -> Result<Precision, String> {
    let positive =
        |text: &str| text.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    let wrong = || {
        let other = if metric.is_time() { "a duration such as 30s" } else { "a number such as 0.5" };
        format!("`{text}` is no precision; write percent of the estimate such as 1%, or {other}")
    };
    if let Some(percent) = text.strip_suffix('%') {
        return positive(percent).map(Precision::Percent).ok_or_else(wrong);
    }
    let absolute = if metric.is_time() {
        SimDuration::from_str(text).ok().map(|duration| duration.0 as f64).filter(|micros| *micros > 0.0)
    } else {
        positive(text)
    };
    absolute.map(Precision::Absolute).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_a_function_of_the_counts() {
        let mut looks = vec![next_look(0, 1550)];
        while *looks.last().unwrap() < 1550 {
            looks.push(next_look(*looks.last().unwrap(), 1550));
        }
        assert_eq!(looks, [100, 200, 300, 400, 500, 700, 900, 1200, 1500, 1550]);
        assert_eq!(next_look(0, 30), 30);
        assert_eq!(next_look(1_000_000, u64::MAX), 1_250_000);
    }

    /// A hundred values 1 to 100: the mean 50.5 is known to t(99) * 29.01 / 10 = 1.984 * 2.901 = 5.756, or 11.4 %; the
    /// median 50 lies between ranks 40 and 61, so it is known to 10.5, or 21 %.
    #[test]
    fn goals_are_reached_when_half_the_interval_is_narrow() {
        let sample: Sample = (1..=100).collect();
        for (goal, reached) in [
            ("broken.mean within 11.4%", true),
            ("broken.mean within 11.3%", false),
            ("broken.mean within 5.76", true),
            ("broken.mean within 5.75", false),
            ("broken.p50 within 21%", true),
            ("broken.p50 within 20.9%", false),
            ("broken.p50 within 10.5", true),
            ("broken.p99 within 1000%", false),
        ] {
            assert_eq!(goal.parse::<Goal>().unwrap().is_met_by(&sample), reached, "{goal}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, found) in [
            ("makespan.p95", "how precisely"),
            ("makspan.p95 within 1%", "did you mean `makespan`"),
            ("makespan within 1%", "names no statistic"),
            ("sojourn.p95 within 1%", "pooled over invocations"),
            ("makespan.max within 1%", "has no interval"),
            ("makespan.p95 within 1", "a duration such as 30s"),
            ("makespan.p95 within 0%", "no precision"),
            ("broken.mean within 1h", "a number such as 0.5"),
            ("broken.mean within -1%", "no precision"),
        ] {
            let fault = text.parse::<Goal>().unwrap_err();
            assert!(fault.contains(found), "{text}: {fault}");
        }
        let goal: Goal = "deploy: makespan.p99.9 within 90s".parse().unwrap();
        assert_eq!((goal.command.as_deref(), goal.statistic), (Some("deploy"), Statistic::P999));
        assert_eq!(goal.precision, Precision::Absolute(9e7));
    }
}
