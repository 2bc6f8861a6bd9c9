//! SNS: the operations of its control plane and of publishing, as data.

pub mod envelope;
pub mod publish;
pub mod signature;
pub mod subscription;
pub mod topic;

use std::collections::BTreeMap;

use super::{call::operations, fault::Fault};

operations! {
    /// A request to SNS.
    Request {
        CreateTopic(topic::CreateTopicInput),
        DeleteTopic(topic::DeleteTopicInput),
        ListTopics(topic::ListTopicsInput),
        GetTopicAttributes(topic::GetTopicAttributesInput),
        SetTopicAttributes(topic::SetTopicAttributesInput),
        TagResource(topic::TagResourceRequest),
        UntagResource(topic::UntagResourceRequest),
        ListTagsForResource(topic::ListTagsForResourceRequest),
        Subscribe(subscription::SubscribeInput),
        ConfirmSubscription(subscription::ConfirmSubscriptionInput),
        Unsubscribe(subscription::UnsubscribeInput),
        ListSubscriptions(subscription::ListSubscriptionsInput),
        ListSubscriptionsByTopic(subscription::ListSubscriptionsByTopicInput),
        GetSubscriptionAttributes(subscription::GetSubscriptionAttributesInput),
        SetSubscriptionAttributes(subscription::SetSubscriptionAttributesInput),
        Publish(publish::PublishInput),
        PublishBatch(publish::PublishBatchInput),
    }
}

/// Attributes by name.
pub type Attributes = BTreeMap<String, String>;

/// The error for a parameter that SNS does not take, with the words that follow "Invalid parameter: ".
pub fn invalid(what: &str) -> Fault {
    Fault::new("InvalidParameterException", format!("Invalid parameter: {what}"))
}

/// Checks that the parameter `name` is an ARN: six parts with colons between them.
///
/// # Errors
///
/// `InvalidParameter` in the words of SNS.
pub fn check_arn(name: &str, arn: &str) -> Result<(), Fault> {
    let parts = arn.split(':').count();
    match arn {
        "" => Err(invalid(&format!("{name} Reason: no value for required parameter"))),
        _ if parts < 6 => {
            Err(invalid(&format!("{name} Reason: An ARN must have at least 6 elements, not {parts}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts are those recorded of SNS.
    #[test]
    fn what_is_no_arn_is_told_in_the_words_of_sns() {
        let text = |arn| check_arn("SubscriptionArn", arn).unwrap_err().message;
        let begin = "Invalid parameter: SubscriptionArn Reason: ";
        assert_eq!(text("randomarn"), format!("{begin}An ARN must have at least 6 elements, not 1"));
        assert_eq!(
            text("arn:aws:sns:eu-west-1:1"),
            format!("{begin}An ARN must have at least 6 elements, not 5")
        );
        assert_eq!(text(""), format!("{begin}no value for required parameter"));
        assert_eq!(check_arn("TopicArn", "arn:aws:sns:eu-west-1:111111111111:topic"), Ok(()));
    }
}
