//! Filter policies, ready to be held against messages.

use crate::{
    events::pattern::{self, Attribute, Scope},
    scenario::plan,
    sns::FilterPolicyScope,
};

/// The filter policy of a subscription (S9.33).
#[derive(Debug)]
pub struct Filter {
    policy: pattern::FilterPolicy,
}

impl Filter {
    /// Prepares a policy of a plan. Panics on one that SNS would refuse, which no resolved plan has.
    pub fn new(filter: &plan::FilterPolicy) -> Self {
        let scope = match filter.scope {
            FilterPolicyScope::MessageAttributes => Scope::MessageAttributes,
            FilterPolicyScope::MessageBody => Scope::MessageBody,
        };
        let policy = pattern::FilterPolicy::compile(&filter.policy, scope);
        Self { policy: policy.expect("a resolved plan's filter policies are valid") }
    }

    /// Whether a message with this body and these attributes is delivered.
    pub fn passes(&self, body: &str, attributes: &[Attribute]) -> bool {
        self.policy.matches(body, attributes)
    }
}
