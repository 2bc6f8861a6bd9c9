//! What an event says: from a happening to the body that EventBridge delivers (sections 10.1 and 10.7).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Plan, Roster, plan::Events};
use crate::{
    base::{SimDuration, SimTime},
    events::{
        Cause, Happening, LifecycleTransition,
        body::{
            ActivityDetail, CommandDetail, Detail, Event, InvocationDetail, LifecycleActionDetail,
            instance_arn, millis, seconds,
        },
    },
    ssm::EventStatus,
};

/// Detail-types of the events that are simulated (S10.1, S10.51, S10.52).
pub const DETAIL_TYPES: [&str; 7] = [
    "EC2 Command Status-change Notification",
    "EC2 Command Invocation Status-change Notification",
    "EC2 Instance-launch Lifecycle Action",
    "EC2 Instance-terminate Lifecycle Action",
    "EC2 Instance Launch Successful",
    "EC2 Instance Launch Unsuccessful",
    "EC2 Instance Terminate Successful",
];

/// What stands for every id that is drawn at random, where nobody asks for another.
pub const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// Fields whose value another instance or another time may change.
const PARTICULAR: [&str; 9] = [
    "time",
    "resources",
    "detail.instance-id",
    "detail.requested-date-time",
    "detail.expire-after",
    "detail.EC2InstanceId",
    "detail.Description",
    "detail.StartTime",
    "detail.EndTime",
];

/// Whether a field of an event has another value for another instance, or at another time.
pub fn is_particular(path: &str) -> bool {
    PARTICULAR.contains(&path)
}

/// Ids of an event and of what it is about.
#[derive(Clone, Debug)]
pub struct Ids {
    /// The event's own.
    pub event: String,
    /// The command's, the lifecycle action's or the activity's.
    pub subject: String,
}

impl Default for Ids {
    /// All zeros: patterns are held against these.
    fn default() -> Self {
        Self { event: NO_ID.into(), subject: NO_ID.into() }
    }
}

/// Who puts happenings of a plan into words.
#[derive(Clone, Copy, Debug)]
pub struct Narrator<'a> {
    plan: &'a Plan,
    events: &'a Events,
    roster: &'a Roster,
    start: Timestamp,
}

/// The parameters of a request that has none.
static NO_PARAMETERS: BTreeMap<String, Vec<String>> = BTreeMap::new();

impl<'a> Narrator<'a> {
    /// The narrator of a plan; `None` where it has no events.
    pub fn new(plan: &'a Plan, roster: &'a Roster) -> Option<Self> {
        Some(Self::of_bus(plan, plan.events.as_ref()?, roster))
    }

    /// The narrator of a plan over a bus that need not be the plan's own.
    pub fn of_bus(plan: &'a Plan, events: &'a Events, roster: &'a Roster) -> Self {
        let start = plan.start.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        Self { plan, events, roster, start }
    }

    /// The event about what happened. `requested` is when its command was, if it is about one.
    pub fn tell(&self, cause: Cause, requested: SimTime, ids: Ids) -> Event<'a> {
        let Cause { time, happening } = cause;
        let instance_id = happening.instance().map(|instance| self.roster.id(instance)).unwrap_or_default();
        let bus = &self.events.bus;
        let (detail_type, resources, detail) = match happening {
            Happening::Command { command, status } => (
                DETAIL_TYPES[0],
                self.command_resources(command),
                self.command(command, status, requested, ids.subject),
            ),
            Happening::Invocation { command, status, .. } => {
                let arn = instance_arn(&bus.region, &bus.account, &instance_id);
                let detail = InvocationDetail {
                    command_id: ids.subject,
                    document_name: self.document(command),
                    instance_id,
                    requested_date_time: millis(self.instant(requested)),
                    status: format!("{status:?}"),
                };
                (DETAIL_TYPES[1], vec![arn], Detail::Invocation(detail))
            }
            Happening::LifecycleAction { instance, hook } => {
                self.lifecycle_action(instance, instance_id, hook, ids.subject)
            }
            Happening::Launched { instance } => self.activity(instance, instance_id, 4, time, ids.subject),
            Happening::LaunchFailed { instance } => {
                self.activity(instance, instance_id, 5, time, ids.subject)
            }
            Happening::Terminated { instance } => self.activity(instance, instance_id, 6, time, ids.subject),
        };
        Event {
            version: "0",
            id: ids.event,
            detail_type,
            source: if happening.is_of_command() { "aws.ssm" } else { "aws.autoscaling" },
            account: &bus.account,
            time: seconds(self.instant(time)),
            region: &bus.region,
            resources,
            detail,
        }
    }

    fn instant(&self, time: SimTime) -> Timestamp {
        self.start.checked_add(SignedDuration::from_micros(time.0 as i64)).unwrap_or(Timestamp::MAX)
    }

    /// The service answers with the name also where the request has the ARN.
    fn document(&self, command: u32) -> &'a str {
        let name = &self.plan.commands[command as usize].request.document_name;
        name.rsplit('/').next().unwrap_or_default()
    }

    /// O-32: the ARN of the one instance that the request names; of several, or of none, nothing.
    fn command_resources(&self, command: u32) -> Vec<String> {
        let bus = &self.events.bus;
        match super::targeting::ids_alone(&self.plan.commands[command as usize].request) {
            Some([only]) => vec![instance_arn(&bus.region, &bus.account, only)],
            _ => Vec::new(),
        }
    }

    fn command(&self, index: u32, status: EventStatus, requested: SimTime, command_id: String) -> Detail<'a> {
        let command = &self.plan.commands[index as usize];
        let total = u64::from(command.timeout_seconds) + u64::from(command.execution_timeout_seconds);
        let expires = requested + SimDuration::from_secs(total);
        Detail::Command(CommandDetail {
            command_id,
            document_name: self.document(index),
            expire_after: millis(self.instant(expires)),
            parameters: command.request.parameters.as_ref().unwrap_or(&NO_PARAMETERS),
            requested_date_time: millis(self.instant(requested)),
            status: format!("{status:?}"),
        })
    }

    fn group_arn(&self, name: &str) -> String {
        let bus = &self.events.bus;
        format!(
            "arn:aws:autoscaling:{}:{}:autoScalingGroup:{NO_ID}:autoScalingGroupName/{name}",
            bus.region, bus.account
        )
    }

    fn scaling(&self, instance: u32) -> &'a super::plan::AutoScalingGroup {
        let (group, _) = self.roster.locate(instance).expect("an instance of the fleet");
        self.events.scaling_of(group).expect("an instance of an Auto Scaling group")
    }

    fn lifecycle_action(
        &self,
        instance: u32,
        ec2_instance_id: String,
        hook: u32,
        token: String,
    ) -> (&'static str, Vec<String>, Detail<'a>) {
        let group = self.scaling(instance);
        let hook = &group.hooks[hook as usize];
        let (detail_type, origin, destination) = match hook.transition {
            LifecycleTransition::Launching => (DETAIL_TYPES[2], "EC2", "AutoScalingGroup"),
            LifecycleTransition::Terminating => (DETAIL_TYPES[3], "AutoScalingGroup", "EC2"),
        };
        let detail = LifecycleActionDetail {
            lifecycle_action_token: token,
            auto_scaling_group_name: &group.name,
            lifecycle_hook_name: &hook.name,
            ec2_instance_id,
            lifecycle_transition: hook.transition.name(),
            notification_metadata: hook.notification_metadata.as_deref(),
            origin,
            destination,
        };
        (detail_type, vec![self.group_arn(&group.name)], Detail::LifecycleAction(detail))
    }

    fn activity(
        &self,
        instance: u32,
        ec2_instance_id: String,
        kind: usize,
        time: SimTime,
        activity_id: String,
    ) -> (&'static str, Vec<String>, Detail<'a>) {
        let group = self.scaling(instance);
        let bus = &self.events.bus;
        let is_termination = kind == 6;
        let failed = kind == 5;
        let verb = if is_termination { "Terminating" } else { "Launching a new" };
        let (origin, destination) =
            if is_termination { ("AutoScalingGroup", "EC2") } else { ("EC2", "AutoScalingGroup") };
        let arn = instance_arn(&bus.region, &bus.account, &ec2_instance_id);
        let detail = ActivityDetail {
            status_code: if failed { "Failed" } else { "InProgress" },
            description: (!failed).then(|| format!("{verb} EC2 instance: {ec2_instance_id}")),
            auto_scaling_group_name: &group.name,
            request_id: activity_id.clone(),
            activity_id,
            details: BTreeMap::new(),
            status_message: if failed { "The lifecycle action was abandoned" } else { "" },
            end_time: seconds(self.instant(time)),
            ec2_instance_id,
            start_time: seconds(self.instant(time)),
            cause: "A scaling activity of the scenario",
            origin,
            destination,
        };
        (DETAIL_TYPES[kind], vec![self.group_arn(&group.name), arn], Detail::Activity(Box::new(detail)))
    }
}
