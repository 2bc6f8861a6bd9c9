//! The load generator: it drives an endpoint of Run Command with requests at planned times, and says how it answered.
//!
//! [`arrivals`] plans, [`pacer`] waits, [`engine`] asks, [`follow`] asks again as clients do, [`tally`] counts. What is counted
//! goes to a thread of its own ([`log`]), so that nothing but the network stands between a request and its time.

pub mod arrivals;
pub mod bare;
pub mod compare;
pub mod drive;
pub mod engine;
pub mod follow;
pub mod listener;
pub mod log;
pub mod material;
pub mod messages;
pub mod mix;
pub mod pacer;
pub mod prelude;
pub mod record;
pub mod search;
pub mod subscribe;
pub mod tally;
pub mod told;
pub mod verdict;
pub mod witness;

#[cfg(test)]
mod tests;
