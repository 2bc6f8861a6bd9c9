//! The texts of answers, events and messages as states.

use crate::ssm::{
    CommandState, CommandStatus as C, InvocationState, InvocationStatus as I, StatusDetails as D, StepStatus,
};

/// The state of an invocation by its `Status` and, where it is told, its `StatusDetails`, and whether the details were told.
/// Details that no table has are taken as not told: by the model they are any text (S1.3). Both may be written with spaces
/// and in American spelling, as the guide has them (O-1, S1.5).
pub fn invocation_state(status: &str, details: Option<&str>) -> Option<(InvocationState, bool)> {
    let status = invocation_status(status)?;
    let told = details.and_then(status_details).filter(|&details| is_of_invocation(status, details));
    let details = told.unwrap_or(match status {
        I::Pending => D::Pending,
        I::InProgress => D::InProgress,
        I::Delayed => D::Delayed,
        I::Cancelling => D::Cancelling,
        I::Success => D::Success,
        I::Failed => D::Failed,
        I::Cancelled => D::Cancelled,
        I::TimedOut => D::DeliveryTimedOut,
    });
    Some((InvocationState { status, details }, told.is_some()))
}

/// The same of a command.
pub fn command_state(status: &str, details: Option<&str>) -> Option<(CommandState, bool)> {
    let status = command_status(status)?;
    let told = details.and_then(status_details);
    let details = told.unwrap_or(match status {
        C::Pending => D::Pending,
        C::InProgress => D::InProgress,
        C::Cancelling => D::Cancelling,
        C::Success => D::Success,
        C::Failed => D::Failed,
        C::Cancelled => D::Cancelled,
        C::TimedOut => D::DeliveryTimedOut,
    });
    Some((CommandState { status, details }, told.is_some()))
}

/// The status of a step that has ended; `None` of one that has not, and of what is no status.
pub fn step_status(text: &str) -> Option<StepStatus> {
    Some(match text {
        "Success" => StepStatus::Success,
        "Failed" => StepStatus::Failed,
        "TimedOut" => StepStatus::TimedOut,
        "Cancelled" => StepStatus::Cancelled,
        _ => return None,
    })
}

/// Whether the details say no more than what else the status may stand for: a state that goes on has its own name alone.
fn is_of_invocation(status: I, details: D) -> bool {
    !matches!(details, D::Incomplete | D::NoInstancesInTag | D::LimitExceeded)
        && (status.is_terminal()
            == !matches!(details, D::Pending | D::InProgress | D::Delayed | D::Cancelling))
}

fn invocation_status(text: &str) -> Option<I> {
    Some(match text {
        "Pending" => I::Pending,
        "InProgress" | "In Progress" => I::InProgress,
        "Delayed" => I::Delayed,
        "Success" => I::Success,
        "Cancelled" | "Canceled" => I::Cancelled,
        "TimedOut" | "Timed Out" => I::TimedOut,
        "Failed" => I::Failed,
        "Cancelling" | "Canceling" => I::Cancelling,
        _ => return None,
    })
}

fn command_status(text: &str) -> Option<C> {
    Some(match invocation_status(text)? {
        I::Pending => C::Pending,
        I::InProgress => C::InProgress,
        I::Success => C::Success,
        I::Cancelled => C::Cancelled,
        I::TimedOut => C::TimedOut,
        I::Failed => C::Failed,
        I::Cancelling => C::Cancelling,
        // S1.4: a command shows it only in its details.
        I::Delayed => return None,
    })
}

fn status_details(text: &str) -> Option<D> {
    const ALL: [D; 16] = [
        D::Pending,
        D::InProgress,
        D::Delayed,
        D::Cancelling,
        D::Success,
        D::Failed,
        D::ExecutionTimedOut,
        D::DeliveryTimedOut,
        D::Undeliverable,
        D::Cancelled,
        D::Terminated,
        D::InvalidPlatform,
        D::AccessDenied,
        D::Incomplete,
        D::NoInstancesInTag,
        D::LimitExceeded,
    ];
    if let Some(&details) = ALL.iter().find(|details| details.name() == text) {
        return Some(details);
    }
    let spaceless: String = text.chars().filter(|letter| *letter != ' ').collect();
    match spaceless.as_str() {
        "Canceled" => Some(D::Cancelled),
        "Canceling" => Some(D::Cancelling),
        // S1.9: the console's name.
        "RateExceeded" => Some(D::LimitExceeded),
        _ => ALL.into_iter().find(|details| details.name() == spaceless),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_with_and_without_spaces_and_none() {
        let told = invocation_state("TimedOut", Some("Execution Timed Out")).unwrap();
        assert_eq!(told, (InvocationState { status: I::TimedOut, details: D::ExecutionTimedOut }, true));
        let untold = invocation_state("Timed Out", None).unwrap();
        assert_eq!(untold, (InvocationState { status: I::TimedOut, details: D::DeliveryTimedOut }, false));
        assert!(!invocation_state("Success", Some("Details placeholder")).unwrap().1);
        assert_eq!(invocation_state("Done", None), None);
        assert_eq!(command_state("Delayed", None), None);
        assert_eq!(
            command_state("Success", Some("No Instances In Tag")).unwrap().0.details,
            D::NoInstancesInTag
        );
    }
}
