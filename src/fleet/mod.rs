//! Models round the service: whom a command targets, what each instance and its agent do with it, and how
//! messages about it fare.

pub mod agent;
pub mod alternation;
mod behaviour;
pub mod bus;
pub mod caller;
pub mod carrier;
pub mod desk;
pub mod fault;
pub mod filter;
mod individual;
pub mod luck;
pub mod memo;
pub mod output;
pub mod poll;
pub mod pool;
pub mod reach;
pub mod steps;
pub mod targeting;
pub mod topic;

pub use agent::{Agents, Course};
pub use alternation::Cycle;
pub use bus::EventLuck;
pub use carrier::Carrier;
pub use desk::Desk;
pub use filter::Filter;
pub use luck::Luck;
pub use output::Uploads;
pub use poll::Poll;
pub use pool::Pool;
pub use reach::Reach;
pub use targeting::Targets;
pub use topic::Topic;
