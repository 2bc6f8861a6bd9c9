//! What the service makes of a request to a fleet: what it refuses, and the command that is left (O-17, O-41, O-42).

use super::{
    plan::{self, Alarm, Command, Group, InstanceRange, Plan},
    resolve,
    targeting::{ids_alone, named_ids},
};
use crate::{
    base::SimDuration,
    ssm::{
        ApiError, Readings, SendCommandRequest,
        document::{Document, Step, Values},
    },
};

/// A request that is valid by itself, and the document that it names.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<'a> {
    /// The request.
    pub request: &'a SendCommandRequest,
    /// The document.
    pub document: &'a Document,
    /// The instances that the caller may not send to.
    pub access_denied: &'a [InstanceRange],
    /// The index of the topic that it notifies, if any.
    pub topic: Option<u32>,
}

impl Accepted<'_> {
    /// The command that it makes when it is sent at `at`. `is_known` says whether an instance of this
    /// id is managed.
    ///
    /// # Errors
    ///
    /// `InvalidInstanceId` for an unknown instance (O-41), `UnsupportedPlatformType` where the document runs on none of the
    /// instances that are named (O-42), `AccessDeniedException` for a named one that the caller has no access to (O-17).
    pub fn command(
        &self,
        plan: &Plan,
        name: String,
        at: SimDuration,
        is_known: impl Fn(&str) -> bool,
    ) -> Result<Command, ApiError> {
        let &Self { request, document, access_denied, topic } = self;
        if let Some((pointer, id)) = unknown_ids(request, is_known).into_iter().next() {
            let message = format!("Instances [[{id}]] not in a valid state for account");
            return Err(ApiError::new("InvalidInstanceId", pointer, message));
        }
        if let Some(refusal) = refusals_by_id(request, document, &plan.groups).into_iter().next() {
            return Err(refusal);
        }
        let config = request.notification_config.as_ref().zip(topic);
        let notification = config.map(|(config, topic)| resolve::notification(config, topic));
        let access_denied = access_denied.to_vec();
        let command = command(request.clone(), document, &plan.readings, &plan.alarms);
        Ok(Command { name, at, notification, access_denied, ..command })
    }
}

/// The ids in a request that are not known, each with a JSON pointer to it.
pub(super) fn unknown_ids(
    request: &SendCommandRequest,
    is_known: impl Fn(&str) -> bool,
) -> Vec<(String, &str)> {
    let mut unknown = Vec::new();
    for list in named_ids(request) {
        let ids = list.ids.iter().enumerate().filter(|(_, id)| !is_known(id));
        unknown.extend(ids.map(|(at, id)| (format!("{}/{at}", list.pointer), id.as_str())));
    }
    unknown
}

/// Why the call itself is refused where it names known instances by their ids: platforms that are all wrong, and instances
/// without access. Of tags each invocation is refused for itself.
pub(super) fn refusals_by_id(
    request: &SendCommandRequest,
    document: &Document,
    groups: &[Group],
) -> Vec<ApiError> {
    let ids = ids_alone(request).unwrap_or_default();
    let places: Vec<_> = ids.iter().filter_map(|id| Some((id, locate(groups, id)?))).collect();
    let (platforms, pointer) = (document.platforms(), selector_pointer(request));
    let runs_on = |group: &Group, place| platforms.contains(&group.platform(place));
    let mut errors = Vec::new();
    if !places.is_empty() && !places.iter().any(|&(_, (group, place))| runs_on(group, place)) {
        let message = format!("{} runs on none of these instances", document.name);
        errors.push(ApiError::new("UnsupportedPlatformType", pointer, message));
    }
    if let Some((id, _)) = places.iter().find(|(_, (group, place))| group.access_denied(*place)) {
        errors.push(ApiError::new("AccessDeniedException", pointer, format!("no access to `{id}`")));
    }
    errors
}

/// The instance with an id: its group, and its place there.
pub(super) fn locate<'a>(groups: &'a [Group], id: &str) -> Option<(&'a Group, u32)> {
    groups.iter().find_map(|group| Some((group, group.find_instance(id)?)))
}

/// JSON pointer to the field that selects the instances.
pub(super) fn selector_pointer(request: &SendCommandRequest) -> &'static str {
    if request.targets.is_some() { "/Targets" } else { "/InstanceIds" }
}

/// The command that a request makes, without a name, at the start, telling nobody.
pub(super) fn command(
    request: SendCommandRequest,
    document: &Document,
    readings: &Readings,
    alarms: &[Alarm],
) -> Command {
    let values = Values::of(document, &request);
    let seconds = request.timeout_seconds.and_then(|seconds| u32::try_from(seconds).ok());
    Command {
        name: String::new(),
        at: SimDuration::ZERO,
        steps: document.steps.iter().map(|step| step_of(document, step, &values)).collect(),
        notification: None,
        timeout_seconds: seconds.unwrap_or(readings.default_timeout_seconds),
        execution_timeout_seconds: document.execution_timeout(&values),
        platforms: document.platforms(),
        cancels: Vec::new(),
        access_denied: Vec::new(),
        publish_denied: false,
        not_simulated: not_simulated(&request, alarms),
        trigger: None,
        is_template: false,
        request,
    }
}

fn step_of(document: &Document, step: &Step, values: &Values) -> plan::Step {
    plan::Step {
        name: step.name.clone(),
        // Before schema 2.2 a step is not skipped: where its action does not run it fails.
        platforms: if document.skips { step.platforms(values) } else { document.platforms() },
        timeout_seconds: step.timeout(values),
        on_failure: step.on_failure,
        exit_on_success: step.exit_on_success,
        finally: step.finally,
    }
}

/// The fields of the request that are checked and kept, but change nothing yet.
fn not_simulated(request: &SendCommandRequest, alarms: &[Alarm]) -> Vec<String> {
    let is_unknown = |name: &str| alarms.iter().all(|alarm| alarm.name != name);
    let fields = [
        ("DocumentVersion", request.document_version.is_some()),
        ("DocumentHash", request.document_hash.is_some()),
        ("DocumentHashType", request.document_hash_type.is_some()),
        ("OutputS3Region", request.output_s3_region.is_some()),
        ("AlarmConfiguration", request.alarm().is_some_and(|(name, _)| is_unknown(name))),
    ];
    fields.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.into()).collect()
}
