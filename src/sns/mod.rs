//! SNS as data and pure functions: the messages that Run Command publishes to a topic. Envelopes, protocols and policies
//! belong here too when they come.

pub mod id;
pub mod message;

pub use message::{Message, Subject};
