//! What the service answers to calls, against documented and recorded answers.

#[path = "../common/mod.rs"]
mod common;
mod documents;
mod eventbridge;
