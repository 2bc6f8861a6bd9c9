//! The cases, a file a family.

pub mod access;
pub mod answers;
pub mod cancel;
pub mod events;
pub mod limits;
pub mod lists;
pub mod notifications;
pub mod refusals;
pub mod statuses;
pub mod stop;
pub mod targets;
pub mod timeouts;
