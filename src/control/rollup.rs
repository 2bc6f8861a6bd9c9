//! The command's terminal status from its invocations (section 6.3).

use crate::ssm::{
    CommandState, CommandStatus, Readings, StatusDetails,
    reading::{Comparison, NeutralWithSuccess, ToleratedFailures},
};

/// How many invocations ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All targets, ended or not.
    pub targets: u32,
    /// Why the command is refused as a whole, so that there are no targets: AccessDenied where the caller may not list the
    /// resource group (S1.30), LimitExceeded where too many invocations would be pending (S1.29).
    pub refused: Option<StatusDetails>,
    /// Success.
    pub success: u32,
    /// Failed.
    pub failed: u32,
    /// Execution Timed Out.
    pub execution_timed_out: u32,
    /// Delivery Timed Out.
    pub delivery_timed_out: u32,
    /// Undeliverable, Invalid Platform and Access Denied (S6.14).
    pub neutral: u32,
    /// Cancelled on request.
    pub cancelled: u32,
    /// Terminated by the error threshold.
    pub terminated: u32,
}

impl Tally {
    /// One more invocation ended. Panics on details that no invocation ends with.
    pub fn record(&mut self, details: StatusDetails) {
        let count = match details {
            StatusDetails::Success => &mut self.success,
            StatusDetails::Failed => &mut self.failed,
            StatusDetails::ExecutionTimedOut => &mut self.execution_timed_out,
            StatusDetails::DeliveryTimedOut => &mut self.delivery_timed_out,
            StatusDetails::Undeliverable | StatusDetails::InvalidPlatform | StatusDetails::AccessDenied => {
                &mut self.neutral
            }
            StatusDetails::Cancelled => &mut self.cancelled,
            StatusDetails::Terminated => &mut self.terminated,
            _ => unreachable!("no invocation ends as {}", details.name()),
        };
        *count += 1;
    }

    /// `CompletedCount` (S1.28).
    pub fn completed(&self) -> u32 {
        self.success
            + self.error_count()
            + self.delivery_timed_out
            + self.neutral
            + self.cancelled
            + self.terminated
    }

    /// `ErrorCount` (S1.28).
    pub fn error_count(&self) -> u32 {
        self.failed + self.execution_timed_out
    }

    /// What counts against `MaxErrors` (S4.20 to S4.22, O-10).
    pub fn counted_errors(&self, readings: &Readings) -> u32 {
        self.failed + if readings.execution_timed_out_counts { self.execution_timed_out } else { 0 }
    }
}

/// Whether an invocation that ended so counts against `MaxErrors` (S4.20 to S4.22, O-10).
pub fn counts_as_error(details: StatusDetails, readings: &Readings) -> bool {
    match details {
        StatusDetails::Failed => true,
        StatusDetails::ExecutionTimedOut => readings.execution_timed_out_counts,
        _ => false,
    }
}

/// The terminal status of a command whose invocations have all ended. `tolerated` is the number of errors that
/// `MaxErrors` allows, `cancelled` whether the whole command was cancelled. The steps are those of section 6.3.
pub fn roll_up(tally: &Tally, tolerated: u32, cancelled: bool, readings: &Readings) -> CommandState {
    use CommandStatus::{Cancelled, Failed, Success, TimedOut};
    let errors = tally.counted_errors(readings);
    let only_execution_timed_out = tally.failed == 0 && readings.command_execution_timed_out;

    let (status, details) = if let Some(details) = tally.refused {
        (Failed, details)
    } else if tally.targets == 0 {
        (readings.no_instances_status, StatusDetails::NoInstancesInTag)
    } else if cancelled && tally.cancelled > 0 {
        (Cancelled, StatusDetails::Cancelled)
    } else if exceeds(errors, tolerated, readings.failed_rule) && only_execution_timed_out {
        (TimedOut, StatusDetails::ExecutionTimedOut)
    } else if exceeds(errors, tolerated, readings.failed_rule) {
        (Failed, StatusDetails::Failed)
    } else if exceeds(tally.delivery_timed_out, tolerated, readings.delivery_timed_out_rule) {
        (TimedOut, StatusDetails::DeliveryTimedOut)
    } else if tally.neutral == tally.targets {
        (Failed, StatusDetails::Failed)
    } else if tally.success == weighed(tally, readings) {
        flawless(tolerated, readings)
    } else if counts_as_success(tally, readings) {
        (Success, StatusDetails::Success)
    } else {
        (readings.incomplete_status, StatusDetails::Incomplete)
    };
    CommandState { status, details }
}

/// Nothing ever exceeds by being absent: the literal 0 >= 0 is left to [`flawless`].
fn exceeds(count: u32, tolerated: u32, rule: Comparison) -> bool {
    match rule {
        Comparison::MoreThan => count > tolerated,
        Comparison::AtLeast => count > 0 && count >= tolerated,
    }
}

/// The targets that the roll-up looks at: all, or all but the neutral ones (O-5).
fn weighed(tally: &Tally, readings: &Readings) -> u32 {
    match readings.neutral_with_success {
        NeutralWithSuccess::Ignore => tally.targets - tally.neutral,
        NeutralWithSuccess::Success | NeutralWithSuccess::Incomplete => tally.targets,
    }
}

/// All invocations succeeded. Read literally, 0 errors are "0 or more" of a `MaxErrors` of 0 (S6.9, O-3).
fn flawless(tolerated: u32, readings: &Readings) -> (CommandStatus, StatusDetails) {
    if readings.failed_rule == Comparison::AtLeast && tolerated == 0 {
        (CommandStatus::Failed, StatusDetails::Failed)
    } else {
        (CommandStatus::Success, StatusDetails::Success)
    }
}

/// Not all succeeded, but what did not is forgiven by the readings of O-4 and O-5.
fn counts_as_success(tally: &Tally, readings: &Readings) -> bool {
    let forgiven_neutral = match readings.neutral_with_success {
        NeutralWithSuccess::Success | NeutralWithSuccess::Ignore => tally.neutral,
        NeutralWithSuccess::Incomplete => 0,
    };
    let errors = tally.counted_errors(readings);
    let forgiven_errors = match readings.tolerated_failures {
        ToleratedFailures::Success => errors,
        ToleratedFailures::Incomplete => 0,
    };
    // O-49: neutral and failed ones together are forgiven only when the neutral ones are as good as not there.
    let mixed = tally.neutral > 0 && errors > 0;
    tally.success >= 1
        && tally.success + forgiven_neutral + forgiven_errors == tally.targets
        && (!mixed || readings.neutral_with_success == NeutralWithSuccess::Ignore)
}
