//! The wiring: one closed set of events, the calendar, and the loop that hands events to the machines.

mod agent;
mod alarm;
mod bus;
pub mod calendar;
mod cancel;
mod command;
mod copy;
mod courier;
mod courses;
mod delivery;
mod endpoint;
mod errand;
pub mod event;
mod foresight;
mod instant;
mod live;
mod messages;
mod model;
mod notify;
mod open;
mod poll;
mod quota;
mod reboot;
mod reply;
mod scaling;
mod site;
mod trouble;
mod upload;
mod wheel;

pub use courses::Courses;
pub use instant::World;
pub use model::Model;
pub use open::Suspended;
pub use site::Put;
