//! One record as a line of the file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    event_line::{DeliveryLine, HappeningLine},
    message_line::{NoticeLine, ParcelLine},
    upload_line::UploadLine,
};
use crate::{
    base::{SimDuration, SimTime},
    events::{ActionEnd, Exhausted, TargetError},
    history::{
        fact::{CommandCounts, Ending, Fact, Record, StepReply},
        parcel::DropReason,
        trouble::{AgentChange, AgentNote, Refusal},
    },
    scenario::Roster,
    sns::Answer,
    ssm::{
        CommandState, CommandStatus, InvocationState, InvocationStatus, StatusDetails, StepStatus,
        alarm::TriggeredState,
    },
};

/// One record as a line; times are microseconds since the start.
#[derive(Serialize, Deserialize)]
pub(super) struct Line<'a> {
    pub(super) t: SimTime,
    /// None of facts that are about no command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<u32>,
    #[serde(flatten, borrow)]
    pub(super) fact: FactLine<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "fact")]
pub(super) enum FactLine<'a> {
    Requested,
    Targeted {
        count: u32,
    },
    CommandChanged {
        status: CommandStatus,
        details: StatusDetails,
    },
    CommandEnded {
        status: CommandStatus,
        details: StatusDetails,
        #[serde(flatten)]
        counts: CommandCounts,
    },
    Sent {
        instance: Cow<'a, str>,
    },
    Acknowledged {
        instance: Cow<'a, str>,
    },
    InvocationChanged {
        instance: Cow<'a, str>,
        status: InvocationStatus,
        details: StatusDetails,
    },
    InvocationEnded {
        instance: Cow<'a, str>,
        status: InvocationStatus,
        details: StatusDetails,
        response_code: i32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sent: Option<SimTime>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started: Option<SimTime>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        elapsed: Option<u64>,
    },
    CancelRequested {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instance: Option<Cow<'a, str>>,
    },
    ThresholdExceeded {
        errors: u32,
    },
    Throttled {
        attempt: u32,
        #[serde(default, skip_serializing_if = "is_false")]
        gives_up: bool,
    },
    AlarmTriggered {
        state: TriggeredState,
    },
    LateReply {
        instance: Cow<'a, str>,
        response_code: i32,
    },
    Broken {
        instance: Cow<'a, str>,
    },
    StepEnded {
        instance: Cow<'a, str>,
        step: u32,
        status: StepStatus,
        response_code: i32,
        started: SimTime,
        elapsed: u64,
    },
    Accepted {
        instance: Cow<'a, str>,
        #[serde(default, skip_serializing_if = "is_false")]
        queued: bool,
    },
    Started {
        instance: Cow<'a, str>,
    },
    Released {
        instance: Cow<'a, str>,
    },
    Refused {
        instance: Cow<'a, str>,
        /// Absent in older histories: 51402.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
    },
    RebootBegan {
        instance: Cow<'a, str>,
    },
    RebootEnded {
        instance: Cow<'a, str>,
    },
    Published {
        #[serde(flatten, borrow)]
        notice: NoticeLine<'a>,
    },
    Arrived {
        #[serde(flatten, borrow)]
        notice: NoticeLine<'a>,
        subscription: u32,
        #[serde(default, skip_serializing_if = "is_false")]
        duplicate: bool,
        published: SimTime,
    },
    Lost {
        #[serde(flatten, borrow)]
        notice: NoticeLine<'a>,
        subscription: u32,
    },
    Attempted {
        #[serde(flatten, borrow)]
        parcel: ParcelLine<'a>,
        attempt: u32,
        #[serde(default, skip_serializing_if = "is_zero")]
        throttled: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Answer>,
    },
    Answered {
        #[serde(flatten, borrow)]
        parcel: ParcelLine<'a>,
        attempt: u32,
        answer: Answer,
    },
    Dropped {
        #[serde(flatten, borrow)]
        parcel: ParcelLine<'a>,
        why: DropReason,
    },
    Uploaded {
        #[serde(flatten, borrow)]
        upload: UploadLine<'a>,
    },
    EventEmitted {
        #[serde(borrow)]
        event: HappeningLine<'a>,
    },
    EventLost {
        #[serde(borrow)]
        event: HappeningLine<'a>,
    },
    TargetInvoked {
        #[serde(flatten, borrow)]
        delivery: DeliveryLine<'a>,
        attempt: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<TargetError>,
    },
    GivenUp {
        #[serde(flatten, borrow)]
        delivery: DeliveryLine<'a>,
        error: TargetError,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exhausted: Option<Exhausted>,
        #[serde(default, skip_serializing_if = "is_false")]
        dead_lettered: bool,
    },
    Triggered {
        #[serde(flatten, borrow)]
        delivery: DeliveryLine<'a>,
    },
    TriggerDropped {
        #[serde(flatten, borrow)]
        delivery: DeliveryLine<'a>,
    },
    InstanceLaunched {
        instance: Cow<'a, str>,
    },
    InstanceInService {
        instance: Cow<'a, str>,
    },
    InstanceTerminated {
        instance: Cow<'a, str>,
    },
    ActionStarted {
        instance: Cow<'a, str>,
        hook: u32,
    },
    ActionHeartbeat {
        instance: Cow<'a, str>,
        hook: u32,
    },
    ActionEnded {
        instance: Cow<'a, str>,
        hook: u32,
        end: ActionEnd,
    },
    AgentChanged {
        instance: Cow<'a, str>,
        change: AgentChange,
    },
    AgentNoted {
        instance: Cow<'a, str>,
        note: AgentNote,
        /// Of what is a refusal; absent in older histories.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
    },
}

pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl<'a> Line<'a> {
    pub(super) fn new(record: &Record, roster: &Roster) -> Self {
        let command = (!record.fact.is_of_no_command()).then_some(record.command);
        Self { t: record.time, command, fact: FactLine::new(&record.fact, roster) }
    }
}

impl<'a> FactLine<'a> {
    pub(super) fn new(fact: &Fact, roster: &Roster) -> Self {
        let id = |instance| Cow::Owned(roster.id(instance));
        match *fact {
            Fact::Requested => Self::Requested,
            Fact::Targeted { count } => Self::Targeted { count },
            Fact::CommandChanged { state } => {
                Self::CommandChanged { status: state.status, details: state.details }
            }
            Fact::CommandEnded { state, counts } => {
                Self::CommandEnded { status: state.status, details: state.details, counts }
            }
            Fact::Sent { instance } => Self::Sent { instance: id(instance) },
            Fact::Acknowledged { instance } => Self::Acknowledged { instance: id(instance) },
            Fact::InvocationChanged { instance, state } => Self::InvocationChanged {
                instance: id(instance),
                status: state.status,
                details: state.details,
            },
            Fact::InvocationEnded { instance, ending } => Self::InvocationEnded {
                instance: id(instance),
                status: ending.state.status,
                details: ending.state.details,
                response_code: ending.response_code,
                sent: ending.sent,
                started: ending.started,
                elapsed: ending.elapsed.map(|elapsed| elapsed.0),
            },
            Fact::CancelRequested { instance } => Self::CancelRequested { instance: instance.map(id) },
            Fact::ThresholdExceeded { errors } => Self::ThresholdExceeded { errors },
            Fact::Throttled { attempt, gives_up } => Self::Throttled { attempt, gives_up },
            Fact::AlarmTriggered { state } => Self::AlarmTriggered { state },
            Fact::LateReply { instance, response_code } => {
                Self::LateReply { instance: id(instance), response_code }
            }
            Fact::Broken { instance } => Self::Broken { instance: id(instance) },
            Fact::StepEnded { instance, step, reply } => Self::StepEnded {
                instance: id(instance),
                step,
                status: reply.status,
                response_code: reply.response_code,
                started: reply.started,
                elapsed: reply.elapsed.0,
            },
            Fact::Accepted { instance, queued } => Self::Accepted { instance: id(instance), queued },
            Fact::Started { instance } => Self::Started { instance: id(instance) },
            Fact::Released { instance } => Self::Released { instance: id(instance) },
            Fact::Refused { instance, why } => {
                Self::Refused { instance: id(instance), code: Some(why.code()) }
            }
            Fact::RebootBegan { instance } => Self::RebootBegan { instance: id(instance) },
            Fact::RebootEnded { instance } => Self::RebootEnded { instance: id(instance) },
            Fact::Published(notice) => Self::Published { notice: NoticeLine::new(notice, roster) },
            Fact::Arrived { notice, subscription, duplicate, published } => {
                Self::Arrived { notice: NoticeLine::new(notice, roster), subscription, duplicate, published }
            }
            Fact::Lost { notice, subscription } => {
                Self::Lost { notice: NoticeLine::new(notice, roster), subscription }
            }
            Fact::Attempted { parcel, attempt, throttled: SimDuration(throttled), answer } => {
                Self::Attempted { parcel: ParcelLine::new(parcel, roster), attempt, throttled, answer }
            }
            Fact::Answered { parcel, attempt, answer } => {
                Self::Answered { parcel: ParcelLine::new(parcel, roster), attempt, answer }
            }
            Fact::Dropped { parcel, why } => Self::Dropped { parcel: ParcelLine::new(parcel, roster), why },
            Fact::Uploaded(upload) => Self::Uploaded { upload: UploadLine::new(upload, roster) },
            _ => Self::of_events(fact, roster),
        }
    }

    pub(super) fn into_fact(self, roster: &Roster) -> Result<Fact, String> {
        let index =
            |id: &str| roster.find(id).ok_or_else(|| format!("the plan's fleet has no instance `{id}`"));
        Ok(match self {
            Self::Requested => Fact::Requested,
            Self::Targeted { count } => Fact::Targeted { count },
            Self::CommandChanged { status, details } => {
                Fact::CommandChanged { state: CommandState { status, details } }
            }
            Self::CommandEnded { status, details, counts } => {
                Fact::CommandEnded { state: CommandState { status, details }, counts }
            }
            Self::Sent { instance } => Fact::Sent { instance: index(&instance)? },
            Self::Acknowledged { instance } => Fact::Acknowledged { instance: index(&instance)? },
            Self::InvocationChanged { instance, status, details } => Fact::InvocationChanged {
                instance: index(&instance)?,
                state: InvocationState { status, details },
            },
            Self::InvocationEnded { instance, status, details, response_code, sent, started, elapsed } => {
                let state = InvocationState { status, details };
                let elapsed = elapsed.map(SimDuration);
                let ending = Ending { state, response_code, sent, started, elapsed };
                Fact::InvocationEnded { instance: index(&instance)?, ending }
            }
            Self::CancelRequested { instance } => {
                Fact::CancelRequested { instance: instance.map(|id| index(&id)).transpose()? }
            }
            Self::ThresholdExceeded { errors } => Fact::ThresholdExceeded { errors },
            Self::Throttled { attempt, gives_up } => Fact::Throttled { attempt, gives_up },
            Self::AlarmTriggered { state } => Fact::AlarmTriggered { state },
            Self::LateReply { instance, response_code } => {
                Fact::LateReply { instance: index(&instance)?, response_code }
            }
            Self::Broken { instance } => Fact::Broken { instance: index(&instance)? },
            Self::StepEnded { instance, step, status, response_code, started, elapsed } => {
                let reply = StepReply { status, response_code, started, elapsed: SimDuration(elapsed) };
                Fact::StepEnded { instance: index(&instance)?, step, reply }
            }
            Self::Accepted { instance, queued } => Fact::Accepted { instance: index(&instance)?, queued },
            Self::Started { instance } => Fact::Started { instance: index(&instance)? },
            Self::Released { instance } => Fact::Released { instance: index(&instance)? },
            Self::Refused { instance, code } => {
                Fact::Refused { instance: index(&instance)?, why: Refusal::told(code)? }
            }
            Self::RebootBegan { instance } => Fact::RebootBegan { instance: index(&instance)? },
            Self::RebootEnded { instance } => Fact::RebootEnded { instance: index(&instance)? },
            Self::Published { notice } => Fact::Published(notice.into_notice(&index)?),
            Self::Arrived { notice, subscription, duplicate, published } => {
                Fact::Arrived { notice: notice.into_notice(&index)?, subscription, duplicate, published }
            }
            Self::Lost { notice, subscription } => {
                Fact::Lost { notice: notice.into_notice(&index)?, subscription }
            }
            Self::Attempted { parcel, attempt, throttled, answer } => {
                let (parcel, throttled) = (parcel.into_parcel(&index)?, SimDuration(throttled));
                Fact::Attempted { parcel, attempt, throttled, answer }
            }
            Self::Answered { parcel, attempt, answer } => {
                Fact::Answered { parcel: parcel.into_parcel(&index)?, attempt, answer }
            }
            Self::Dropped { parcel, why } => Fact::Dropped { parcel: parcel.into_parcel(&index)?, why },
            Self::Uploaded { upload } => Fact::Uploaded(upload.into_upload(&index)?),
            other => other.into_fact_of_events(&index)?,
        })
    }
}
