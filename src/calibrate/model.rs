//! One group, fitted: how long, how often, who cannot be reached, who is slow.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    clock::{Durations, durations},
    groups::{Asked, Group},
    hold::Split,
    records::Row,
    time::{How, Time, is_own_kind, time, typical},
    told::{Ending, Span},
};
use crate::{
    base::distribution::Distribution,
    fit::{
        Lasted, Law, Refusal, Sample, Share, Slowness,
        choice::ENDS_FOR_A_TABLE,
        curve, empirical, goodness, share,
        slowness::{Run, Unidentifiable, slowness},
    },
    ssm::status::Platform,
};

/// The confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;

/// A group, fitted.
#[derive(Clone, Debug, Serialize)]
pub struct Model {
    /// What its invocations have in common.
    pub name: String,
    /// The tag that it was told apart by, and its value.
    pub tag: Option<(String, String)>,
    /// The platform of all of them, if it was told.
    pub platform: Option<Platform>,
    /// How many invocations.
    pub invocations: u64,
    /// How many different instances, those held out among them.
    pub instances: u64,
    /// How they ended, by name.
    pub endings: BTreeMap<&'static str, u64>,
    /// From the request to the start.
    pub delivery: Delivery,
    /// On the instance.
    pub execution: Time,
    /// Exit codes, replies that never came, and scripts that hang: each of what could have come to it.
    pub outcomes: Vec<Outcome>,
    /// Instances that were never reached, of all that were sent to.
    pub unreachable: Share,
    /// Instances that were gone, of all that were sent to.
    pub gone: Share,
    /// How much instances differ.
    pub slowness: Slow,
    /// What the largest command asked for.
    pub asked: Asked,
}

/// What is known of the delivery time.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// It was fitted.
    Fitted(Box<Time>),
    /// It was not, for this reason.
    Unknown(String),
}

/// What a step can come to other than exit code 0.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// What.
    pub kind: Kind,
    /// How often, of the executions that came to an outcome.
    pub share: Share,
    /// How long it takes, where that is unlike the rest.
    pub execution: Option<Time>,
}

/// A kind of outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The script ended with this code.
    ExitCode(i32),
    /// It never ended by itself.
    Hang,
    /// The final reply never came.
    ReplyLost,
}

/// What is known of slow instances.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slow {
    /// Instances differ by a factor, which the scenario has.
    Applied(Box<Slowness>),
    /// They do, or may, but the scenario does not have it, for this reason.
    Left(String),
}

/// The most exit codes that a scenario names one by one; the others count as the most frequent one.
const CODES: usize = 10;

/// With fewer instances nothing is said of how those of a fleet differ.
const INSTANCES: u64 = 10;

/// Above this share of executions that were not seen to end, slow instances are not told apart: the slowest runs are missing.
const CENSORED: f64 = 0.01;

/// The fit of a group whose rows are split.
pub(super) fn model(
    group: Group,
    records: &super::Records,
    split: &Split,
    how: How,
) -> Result<Model, Refusal> {
    let (rows, held) = split.apply(&group.rows);
    let picked = Picked::of(&rows, how);
    let codes = picked.codes(&rows, how);
    let (main, slow) = picked.main(&rows, codes.is_apart);
    let held_main =
        held.as_ref().map(|held| executions(held, |ending| main_has(ending, codes.is_apart, picked.hangs)));
    let both = (&main, held_main.as_ref().map(|held| &held.sample));
    let slow = slow.and_then(|slow| typical(&slow, both, how).map(|time| (time, slow)));
    let (execution, slowness) = match slow {
        Ok((time, slow)) => (time, Slow::Applied(Box::new(slow))),
        Err(why) => (time(&main.sample, both, None, how)?, Slow::Left(why)),
    };
    let instances: BTreeSet<u32> = group.rows.iter().map(|row| row.instance).collect();
    let [unreachable, gone] = reached(&rows, &picked);
    Ok(Model {
        invocations: rows.len() as u64,
        instances: instances.len() as u64,
        endings: endings(&rows),
        delivery: delivery(&rows, held.as_deref(), &picked, records, how),
        execution,
        outcomes: picked.outcomes(&rows, &codes),
        unreachable,
        gone,
        slowness,
        asked: group.asked,
        name: group.name,
        tag: group.tag,
        platform: group.platform,
    })
}

/// What was decided of those that ran out of time.
struct Picked {
    /// ExecutionTimedOut is a kind of its own: it hangs.
    hangs: bool,
    /// DeliveryTimedOut is a kind of its own: it cannot be reached.
    unreachable: bool,
}

/// Exit codes other than 0, and whether they take other times.
struct Codes {
    counts: BTreeMap<i32, u64>,
    is_apart: bool,
    execution: Option<Time>,
}

fn spans(rows: &[Row], of: impl Fn(&Row) -> Option<Span>) -> Vec<Span> {
    rows.iter().filter_map(of).collect()
}

/// The executions of invocations that ended in some ways.
fn executions(rows: &[Row], is_in: impl Fn(Ending) -> bool) -> Durations {
    durations(&spans(rows, |row| row.told.execution.filter(|_| is_in(row.told.ending))), 0)
}

/// Whether the execution of what ended like this belongs to the distribution of the group.
fn main_has(ending: Ending, codes_apart: bool, hangs: bool) -> bool {
    match ending {
        Ending::Failed(_) => !codes_apart,
        Ending::TimedOut => !hangs,
        _ => true,
    }
}

/// What ran out of time, of some spans.
fn cut(spans: &[Span]) -> Vec<Lasted> {
    let lasted = spans.iter().filter_map(|span| match span {
        Span::Known(lasted @ Lasted::AtLeast(_)) => Some(*lasted),
        Span::Told { from, to } if to > from => Some(Lasted::AtLeast((to - from) as u64)),
        _ => None,
    });
    lasted.collect()
}

impl Picked {
    fn of(rows: &[Row], how: How) -> Self {
        let timed_out = |row: &Row| row.told.ending == Ending::TimedOut;
        let ran_out = cut(&spans(rows, |row| row.told.execution.filter(|_| timed_out(row))));
        let rest = executions(rows, |ending| ending != Ending::TimedOut);
        let hangs = !ran_out.is_empty() && is_own_kind(&rest.sample, &ran_out, how);
        let is_lost = |row: &Row| row.told.ending == Ending::NotDelivered;
        let never = cut(&spans(rows, |row| row.told.delivery.filter(|_| is_lost(row))));
        let told = rows.iter().filter(|row| is_lost(row)).count();
        let rest = durations(&spans(rows, |row| row.told.delivery.filter(|_| !is_lost(row))), 0);
        // Where it was not told how long they were tried, they are no part of the delivery time.
        let unreachable = never.is_empty() || never.len() < told || is_own_kind(&rest.sample, &never, how);
        Self { hangs, unreachable }
    }

    /// The exit codes, and their own executions if the failed take other times than the good.
    fn codes(&self, rows: &[Row], how: How) -> Codes {
        let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
        for row in rows {
            if let Ending::Failed(code) = row.told.ending {
                *counts.entry(code).or_default() += 1;
            }
        }
        let failed = executions(rows, |ending| matches!(ending, Ending::Failed(_)));
        let good = executions(rows, |ending| ending == Ending::Success);
        let is_apart = differ(&good.sample, &failed.sample);
        let own = is_apart.then(|| time(&failed.sample, (&failed, None), None, how).ok()).flatten();
        Codes { counts, is_apart: own.is_some(), execution: own }
    }

    /// The executions that the group's distribution is about, and how much instances differ in them.
    fn main(&self, rows: &[Row], codes_apart: bool) -> (Durations, Result<Slowness, String>) {
        let is_in = |ending| main_has(ending, codes_apart, self.hangs);
        let main = executions(rows, is_in);
        let (sample, all) = (&main.sample, main.sample.count());
        let slow = if main.coarse.is_some() || sample.is_polled() {
            Err("the times are too coarse to compare instances".to_string())
        } else if (all - sample.ended()) as f64 > CENSORED * all as f64 {
            Err("too many executions were not seen to end".to_string())
        } else {
            apart(rows, is_in)
        };
        (main, slow)
    }

    /// How many of those that were cut off had gone on for so long already that they would not have failed: none if the failed
    /// take as long as the good, and else those that nearly every failure is shorter than.
    fn surely_no_failures(&self, rows: &[Row], codes: &Codes) -> u64 {
        const LONGER: f64 = 0.01;
        let law = codes.execution.as_ref().and_then(|time| Law::new(&time.distribution));
        let Some(law) = law else { return 0 };
        let is_cut = |ending| match ending {
            Ending::TimedOut => !self.hangs,
            ending => matches!(ending, Ending::Cancelled | Ending::Unfinished),
        };
        let cut = cut(&spans(rows, |row| row.told.execution.filter(|_| is_cut(row.told.ending))));
        let is_beyond = |lasted: &&Lasted| matches!(lasted, Lasted::AtLeast(at) if law.log_above(*at as f64) < libm::log(LONGER));
        cut.iter().filter(is_beyond).count() as u64
    }

    fn outcomes(&self, rows: &[Row], codes: &Codes) -> Vec<Outcome> {
        let count = |wanted: Ending| rows.iter().filter(|row| row.told.ending == wanted).count() as u64;
        let (lost, hung) = (count(Ending::ReplyLost), if self.hangs { count(Ending::TimedOut) } else { 0 });
        let all = count(Ending::Success)
            + codes.counts.values().sum::<u64>()
            + lost
            + hung
            + self.surely_no_failures(rows, codes);
        let outcome =
            |kind, happened, execution| Outcome { kind, share: share(happened, all, CONFIDENCE), execution };
        let mut outcomes: Vec<Outcome> = by_frequency(&codes.counts)
            .into_iter()
            .map(|(code, happened)| outcome(Kind::ExitCode(code), happened, codes.execution.clone()))
            .collect();
        if hung > 0 {
            outcomes.push(outcome(Kind::Hang, hung, None));
        }
        if lost > 0 {
            outcomes.push(outcome(Kind::ReplyLost, lost, None));
        }
        outcomes
    }
}

/// The most frequent codes first, the rest counted with the first.
fn by_frequency(counts: &BTreeMap<i32, u64>) -> Vec<(i32, u64)> {
    let mut codes: Vec<(i32, u64)> = counts.iter().map(|(code, count)| (*code, *count)).collect();
    codes.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
    let rest: u64 = codes.iter().skip(CODES).map(|(_, count)| count).sum();
    codes.truncate(CODES);
    if let Some(first) = codes.first_mut() {
        first.1 += rest;
    }
    codes
}

/// Whether two samples are further apart than chance brings about once in a hundred times (Kolmogorov and Smirnov's test of
/// two samples; N. Smirnov, 1948).
fn differ(one: &Sample, other: &Sample) -> bool {
    let (n, m) = (one.ended() as f64, other.ended() as f64);
    if one.ended() < ENDS_FOR_A_TABLE || other.ended() < ENDS_FOR_A_TABLE {
        return false;
    }
    let table = curve(&one.coarse()).and_then(|curve| empirical(&curve));
    let law = table.and_then(|table| Law::new(&table.distribution));
    let (Some(law), Some(curve)) = (law, curve(&other.coarse())) else { return false };
    goodness(&curve, other.ended(), &law).distance > 1.628 * ((n + m) / (n * m)).sqrt()
}

/// How much instances differ, if they surely do.
fn apart(rows: &[Row], is_in: impl Fn(Ending) -> bool) -> Result<Slowness, String> {
    let runs = rows.iter().filter_map(|row| {
        let duration = match row.told.execution.filter(|_| is_in(row.told.ending))? {
            Span::Told { from, to } => u64::try_from(to - from).ok()?.max(1),
            Span::Known(Lasted::Exactly(at)) => at,
            Span::Known(_) => return None,
        };
        Some(Run { instance: row.instance, duration })
    });
    let found = slowness(&runs.collect::<Vec<_>>(), CONFIDENCE).map_err(|why| match why {
        Unidentifiable::OneInstance => "there is one instance only".to_string(),
        Unidentifiable::EachSeenOnce => {
            "each instance was seen once, so all of the spread is in the execution time".into()
        }
        Unidentifiable::Zero => "some durations are 0".into(),
    })?;
    if found.instances < INSTANCES {
        let seen = found.instances;
        return Err(format!(
            "{seen} instances say too little of how those of a fleet differ, {INSTANCES} are needed"
        ));
    }
    match (found.between.interval.low > 0.0, &found.factor) {
        (true, Distribution::Lognormal { .. }) => Ok(found),
        _ => Err(format!("{} instances differ no more than chance makes them", found.instances)),
    }
}

/// The shares of instances that were never reached, and that were gone.
fn reached(rows: &[Row], picked: &Picked) -> [Share; 2] {
    let count = |is_in: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is_in(row)).count() as u64;
    let never = count(&|row| row.told.ending == Ending::NotDelivered);
    let gone = count(&|row| row.told.ending == Ending::Undeliverable);
    let had = count(&|row| {
        matches!(row.told.delivery, Some(Span::Told { .. } | Span::Known(Lasted::Between { .. })))
            || matches!(
                row.told.ending,
                Ending::Success | Ending::Failed(_) | Ending::TimedOut | Ending::ReplyLost
            )
    });
    let never = if picked.unreachable { never } else { 0 };
    let all = had + never + gone;
    [share(never, all, CONFIDENCE), share(gone, all, CONFIDENCE)]
}

fn delivery(
    rows: &[Row],
    held: Option<&[Row]>,
    picked: &Picked,
    records: &super::Records,
    how: How,
) -> Delivery {
    let of = |rows: &[Row]| {
        let is_in = |row: &Row| row.told.ending != Ending::NotDelivered || !picked.unreachable;
        durations(&spans(rows, |row| row.told.delivery.filter(|_| is_in(row))), records.clock_error)
    };
    let (seen, held) = (of(rows), held.map(of));
    if seen.sample.count() == 0 {
        return Delivery::Unknown("it is not in the record".into());
    }
    let held = held.as_ref().map(|held| &held.sample);
    match time(&seen.sample, (&seen, held), None, how) {
        Ok(time) => Delivery::Fitted(Box::new(time)),
        Err(refusal) => Delivery::Unknown(refusal.to_string()),
    }
}

fn endings(rows: &[Row]) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for row in rows {
        let name = match row.told.ending {
            Ending::Success => "Success",
            Ending::Failed(_) => "Failed",
            Ending::TimedOut => "ExecutionTimedOut",
            Ending::ReplyLost => "DeliveryTimedOut, after it had begun",
            Ending::NotDelivered => "DeliveryTimedOut",
            Ending::Undeliverable => "Undeliverable",
            Ending::Cancelled => "Cancelled",
            Ending::Unfinished => "not seen to end",
            Ending::NotSent => "not sent, or refused",
        };
        *counts.entry(name).or_default() += 1;
    }
    counts
}
