//! What knows nothing of the domain: time, random words, distributions, percentages.

pub mod bucket;
pub mod distribution;
pub mod json;
pub mod nearest;
pub mod permutation;
pub mod philox;
pub mod rate;
pub mod time;

pub use bucket::{CallRate, TokenBucket};
pub use nearest::{nearest, slip};
pub use rate::{Chance, Rate, Rounding};
pub use time::{SimDuration, SimTime};
