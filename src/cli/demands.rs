//! Options that `plan` and `what-if` have in common: bad releases, demands, replications.

use clap::{Args, value_parser};

use super::console::Failure;
use crate::scenario::{
    Draft, Planning,
    demand::{Demand, Subject},
    release,
};

/// What is demanded of a setting, and against which bad releases.
#[derive(Debug, Args)]
pub(super) struct Demands {
    /// A release that goes wrong, instead of the scenario's: chance=30%,exit_code=1,platform=Windows,tag:Role=web or
    /// hang,group=web; may be repeated
    #[arg(long, value_name = "RELEASE")]
    bad_release: Vec<String>,
    /// By when the healthy release must have ended, and how surely, such as 2h@95%
    #[arg(long, value_name = "TIME@SHARE")]
    within: Option<String>,
    /// How many instances a bad release may break, and how surely, such as 20@99% or 1%@99%
    #[arg(long, value_name = "N@SHARE")]
    blast_radius: Option<String>,
    /// By when a bad release must be stopped, and how surely, such as 10m@95%
    #[arg(long, value_name = "TIME@SHARE")]
    stop_within: Option<String>,
    /// How surely the healthy release must reach every target, such as 95%
    #[arg(long, value_name = "SHARE")]
    pub(super) completes: Option<String>,
    /// The root of all luck, instead of the scenario's
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// The most replications of a setting in each world
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(2..=1_000_000))]
    pub(super) replications: Option<u64>,
    /// How many threads [default: one for each processor]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Demands {
    /// The scenario with the bad releases that are given.
    pub(super) fn lay_over(&self, draft: Draft) -> Result<Draft, Failure> {
        if self.bad_release.is_empty() {
            return Ok(draft);
        }
        let releases = self.bad_release.iter().map(|word| release::parse(word));
        let releases =
            releases.collect::<Result<Vec<_>, _>>().map_err(|fault| refused("--bad-release", &fault))?;
        Ok(draft.with_plan("bad_release", releases.into()))
    }

    /// Takes in what is demanded.
    pub(super) fn apply(&self, planning: &mut Planning) -> Result<(), Failure> {
        let given = [
            ("--within", Subject::Within, &self.within),
            ("--blast-radius", Subject::BlastRadius, &self.blast_radius),
            ("--stop-within", Subject::StopWithin, &self.stop_within),
            ("--completes", Subject::Completes, &self.completes),
        ];
        for (option, subject, text) in given {
            if let Some(text) = text {
                planning.demand(Demand::parse(subject, text).map_err(|fault| refused(option, &fault))?);
            }
        }
        planning.replications = self.replications.unwrap_or(planning.replications);
        Ok(())
    }

    /// Starts the threads.
    pub(super) fn start_threads(&self) {
        // Fails only when a pool is there already, which then serves as well.
        let threads = self.threads.map_or(0, usize::from);
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
}

/// An option that cannot be taken: what was found, and what would be right.
pub(super) fn refused(option: &str, (message, help): &(String, String)) -> Failure {
    Failure::new(&format!("{option}: {message}; {help}"))
}
