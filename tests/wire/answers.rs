//! The structure of every operation's answer.

use fleetsim::wire::{
    events::{bus, entry, rule, target},
    sns::{publish, subscription, topic},
    sqs::{batch, message, queue},
    ssm::{Empty, command, document, instance, invocation, send_command, tag},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// The value as our structure writes it.
fn through<T: DeserializeOwned + Serialize>(value: &Value) -> Result<Value, String> {
    let read: T = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    serde_json::to_value(read).map_err(|error| error.to_string())
}

/// The answer of an operation as our structure for it writes it; `None` for an operation that we do not have.
pub(crate) fn answer(service: &str, operation: &str, value: &Value) -> Option<Result<Value, String>> {
    Some(match service {
        "ssm" => of_ssm(operation)?(value),
        "sns" => of_sns(operation)?(value),
        "sqs" => of_sqs(operation)?(value),
        _ => of_events(operation)?(value),
    })
}

type Through = fn(&Value) -> Result<Value, String>;

fn of_ssm(operation: &str) -> Option<Through> {
    Some(match operation {
        "SendCommand" => through::<send_command::SendCommandResult>,
        "ListCommands" => through::<command::ListCommandsResult>,
        "ListCommandInvocations" => through::<invocation::ListCommandInvocationsResult>,
        "GetCommandInvocation" => through::<invocation::GetCommandInvocationResult>,
        "DescribeInstanceInformation" => through::<instance::DescribeInstanceInformationResult>,
        "ListDocuments" => through::<document::ListDocumentsResult>,
        "DescribeDocument" => through::<document::DescribeDocumentResult>,
        "GetDocument" => through::<document::GetDocumentResult>,
        "CreateDocument" => through::<document::CreateDocumentResult>,
        "ListTagsForResource" => through::<tag::ListTagsForResourceResult>,
        "CancelCommand" | "DeleteDocument" | "AddTagsToResource" | "RemoveTagsFromResource" => {
            through::<Empty>
        }
        _ => return None,
    })
}

fn of_sns(operation: &str) -> Option<Through> {
    Some(match operation {
        "CreateTopic" => through::<topic::CreateTopicResponse>,
        "ListTopics" => through::<topic::ListTopicsResponse>,
        "GetTopicAttributes" => through::<topic::GetTopicAttributesResponse>,
        "ListTagsForResource" => through::<topic::ListTagsForResourceResponse>,
        "TagResource" | "UntagResource" => through::<Empty>,
        "Subscribe" | "ConfirmSubscription" => through::<subscription::SubscribeResponse>,
        "ListSubscriptions" | "ListSubscriptionsByTopic" => {
            through::<subscription::ListSubscriptionsResponse>
        }
        "GetSubscriptionAttributes" => through::<subscription::GetSubscriptionAttributesResponse>,
        "Publish" => through::<publish::PublishResponse>,
        "PublishBatch" => through::<publish::PublishBatchResponse>,
        _ => return None,
    })
}

fn of_sqs(operation: &str) -> Option<Through> {
    Some(match operation {
        "CreateQueue" | "GetQueueUrl" => through::<queue::QueueUrl>,
        "ListQueues" => through::<queue::ListQueuesResult>,
        "GetQueueAttributes" => through::<queue::GetQueueAttributesResult>,
        "ListQueueTags" => through::<queue::ListQueueTagsResult>,
        "SendMessage" => through::<message::SendMessageResult>,
        "ReceiveMessage" => through::<message::ReceiveMessageResult>,
        "SendMessageBatch" => through::<batch::SendMessageBatchResult>,
        "DeleteMessageBatch" => through::<batch::DeleteMessageBatchResult>,
        _ => return None,
    })
}

fn of_events(operation: &str) -> Option<Through> {
    Some(match operation {
        "CreateEventBus" => through::<bus::CreateEventBusResponse>,
        "DescribeEventBus" => through::<bus::EventBus>,
        "ListEventBuses" => through::<bus::ListEventBusesResponse>,
        "ListRuleNamesByTarget" => through::<target::ListRuleNamesByTargetResponse>,
        "PutRule" => through::<rule::PutRuleResponse>,
        "DescribeRule" => through::<rule::Rule>,
        "ListRules" => through::<rule::ListRulesResponse>,
        "PutTargets" | "RemoveTargets" => through::<target::TargetsResponse>,
        "ListTargetsByRule" => through::<target::ListTargetsByRuleResponse>,
        "PutEvents" => through::<entry::PutEventsResponse>,
        "TestEventPattern" => through::<entry::TestEventPatternResponse>,
        _ => return None,
    })
}
