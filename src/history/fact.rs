//! Facts: what an outsider could see of a run, and the few internal ones that some rules need.

use serde::{Deserialize, Serialize};

use super::{
    parcel::{DropReason, Parcel},
    trouble::{AgentChange, AgentNote, Refusal},
};
use crate::{
    base::{SimDuration, SimTime},
    events::{ActionEnd, Delivery, Exhausted, Happening, TargetError},
    output::Upload,
    sns::Answer,
    ssm::{CommandState, InvocationState, NotifiedStatus, StepStatus, alarm::TriggeredState},
};

/// A fact with its time and the command it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub time: SimTime,
    /// Index of the command in the plan. Facts that are about no command say 0, so that whoever files records by command
    /// finds a place for them; see [`Fact::is_of_no_command`].
    pub command: u32,
    /// What.
    pub fact: Fact,
}

/// Something that happened. Instances are indices into the plan's fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `SendCommand` was accepted: the command is Pending. Visible.
    Requested,
    /// The assumed rate of `SendCommand` refused a call (O-46). Visible.
    Throttled {
        /// The number of the call, from 1.
        attempt: u32,
        /// Whether the caller calls no more, so that the command is never sent.
        gives_up: bool,
    },
    /// The selector was resolved to this many instances, those never sent to included. Visible (`TargetCount`).
    Targeted {
        /// `TargetCount`.
        count: u32,
    },
    /// The command's status changed to one that is not terminal. Visible.
    CommandChanged {
        /// The new status.
        state: CommandState,
    },
    /// The command reached its terminal status. Visible.
    CommandEnded {
        /// The terminal status.
        state: CommandState,
        /// The counters with it.
        counts: CommandCounts,
    },
    /// An invocation was sent to its instance. Visible (its `RequestedDateTime`).
    Sent {
        /// The instance.
        instance: u32,
    },
    /// The service received the agent's acknowledgement. Internal.
    Acknowledged {
        /// The instance.
        instance: u32,
    },
    /// An invocation's status changed to one that is not terminal. Visible.
    InvocationChanged {
        /// The instance.
        instance: u32,
        /// The new status.
        state: InvocationState,
    },
    /// An invocation reached its terminal status. Visible.
    InvocationEnded {
        /// The instance.
        instance: u32,
        /// The terminal status and what the service knows of the execution.
        ending: Ending,
    },
    /// `CancelCommand` was accepted. Visible.
    CancelRequested {
        /// One of the instances named, a fact for each; `None` for the whole command.
        instance: Option<u32>,
    },
    /// The errors received exceeded `MaxErrors`; nothing is sent any more. Internal.
    ThresholdExceeded {
        /// The number of errors received.
        errors: u32,
    },
    /// The command's alarm went off, or could not be read; nothing is sent any more (S4.29, S4.30). Once at most. Visible
    /// (`TriggeredAlarms`).
    AlarmTriggered {
        /// Which of the two.
        state: TriggeredState,
    },
    /// A final reply came after the invocation had ended, and was ignored (O-20). Internal.
    LateReply {
        /// The instance.
        instance: u32,
        /// The exit code it reported.
        response_code: i32,
    },
    /// A step started on the instance and did not succeed, whatever was reported. Internal (blast radius).
    Broken {
        /// The instance.
        instance: u32,
    },
    /// The agent's reply about a step was received: of a document with several steps, or of a step after which the
    /// instance reboots. Visible (`CommandPlugins`).
    StepEnded {
        /// The instance.
        instance: u32,
        /// Index of the step in the document.
        step: u32,
        /// What the reply says.
        reply: StepReply,
    },
    /// The agent's pool took an invocation in. Internal; told where agents may be busy
    /// ([`Plan::has_busy_agents`](crate::scenario::Plan::has_busy_agents)).
    Accepted {
        /// The instance.
        instance: u32,
        /// Whether it waits for a worker.
        queued: bool,
    },
    /// A worker took up an invocation that had waited. Internal, told as [`Fact::Accepted`].
    Started {
        /// The instance.
        instance: u32,
    },
    /// An invocation left the pool: its worker is free, or it was dropped while it waited. Internal, told as
    /// [`Fact::Accepted`].
    Released {
        /// The instance.
        instance: u32,
    },
    /// The agent refused an invocation: its pool was full, or it was about to reboot (S8.2, S8.19, O-25). Internal, told as
    /// [`Fact::Accepted`].
    Refused {
        /// The instance.
        instance: u32,
        /// Why.
        why: Refusal,
    },
    /// A step asked for a reboot: the agent takes nothing in any more (S8.29). Internal.
    RebootBegan {
        /// The instance.
        instance: u32,
    },
    /// The agent works again after a reboot. Internal.
    RebootEnded {
        /// The instance.
        instance: u32,
    },
    /// A change of status was published to the command's topic. Visible.
    Published(Notice),
    /// A subscription received a message. Visible.
    Arrived {
        /// The message.
        notice: Notice,
        /// Index of the subscription in the topic.
        subscription: u32,
        /// Whether it had arrived before.
        duplicate: bool,
        /// When it was published, which the message tells as `eventTime`.
        published: SimTime,
    },
    /// A subscription will never receive a message. Internal.
    Lost {
        /// The message.
        notice: Notice,
        /// Index of the subscription in the topic.
        subscription: u32,
    },
    /// SNS attempted to deliver a message. Visible (its delivery log, and the endpoint's).
    Attempted {
        /// The message.
        parcel: Parcel,
        /// The number of the attempt, from 1.
        attempt: u32,
        /// How long throttling had held it back.
        throttled: SimDuration,
        /// What was answered in the same instant, if anything was.
        answer: Option<Answer>,
    },
    /// An attempt was answered later, given up by SNS, or answered after that. Visible.
    Answered {
        /// The message.
        parcel: Parcel,
        /// The number of the attempt, from 1.
        attempt: u32,
        /// The answer.
        answer: Answer,
    },
    /// A message will not reach the consumer. Visible (metrics of SNS, dead-letter queues).
    Dropped {
        /// The message.
        parcel: Parcel,
        /// Why.
        why: DropReason,
    },
    /// A stream of a step is in S3 or CloudWatch Logs, or will never be as a whole (section 11). Visible.
    Uploaded(Upload),
    /// An event was sent to EventBridge (S10.1). Visible (to a rule that matches everything).
    EventEmitted {
        /// What it tells.
        happening: Happening,
    },
    /// An event will never be delivered (S10.11). Internal.
    EventLost {
        /// What it would have told.
        happening: Happening,
    },
    /// A rule that an event matches invoked a target, or tried to. Visible (the target's own log). The command is the event's.
    TargetInvoked {
        /// The event and the target.
        delivery: Delivery,
        /// Which attempt, from 1.
        attempt: u32,
        /// Why it failed; `None` when it did not.
        error: Option<TargetError>,
    },
    /// EventBridge tries a target no more (S10.28, S10.29). Visible where there is a dead-letter queue. The command is the
    /// event's.
    GivenUp {
        /// The event and the target.
        delivery: Delivery,
        /// How the last attempt failed.
        error: TargetError,
        /// Which limit ended the attempts; `None` of an error after which there are no others.
        exhausted: Option<Exhausted>,
        /// Whether the event went to a dead-letter queue.
        dead_lettered: bool,
    },
    /// An invocation of Run Command as a target sends this command (S10.34). Visible.
    Triggered {
        /// The event and the target.
        delivery: Delivery,
    },
    /// An invocation of Run Command as a target sends nothing, because the target has sent as many commands as it may: the
    /// guard against a rule that feeds itself. Internal. The command is the event's.
    TriggerDropped {
        /// The event and the target.
        delivery: Delivery,
    },
    /// Auto Scaling launched an instance. Visible.
    InstanceLaunched {
        /// The instance.
        instance: u32,
    },
    /// An instance that was launched is in service. Visible.
    InstanceInService {
        /// The instance.
        instance: u32,
    },
    /// Auto Scaling terminated an instance. Visible.
    InstanceTerminated {
        /// The instance.
        instance: u32,
    },
    /// An instance waits for a lifecycle hook (S10.53). Visible.
    ActionStarted {
        /// The instance.
        instance: u32,
        /// Index of the hook in the instance's Auto Scaling group.
        hook: u32,
    },
    /// `RecordLifecycleActionHeartbeat` was called (S10.55). Visible.
    ActionHeartbeat {
        /// The instance.
        instance: u32,
        /// As in [`Fact::ActionStarted`].
        hook: u32,
    },
    /// The wait for a lifecycle hook is over (S10.54 to S10.56). Visible.
    ActionEnded {
        /// The instance.
        instance: u32,
        /// As in [`Fact::ActionStarted`].
        hook: u32,
        /// How.
        end: ActionEnd,
    },
    /// What is known of an agent changed under a fault. Visible, but for crashes.
    AgentChanged {
        /// The instance.
        instance: u32,
        /// How.
        change: AgentChange,
    },
    /// A fault met a message or a reply. Internal.
    AgentNoted {
        /// The instance.
        instance: u32,
        /// What became of it.
        note: AgentNote,
    },
}

/// A message to an SNS topic about a change of status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Notice {
    /// The instance whose invocation it is about; `None` for the command as a whole.
    pub instance: Option<u32>,
    /// The status that it tells.
    pub status: NotifiedStatus,
    /// Whether Systems Manager published the change for the second time (O-59).
    pub again: bool,
}

/// What the agent says of a step that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepReply {
    /// How it ended.
    pub status: StepStatus,
    /// The exit code; -1 of a step that did not run.
    pub response_code: i32,
    /// When it began; the end of the step before it for one that did not run.
    pub started: SimTime,
    /// How long it took.
    pub elapsed: SimDuration,
}

/// How an invocation ended, as `GetCommandInvocation` would tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The terminal status.
    pub state: InvocationState,
    /// `ResponseCode`: the exit code, -1 when not started or not received (S15.12).
    pub response_code: i32,
    /// When it was sent; `None` when it never was.
    pub sent: Option<SimTime>,
    /// When the agent received it and the execution began, as far as the service knows.
    pub started: Option<SimTime>,
    /// How long the execution took, when a final reply said so.
    pub elapsed: Option<SimDuration>,
}

/// The counters of a command (S1.28).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CommandCounts {
    /// All targets.
    pub target_count: u32,
    /// Invocations in a terminal state.
    pub completed_count: u32,
    /// Failed and Execution Timed Out.
    pub error_count: u32,
    /// Delivery Timed Out.
    pub delivery_timed_out_count: u32,
}

impl Fact {
    /// Whether someone outside the service could have seen it.
    pub fn is_visible(&self) -> bool {
        !matches!(
            self,
            Self::Acknowledged { .. }
                | Self::ThresholdExceeded { .. }
                | Self::LateReply { .. }
                | Self::Broken { .. }
                | Self::Accepted { .. }
                | Self::Started { .. }
                | Self::Released { .. }
                | Self::Refused { .. }
                | Self::RebootBegan { .. }
                | Self::RebootEnded { .. }
                | Self::Lost { .. }
                | Self::EventLost { .. }
                | Self::TriggerDropped { .. }
                | Self::AgentChanged { change: AgentChange::Crashed | AgentChange::Restarted, .. }
                | Self::AgentNoted { .. }
        )
    }

    /// Whether it is about no command: the record says 0 all the same.
    pub fn is_of_no_command(&self) -> bool {
        match self {
            Self::InstanceLaunched { .. }
            | Self::InstanceInService { .. }
            | Self::InstanceTerminated { .. }
            | Self::ActionStarted { .. }
            | Self::ActionHeartbeat { .. }
            | Self::ActionEnded { .. }
            | Self::AgentChanged { .. } => true,
            Self::EventEmitted { happening } | Self::EventLost { happening } => !happening.is_of_command(),
            Self::TargetInvoked { delivery, .. }
            | Self::GivenUp { delivery, .. }
            | Self::TriggerDropped { delivery } => !delivery.cause.happening.is_of_command(),
            _ => false,
        }
    }
}
