//! Random plans: what the engine makes of them, the checker finds good, and nothing depends on who looks on.
//!
//! A case is a function of its seed. `FLEETSIM_SWARM=N` runs N cases instead of the default number, from the seed
//! `FLEETSIM_SEED` on; a case that fails is shrunk and prints its plan and the one line that runs it again.

#[path = "../common/mod.rs"]
mod common;

#[path = "../random/beyond.rs"]
mod beyond;

mod commands;
mod coverage;
mod durations;
mod ensembles;
mod fleets;
mod judge;
mod plans;
mod readings;
mod regressions;
mod swarm;
