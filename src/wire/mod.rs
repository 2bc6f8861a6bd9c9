//! The AWS APIs as bytes and types: what a request says, what an answer looks like. No sockets, no clock, no state.
//!
//! A request goes `http::Request` -> [`sigv4`] (who is it?) -> [`call::Call`] (which operation?) -> the `Request` of a
//! service, checked against its model; an answer goes from a service's structure through [`dialect::Dialect`] to an
//! `http::Response`. What this program itself sends is signed by [`sign`].
//!
//! Structures are the services' own, field by field, also where two of them are alike: what serde flattens would go past the
//! reader `read`, which passes over unknown fields, takes the numbers of forms and names the place of a fault.

pub mod attribute;
pub mod call;
pub mod check;
pub mod dialect;
pub mod ec2;
pub mod events;
pub mod fault;
mod form;
pub mod http;
mod names;
pub mod page;
mod read;
pub mod sign;
pub mod sigv4;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod time;
mod xml;
