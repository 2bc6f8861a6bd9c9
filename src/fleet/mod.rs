//! Models round the service: whom a command targets, and what each instance and its agent do with it.

pub mod agent;
mod individual;
pub mod luck;
pub mod reach;
pub mod targeting;

pub use agent::{Agents, Course};
pub use luck::Luck;
pub use reach::Reach;
pub use targeting::Targets;
