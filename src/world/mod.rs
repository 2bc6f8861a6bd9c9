//! The wiring: one closed set of events, the calendar, and the loop that hands events to the machines.

pub mod calendar;
mod cancel;
mod command;
mod delivery;
pub mod event;
mod instant;
mod live;
mod messages;
mod model;
mod notify;

pub use instant::World;
pub use model::Model;
