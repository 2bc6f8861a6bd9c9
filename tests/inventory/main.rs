//! Real instances: what is read of the AWS CLI's answers, which groups take them, whom requests mean, and what is said of
//! everything that is wrong.

#[path = "../common/mod.rs"]
mod common;
#[path = "../written/mod.rs"]
mod written;

mod answers;
mod faults;
mod fleets;
mod groups;
mod judged;
mod resource_groups;
mod samples;
mod scenario;
