//! Durations of the four stages of an invocation, in HdrHistograms.

use hdrhistogram::Histogram;

use crate::{
    base::{SimDuration, SimTime},
    history::Ending,
};

/// A stage of an invocation's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// From the command's request to the send.
    Wait,
    /// From the send to the receipt by the agent.
    Delivery,
    /// On the instance.
    Execution,
    /// From the send to the terminal status.
    Sojourn,
}

impl Stage {
    /// All stages, in the order of an invocation's life.
    pub const ALL: [Self; 4] = [Self::Wait, Self::Delivery, Self::Execution, Self::Sojourn];

    /// The name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Delivery => "delivery",
            Self::Execution => "execution",
            Self::Sojourn => "sojourn",
        }
    }
}

/// Significant decimal digits of every histogram: a relative error of at most 0.1 %.
const DIGITS: u8 = 3;

/// One histogram for each stage; values are microseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    stages: [Histogram<u64>; 4],
}

impl Default for Latencies {
    fn default() -> Self {
        let empty = Histogram::new(DIGITS).expect("three digits are supported");
        Self { stages: std::array::from_fn(|_| empty.clone()) }
    }
}

impl Latencies {
    /// Takes in an invocation that ended at `ended`, of a command requested at `requested`. Stages that it did not
    /// go through are not recorded.
    pub fn record(&mut self, requested: SimTime, ended: SimTime, ending: &Ending) {
        let Some(sent) = ending.sent else { return };
        self.add(Stage::Wait, sent.since(requested));
        self.add(Stage::Sojourn, ended.since(sent));
        if let Some(started) = ending.started {
            self.add(Stage::Delivery, started.since(sent));
        }
        if let Some(elapsed) = ending.elapsed {
            self.add(Stage::Execution, elapsed);
        }
    }

    /// The histogram of a stage.
    pub fn stage(&self, stage: Stage) -> &Histogram<u64> {
        &self.stages[stage as usize]
    }

    /// Adds what another has recorded.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.stages.iter_mut().zip(&other.stages) {
            mine.add(theirs).expect("histograms grow as they need to");
        }
    }

    fn add(&mut self, stage: Stage, duration: SimDuration) {
        let recorded = self.stages[stage as usize].record(duration.0);
        recorded.expect("histograms grow as they need to");
    }
}
