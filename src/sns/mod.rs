//! SNS as data and pure functions: the messages that Run Command publishes to a topic and their envelopes, the protocols of
//! subscriptions, and delivery policies.

pub mod answer;
pub mod envelope;
pub mod id;
pub mod message;
pub mod policy;
pub mod protocol;

pub use answer::Answer;
pub use envelope::Envelope;
pub use message::{Message, Subject};
pub use policy::RetryPolicy;
pub use protocol::{FilterPolicyScope, Protocol};
