//! What to plan, with every default explicit.

use super::{demand::Demand, document::Objective};

/// The name of a bad release that has none.
pub const BAD_RELEASE: &str = "bad-release";
/// The values of `MaxConcurrency` that are tried where nothing else is said.
pub const MAX_CONCURRENCY: [&str; 7] = ["1%", "2%", "5%", "10%", "20%", "50%", "100%"];
/// The values of `MaxErrors` that are tried where nothing else is said.
pub const MAX_ERRORS: [&str; 5] = ["0", "1%", "2%", "5%", "10%"];
/// The most replications of a setting in a world where nothing else is said.
pub const REPLICATIONS: u64 = 1000;

/// What to vary, against which bad releases, and what a setting must satisfy.
#[derive(Clone, Debug, PartialEq)]
pub struct Planning {
    /// Index of the command whose rate controls are planned.
    pub command: usize,
    /// Values of `MaxConcurrency`, as the API takes them; at least one.
    pub max_concurrency: Vec<String>,
    /// Values of `MaxErrors`, as the API takes them; at least one.
    pub max_errors: Vec<String>,
    /// Further fields to vary.
    pub fields: Vec<VariedField>,
    /// The names of the bad releases; at least one.
    pub bad_releases: Vec<String>,
    /// What a setting must satisfy: that it completes first, the others at most once each.
    pub demands: Vec<Demand>,
    /// What is best among those that do.
    pub minimize: Objective,
    /// The most replications of a setting in a world, from 2.
    pub replications: u64,
}

/// A field of the scenario, and the values to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariedField {
    /// Its path, as written.
    pub path: String,
    /// The values as text; at least one.
    pub values: Vec<String>,
}

impl Planning {
    /// Takes in a demand in place of that on the same subject.
    pub fn demand(&mut self, demand: Demand) {
        self.demands.retain(|known| known.subject != demand.subject);
        self.demands.push(demand);
        self.demands.sort_by_key(|demand| demand.subject);
    }
}
