//! fleetsim: a discrete-event fleet simulator and load tester for AWS Systems Manager Run Command.
//!
//! `ARCHITECTURE.md` describes the layers; each module may import only what its row there names.

#![forbid(unsafe_code)]

pub mod base;
pub mod calibrate;
pub mod check;
pub mod cli;
pub mod client;
pub mod compare;
pub mod conform;
pub mod control;
pub mod ensemble;
pub mod events;
pub mod fit;
pub mod fleet;
pub mod history;
pub mod iam;
pub mod import;
pub mod load;
pub mod measure;
pub mod output;
pub mod planner;
pub mod report;
pub mod scenario;
pub mod seen;
pub mod serve;
pub mod service;
pub mod sns;
pub mod ssm;
pub mod wire;
pub mod world;
