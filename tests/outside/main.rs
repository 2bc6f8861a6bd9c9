//! The checker on what was seen from outside: simulated histories as pollers see them are never invalid, and spoiled records
//! are caught by the rule that they break.

#[path = "../common/mod.rs"]
mod common;
mod poller;
#[path = "../random/mod.rs"]
mod random;
mod soundness;
mod spoiled;
mod tale;
