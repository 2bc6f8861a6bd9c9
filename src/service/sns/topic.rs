//! Topics: made, described, changed, deleted.

use serde_json::{Value, json};

use super::{
    MOST_TOPICS, Sns, no_such_topic, policy::TopicPolicy, subscription::Subscription, tags::check_count,
};
use crate::{
    base::json::parse_last,
    wire::{
        fault::Fault,
        sns::{
            Attributes, invalid,
            signature::SignatureVersion,
            topic::{
                CreateTopicInput, CreateTopicResponse, GetTopicAttributesResponse, SetTopicAttributesInput,
            },
        },
        ssm::tag::Tag,
    },
};

/// What everybody may do with a topic by its policy, as long as they are of its account.
const ALLOWED: [&str; 8] = [
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
];

/// The attributes that can be set; those of delivery status have names by rule.
const SETTABLE: [&str; 6] =
    ["DeliveryPolicy", "DisplayName", "KmsMasterKeyId", "Policy", "SignatureVersion", "TracingConfig"];

/// A topic.
#[derive(Debug)]
pub(super) struct Topic {
    pub arn: String,
    /// Those that were set.
    pub attributes: Attributes,
    pub policy: TopicPolicy,
    pub signature_version: SignatureVersion,
    pub tags: Vec<Tag>,
    /// In the order in which they were made.
    pub subscriptions: Vec<Subscription>,
    /// How many subscriptions were ended.
    pub ended: u64,
}

impl Topic {
    pub fn new(arn: String) -> Self {
        Self {
            arn,
            attributes: Attributes::new(),
            policy: TopicPolicy::default(),
            signature_version: SignatureVersion::default(),
            tags: Vec::new(),
            subscriptions: Vec::new(),
            ended: 0,
        }
    }

    /// Sets an attribute. `Err` is what follows "Invalid parameter: "; `None` there: it has no such attribute.
    fn set(&mut self, name: &str, value: &str, lenient: bool) -> Result<(), Option<String>> {
        let is_status = ["Application", "Firehose", "HTTP", "Lambda", "SQS"].iter().any(|protocol| {
            let end = name.strip_prefix(protocol).unwrap_or_default();
            let ends = ["SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate"];
            ends.contains(&end)
        });
        if !is_status && !SETTABLE.contains(&name) {
            return Err(None);
        }
        let refuse = |reason: &str| Err(Some(format!("{name} Reason: {reason}")));
        let mut kept = value.to_string();
        match name {
            "DeliveryPolicy" => {
                let (policy, text) = TopicPolicy::read(value).map_err(Some)?;
                self.policy = policy;
                kept = if lenient { kept } else { text };
            }
            "Policy" if !value.is_empty() => match parse_last(value) {
                Ok((policy @ Value::Object(_), _)) => kept = policy.to_string(),
                _ => return refuse("the policy is no JSON object"),
            },
            "SignatureVersion" => match SignatureVersion::parse(value) {
                Some(version) => self.signature_version = version,
                None => return Err(Some("SignatureVersion".into())),
            },
            "TracingConfig" if !["PassThrough", "Active"].contains(&value) => {
                return refuse("it is PassThrough or Active");
            }
            "DisplayName" if value.chars().count() > 100 => {
                return refuse("a display name has at most 100 characters");
            }
            _ => {}
        }
        match kept.is_empty() {
            true => self.attributes.remove(name),
            false => self.attributes.insert(name.into(), kept),
        };
        Ok(())
    }

    /// All attributes, as `GetTopicAttributes` answers them.
    fn all(&self, account: &str, lenient: bool) -> Attributes {
        let confirmed = self.subscriptions.iter().filter(|subscription| subscription.is_confirmed).count();
        let pending = self.subscriptions.len() - confirmed;
        let mut all = Attributes::from(
            [
                ("TopicArn", self.arn.clone()),
                ("Owner", account.into()),
                ("DisplayName", String::new()),
                ("Policy", self.usual_policy(account)),
                ("EffectiveDeliveryPolicy", self.policy.effective()),
                ("SubscriptionsConfirmed", confirmed.to_string()),
                ("SubscriptionsPending", pending.to_string()),
                ("SubscriptionsDeleted", self.ended.to_string()),
            ]
            .map(|(name, value)| (name.to_string(), value)),
        );
        if lenient {
            all.insert("DeliveryPolicy".into(), String::new());
        }
        all.extend(self.attributes.clone());
        all
    }

    fn usual_policy(&self, account: &str) -> String {
        json!({
            "Version": "2008-10-17",
            "Id": "__default_policy_ID",
            "Statement": [{
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": { "AWS": "*" },
                "Action": ALLOWED.map(|action| format!("SNS:{action}")),
                "Resource": self.arn,
                "Condition": { "StringEquals": { "AWS:SourceOwner": account } },
            }],
        })
        .to_string()
    }
}

impl Sns {
    /// Makes a topic; one of the same name is as good, unless attributes or tags are asked for that it does not have.
    pub(super) fn create_topic(&mut self, request: &CreateTopicInput) -> Result<CreateTopicResponse, Fault> {
        let because = |reason: &str| invalid(&format!("Attributes Reason: {reason}"));
        if request.is_fifo() {
            return Err(because("FIFO topics are not supported here; standard topics are"));
        }
        let arn = format!("arn:aws:sns:{}:{}:{}", self.region, self.account, request.name);
        let mut asked = Topic::new(arn.clone());
        for (name, value) in &request.attributes {
            let is_type = name == "FifoTopic" && value == "false";
            let set = if is_type { Ok(()) } else { asked.set(name, value, self.lenient) };
            set.map_err(|fault| because(&fault.unwrap_or_else(|| format!("Unknown attribute: {name}"))))?;
        }
        if let Some(topic) = self.topics.get(&arn) {
            let has = topic.all(&self.account, false);
            if asked.attributes.iter().any(|(name, value)| has.get(name) != Some(value)) {
                return Err(because("Topic already exists with different attributes"));
            }
            if request.tags.iter().any(|tag| !topic.tags.contains(tag)) {
                return Err(invalid("Tags Reason: Topic already exists with different tags"));
            }
            return Ok(CreateTopicResponse { topic_arn: arn });
        }
        if self.topics.len() >= MOST_TOPICS {
            let message = format!("There are at most {MOST_TOPICS} topics here.");
            return Err(Fault::new("TopicLimitExceededException", message));
        }
        check_count(&request.tags)?;
        asked.tags = request.tags.clone();
        self.topics.insert(arn.clone(), asked);
        Ok(CreateTopicResponse { topic_arn: arn })
    }

    /// Deletes a topic with its subscriptions, if it is there.
    pub(super) fn delete_topic(&mut self, arn: &str) -> Result<(), Fault> {
        self.check_place("TopicArn", arn)?;
        self.topics.remove(arn);
        Ok(())
    }

    pub(super) fn topic_attributes(&self, arn: &str) -> Result<GetTopicAttributesResponse, Fault> {
        self.check_place("TopicArn", arn)?;
        let topic = self.topics.get(arn).ok_or_else(no_such_topic)?;
        Ok(GetTopicAttributesResponse { attributes: topic.all(&self.account, self.lenient) })
    }

    pub(super) fn set_topic_attribute(&mut self, request: &SetTopicAttributesInput) -> Result<(), Fault> {
        let lenient = self.lenient;
        let value = request.attribute_value.as_deref().unwrap_or_default();
        let set = self.topic("TopicArn", &request.topic_arn)?.set(&request.attribute_name, value, lenient);
        set.map_err(|fault| invalid(&fault.unwrap_or_else(|| "AttributeName".into())))
    }
}
