//! Models round the service: whom a command targets, and what each instance and its agent do with it.

pub mod agent;
pub mod alternation;
mod behaviour;
pub mod luck;
pub mod pool;
pub mod reach;
pub mod steps;
pub mod targeting;

pub use agent::{Agents, Course};
pub use alternation::Cycle;
pub use luck::Luck;
pub use pool::Pool;
pub use reach::Reach;
pub use targeting::Targets;
