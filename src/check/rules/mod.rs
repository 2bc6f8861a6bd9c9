//! The rules, one small file each. A rule is a few functions over a step or over the end of an instant; what it has
//! to remember is in the ledger.

pub(crate) mod agents;
pub(crate) mod alarms;
pub(crate) mod arrivals;
pub(crate) mod attempts;
pub(crate) mod cancel;
pub(crate) mod command_states;
pub(crate) mod counted_errors;
pub(crate) mod deliveries;
pub(crate) mod emissions;
pub(crate) mod endings;
pub(crate) mod faults;
pub(crate) mod invocation_states;
pub(crate) mod lifecycle;
pub(crate) mod max_concurrency;
pub(crate) mod order;
pub(crate) mod publications;
pub(crate) mod quotas;
pub(crate) mod reboots;
pub(crate) mod roll_up;
pub(crate) mod rule_targets;
pub(crate) mod slow_start;
pub(crate) mod steps;
pub(crate) mod stop;
pub(crate) mod targets;
pub(crate) mod timeouts;
pub(crate) mod triggers;
pub(crate) mod uploads;
pub(crate) mod work_conservation;
