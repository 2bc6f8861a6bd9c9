//! The service that answers calls: Run Command over a world that has its calls as events, and as much of SNS, SQS and
//! EventBridge as it touches. A sans-I/O machine: calls with their times go in, answers and messages to deliver come out.
//! Same plan, same calls at the same simulated times, same answers and history.

pub mod ids;
pub mod moment;
pub mod outgoing;
pub mod run_command;
pub mod ssm;
pub mod store;

pub use ids::Ids;
pub use moment::Moment;
pub use outgoing::Outgoing;
