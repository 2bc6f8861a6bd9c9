//! A client of AWS's APIs over HTTP: it signs, calls, and says what came of it and when. It knows no operation.
//!
//! An [`Endpoint`] is where calls go, and the guard in front of it: this machine, unless another host was named and keys were
//! given for it. A [`Client`] keeps connections to it, so many at most. Redirects are answers, and nothing is sent twice
//! unless nothing of it had left.

pub mod answer;
pub mod caller;
pub mod connection;
pub mod endpoint;
pub mod request;

pub use answer::{Answer, Failure};
pub use caller::{Client, Limits};
pub use endpoint::Endpoint;
pub use request::Prepared;
