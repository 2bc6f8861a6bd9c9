//! Events as data and pure functions: the patterns of EventBridge rules and of SNS filter policies. Rules, targets and
//! Auto Scaling belong here too when they come.

pub mod pattern;
