//! Profiles: named sets of readings (section 16.10 of `docs/semantics.md`).

use super::document::Profile;
use crate::{
    base::SimDuration,
    ssm::{
        Readings,
        reading::{
            Comparison, Gate, NeutralWithSuccess, NotificationCase, TimeoutMeaning, ToleratedFailures,
        },
    },
};

impl Profile {
    /// The name, as a scenario spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Console => "console",
            Self::LiteralDocs => "literal-docs",
            Self::Legacy2018 => "legacy-2018",
        }
    }

    /// The readings that it sets.
    pub fn readings(self) -> Readings {
        let api = Readings::default();
        let console = Readings { default_timeout_seconds: 600, target_values: 5, ..api.clone() };
        match self {
            Self::Api => api,
            Self::Console => console,
            Self::LiteralDocs => Readings {
                failed_rule: Comparison::AtLeast,
                delivery_timed_out_rule: Comparison::AtLeast,
                tolerated_failures: ToleratedFailures::Success,
                rule_target_values: 1,
                log_period: SimDuration::from_secs(30),
                ..console
            },
            Self::Legacy2018 => Readings {
                timeout_meaning: TimeoutMeaning::DeliveryThenExecution,
                gate: Gate::Complete,
                failed_rule: Comparison::AtLeast,
                delivery_timed_out_rule: Comparison::AtLeast,
                neutral_with_success: NeutralWithSuccess::Ignore,
                command_execution_timed_out: true,
                notification_case: NotificationCase::Pascal,
                agent_buffer: 1,
                log_period: SimDuration::from_secs(30),
                ..console
            },
        }
    }
}
