//! Service levels: `makespan.p95` `<= 2h`, parsed.

use std::str::FromStr;

use super::plan::Threshold;
use crate::{
    base::{SimDuration, nearest},
    ssm::StatusDetails,
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Request to the end of the command.
    Makespan,
    /// Request to send, of an invocation.
    Wait,
    /// Send to receipt by the agent.
    Delivery,
    /// On the instance.
    Execution,
    /// Send to terminal.
    Sojourn,
    /// Request to the error that stopped the sending.
    TimeToStop,
    /// `TargetCount`.
    Targets,
    /// Invocations that ended in this way.
    Ended(StatusDetails),
    /// `ErrorCount`.
    Errors,
    /// The blast radius.
    Broken,
    /// Final replies that came too late.
    LateReplies,
    /// Invocations sent.
    Sent,
    /// Most invocations in flight at once.
    PeakInFlight,
    /// Publication of a message to its first arrival, at any subscription.
    NotificationLatency,
    /// Messages published to the topic.
    Published,
    /// First arrivals of messages, over all subscriptions.
    Arrived,
    /// Messages that never arrive, over all subscriptions.
    Lost,
    /// Further arrivals, over all subscriptions.
    Duplicates,
    /// Arrivals of an older status after a newer one, over all subscriptions.
    OutOfOrder,
    /// The longest time that a naive consumer was wrong, at any subscription.
    WrongFor,
    /// Instances that a naive consumer is wrong about for good, over all subscriptions.
    WrongForGood,
    /// Attempts to deliver messages, over all subscriptions whose delivery is followed, as all that follow here.
    Attempts,
    /// Attempts after the first of a message.
    Retries,
    /// Answers from 300 to 499 behind which a message is lost.
    ClientErrors,
    /// Messages in dead-letter queues, of subscriptions or behind them.
    DeadLettered,
    /// Messages that SNS gave up and discarded.
    Discarded,
    /// Messages that filter policies did not let through.
    FilteredOut,
    /// The longest time that throttling held back an attempt.
    Throttled,
    /// The most messages that an endpoint had taken in and was not done with.
    Backlog,
    /// The longest event time by which an arrival was older than the newest one before it.
    LateBy,
    /// Entities about which a naive consumer was wrong though it had been told better.
    NaiveMisled,
    /// Entities about which a naive consumer is wrong for good.
    NaiveWrong,
    /// Entities about which a consumer that heeds event times is wrong for good.
    RightWrong,
    /// How long after a terminal status a naive consumer's belief is right and stays so.
    TrustWait,
    /// The same of a consumer that heeds event times.
    RightTrustWait,
}

/// What is taken of the metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    /// The smallest.
    Min,
    /// The mean.
    Mean,
    /// The largest.
    Max,
    /// The median.
    P50,
    /// The 90 % quantile.
    P90,
    /// The 95 % quantile.
    P95,
    /// The 99 % quantile.
    P99,
    /// The 99.9 % quantile.
    P999,
}

/// How the statistic is compared with the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// The bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// Of a metric of time.
    Duration(SimDuration),
    /// Of a metric that counts.
    Count(f64),
    /// Of a metric that counts, in percent of the targets.
    PercentOfTargets(f64),
}

/// A threshold, ready to be evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParsedThreshold {
    /// What is measured.
    pub metric: Metric,
    /// What is taken of it.
    pub statistic: Statistic,
    /// How it is compared.
    pub relation: Relation,
    /// With what.
    pub bound: Bound,
}

/// Metrics by name.
pub const METRICS: [(&str, Metric); 43] = [
    ("makespan", Metric::Makespan),
    ("wait", Metric::Wait),
    ("delivery", Metric::Delivery),
    ("execution", Metric::Execution),
    ("sojourn", Metric::Sojourn),
    ("time_to_stop", Metric::TimeToStop),
    ("targets", Metric::Targets),
    ("success", Metric::Ended(StatusDetails::Success)),
    ("failed", Metric::Ended(StatusDetails::Failed)),
    ("execution_timed_out", Metric::Ended(StatusDetails::ExecutionTimedOut)),
    ("delivery_timed_out", Metric::Ended(StatusDetails::DeliveryTimedOut)),
    ("undeliverable", Metric::Ended(StatusDetails::Undeliverable)),
    ("invalid_platform", Metric::Ended(StatusDetails::InvalidPlatform)),
    ("access_denied", Metric::Ended(StatusDetails::AccessDenied)),
    ("cancelled", Metric::Ended(StatusDetails::Cancelled)),
    ("terminated", Metric::Ended(StatusDetails::Terminated)),
    ("errors", Metric::Errors),
    ("broken", Metric::Broken),
    ("late_replies", Metric::LateReplies),
    ("sent", Metric::Sent),
    ("peak_in_flight", Metric::PeakInFlight),
    ("notification_latency", Metric::NotificationLatency),
    ("published", Metric::Published),
    ("arrived", Metric::Arrived),
    ("lost", Metric::Lost),
    ("duplicates", Metric::Duplicates),
    ("out_of_order", Metric::OutOfOrder),
    ("wrong_for", Metric::WrongFor),
    ("wrong_for_good", Metric::WrongForGood),
    ("attempts", Metric::Attempts),
    ("retries", Metric::Retries),
    ("client_errors", Metric::ClientErrors),
    ("dead_lettered", Metric::DeadLettered),
    ("discarded", Metric::Discarded),
    ("filtered_out", Metric::FilteredOut),
    ("throttled", Metric::Throttled),
    ("backlog", Metric::Backlog),
    ("late_by", Metric::LateBy),
    ("naive_misled", Metric::NaiveMisled),
    ("naive_wrong", Metric::NaiveWrong),
    ("right_wrong", Metric::RightWrong),
    ("trust_wait", Metric::TrustWait),
    ("right_trust_wait", Metric::RightTrustWait),
];

/// Statistics by name.
pub const STATISTICS: [(&str, Statistic); 8] = [
    ("min", Statistic::Min),
    ("mean", Statistic::Mean),
    ("max", Statistic::Max),
    ("p50", Statistic::P50),
    ("p90", Statistic::P90),
    ("p95", Statistic::P95),
    ("p99", Statistic::P99),
    ("p99.9", Statistic::P999),
];

/// Relations by sign, the longer first so that `<=` is not read as `<`.
pub const RELATIONS: [(&str, Relation); 4] =
    [("<=", Relation::AtMost), (">=", Relation::AtLeast), ("<", Relation::Less), (">", Relation::More)];

impl Metric {
    /// Whether it is a time; the others count.
    pub fn is_time(self) -> bool {
        use Metric::{
            Delivery, Execution, LateBy, Makespan, NotificationLatency, RightTrustWait, Sojourn, Throttled,
            TimeToStop, TrustWait, Wait, WrongFor,
        };
        match self {
            Makespan | Wait | Delivery | Execution | Sojourn | TimeToStop | NotificationLatency
            | WrongFor => true,
            Throttled | LateBy | TrustWait | RightTrustWait => true,
            _ => false,
        }
    }
}

impl Statistic {
    /// The share of the values at or below a quantile; `None` of the smallest, the largest and the mean.
    pub fn per_mille(self) -> Option<u64> {
        match self {
            Self::Min | Self::Mean | Self::Max => None,
            Self::P50 => Some(500),
            Self::P90 => Some(900),
            Self::P95 => Some(950),
            Self::P99 => Some(990),
            Self::P999 => Some(999),
        }
    }
}

impl Relation {
    /// Whether a measured value satisfies it against the bound's number.
    pub fn holds(self, measured: f64, bound: f64) -> bool {
        match self {
            Self::Less => measured < bound,
            Self::AtMost => measured <= bound,
            Self::More => measured > bound,
            Self::AtLeast => measured >= bound,
        }
    }
}

impl Threshold {
    /// The name of the only command that it is about; `None`: it is about each.
    pub fn command(&self) -> Option<&str> {
        self.metric.split_once(':').map(|(name, _)| name.trim())
    }

    /// Metric and statistic alone.
    pub fn subject(&self) -> &str {
        self.metric.split_once(':').map_or(self.metric.as_str(), |(_, subject)| subject.trim())
    }

    /// The threshold in typed form, or what is wrong and what would be right.
    pub fn parse(&self) -> Result<ParsedThreshold, (String, String)> {
        let (metric, statistic) = parse_subject(self.subject())?;
        let (relation, rest) = RELATIONS
            .iter()
            .find_map(|(sign, relation)| Some((*relation, self.bound.trim().strip_prefix(sign)?)))
            .ok_or_else(|| {
                let help = "begin with `<=`, `<`, `>=` or `>`, as in \"<= 2h\"".to_string();
                (format!("the bound `{}` has no relation", self.bound), help)
            })?;
        Ok(ParsedThreshold { metric, statistic, relation, bound: parse_bound(metric, rest.trim())? })
    }
}

/// Metric and statistic of a text such as `makespan.p95`, or what is wrong and what would be right.
pub fn parse_subject(text: &str) -> Result<(Metric, Statistic), (String, String)> {
    let Some((metric, statistic)) = text.split_once('.') else {
        return Err((
            format!("`{text}` names no statistic"),
            "write metric.statistic, as in \"makespan.p95\"".into(),
        ));
    };
    Ok((find("metric", metric, &METRICS)?, find("statistic", statistic, &STATISTICS)?))
}

fn find<T: Copy>(what: &str, name: &str, table: &[(&str, T)]) -> Result<T, (String, String)> {
    let names = || table.iter().map(|(name, _)| *name);
    table.iter().find(|(known, _)| *known == name).map(|(_, found)| *found).ok_or_else(|| {
        let guess = nearest(name, names()).map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
        let known = names().collect::<Vec<_>>().join(", ");
        (format!("`{name}` is no {what}"), format!("{guess}The {what}s are: {known}"))
    })
}

fn parse_bound(metric: Metric, text: &str) -> Result<Bound, (String, String)> {
    if metric.is_time() {
        let wrong = |help| (format!("`{text}` is no bound for a metric of time"), help);
        return SimDuration::from_str(text).map(Bound::Duration).map_err(wrong);
    }
    let (digits, percent) = text.strip_suffix('%').map_or((text, false), |digits| (digits.trim(), true));
    let number = digits.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    match number {
        Some(number) if percent && number <= 100.0 => Ok(Bound::PercentOfTargets(number)),
        Some(number) if !percent => Ok(Bound::Count(number)),
        _ => Err((
            format!("`{text}` is no bound for a metric that counts"),
            "write a number such as \"20\", or percent of the targets such as \"99%\"".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(metric: &str, bound: &str) -> Result<ParsedThreshold, (String, String)> {
        Threshold { metric: metric.into(), bound: bound.into() }.parse()
    }

    #[test]
    fn times_take_durations_and_counts_take_numbers() {
        let parsed = parse("makespan.p99.9", "<= 2h").unwrap();
        assert_eq!((parsed.metric, parsed.statistic), (Metric::Makespan, Statistic::P999));
        assert_eq!(
            (parsed.relation, parsed.bound),
            (Relation::AtMost, Bound::Duration(SimDuration::from_secs(7200)))
        );
        assert_eq!(parse("success.min", ">=99%").unwrap().bound, Bound::PercentOfTargets(99.0));
        assert_eq!(parse("failed.max", "< 5").unwrap().bound, Bound::Count(5.0));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (metric, bound, found) in [
            ("makespan", "<= 2h", "names no statistic"),
            ("makspan.p95", "<= 2h", "`makspan` is no metric"),
            ("makespan.p94", "<= 2h", "`p94` is no statistic"),
            ("makespan.p95", "2h", "no relation"),
            ("makespan.p95", "<= 20", "metric of time"),
            ("failed.max", "<= 2h", "metric that counts"),
            ("failed.max", "<= 101%", "metric that counts"),
            ("failed.max", "<= -1", "metric that counts"),
        ] {
            let (message, help) = parse(metric, bound).unwrap_err();
            assert!(message.contains(found), "{message}");
            assert!(!help.is_empty());
        }
    }
}
