//! SQS: the operations of queues and their messages, as data.

pub mod batch;
pub mod message;
pub mod queue;

use super::{call::operations, dialect::Protocol, fault::Fault};

operations! {
    /// A request to SQS.
    Request {
        CreateQueue(queue::CreateQueueRequest),
        GetQueueUrl(queue::GetQueueUrlRequest),
        GetQueueAttributes(queue::GetQueueAttributesRequest),
        SetQueueAttributes(queue::SetQueueAttributesRequest),
        ListQueues(queue::ListQueuesRequest),
        PurgeQueue(queue::QueueRequest),
        DeleteQueue(queue::QueueRequest),
        TagQueue(queue::TagQueueRequest),
        UntagQueue(queue::UntagQueueRequest),
        ListQueueTags(queue::QueueRequest),
        SendMessage(message::SendMessageRequest),
        ReceiveMessage(message::ReceiveMessageRequest),
        DeleteMessage(message::DeleteMessageRequest),
        ChangeMessageVisibility(message::ChangeMessageVisibilityRequest),
        SendMessageBatch(batch::SendMessageBatchRequest),
        DeleteMessageBatch(batch::DeleteMessageBatchRequest),
    }
}

/// The error for a parameter's value that SQS does not take.
pub fn invalid(value: &str, parameter: &str, reason: &str) -> Fault {
    let message = format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}");
    Fault::new("InvalidParameterValueException", message)
}

/// The error for a queue that is not there; its text depends on the protocol.
pub fn no_such_queue(protocol: Protocol) -> Fault {
    let end = if protocol == Protocol::Query { " for this wsdl version" } else { "" };
    Fault::new("QueueDoesNotExist", format!("The specified queue does not exist{end}."))
}
