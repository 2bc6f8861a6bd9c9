//! Replications in parallel, and their merge. Results are added as integers, so that nothing depends on the number of
//! threads.

mod checks;
mod many;
mod outliers;
mod replicate;
mod shard;
mod shard_file;
mod until;

pub use checks::{Checks, RuleSummary, summarize};
pub use many::{Watch, check_outliers, run};
pub use replicate::{Ensemble, Replication, run_one};
pub use shard::{Job, Shard, faults};
pub use shard_file::{Header, ShardFile};
pub use until::{Goal, GoalOutcome, next_look, run_until};
