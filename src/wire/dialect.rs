//! The services, the protocols they speak, and how answers and errors look in each.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    fault::Fault,
    http::Response,
    xml::{self, Lists, Style},
};

/// A service that is spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Systems Manager.
    Ssm,
    /// Simple Notification Service.
    Sns,
    /// Simple Queue Service.
    Sqs,
    /// EventBridge.
    Events,
    /// Elastic Compute Cloud: the one operation that suites written against another emulator begin with.
    Ec2,
}

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// AWS JSON 1.0.
    Json10,
    /// AWS JSON 1.1.
    Json11,
    /// Query: a form in, XML out.
    Query,
}

/// A service and the protocol that a caller speaks to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The service.
    pub service: Service,
    /// The protocol.
    pub protocol: Protocol,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ssm, Self::Sns, Self::Sqs, Self::Events, Self::Ec2];

    /// What stands before the point in `X-Amz-Target`; SNS and EC2 speak Query alone.
    pub fn target_prefix(self) -> Option<&'static str> {
        match self {
            Self::Ssm => Some("AmazonSSM"),
            Self::Sns | Self::Ec2 => None,
            Self::Sqs => Some("AmazonSQS"),
            Self::Events => Some("AWSEvents"),
        }
    }

    /// The service's name in the scope of a signature.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Ssm => "ssm",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Events => "events",
            Self::Ec2 => "ec2",
        }
    }

    /// The version of its API in the Query protocol.
    pub fn version(self) -> Option<&'static str> {
        match self {
            Self::Sns => Some("2010-03-31"),
            Self::Sqs => Some("2012-11-05"),
            Self::Ec2 => Some("2016-11-15"),
            Self::Ssm | Self::Events => None,
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Sns => "http://sns.amazonaws.com/doc/2010-03-31/",
            Self::Sqs => "http://queue.amazonaws.com/doc/2012-11-05/",
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::Ssm | Self::Events => "",
        }
    }

    /// The error's name in the Query protocol, and its status in every protocol.
    fn wire_error(self, fault: &Fault) -> (&'static str, u16) {
        let table: &[(&str, &str, u16)] = match self {
            Self::Sns => SNS_ERRORS,
            Self::Sqs => SQS_ERRORS,
            Self::Ssm | Self::Events | Self::Ec2 => &[],
        };
        let found = table.iter().chain(COMMON_ERRORS).find(|(shape, _, _)| *shape == fault.code);
        let status = if fault.is_ours() { 500 } else { 400 };
        found.map_or((fault.code, status), |(_, code, status)| (code, *status))
    }
}

/// Shape, name in the Query protocol, status.
const COMMON_ERRORS: &[(&str, &str, u16)] = &[
    ("ValidationException", "ValidationError", 400),
    ("ThrottlingException", "Throttling", 400),
    ("AccessDeniedException", "AccessDenied", 400),
    ("UnknownOperationException", "InvalidAction", 400),
    ("SerializationException", "MalformedInput", 400),
    ("SignatureDoesNotMatch", "SignatureDoesNotMatch", 403),
    ("InvalidClientTokenId", "InvalidClientTokenId", 403),
    ("MissingAuthenticationToken", "MissingAuthenticationToken", 403),
    ("ServiceUnavailable", "ServiceUnavailable", 503),
];

const SNS_ERRORS: &[(&str, &str, u16)] = &[
    ("InvalidParameterException", "InvalidParameter", 400),
    ("InvalidParameterValueException", "ParameterValueInvalid", 400),
    ("NotFoundException", "NotFound", 404),
    ("ResourceNotFoundException", "ResourceNotFound", 404),
    ("InternalErrorException", "InternalError", 500),
    ("AuthorizationErrorException", "AuthorizationError", 403),
    ("InvalidStateException", "InvalidState", 400),
    ("ConcurrentAccessException", "ConcurrentAccess", 400),
    ("TopicLimitExceededException", "TopicLimitExceeded", 403),
    ("SubscriptionLimitExceededException", "SubscriptionLimitExceeded", 403),
    ("FilterPolicyLimitExceededException", "FilterPolicyLimitExceeded", 403),
    ("TagLimitExceededException", "TagLimitExceeded", 400),
    ("BatchEntryIdsNotDistinctException", "BatchEntryIdsNotDistinct", 400),
    ("BatchRequestTooLongException", "BatchRequestTooLong", 400),
    ("EmptyBatchRequestException", "EmptyBatchRequest", 400),
    ("InvalidBatchEntryIdException", "InvalidBatchEntryId", 400),
    ("TooManyEntriesInBatchRequestException", "TooManyEntriesInBatchRequest", 400),
];

const SQS_ERRORS: &[(&str, &str, u16)] = &[
    ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400),
    ("QueueNameExists", "QueueAlreadyExists", 400),
    ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently", 400),
    ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403),
    ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400),
    ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", 400),
    ("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400),
    ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400),
    ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400),
    ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400),
    ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400),
    ("InvalidParameterValueException", "InvalidParameterValue", 400),
    ("MissingRequiredParameterException", "MissingParameter", 400),
    ("OverLimit", "OverLimit", 403),
    ("RequestThrottled", "RequestThrottled", 403),
];

/// The errors whose text SSM's model calls `Message`; that of all others is `message`.
const CAPITAL: &[&str] = &[
    "AccessDeniedException",
    "DocumentAlreadyExists",
    "DocumentLimitExceeded",
    "InternalServerError",
    "InvalidDocument",
    "InvalidDocumentContent",
    "InvalidDocumentOperation",
    "InvalidDocumentSchemaVersion",
    "InvalidDocumentVersion",
    "InvalidInstanceId",
    "InvalidNextToken",
    "InvalidNotificationConfig",
    "InvalidParameters",
    "InvalidRole",
    "MaxDocumentSizeExceeded",
    "NoLongerSupportedException",
    "SerializationException",
    "TooManyUpdates",
    "UnsupportedPlatformType",
];

impl Dialect {
    /// An answer to an operation. An output of `()` is none: an empty object in JSON, no result in XML.
    pub fn answer(self, operation: &str, output: &impl Serialize, request_id: &str) -> Response {
        let whole = "an output is a tree of names and values";
        let body = match self.protocol {
            Protocol::Query => {
                let output = serde_json::to_value(output).expect(whole);
                xml::answer(&self.style(operation), &output, request_id)
            }
            Protocol::Json10 | Protocol::Json11 => match serde_json::to_vec(output).expect(whole) {
                none if none == b"null" => b"{}".to_vec(),
                body => body,
            },
        };
        Response { status: 200, headers: self.headers(request_id), body }
    }

    /// The answer that tells of an error.
    pub fn refuse(self, operation: &str, fault: &Fault, request_id: &str) -> Response {
        let (code, status) = self.service.wire_error(fault);
        let mut headers = self.headers(request_id);
        let body = match self.protocol {
            Protocol::Query => xml::error(&self.style(operation), code, fault, request_id),
            Protocol::Json10 | Protocol::Json11 => {
                headers.push(("x-amzn-ErrorType", fault.code.into()));
                if self.service == Service::Sqs {
                    let blame = if fault.is_ours() { "Receiver" } else { "Sender" };
                    headers.push(("x-amzn-query-error", format!("{code};{blame}")));
                }
                self.error_body(fault).to_string().into_bytes()
            }
        };
        Response { status, headers, body }
    }

    fn error_body(self, fault: &Fault) -> Value {
        let kind = match self.service {
            Service::Sqs if fault.code.ends_with("Exception") => {
                format!("com.amazon.coral.service#{}", fault.code)
            }
            Service::Sqs => format!("com.amazonaws.sqs#{}", fault.code),
            _ => fault.code.into(),
        };
        let capital = self.service == Service::Ssm && CAPITAL.contains(&fault.code);
        let name = if capital { "Message" } else { "message" };
        json!({ "__type": kind, name: fault.message })
    }

    fn style(self, operation: &str) -> Style<'_> {
        let lists = match self.service {
            Service::Sqs => Lists::Flat,
            Service::Ec2 => Lists::Items,
            Service::Ssm | Service::Sns | Service::Events => Lists::Members,
        };
        Style { namespace: self.service.namespace(), operation, lists }
    }

    fn headers(self, request_id: &str) -> Vec<(&'static str, String)> {
        let kind = match self.protocol {
            Protocol::Json10 => "application/x-amz-json-1.0",
            Protocol::Json11 => "application/x-amz-json-1.1",
            Protocol::Query => "text/xml",
        };
        vec![("Content-Type", kind.into()), ("x-amzn-RequestId", request_id.into())]
    }
}
