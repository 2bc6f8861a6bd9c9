//! Replications in parallel, and their merge. Results are collected by index and added as integers, so that nothing
//! depends on the number of threads.

mod checks;
mod replicate;

pub use checks::{Checks, RuleSummary, summarize};
pub use replicate::{Ensemble, Replication, run, run_one};
