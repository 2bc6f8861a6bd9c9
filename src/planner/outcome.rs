//! The outcome of a plan, as plain data that a report can be drawn from.

use serde::Serialize;

use super::{
    CONFIDENCE, Difference, Estimate, Judged, Observation, ShareEstimate, Verdict, advice, frontier,
    race::{Race, overall},
};
use crate::{
    base::SimDuration,
    scenario::{demand::Demand, document::Objective},
    ssm::SendCommandRequest,
};

/// The version of its form.
pub const SCHEMA: u32 = 1;

/// All that a plan came to. Times are microseconds from the request of the command, settings are named by their index.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The scenario's name.
    pub scenario: String,
    /// Its story.
    pub description: String,
    /// The root of all luck.
    pub seed: u64,
    /// The planned command's name.
    pub command: String,
    /// What it runs.
    pub document: String,
    /// `TargetCount` of the scenario as written.
    pub targets: u32,
    /// The paths of the fields that are varied beside the rate controls.
    pub fields: Vec<String>,
    /// The names of the worlds; the healthy one is the first.
    pub worlds: Vec<String>,
    /// What is demanded.
    pub demands: Vec<Demand>,
    /// What is best among the settings that satisfy it.
    pub minimize: Objective,
    /// The confidence of intervals and verdicts.
    pub confidence: f64,
    /// The most replications of a setting in a world.
    pub most_replications: u64,
    /// How many replications were run, in all settings and worlds together.
    pub replications_used: u64,
    /// How many it would have been with the most for each.
    pub replications_of_all: u64,
    /// Whether it was ended before the replications decided.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// Every setting.
    pub settings: Vec<SettingOutcome>,
    /// The settings than which no other is better in one respect and in no respect worse: makespan of the healthy release,
    /// instances broken and time to the stop of the worst bad one. By makespan.
    pub frontier: Vec<usize>,
    /// What follows from it.
    pub answer: Answer,
}

/// What one setting came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SettingOutcome {
    /// `MaxConcurrency`.
    pub max_concurrency: String,
    /// `MaxErrors`.
    pub max_errors: String,
    /// The values of the further fields.
    pub fields: Vec<String>,
    /// Whether it is the scenario as written.
    pub is_written: bool,
    /// How many replications it had in each world.
    pub replications: u64,
    /// How often the healthy release reached every target.
    pub completes: ShareEstimate,
    /// The makespan of the healthy release where it did; absent where it never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub makespan: Option<Estimate>,
    /// The bad worlds.
    pub bad: Vec<BadWorld>,
    /// Index in `bad` of that with the most instances broken.
    pub most_broken: usize,
    /// Index in `bad` of that which is stopped last.
    pub last_stopped: usize,
    /// What each demand comes to.
    pub demands: Vec<Judged>,
    /// The worst verdict of all demands.
    pub verdict: Verdict,
    /// How much more its objective is than that of the recommended setting; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// The request to paste, as the service takes it.
    pub request: SendCommandRequest,
    /// When the scenario sends it.
    pub at: SimDuration,
}

/// What a bad release came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BadWorld {
    /// Instances broken.
    pub broken: Estimate,
    /// Until the stop; without one, until the end.
    pub time_to_stop: Estimate,
    /// How often it was stopped.
    pub stopped: ShareEstimate,
    /// Until the end of the command.
    pub makespan: Estimate,
}

/// What follows from a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Answer {
    /// A setting meets everything.
    Recommended {
        /// Which.
        setting: usize,
        /// Settings that meet everything and whose objective differs from the best in nothing that matters. The recommended
        /// one is among them the one that breaks least.
        ties: Vec<usize>,
        /// The best of the others that meet everything.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<usize>,
    },
    /// Some settings may meet everything; the replications do not tell.
    Undecided {
        /// Which.
        settings: Vec<usize>,
    },
    /// No setting meets everything.
    Infeasible {
        /// What would have to change.
        relaxations: Vec<Relaxation>,
    },
}

/// A demand that would have to be weaker, and for whom that would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Relaxation {
    /// Index of the demand.
    pub demand: usize,
    /// The setting that needs least.
    pub setting: usize,
    /// Whether that setting meets all other demands, so that nothing else has to change.
    pub meets_others: bool,
}

impl Outcome {
    pub(super) fn new(race: &Race<'_>) -> Self {
        let study = race.study;
        let plan = study.written();
        let command = &plan.commands[study.planning.command];
        let mut settings: Vec<_> =
            (0..study.settings.len()).map(|at| SettingOutcome::new(race, at)).collect();
        let answer = advice::answer(race, &settings);
        if let Answer::Recommended { setting, .. } = answer {
            for (at, outcome) in settings.iter_mut().enumerate().filter(|(at, _)| *at != setting) {
                outcome.difference = race.difference(at, setting);
            }
        }
        let worlds = study.worlds.len() as u64;
        let used = settings.iter().map(|setting| setting.replications).sum::<u64>() * worlds;
        Self {
            schema: SCHEMA,
            scenario: plan.name.clone(),
            description: plan.description.clone(),
            seed: study.seed,
            command: command.name.clone(),
            document: command.request.document_name.clone(),
            targets: written_targets(race),
            fields: study.planning.fields.iter().map(|field| field.path.clone()).collect(),
            worlds: study.worlds.clone(),
            demands: study.planning.demands.clone(),
            minimize: study.planning.minimize,
            confidence: CONFIDENCE,
            most_replications: study.planning.replications,
            replications_used: used,
            replications_of_all: settings.len() as u64 * worlds * study.planning.replications,
            interrupted: false,
            frontier: frontier::of(&settings, &study.planning.demands),
            answer,
            settings,
        }
    }
}

/// `TargetCount` of the scenario as written, which is one of the settings.
fn written_targets(race: &Race<'_>) -> u32 {
    let written = race.study.settings.iter().position(|setting| setting.is_written).unwrap_or(0);
    race.of(written)[0].first().map_or(0, |one| one.targets)
}

impl SettingOutcome {
    fn new(race: &Race<'_>, at: usize) -> Self {
        let (setting, worlds) = (&race.study.settings[at], race.of(at));
        let healthy = &worlds[0];
        let complete: Vec<u64> =
            healthy.iter().filter(|one| one.is_complete).map(|one| one.makespan).collect();
        let demands = race.judged(at);
        let command = race.study.plan(at, 0).commands.swap_remove(race.study.planning.command);
        Self {
            max_concurrency: setting.max_concurrency.clone(),
            max_errors: setting.max_errors.clone(),
            fields: setting.fields.clone(),
            is_written: setting.is_written,
            replications: race.count(at),
            completes: ShareEstimate::of(complete.len() as u64, healthy.len() as u64),
            makespan: Estimate::of(complete),
            bad: worlds[1..].iter().map(|world| BadWorld::new(world)).collect(),
            most_broken: race.worst(at, |one| one.broken.into()) - 1,
            last_stopped: race.worst(at, |one| one.stopped_after) - 1,
            verdict: overall(&demands),
            demands,
            difference: None,
            request: command.request,
            at: command.at,
        }
    }

    /// What the bad release that breaks most breaks.
    pub fn broken(&self) -> &Estimate {
        &self.bad[self.most_broken].broken
    }

    /// When the bad release that is stopped last is stopped.
    pub fn time_to_stop(&self) -> &Estimate {
        &self.bad[self.last_stopped].time_to_stop
    }
}

impl BadWorld {
    fn new(observed: &[Observation]) -> Self {
        let mean = |value: fn(&Observation) -> u64| {
            Estimate::of(observed.iter().map(value).collect()).expect("every setting has had replications")
        };
        let stopped = observed.iter().filter(|one| one.is_stopped).count();
        Self {
            broken: mean(|one| one.broken.into()),
            time_to_stop: mean(|one| one.stopped_after),
            stopped: ShareEstimate::of(stopped as u64, observed.len() as u64),
            makespan: mean(|one| one.makespan),
        }
    }
}
