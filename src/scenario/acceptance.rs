//! What the service makes of a request that a caller sends while the fleet is there: a refusal, or a command.

use super::{
    plan::{Command, InstanceRange, Plan},
    resolve, targeting,
};
use crate::{
    base::SimDuration,
    ssm::{
        ApiError, SendCommandRequest,
        document::{Document, Values},
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
        self.check_instances(plan, is_known)?;
        let values = Values::of(document, request);
        let seconds = request.timeout_seconds.and_then(|seconds| u32::try_from(seconds).ok());
        Ok(Command {
            name,
            at,
            request: request.clone(),
            timeout_seconds: seconds.unwrap_or(plan.readings.default_timeout_seconds),
            execution_timeout_seconds: document.execution_timeout(&values),
            platforms: document.platforms(),
            steps: resolve::steps_of(document, &values),
            notification: request
                .notification_config
                .as_ref()
                .zip(topic)
                .map(|(config, topic)| resolve::notification(config, topic)),
            cancels: Vec::new(),
            access_denied: access_denied.to_vec(),
            publish_denied: false,
            not_simulated: resolve::not_simulated(request),
            trigger: None,
            is_template: false,
        })
    }

    fn check_instances(&self, plan: &Plan, is_known: impl Fn(&str) -> bool) -> Result<(), ApiError> {
        for list in targeting::named_ids(self.request) {
            if let Some(at) = list.ids.iter().position(|id| !is_known(id)) {
                let pointer = format!("{}/{at}", list.pointer);
                let message = format!("Instances [[{}]] not in a valid state for account", list.ids[at]);
                return Err(ApiError::new("InvalidInstanceId", pointer, message));
            }
        }
        if targeting::ids_alone(self.request).is_none() {
            return Ok(());
        }
        let kinds = targeting::counts(&plan.groups, &plan.resource_groups, self.request);
        let platforms = self.document.platforms();
        if !kinds.is_empty() && kinds.keys().all(|kind| !platforms.contains(&kind.platform)) {
            let message = format!("{} runs on none of the platforms of these instances", self.document.name);
            return Err(ApiError::new("UnsupportedPlatformType", "/InstanceIds", message));
        }
        if kinds.keys().any(|kind| kind.access_denied) {
            let message = "no access to one of the instances";
            return Err(ApiError::new("AccessDeniedException", "/InstanceIds", message));
        }
        Ok(())
    }
}
