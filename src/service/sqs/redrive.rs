//! Redrive policies: after how many receipts a message goes to the dead-letter queue (S10.41).

use serde_json::Value;

use crate::{
    base::json::parse_last,
    wire::{fault::Fault, sqs::invalid},
};

/// The attribute `RedrivePolicy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redrive {
    /// The ARN of the dead-letter queue.
    pub dead_letter: String,
    /// `maxReceiveCount`.
    pub most_receipts: u32,
}

impl Redrive {
    /// Reads a policy such as `{"deadLetterTargetArn": "arn:…", "maxReceiveCount": 3}`.
    ///
    /// # Errors
    ///
    /// In the words of SQS.
    pub fn read(policy: &str) -> Result<Self, Fault> {
        let refuse = |reason: &str| Err(invalid(policy, "RedrivePolicy", reason));
        let Ok((Value::Object(fields), _)) = parse_last(policy) else {
            return refuse("Redrive policy is not a valid JSON map.");
        };
        let Some(dead_letter) = fields.get("deadLetterTargetArn").and_then(Value::as_str) else {
            return refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
        };
        let Some(count) = fields.get("maxReceiveCount") else {
            return refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
        };
        let text = count.as_str().map_or_else(|| count.to_string(), str::to_string);
        match text.parse() {
            Ok(most_receipts @ 1..=1000) => Ok(Self { dead_letter: dead_letter.into(), most_receipts }),
            _ => refuse(&format!(
                "Invalid value for maxReceiveCount: {text}, valid values are from 1 to 1000 both inclusive."
            )),
        }
    }
}
