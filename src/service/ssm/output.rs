//! What steps write: a text for each way to end. Ours, for no command runs here.

use crate::ssm::{StatusDetails, StepStatus};

/// Standard output and standard error of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub standard_output: String,
    /// Standard error.
    pub standard_error: String,
}

/// What a step has written that ended so, with this exit code; nothing before its end.
pub fn of_step(name: &str, instance_id: &str, status: StepStatus, code: i32) -> Output {
    let said = |text: &str| format!("{name} on {instance_id}: {text}\n");
    match status {
        StepStatus::Success | StepStatus::SuccessAndReboot => {
            Output { standard_output: said("done"), ..Output::default() }
        }
        StepStatus::Failed => Output {
            standard_output: said("begun"),
            standard_error: format!("failed to run commands: exit status {code}"),
        },
        StepStatus::TimedOut => Output { standard_output: said("begun"), standard_error: said("timed out") },
        StepStatus::Cancelled => Output { standard_output: said("begun"), standard_error: said("cancelled") },
        _ => Output::default(),
    }
}

/// The status of the only step of an invocation that ended so.
pub fn step_status(details: StatusDetails) -> Option<StepStatus> {
    match details {
        StatusDetails::Success => Some(StepStatus::Success),
        StatusDetails::Failed => Some(StepStatus::Failed),
        StatusDetails::ExecutionTimedOut => Some(StepStatus::TimedOut),
        StatusDetails::Cancelled => Some(StepStatus::Cancelled),
        _ => None,
    }
}
