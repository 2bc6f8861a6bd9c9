//! What the service checks of a `SendCommand` before it accepts it (sections 3, 4, 9.1 and 14.1).

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

use super::{
    ApiError, Readings, SendCommandRequest,
    document::{self, Document},
    limits::{self, Constraint},
    request::Target,
    target::{INSTANCE_ID_PATTERN, TargetKey, is_instance_id},
};

impl SendCommandRequest {
    /// Every reason for which the service would refuse this request, whatever the fleet; `documents` are those that it
    /// may name. Empty: it is accepted.
    pub fn validate(&self, readings: &Readings, documents: &[Document]) -> Vec<ApiError> {
        let mut errors = Vec::new();
        self.check_texts(&mut errors);
        self.check_timeout(&mut errors);
        self.check_instance_ids(&mut errors);
        self.check_targets(readings, &mut errors);
        self.check_notification(&mut errors);
        self.check_alarms(&mut errors);
        self.check_document(documents, &mut errors);
        errors
    }

    fn check_texts(&self, errors: &mut Vec<ApiError>) {
        for rule in TEXT_RULES {
            let Some(text) = (rule.text)(self) else { continue };
            if let Err(constraint) = (rule.check)(text) {
                errors.push(violation(rule.pointer, text, &constraint));
            }
        }
    }

    fn check_timeout(&self, errors: &mut Vec<ApiError>) {
        let Some(seconds) = self.timeout_seconds else { return };
        let range = limits::TIMEOUT_SECONDS;
        let constraint = match seconds {
            low if low < *range.start() => format!("have value greater than or equal to {}", range.start()),
            high if high > *range.end() => format!("have value less than or equal to {}", range.end()),
            _ => return,
        };
        errors.push(violation("/TimeoutSeconds", &seconds.to_string(), &constraint));
    }

    fn check_instance_ids(&self, errors: &mut Vec<ApiError>) {
        let ids = self.instance_ids.as_deref().unwrap_or_default();
        at_most("/InstanceIds", ids.len(), limits::INSTANCE_IDS, errors);
        for (at, id) in ids.iter().enumerate() {
            if !is_instance_id(id) {
                let constraint = format!("satisfy regular expression pattern: {INSTANCE_ID_PATTERN}");
                errors.push(violation(&format!("/InstanceIds/{at}"), id, &constraint));
            }
        }
        duplicates("/InstanceIds", ids, errors);
    }

    fn check_targets(&self, readings: &Readings, errors: &mut Vec<ApiError>) {
        let targets = self.targets.as_deref().unwrap_or_default();
        at_most("/Targets", targets.len(), limits::TARGETS, errors);
        let by_id = self.instance_ids.as_ref().is_some_and(|ids| !ids.is_empty());
        match (by_id, !targets.is_empty()) {
            (true, true) => errors.push(ApiError::new(
                "InvalidParameters",
                "/Targets",
                "InstanceIds and Targets exclude each other",
            )),
            (false, false) => {
                errors.push(ApiError::new(
                    "InvalidParameters",
                    "",
                    "neither InstanceIds nor Targets is given",
                ));
            }
            _ => {}
        }
        for (at, target) in targets.iter().enumerate() {
            check_target(&format!("/Targets/{at}"), target, readings, errors);
        }
        check_resource_groups(targets, errors);
    }

    fn check_notification(&self, errors: &mut Vec<ApiError>) {
        let Some(config) = &self.notification_config else { return };
        for (at, event) in config.notification_events.iter().flatten().enumerate() {
            if let Err(constraint) = limits::one_of(event, NOTIFICATION_EVENTS) {
                let pointer = format!("/NotificationConfig/NotificationEvents/{at}");
                errors.push(violation(&pointer, event, &constraint));
            }
        }
        let arn = config.notification_arn.as_deref().unwrap_or_default();
        if !is_topic_arn(arn) {
            errors.push(ApiError::new(
                "InvalidNotificationConfig",
                "/NotificationConfig/NotificationArn",
                format!("`{arn}` is not the ARN of a standard SNS topic"),
            ));
        }
    }

    fn check_alarms(&self, errors: &mut Vec<ApiError>) {
        let Some(config) = &self.alarm_configuration else { return };
        let pointer = "/AlarmConfiguration/Alarms";
        if config.alarms.len() != 1 {
            let constraint = "have length equal to 1";
            errors.push(violation(pointer, &format!("{} alarms", config.alarms.len()), constraint));
        }
        for (at, alarm) in config.alarms.iter().enumerate() {
            let blank = if alarm.name.trim().is_empty() { Err("not be blank".into()) } else { Ok(()) };
            if let Err(constraint) = blank.and(limits::length(&alarm.name, 1, 255)) {
                errors.push(violation(&format!("{pointer}/{at}/Name"), &alarm.name, &constraint));
            }
        }
    }

    fn check_document(&self, documents: &[Document], errors: &mut Vec<ApiError>) {
        match document::find(documents, &self.document_name) {
            Some(document) => errors.extend(document.refuse(self)),
            None => {
                let names = documents.iter().map(|document| document.name.as_str());
                let (name, hint) = (&self.document_name, limits::hint(&self.document_name, names));
                let message = format!("no document `{name}` is known{hint}");
                errors.push(ApiError::new("InvalidDocument", "/DocumentName", message));
            }
        }
    }
}

/// Whether a text is the ARN of a standard SNS topic.
pub fn is_topic_arn(text: &str) -> bool {
    TOPIC_ARN.is_match(text)
}

/// A text field, and what it must satisfy.
struct TextRule {
    pointer: &'static str,
    text: fn(&SendCommandRequest) -> Option<&str>,
    check: fn(&str) -> Result<(), Constraint>,
}

const HASH_TYPES: &[&str] = &["Sha256", "Sha1"];
const NOTIFICATION_EVENTS: &[&str] = &["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"];
const NOTIFICATION_TYPES: &[&str] = &["Command", "Invocation"];

static DOCUMENT_NAME: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^[a-zA-Z0-9_\-.:/]{3,128}$"));
static DOCUMENT_VERSION: LazyLock<Regex> =
    LazyLock::new(|| limits::regex("^([$]LATEST|[$]DEFAULT|[1-9][0-9]*)$"));
static TARGET_KEY: LazyLock<Regex> = LazyLock::new(|| limits::regex(r"^[\p{L}\p{Z}\p{N}_.:/=\-@]*$"));
// A FIFO topic needs a message group, for which the configuration has no place (S9.21).
static TOPIC_ARN: LazyLock<Regex> =
    LazyLock::new(|| limits::regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$"));

const TEXT_RULES: &[TextRule] = &[
    TextRule {
        pointer: "/DocumentName",
        text: |request| Some(&request.document_name),
        check: |text| limits::matches(text, &DOCUMENT_NAME),
    },
    TextRule {
        pointer: "/DocumentVersion",
        text: |request| request.document_version.as_deref(),
        check: |text| limits::matches(text, &DOCUMENT_VERSION),
    },
    TextRule {
        pointer: "/DocumentHash",
        text: |request| request.document_hash.as_deref(),
        check: |text| limits::length(text, 0, 256),
    },
    TextRule {
        pointer: "/DocumentHashType",
        text: |request| request.document_hash_type.as_deref(),
        check: |text| limits::one_of(text, HASH_TYPES),
    },
    TextRule {
        pointer: "/Comment",
        text: |request| request.comment.as_deref(),
        check: |text| limits::length(text, 0, 100),
    },
    TextRule {
        pointer: "/OutputS3Region",
        text: |request| request.output_s3_region.as_deref(),
        check: |text| limits::length(text, 3, 20),
    },
    TextRule {
        pointer: "/OutputS3BucketName",
        text: |request| request.output_s3_bucket_name.as_deref(),
        check: |text| limits::length(text, 3, 63),
    },
    TextRule {
        pointer: "/OutputS3KeyPrefix",
        text: |request| request.output_s3_key_prefix.as_deref(),
        check: |text| limits::length(text, 0, 500),
    },
    TextRule {
        pointer: "/MaxConcurrency",
        text: |request| request.max_concurrency.as_deref(),
        check: |text| limits::parse_max_concurrency(text).map(drop),
    },
    TextRule {
        pointer: "/MaxErrors",
        text: |request| request.max_errors.as_deref(),
        check: |text| limits::parse_max_errors(text).map(drop),
    },
    TextRule {
        pointer: "/NotificationConfig/NotificationType",
        text: |request| request.notification_config.as_ref()?.notification_type.as_deref(),
        check: |text| limits::one_of(text, NOTIFICATION_TYPES),
    },
    TextRule {
        pointer: "/CloudWatchOutputConfig/CloudWatchLogGroupName",
        text: |request| request.cloud_watch_output_config.as_ref()?.cloud_watch_log_group_name.as_deref(),
        check: |text| limits::length(text, 1, 512),
    },
];

fn check_target(pointer: &str, target: &Target, readings: &Readings, errors: &mut Vec<ApiError>) {
    let key = format!("{pointer}/Key");
    let values = format!("{pointer}/Values");
    if let Err(constraint) =
        limits::length(&target.key, 1, 163).and_then(|()| limits::matches(&target.key, &TARGET_KEY))
    {
        errors.push(violation(&key, &target.key, &constraint));
    } else if TargetKey::parse(&target.key).is_none() {
        let message = format!("Run Command knows no target key `{}`", target.key);
        errors.push(ApiError::new("InvalidParameters", key, message));
    }
    at_most(&values, target.values.len(), readings.target_values as usize, errors);
    if TargetKey::parse(&target.key) == Some(TargetKey::InstanceIds) {
        for (at, id) in target.values.iter().enumerate() {
            // `*` belongs to State Manager and Automation (S3.7).
            if !is_instance_id(id) {
                let message = format!("`{id}` is not an instance id");
                errors.push(ApiError::new("InvalidInstanceId", format!("{values}/{at}"), message));
            }
        }
        duplicates(&values, &target.values, errors);
    }
}

/// A command takes one resource group (section 3.2), and up to five types.
fn check_resource_groups(targets: &[Target], errors: &mut Vec<ApiError>) {
    let mut groups = 0;
    for (at, target) in targets.iter().enumerate() {
        let refused = match TargetKey::parse(&target.key) {
            Some(TargetKey::ResourceGroup) => {
                groups += target.values.len();
                (groups != 1).then(|| format!("{groups} resource groups; a command takes exactly one"))
            }
            Some(TargetKey::ResourceTypes) if target.values.len() > limits::RESOURCE_TYPES => Some(format!(
                "{} resource types; a target takes at most {}",
                target.values.len(),
                limits::RESOURCE_TYPES
            )),
            _ => None,
        };
        let error = |message| ApiError::new("InvalidParameters", format!("/Targets/{at}/Values"), message);
        errors.extend(refused.map(error));
    }
}

fn duplicates(pointer: &str, ids: &[String], errors: &mut Vec<ApiError>) {
    let mut seen = BTreeSet::new();
    for (at, id) in ids.iter().enumerate() {
        if !seen.insert(id) {
            let message = format!("`{id}` is named more than once");
            errors.push(ApiError::new("DuplicateInstanceId", format!("{pointer}/{at}"), message));
        }
    }
}

fn at_most(pointer: &str, length: usize, max: usize, errors: &mut Vec<ApiError>) {
    if length > max {
        let constraint = format!("have length less than or equal to {max}");
        errors.push(violation(pointer, &format!("{length} members"), &constraint));
    }
}

/// A violation of the service model in the words of S14.6.
pub(crate) fn violation(pointer: &str, value: &str, constraint: &str) -> ApiError {
    let place = member_path(pointer);
    ApiError::new(
        "ValidationException",
        pointer,
        format!(
            "1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: \
             Member must {constraint}"
        ),
    )
}

/// `/Targets/0/Key` in the service's own spelling: `targets.1.member.key`.
fn member_path(pointer: &str) -> String {
    let lower = |name: &str| name[..1].to_lowercase() + &name[1..];
    let segment = |text: &str| match text.parse::<usize>() {
        Ok(at) => format!("{}.member", at + 1),
        Err(_) => lower(text),
    };
    pointer.split('/').skip(1).map(segment).collect::<Vec<_>>().join(".")
}
