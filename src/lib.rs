//! fleetsim: a discrete-event fleet simulator and load tester for AWS Systems Manager Run Command.
//!
//! `ARCHITECTURE.md` describes the layers; each module may import only what stands above it.

#![forbid(unsafe_code)]

pub mod base;
pub mod check;
pub mod history;
pub mod scenario;
pub mod ssm;
