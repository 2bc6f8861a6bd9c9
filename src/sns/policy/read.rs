//! Delivery policies as SNS takes them: JSON, read with every fault named.

use serde_json::{Map, Value};

use super::{BackoffFunction, RetryPolicy};
use crate::{base::nearest, sns::protocol::LONGEST_RETRYING};

/// What a policy says; what it leaves out is decided elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliveryPolicy {
    /// When to try again.
    pub retry: Option<RetryPolicy>,
    /// `maxReceivesPerSecond`.
    pub max_receives_per_second: Option<u32>,
    /// Whether what subscriptions say does not count; only topics have it.
    pub disable_subscription_overrides: bool,
}

/// Something wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRemark {
    /// JSON pointer from the policy's root.
    pub pointer: String,
    /// What was found.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// Whether SNS would take it all the same.
    pub is_warning: bool,
}

/// Reads the `DeliveryPolicy` of a topic, such as `{"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}}`.
pub fn read_topic_policy(policy: &Value) -> (DeliveryPolicy, Vec<PolicyRemark>) {
    let mut reader = Reader::default();
    let mut read = DeliveryPolicy::default();
    if let Some(root) = reader.table(policy, "", &["http"], &[])
        && let Some(http) = root.get("http")
    {
        let known = [
            "defaultHealthyRetryPolicy",
            "disableSubscriptionOverrides",
            "defaultThrottlePolicy",
            "defaultRequestPolicy",
        ];
        if let Some(http) = reader.table(http, "/http", &known, &["defaultSicklyRetryPolicy"]) {
            reader.policies(http, "/http", ["defaultHealthyRetryPolicy", "defaultThrottlePolicy"], &mut read);
            reader.content_type(http, "/http/defaultRequestPolicy");
            read.disable_subscription_overrides = match http.get("disableSubscriptionOverrides") {
                None | Some(Value::Null) => false,
                Some(Value::Bool(disabled)) => *disabled,
                Some(other) => {
                    let help = "it is true or false";
                    reader.refuse(
                        "/http/disableSubscriptionOverrides",
                        format!("`{other}` is no truth value"),
                        help,
                    );
                    false
                }
            };
        }
    }
    (read, reader.remarks)
}

/// Reads the `DeliveryPolicy` of a subscription, such as `{"healthyRetryPolicy": {"numRetries": 5}}`.
pub fn read_subscription_policy(policy: &Value) -> (DeliveryPolicy, Vec<PolicyRemark>) {
    let mut reader = Reader::default();
    let mut read = DeliveryPolicy::default();
    let known = ["healthyRetryPolicy", "throttlePolicy", "requestPolicy"];
    if let Some(root) = reader.table(policy, "", &known, &["sicklyRetryPolicy", "guaranteed"]) {
        reader.policies(root, "", ["healthyRetryPolicy", "throttlePolicy"], &mut read);
        reader.content_type(root, "/requestPolicy");
    }
    (read, reader.remarks)
}

#[derive(Default)]
struct Reader {
    remarks: Vec<PolicyRemark>,
}

const RETRY_FIELDS: [&str; 7] = [
    "minDelayTarget",
    "maxDelayTarget",
    "numRetries",
    "numNoDelayRetries",
    "numMinDelayRetries",
    "numMaxDelayRetries",
    "backoffFunction",
];

impl Reader {
    fn refuse(&mut self, pointer: &str, message: String, help: impl Into<String>) {
        self.remarks.push(PolicyRemark {
            pointer: pointer.into(),
            message,
            help: help.into(),
            is_warning: false,
        });
    }

    fn warn(&mut self, pointer: &str, message: String, help: &str) {
        self.remarks.push(PolicyRemark {
            pointer: pointer.into(),
            message,
            help: help.into(),
            is_warning: true,
        });
    }

    /// A table with these fields; those that are out of use earn a warning.
    fn table<'a>(
        &mut self,
        value: &'a Value,
        pointer: &str,
        known: &[&str],
        obsolete: &[&str],
    ) -> Option<&'a Map<String, Value>> {
        let fields = known.join("`, `");
        let Value::Object(table) = value else {
            if !value.is_null() {
                self.refuse(
                    pointer,
                    format!("`{value}` is no table"),
                    format!("it is a table with `{fields}`"),
                );
            }
            return None;
        };
        for (name, value) in table.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            let pointer = format!("{pointer}/{name}");
            if obsolete.contains(&name.as_str()) {
                if !value.is_null() {
                    self.warn(&pointer, format!("`{name}` is out of use"), "SNS passes it over (S9.23)");
                }
                continue;
            }
            let guess = nearest(name, known.iter().copied());
            let guess = guess.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            self.refuse(
                &pointer,
                format!("a delivery policy has no `{name}` here"),
                format!("{guess}The fields are `{fields}`"),
            );
        }
        Some(table)
    }

    fn policies(
        &mut self,
        table: &Map<String, Value>,
        pointer: &str,
        [retry, throttle]: [&str; 2],
        read: &mut DeliveryPolicy,
    ) {
        if let Some(policy) = table.get(retry) {
            read.retry = self.retry(policy, &format!("{pointer}/{retry}"));
        }
        let pointer = format!("{pointer}/{throttle}");
        if let Some(policy) = table.get(throttle)
            && let Some(policy) = self.table(policy, &pointer, &["maxReceivesPerSecond"], &[])
        {
            let pointer = format!("{pointer}/maxReceivesPerSecond");
            // An interval between attempts is a microsecond at least.
            read.max_receives_per_second =
                self.number(policy, &pointer, "maxReceivesPerSecond", [1, 1_000_000]);
        }
    }

    fn content_type(&mut self, table: &Map<String, Value>, pointer: &str) {
        let name = pointer.rsplit('/').next().unwrap_or_default();
        if let Some(policy) = table.get(name)
            && let Some(policy) = self.table(policy, pointer, &["headerContentType"], &[])
            && let Some(other) = policy.get("headerContentType").filter(|value| !value.is_string())
        {
            let help = "it is a text such as \"application/json\"";
            self.refuse(
                &format!("{pointer}/headerContentType"),
                format!("`{other}` is no content type"),
                help,
            );
        }
    }

    fn number(
        &mut self,
        table: &Map<String, Value>,
        pointer: &str,
        name: &str,
        [least, most]: [u32; 2],
    ) -> Option<u32> {
        let value = table.get(name).filter(|value| !value.is_null())?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.refuse(
                pointer,
                format!("`{name}` is {value}"),
                format!("it is a whole number from {least} to {most} (S9.23)"),
            );
        }
        number
    }

    fn retry(&mut self, policy: &Value, pointer: &str) -> Option<RetryPolicy> {
        let before = self.remarks.len();
        let table = self.table(policy, pointer, &RETRY_FIELDS, &[])?;
        let usual = RetryPolicy::HTTP;
        let mut number = |name: &str, bounds, default| {
            self.number(table, &format!("{pointer}/{name}"), name, bounds).unwrap_or(default)
        };
        let max_delay_target = number("maxDelayTarget", [1, 3600], usual.max_delay_target);
        let read = RetryPolicy {
            max_delay_target,
            min_delay_target: number("minDelayTarget", [1, 3600], usual.min_delay_target),
            num_retries: number("numRetries", [0, 100], usual.num_retries),
            num_no_delay_retries: number("numNoDelayRetries", [0, 100], 0),
            num_min_delay_retries: number("numMinDelayRetries", [0, 100], 0),
            num_max_delay_retries: number("numMaxDelayRetries", [0, 100], 0),
            backoff_function: self.backoff(table, pointer),
        };
        if self.remarks.len() == before {
            self.whole(&read, pointer, table);
        }
        Some(read)
    }

    fn backoff(&mut self, table: &Map<String, Value>, pointer: &str) -> BackoffFunction {
        let usual = RetryPolicy::HTTP.backoff_function;
        let Some(value) = table.get("backoffFunction").filter(|value| !value.is_null()) else { return usual };
        let found = BackoffFunction::ALL.iter().find(|(name, _)| value == name);
        found.map(|(_, function)| *function).unwrap_or_else(|| {
            let names = BackoffFunction::ALL.map(|(name, _)| name);
            let guess = nearest(value.as_str().unwrap_or_default(), names);
            let guess = guess.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let help = format!("{guess}It is one of {} (S9.23)", names.join(", "));
            self.refuse(
                &format!("{pointer}/backoffFunction"),
                format!("{value} is no backoff function"),
                help,
            );
            usual
        })
    }

    /// What holds between the fields.
    fn whole(&mut self, read: &RetryPolicy, pointer: &str, table: &Map<String, Value>) {
        let (min, max) = (read.min_delay_target, read.max_delay_target);
        if min > max {
            let name = if table.contains_key("minDelayTarget") { "minDelayTarget" } else { "maxDelayTarget" };
            let message = format!("`minDelayTarget` is {min}, `maxDelayTarget` {max}");
            let help = "the smallest delay is at most the largest; each is 20 where nothing is said (S9.23)";
            self.refuse(&format!("{pointer}/{name}"), message, help);
            return;
        }
        let phases = read.num_no_delay_retries + read.num_min_delay_retries + read.num_max_delay_retries;
        if phases > read.num_retries {
            let message = format!("the phases have {phases} retries, `numRetries` is {}", read.num_retries);
            let help = format!(
                "raise `numRetries` to {phases} at least; what is left of it is the backoff phase (S9.24)"
            );
            self.refuse(&format!("{pointer}/numRetries"), message, help);
            return;
        }
        let total = read.total();
        if total > LONGEST_RETRYING {
            let mut sum = 0;
            let within = |retry: &u32| {
                sum += read.delay(*retry).map_or(0, |delay| delay.0);
                sum <= LONGEST_RETRYING.0
            };
            let made = (1..=read.num_retries).take_while(within).count();
            let message = format!("{} retries take {total} together", read.num_retries);
            let help = format!("SNS ends the retries of a message after 3,600 s (S9.25), here after {made}");
            self.warn(pointer, message, &help);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(policy: Value) -> Vec<(String, String)> {
        let (_, remarks) = read_subscription_policy(&policy);
        remarks.into_iter().map(|remark| (remark.pointer, remark.message + " | " + &remark.help)).collect()
    }

    #[test]
    fn what_is_left_out_is_what_sns_sets() {
        let (read, remarks) = read_subscription_policy(&json!({ "healthyRetryPolicy": { "numRetries": 5 } }));
        assert_eq!(remarks, []);
        assert_eq!(read.retry, Some(RetryPolicy { num_retries: 5, ..RetryPolicy::HTTP }));
        // As GetSubscriptionAttributes prints it.
        let printed = json!({ "healthyRetryPolicy": null, "sicklyRetryPolicy": null, "throttlePolicy": null, "guaranteed": false });
        let (read, remarks) = read_subscription_policy(&printed);
        assert_eq!(read, DeliveryPolicy::default());
        assert!(remarks.iter().all(|remark| remark.is_warning));
    }

    #[test]
    fn a_topic_has_defaults_and_may_forbid_others() {
        let policy = json!({ "http": {
            "defaultHealthyRetryPolicy": { "minDelayTarget": 1, "maxDelayTarget": 60, "numRetries": 50,
                "numNoDelayRetries": 3, "numMinDelayRetries": 2, "numMaxDelayRetries": 35, "backoffFunction": "exponential" },
            "disableSubscriptionOverrides": true,
            "defaultThrottlePolicy": { "maxReceivesPerSecond": 10 },
            "defaultRequestPolicy": { "headerContentType": "application/json" } } });
        let (read, remarks) = read_topic_policy(&policy);
        assert_eq!(remarks, []);
        assert_eq!(read.retry.map(|retry| retry.backoff_retries()), Some(10));
        assert_eq!(read.max_receives_per_second, Some(10));
        assert!(read.disable_subscription_overrides);
    }

    #[test]
    fn every_fault_has_its_place_and_what_would_be_right() {
        for (policy, pointer, says) in [
            (
                json!({ "healthyRetryPolicy": { "numRetries": 101 } }),
                "/healthyRetryPolicy/numRetries",
                "from 0 to 100",
            ),
            (
                json!({ "healthyRetryPolicy": { "minDelayTarget": 0 } }),
                "/healthyRetryPolicy/minDelayTarget",
                "from 1 to 3600",
            ),
            (
                json!({ "healthyRetryPolicy": { "minDelayTarget": 30 } }),
                "/healthyRetryPolicy/minDelayTarget",
                "at most the largest",
            ),
            (
                json!({ "healthyRetryPolicy": { "maxDelayTarget": 3601 } }),
                "/healthyRetryPolicy/maxDelayTarget",
                "from 1 to 3600",
            ),
            (
                json!({ "healthyRetryPolicy": { "numMinDelayRetries": 4 } }),
                "/healthyRetryPolicy/numRetries",
                "to 4 at least",
            ),
            (
                json!({ "healthyRetryPolicy": { "backoffFunction": "linaer" } }),
                "/healthyRetryPolicy/backoffFunction",
                "did you mean `linear`",
            ),
            (
                json!({ "healthyRetryPolicy": { "numRetrys": 3 } }),
                "/healthyRetryPolicy/numRetrys",
                "did you mean `numRetries`",
            ),
            (
                json!({ "throttlePolicy": { "maxReceivesPerSecond": 0 } }),
                "/throttlePolicy/maxReceivesPerSecond",
                "from 1 to",
            ),
            (json!({ "http": {} }), "/http", "healthyRetryPolicy"),
            (json!("fast"), "", "table"),
        ] {
            let found = faults(policy);
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].0, pointer);
            assert!(found[0].1.contains(says), "{found:?}");
        }
    }

    /// S9.25: within the limits of every field, and cut all the same.
    #[test]
    fn a_hundred_hours_are_cut_by_the_cap() {
        let policy = json!({ "healthyRetryPolicy": { "minDelayTarget": 3600, "maxDelayTarget": 3600, "numRetries": 100 } });
        let (read, remarks) = read_subscription_policy(&policy);
        assert!(read.retry.is_some());
        assert!(remarks[0].is_warning && remarks[0].help.ends_with("here after 1"), "{remarks:?}");
    }
}
