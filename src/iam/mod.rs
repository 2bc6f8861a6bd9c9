//! IAM as data and pure functions: policies read from their JSON, and what they decide about a request (section 12).
//!
//! Identity policies and trust policies, as far as Run Command needs them: no permission boundaries, no session or service
//! control policies, no policies of resources.

pub mod advice;
mod caller;
mod condition;
mod decision;
mod policy;
mod remark;
mod request;
mod template;
mod wildcard;

pub use caller::{Account, EVENT_BRIDGE, Principal, SYSTEMS_MANAGER, assume_role};
pub use condition::Condition;
pub use decision::{Decision, Miss, Verdict, decide, misses};
pub use policy::{Effect, Kind, Policy, Statement};
pub use remark::{Remark, Remarks};
pub use request::{Context, Request};
