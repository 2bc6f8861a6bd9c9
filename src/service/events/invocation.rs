//! Invocations: a matched event on its way to one target of one rule.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    base::SimTime,
    events::{Exhausted, RetryPolicy},
    ssm::{SendCommandRequest, request},
    wire::{
        events::target::{RunCommandTarget, Target},
        fault::Fault,
    },
};

/// A matched event on its way to a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The rule.
    pub rule_arn: String,
    /// The target's ARN as it was given.
    pub target_arn: String,
    /// The role with which the target is called.
    pub role_arn: Option<String>,
    /// What is called.
    pub destination: Destination,
    /// What it gets.
    pub input: String,
    /// The event itself.
    pub event: Arc<str>,
    /// When the event came to the bus.
    pub born: SimTime,
    /// How many attempts were made.
    pub attempts: u32,
    /// How often and how long is tried (S10.27).
    pub retry: RetryPolicy,
    /// The queue for what is given up (S10.29).
    pub dead_letter: Option<String>,
}

/// What an invocation calls.
#[derive(Clone, Debug, PartialEq)]
pub enum Destination {
    /// Publishes to an SNS topic.
    Topic(String),
    /// Sends to an SQS queue.
    Queue {
        /// The queue's ARN.
        arn: String,
        /// `MessageGroupId`, for FIFO queues.
        group: Option<String>,
    },
    /// Sends a command (section 10.5).
    Command {
        /// The document's ARN.
        document: String,
        /// The targets of the command.
        targets: Vec<RunCommandTarget>,
        /// Whether the rule says anything of the parameters; otherwise there are none.
        has_parameters: bool,
    },
    /// Nothing that is there: to be given up at once.
    Nowhere(Failure),
}

/// Why an invocation is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `ERROR_CODE`, such as [`TargetError::code`](crate::events::TargetError::code).
    pub code: &'static str,
    /// `ERROR_MESSAGE`.
    pub message: String,
    /// `EXHAUSTED_RETRY_CONDITION`, where attempts ran out.
    pub exhausted: Option<Exhausted>,
}

/// A message for a dead-letter queue (S10.29).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The queue's ARN.
    pub queue: String,
    /// The event.
    pub body: String,
    /// The message's attributes, all of type String.
    pub attributes: Vec<(&'static str, String)>,
}

impl Failure {
    /// A failure after which nothing is tried again.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), exhausted: None }
    }
}

impl Destination {
    /// What a target calls.
    pub(super) fn of(target: &Target) -> Self {
        let arn = target.arn.clone();
        match service_and_resource(&target.arn) {
            Some(("sns", _)) => Self::Topic(arn),
            Some(("sqs", _)) => {
                let parameters = target.sqs_parameters.as_ref();
                Self::Queue { arn, group: parameters.and_then(|one| one.message_group_id.clone()) }
            }
            Some(("ssm", resource)) if resource.starts_with("document/") => {
                let parameters = target.run_command_parameters.as_ref();
                Self::Command {
                    document: arn,
                    targets: parameters.map(|one| one.run_command_targets.clone()).unwrap_or_default(),
                    has_parameters: target.input.is_some()
                        || target.input_path.is_some()
                        || target.input_transformer.is_some(),
                }
            }
            _ => {
                let message =
                    format!("{arn} is no topic, no queue and no document; nothing else is served here.");
                Self::Nowhere(Failure::new("NO_RESOURCE", message))
            }
        }
    }
}

impl Invocation {
    /// The command that it sends, if it sends one (S10.31 to S10.34).
    ///
    /// # Errors
    ///
    /// InvalidParameters, when the input is none of a document.
    pub fn send_command(&self) -> Result<Option<SendCommandRequest>, Fault> {
        let Destination::Command { document, targets, has_parameters } = &self.destination else {
            return Ok(None);
        };
        let mut request = SendCommandRequest { document_name: document.clone(), ..Default::default() };
        if *has_parameters {
            let parameters: BTreeMap<String, Vec<String>> =
                serde_json::from_str(&self.input).map_err(|error| {
                    let message = format!("The input is no parameters with lists of texts: {error}");
                    Fault::new("InvalidParameters", message)
                })?;
            request.parameters = Some(parameters);
        }
        let as_target =
            |one: &RunCommandTarget| request::Target { key: one.key.clone(), values: one.values.clone() };
        request.targets = Some(targets.iter().map(as_target).collect());
        Ok(Some(request))
    }

    /// What goes to the dead-letter queue when it is given up; `None` where there is no queue.
    pub fn dead_letter(&self, failure: &Failure) -> Option<DeadLetter> {
        let mut attributes = vec![
            ("RULE_ARN", self.rule_arn.clone()),
            ("TARGET_ARN", self.target_arn.clone()),
            ("ERROR_CODE", failure.code.into()),
            ("ERROR_MESSAGE", failure.message.clone()),
        ];
        if let Some(exhausted) = failure.exhausted {
            attributes.push(("EXHAUSTED_RETRY_CONDITION", format!("{exhausted:?}")));
            attributes.push(("RETRY_ATTEMPTS", self.attempts.saturating_sub(1).to_string()));
        }
        Some(DeadLetter { queue: self.dead_letter.clone()?, body: self.event.to_string(), attributes })
    }
}

/// The policy of a target, with the defaults of S10.27.
pub(super) fn retry_policy(target: &Target) -> RetryPolicy {
    let given = target.retry_policy.clone().unwrap_or_default();
    let default = RetryPolicy::default();
    let or = |number: Option<i64>, otherwise| number.and_then(|one| one.try_into().ok()).unwrap_or(otherwise);
    RetryPolicy {
        maximum_retry_attempts: or(given.maximum_retry_attempts, default.maximum_retry_attempts),
        maximum_event_age_in_seconds: or(
            given.maximum_event_age_in_seconds,
            default.maximum_event_age_in_seconds,
        ),
    }
}

/// The service and the resource of an ARN; `None` when it is no ARN.
pub(super) fn service_and_resource(arn: &str) -> Option<(&str, &str)> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, service, _, _, resource] if !service.is_empty() && !resource.is_empty() => {
            Some((service, resource))
        }
        _ => None,
    }
}
