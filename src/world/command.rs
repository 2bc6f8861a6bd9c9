//! The state of one command under way.

use std::sync::Arc;

use crate::{
    base::{Rate, SimTime, permutation::Permutation},
    control::{Deadlines, Dispatch, Tally, threshold},
    fleet::{Luck, Targets},
    history::CommandCounts,
    scenario::plan::{Command, Plan},
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, NotifiedStatus, Readings,
        StatusDetails,
        limits::{parse_max_concurrency, parse_max_errors},
        reading::DispatchOrder,
    },
};

/// A command whose request was accepted.
#[derive(Debug)]
pub(super) struct CommandRun {
    pub(super) targets: Arc<Targets>,
    pub(super) requested: SimTime,
    pub(super) dispatch: Dispatch,
    pub(super) deadlines: Deadlines,
    pub(super) tally: Tally,
    /// How many errors the roll-up tolerates.
    pub(super) tolerated: u32,
    pub(super) sent: u32,
    /// Sends that failed at least once.
    pub(super) failed_sends: u32,
    pub(super) acknowledged: bool,
    /// Whether the whole command was cancelled.
    pub(super) cancelled: bool,
    /// Whether its alarm has stopped it.
    pub(super) alarmed: bool,
    /// The status last told.
    pub(super) state: CommandState,
    /// The timeout of slow start that is in the calendar.
    pub(super) timeout: Option<SimTime>,
    /// The status of the command last found worth a notification.
    pub(super) notified: Option<NotifiedStatus>,
    /// Whether something happened to it in this instant.
    pub(super) touched: bool,
    order: Permutation,
}

impl CommandRun {
    pub(super) fn new(plan: &Plan, index: u32, targets: Arc<Targets>, luck: &Luck, now: SimTime) -> Self {
        let command = &plan.commands[index as usize];
        let readings = &plan.readings;
        let (max_concurrency, max_errors) = rate_controls(command);
        let sendable = targets.sendable();
        Self {
            dispatch: Dispatch::new(max_concurrency, max_errors, targets.count(), sendable, readings),
            deadlines: Deadlines::new(
                now,
                command.timeout_seconds,
                command.execution_timeout_seconds,
                readings.timeout_meaning,
            ),
            tally: Tally { targets: targets.count(), refused: targets.refused(), ..Tally::default() },
            tolerated: threshold::tolerated(max_errors, targets.count(), readings),
            requested: now,
            sent: 0,
            failed_sends: 0,
            acknowledged: false,
            cancelled: false,
            alarmed: false,
            state: CommandState { status: CommandStatus::Pending, details: StatusDetails::Pending },
            timeout: None,
            notified: None,
            touched: true,
            order: match readings.dispatch_order {
                DispatchOrder::Random => luck.order(index, sendable),
                DispatchOrder::Listed => Permutation::identity(sendable),
            },
            targets,
        }
    }

    /// The instance that is `ordinal`th in the order of dispatch.
    #[inline]
    pub(super) fn instance(&self, ordinal: u32) -> u32 {
        self.targets.instance(self.order.apply(ordinal))
    }

    /// The place in the order of dispatch of an instance that is sent to.
    pub(super) fn ordinal(&self, instance: u32) -> Option<u32> {
        self.targets.place(instance).map(|place| self.order.invert(place))
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state.status.is_terminal()
    }

    /// The status that the sends so far come to: step 3 of section 6.3, and C3.
    pub(super) fn progress(&self) -> CommandState {
        let (status, details) = if self.cancelled {
            (CommandStatus::Cancelling, StatusDetails::Cancelling)
        } else if self.sent == 0 {
            (CommandStatus::Pending, StatusDetails::Pending)
        } else if self.failed_sends == self.sent && !self.acknowledged {
            (CommandStatus::InProgress, StatusDetails::Delayed)
        } else {
            (CommandStatus::InProgress, StatusDetails::InProgress)
        };
        CommandState { status, details }
    }

    /// How many invocations have not ended.
    pub(super) fn pending(&self) -> u64 {
        u64::from(self.tally.targets - self.tally.completed())
    }

    pub(super) fn counts(&self) -> CommandCounts {
        CommandCounts {
            target_count: self.tally.targets,
            completed_count: self.tally.completed(),
            error_count: self.tally.error_count(),
            delivery_timed_out_count: self.tally.delivery_timed_out,
        }
    }
}

/// `MaxConcurrency` and `MaxErrors` of a request, with the API's defaults (S4.2, S4.17).
fn rate_controls(command: &Command) -> (Rate, Rate) {
    let concurrency = parse_max_concurrency(command.request.max_concurrency_or_default());
    let errors = parse_max_errors(command.request.max_errors_or_default());
    (concurrency.expect("a resolved plan is valid"), errors.expect("a resolved plan is valid"))
}

/// The terminal status of an invocation with these details (section 1.4, O-9).
pub(super) fn ended_state(details: StatusDetails, readings: &Readings) -> InvocationState {
    use InvocationStatus::{Cancelled, Failed, Success, TimedOut};
    let status = match details {
        StatusDetails::Success => Success,
        StatusDetails::ExecutionTimedOut | StatusDetails::DeliveryTimedOut => TimedOut,
        StatusDetails::Cancelled => Cancelled,
        StatusDetails::Terminated => readings.terminated_status,
        StatusDetails::InvalidPlatform => readings.invalid_platform_status,
        StatusDetails::AccessDenied => readings.access_denied_status,
        _ => Failed,
    };
    InvocationState { status, details }
}
