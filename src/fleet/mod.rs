//! Models round the service: whom a command targets, what each instance and its agent do with it, and how
//! messages about it fare.

pub mod agent;
pub mod luck;
pub mod memo;
pub mod reach;
pub mod targeting;
pub mod topic;

pub use agent::{Agents, Course};
pub use luck::Luck;
pub use reach::Reach;
pub use targeting::Targets;
pub use topic::Topic;
