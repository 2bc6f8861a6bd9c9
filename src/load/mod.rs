//! The load generator: it drives an endpoint of Run Command with requests at planned times, and says how it answered.

pub mod arrivals;
pub mod follow;
pub mod material;
pub mod mix;
pub mod pacer;
pub mod tally;
pub mod told;
