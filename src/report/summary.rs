//! The summary of a run: everything a report says, as data. `summary.json` is this, and nothing that differs between
//! two machines is in it.

use std::collections::BTreeMap;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use super::{
    estimates::{self, Intervals, Probability},
    events::{self, EventsSummary, HookSummary},
    faults::{self, FaultsSummary},
    human,
    metrics_file::MetricsSummary,
    notifications::{self, SubscriptionSummary},
    polling::{self, PollingSummary},
    story,
    uploads::{self, UploadsSummary},
};
use crate::{
    base::{SimDuration, SimTime},
    check::Judgement,
    ensemble::{Ensemble, GoalOutcome, RuleSummary},
    history::Digest,
    measure::{
        Spread, Stage,
        interval::CONFIDENCE,
        statistics::{NOTIFICATION_LATENCY, RIGHT_TRUST_WAIT, TRUST_WAIT, pooled_as},
    },
    scenario::{
        Assumption, Plan, assumption,
        plan::Threshold,
        threshold::{Bound, METRICS, Metric, ParsedThreshold},
    },
    ssm::StatusDetails,
};

/// The version of the summary's form.
pub const SCHEMA: u32 = 1;

/// All that a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Its story.
    pub description: String,
    /// The profile of readings.
    pub profile: String,
    /// What simulation time 0 stands for.
    pub start: String,
    /// A hash of the resolved plan: equal plans have equal hashes.
    pub plan: String,
    /// The root of all luck.
    pub seed: u64,
    /// How many replications were run.
    pub replications: u64,
    /// The index of the first of them.
    pub first_replication: u64,
    /// How many were asked for, if an interrupt came before their end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<u64>,
    /// What had to be known how precisely, and whether it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub until: Vec<GoalOutcome>,
    /// The digest of all facts.
    pub digest: Digest,
    /// The confidence of every interval.
    pub confidence: f64,
    /// One for each command that the scenario itself sends.
    /// What rules sent is in `events`.
    pub commands: Vec<CommandSummary>,
    /// What became of events; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<EventsSummary>,
    /// What faults did to agents; absent where there are none that they notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults: Option<FaultsSummary>,
    /// What became of outputs; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploads: Option<UploadsSummary>,
    /// What clients that list invocations ask of the API; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polling: Option<PollingSummary>,
    /// What CloudWatch would count of the commands.
    pub metrics: MetricsSummary,
    /// How many replications the rules judged.
    pub checked_replications: u64,
    /// The worst verdict of all rules; absent when nothing was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Judgement>,
    /// What each rule says.
    pub rules: Vec<RuleSummary>,
    /// What the scenario demands, and whether it got it.
    pub thresholds: Vec<ThresholdResult>,
    /// The open points that the result rests on.
    pub assumptions: Vec<Assumption>,
}

/// What one command came to, over all replications. Times are microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct CommandSummary {
    /// Its unique name.
    pub name: String,
    /// `DocumentName`.
    pub document: String,
    /// When it was requested: of a single replication when its request was taken, else when its caller first called,
    /// which differs with assumed quotas alone (O-46).
    pub requested: String,
    /// How often an assumed quota refused its request, over all replications (O-46); absent if never.
    #[serde(skip_serializing_if = "is_zero")]
    pub throttled: u64,
    /// In how many replications its caller gave up, so that it was never sent; absent if in none.
    #[serde(skip_serializing_if = "is_zero")]
    pub never_sent: u64,
    /// `TargetCount`.
    pub targets: u32,
    /// `MaxConcurrency` as the request has it, or the default.
    pub max_concurrency: String,
    /// `MaxErrors` as the request has it, or the default.
    pub max_errors: String,
    /// The command's terminal Status/StatusDetails with the number of replications that ended so.
    pub statuses: BTreeMap<String, u64>,
    /// When it ended; only of a single replication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Metrics of a whole replication: their spread over replications.
    pub per_replication: BTreeMap<&'static str, Spread>,
    /// The intervals of those metrics; empty of a single replication.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub intervals: BTreeMap<&'static str, Intervals>,
    /// How probable each way to end is, and a stop by errors, as `stopped`; empty of a single replication.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub probabilities: BTreeMap<String, Probability>,
    /// Durations of invocations and notifications: their spread over all of them in all replications.
    pub pooled: BTreeMap<&'static str, Spread>,
    /// What each subscription of its topic received; absent when it publishes nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notifications: Vec<SubscriptionSummary>,
    /// What the rate controls did, and what became of the notifications, in sentences.
    pub story: Vec<String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A threshold and what was measured.
#[derive(Clone, Debug, Serialize)]
pub struct ThresholdResult {
    /// Index of the command; 0 of a lifecycle hook.
    pub command: usize,
    /// The lifecycle hook that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
    /// As written, such as `makespan.p95`, without the name of a command.
    pub metric: String,
    /// As written.
    pub bound: String,
    /// What was measured, as people read it; absent when there was nothing to measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// Whether it holds; absent when there was nothing to measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
}

impl Summary {
    /// Sums up a run of a plan.
    pub fn new(plan: &Plan, seed: u64, ensemble: &Ensemble) -> Self {
        let commands: Vec<_> =
            (0..plan.own_commands()).map(|index| CommandSummary::new(plan, index, ensemble)).collect();
        let events = events::sum_up(plan, ensemble);
        let verdict = ensemble.rules.iter().map(|rule| rule.verdict).max();
        Self {
            schema: SCHEMA,
            scenario: plan.name.clone(),
            description: plan.description.clone(),
            profile: plan.profile.clone(),
            start: plan.start.clone(),
            plan: plan_hash(plan),
            seed,
            replications: ensemble.count,
            first_replication: ensemble.first.as_ref().map_or(0, |first| first.index),
            partial: None,
            until: Vec::new(),
            digest: ensemble.digest,
            confidence: CONFIDENCE,
            thresholds: thresholds(&plan.thresholds, &commands, events.as_ref()),
            commands,
            events,
            faults: faults::sum_up(plan, ensemble),
            uploads: uploads::sum_up(plan, ensemble),
            polling: polling::sum_up(plan, ensemble),
            metrics: MetricsSummary::new(&ensemble.commands),
            checked_replications: ensemble.checked,
            verdict,
            rules: ensemble.rules.clone(),
            assumptions: assumption::of(plan),
        }
    }
}

impl CommandSummary {
    fn new(plan: &Plan, index: usize, ensemble: &Ensemble) -> Self {
        let command = &plan.commands[index];
        let totals = &ensemble.commands[index];
        let first = ensemble.first.as_ref().map(|first| &first.commands[index]);
        let statuses = totals
            .statuses()
            .map(|(status, details, count)| (format!("{status:?}/{}", details.name()), count));
        let per_replication = METRICS
            .iter()
            .filter_map(|&(name, metric)| Some((name, Spread::of_sample(totals.sample(metric)?)?)));
        let latencies = &ensemble.latencies[index];
        let stages =
            Stage::ALL.iter().map(|&stage| (stage.name(), Spread::of_durations(latencies.stage(stage))));
        let notified = (NOTIFICATION_LATENCY, Spread::of_durations(&latencies.all_notifications()));
        let trust = latencies.all_trust();
        let naive = (TRUST_WAIT, Spread::of_durations(&trust.naive));
        let right = (RIGHT_TRUST_WAIT, Spread::of_durations(&trust.right));
        let pooled =
            stages.chain([notified, naive, right]).filter_map(|(name, spread)| Some((name, spread?)));
        let notifications = notifications::sum_up(plan, command, totals, latencies);
        let single = first.filter(|_| ensemble.count == 1);
        let requested =
            single.filter(|one| one.ended.is_some()).map_or(SimTime::ZERO + command.at, |one| one.requested);
        let mut story = match single {
            Some(one) => story::of_one(plan, command, one),
            None => story::of_several(command, totals, ensemble.count),
        };
        story.extend(story::not_simulated(command));
        story.extend(notifications::story(command, &notifications, ensemble.count));
        Self {
            name: command.name.clone(),
            document: command.request.document_name.clone(),
            requested: human::instant(&plan.start, requested),
            throttled: totals.throttled,
            never_sent: totals.never_sent,
            targets: first.map_or(0, |result| result.targets),
            max_concurrency: command.request.max_concurrency_or_default().into(),
            max_errors: command.request.max_errors_or_default().into(),
            statuses: statuses.collect(),
            ended: single.and_then(|one| one.ended).map(|(time, ..)| human::instant(&plan.start, time)),
            per_replication: per_replication.collect(),
            intervals: estimates::intervals(totals),
            probabilities: estimates::probabilities(totals, ensemble.count),
            pooled: pooled.collect(),
            notifications,
            story,
        }
    }

    /// What it is called in a heading: by document and targets, and where there are `several` commands first by name.
    pub fn heading(&self, several: bool) -> String {
        let name = if several { format!("{}: ", self.name) } else { String::new() };
        format!("{name}{} to {} targets", self.document, human::count(self.targets.into()))
    }

    /// In how many replications it came to which status, or was never sent.
    pub fn ends(&self) -> impl Iterator<Item = (&str, u64)> {
        let never = (self.never_sent > 0).then_some(("never sent", self.never_sent));
        self.statuses.iter().map(|(status, &count)| (status.as_str(), count)).chain(never)
    }

    /// How many invocations ended in each way, on average over replications, without those that never occurred.
    pub fn endings(&self) -> Vec<(StatusDetails, f64)> {
        let ending = |&(name, metric): &(&str, Metric)| match metric {
            Metric::Ended(details) => Some((details, self.per_replication.get(name)?.mean)),
            _ => None,
        };
        METRICS.iter().filter_map(ending).filter(|&(_, mean)| mean > 0.0).collect()
    }
}

fn thresholds(
    thresholds: &[Threshold],
    commands: &[CommandSummary],
    events: Option<&EventsSummary>,
) -> Vec<ThresholdResult> {
    let of_command = |index: usize, command: &CommandSummary, threshold: &Threshold| {
        let parsed = threshold.parse().expect("a resolved plan's thresholds are right");
        let measured = measure(&parsed, command);
        ThresholdResult {
            command: index,
            hook: None,
            metric: threshold.subject().into(),
            bound: threshold.bound.clone(),
            measured: measured.map(|measured| show(&parsed, measured)),
            met: measured.map(|measured| parsed.relation.holds(measured, bound_of(&parsed))),
        }
    };
    let hooks = || events.iter().flat_map(|events| &events.hooks);
    let of_all = |threshold: &Threshold| {
        let parsed = threshold.parse().expect("a resolved plan's thresholds are right");
        if parsed.metric == Metric::Captured {
            let meant = |hook: &&HookSummary| threshold.command().is_none_or(|only| only == hook.hook);
            return hooks().filter(meant).map(|hook| of_hook(hook, threshold, &parsed)).collect();
        }
        let meant = |name: &str| threshold.command().is_none_or(|only| only == name);
        let commands = commands.iter().enumerate().filter(|(_, command)| meant(&command.name));
        commands.map(|(index, command)| of_command(index, command, threshold)).collect::<Vec<_>>()
    };
    thresholds.iter().flat_map(of_all).collect()
}

fn of_hook(hook: &HookSummary, threshold: &Threshold, parsed: &ParsedThreshold) -> ThresholdResult {
    let spread = hook.captured_per_replication.as_ref();
    let measured = spread.map(|spread| spread.get(parsed.statistic) / 10_000.0);
    ThresholdResult {
        command: 0,
        hook: Some(hook.hook.clone()),
        metric: threshold.subject().into(),
        bound: threshold.bound.clone(),
        measured: measured.map(|measured| show(parsed, measured)),
        met: measured.map(|measured| parsed.relation.holds(measured, bound_of(parsed))),
    }
}

/// What a threshold's bound is compared with, in the bound's unit.
fn measure(threshold: &ParsedThreshold, command: &CommandSummary) -> Option<f64> {
    let spread = match pooled_as(threshold.metric) {
        Some(name) => command.pooled.get(name)?,
        None => {
            let (name, _) = METRICS.iter().find(|(_, metric)| *metric == threshold.metric)?;
            command.per_replication.get(name)?
        }
    };
    let measured = spread.get(threshold.statistic);
    match threshold.bound {
        Bound::PercentOfTargets(_) if command.targets == 0 => None,
        Bound::PercentOfTargets(_) => Some(measured * 100.0 / f64::from(command.targets)),
        Bound::Duration(_) | Bound::Count(_) => Some(measured),
    }
}

fn bound_of(threshold: &ParsedThreshold) -> f64 {
    match threshold.bound {
        Bound::Duration(duration) => duration.0 as f64,
        Bound::Count(bound) | Bound::PercentOfTargets(bound) => bound,
    }
}

/// What was measured, rounded for people; exact where rounding would make it look like the bound.
fn show(threshold: &ParsedThreshold, measured: f64) -> String {
    let bound = bound_of(threshold);
    let rounded = |value: f64| match threshold.bound {
        Bound::Duration(_) => human::micros(value),
        Bound::Count(_) => human::number(value),
        Bound::PercentOfTargets(_) => format!("{value:.2}%"),
    };
    if measured == bound || rounded(measured) != rounded(bound) {
        return rounded(measured);
    }
    match threshold.bound {
        Bound::Duration(_) => SimDuration(measured.round() as u64).to_string(),
        Bound::Count(_) => format!("{measured:.6}"),
        Bound::PercentOfTargets(_) => format!("{measured:.6}%"),
    }
}

/// A hash of the plan's JSON, in which every field has its place.
pub fn plan_hash(plan: &Plan) -> String {
    let json = serde_json::to_vec(plan).expect("a plan is plain data");
    format!("{:032x}", xxh3_128(&json))
}
