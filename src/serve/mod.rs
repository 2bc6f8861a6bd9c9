//! The endpoint: the service behind HTTP, paced by a clock.
//!
//! One thread owns everything. A request goes [`server`] -> [`http`] (who may answer it?) -> [`endpoint`] (signature, permission) ->
//! [`host`] (the clock, the journal, the service); an answer leaves when all that it rests on is on disk.

pub mod auth;
pub mod clock;
pub mod console;
pub mod control;
pub mod delivery;
pub mod departures;
pub mod endpoint;
pub mod host;
pub mod http;
pub mod journal;
pub mod metrics;
pub mod origin;
pub mod outputs;
mod permission;
mod replay;
pub mod run;
pub mod server;
pub mod throttle;
