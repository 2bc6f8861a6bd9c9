//! EventBridge and Auto Scaling as data and pure functions: the event pattern language, for rules and for SNS filter
//! policies; the events that Systems Manager and Auto Scaling send; how a target is tried again; how a lifecycle hook
//! waits.

pub mod body;
pub mod happening;
pub mod lifecycle;
pub mod pattern;
pub mod retry;

pub use happening::{ActionEnd, Cause, Delivery, Exhausted, Happening, TargetError};
pub use lifecycle::{LifecycleResult, LifecycleTransition};
pub use retry::RetryPolicy;
