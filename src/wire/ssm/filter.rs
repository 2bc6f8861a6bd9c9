//! The filters of `ListCommands` and `ListCommandInvocations` (S15.16).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::wire::{check::Violations, fault::Fault, time::EpochSeconds};

/// A filter as it stands in a request; its fields are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandFilter {
    /// One of [`KEYS`].
    pub key: String,
    /// 1 to 128 characters.
    pub value: String,
}

/// The keys that the model knows.
pub const KEYS: &[&str] = &["InvokedAfter", "InvokedBefore", "Status", "ExecutionStage", "DocumentName"];

const COMMAND_STATUSES: &[&str] = &[
    "Pending",
    "InProgress",
    "Success",
    "Cancelled",
    "Failed",
    "TimedOut",
    "AccessDenied",
    "DeliveryTimedOut",
    "ExecutionTimedOut",
    "Incomplete",
    "NoInstancesInTag",
    "LimitExceeded",
    "Cancelling",
];
const INVOCATION_STATUSES: &[&str] = &[
    "Pending",
    "InProgress",
    "Delayed",
    "Success",
    "Cancelled",
    "Failed",
    "TimedOut",
    "AccessDenied",
    "DeliveryTimedOut",
    "ExecutionTimedOut",
    "Undeliverable",
    "InvalidPlatform",
    "Terminated",
    "Cancelling",
];

/// What is filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Commands.
    Commands,
    /// Invocations; they have no stage.
    Invocations,
}

/// The stage of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not terminal yet.
    Executing,
    /// Terminal.
    Complete,
}

/// The filters of a request, understood. All must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Requested at or after this time.
    pub invoked_after: Option<EpochSeconds>,
    /// Requested before this time.
    pub invoked_before: Option<EpochSeconds>,
    /// With this status, or these details.
    pub status: Option<String>,
    /// In this stage.
    pub stage: Option<Stage>,
    /// Of the document with this name.
    pub document_name: Option<String>,
}

/// What a filter looks at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// When it was requested.
    pub requested: EpochSeconds,
    /// Its status.
    pub status: &'a str,
    /// Its finer status.
    pub status_details: &'a str,
    /// Whether its status is terminal.
    pub is_terminal: bool,
    /// Its document.
    pub document_name: &'a str,
}

/// Tells of violations of the model.
pub(super) fn check(filters: &[CommandFilter], violations: &mut Violations) {
    violations.size("/Filters", filters.len(), 0..=5);
    for (at, filter) in filters.iter().enumerate() {
        violations.one_of(&format!("/Filters/{at}/Key"), Some(&filter.key), KEYS);
        violations.length(&format!("/Filters/{at}/Value"), Some(&filter.value), 1..=128);
    }
}

impl Filter {
    /// Understands the filters of a request.
    ///
    /// # Errors
    ///
    /// `InvalidFilterKey` for a key given twice or not known for what is filtered, ValidationException for a value
    /// that is none of the key's.
    pub fn of(filters: &[CommandFilter], of: Of) -> Result<Self, Fault> {
        let mut all = Self::default();
        for (at, filter) in filters.iter().enumerate() {
            if filters[..at].iter().any(|other| other.key == filter.key) {
                return Err(bad_key(&format!("the filter {} is given twice", filter.key)));
            }
            all.add(filter, of)?;
        }
        Ok(all)
    }

    fn add(&mut self, filter: &CommandFilter, of: Of) -> Result<(), Fault> {
        let value = filter.value.as_str();
        match filter.key.as_str() {
            "InvokedAfter" => self.invoked_after = Some(time(filter)?),
            "InvokedBefore" => self.invoked_before = Some(time(filter)?),
            "Status" => {
                let known = if of == Of::Commands { COMMAND_STATUSES } else { INVOCATION_STATUSES };
                let own = known.iter().find(|status| **status == value);
                self.status = Some(own.ok_or_else(|| bad_value(filter, &known.join(", ")))?.to_string());
            }
            "ExecutionStage" if of == Of::Commands => {
                self.stage = Some(match value {
                    "Executing" => Stage::Executing,
                    "Complete" => Stage::Complete,
                    _ => return Err(bad_value(filter, "Executing, Complete")),
                });
            }
            "DocumentName" => self.document_name = Some(value.into()),
            key => return Err(bad_key(&format!("there is no filter {key} here"))),
        }
        Ok(())
    }

    /// Whether something passes.
    pub fn passes(&self, subject: &Subject) -> bool {
        let stage = if subject.is_terminal { Stage::Complete } else { Stage::Executing };
        let is = |wanted: &Option<String>, found: &[&str]| {
            wanted.as_ref().is_none_or(|wanted| found.contains(&wanted.as_str()))
        };
        self.invoked_after.is_none_or(|time| subject.requested >= time)
            && self.invoked_before.is_none_or(|time| subject.requested < time)
            && is(&self.status, &[subject.status, subject.status_details])
            && is(&self.document_name, &[subject.document_name])
            && self.stage.is_none_or(|wanted| wanted == stage)
    }
}

/// Times in filters are ISO 8601.
fn time(filter: &CommandFilter) -> Result<EpochSeconds, Fault> {
    let parsed: Result<Timestamp, _> = filter.value.parse();
    let time = parsed.map_err(|_| bad_value(filter, "a time such as 2021-07-07T00:00:00Z"))?;
    Ok(EpochSeconds::from_millis(time.as_millisecond()))
}

fn bad_key(message: &str) -> Fault {
    Fault::new("InvalidFilterKey", message)
}

fn bad_value(filter: &CommandFilter, expected: &str) -> Fault {
    let message = format!("the filter {} has the value `{}`; it takes {expected}", filter.key, filter.value);
    Fault::new("ValidationException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(pairs: &[(&str, &str)], of: Of) -> Result<Filter, Fault> {
        let filters: Vec<_> = pairs
            .iter()
            .map(|(key, value)| CommandFilter { key: (*key).into(), value: (*value).into() })
            .collect();
        Filter::of(&filters, of)
    }

    fn subject(details: &str, requested: &str) -> bool {
        let wanted = [("Status", "ExecutionTimedOut"), ("InvokedBefore", "2026-01-01T00:00:01Z")];
        let requested: Timestamp = requested.parse().unwrap();
        filter(&wanted, Of::Commands).unwrap().passes(&Subject {
            requested: EpochSeconds::from_millis(requested.as_millisecond()),
            status: "TimedOut",
            status_details: details,
            is_terminal: true,
            document_name: "AWS-RunShellScript",
        })
    }

    #[test]
    fn every_filter_must_match() {
        assert!(subject("ExecutionTimedOut", "2026-01-01T00:00:00.999Z"));
        assert!(!subject("DeliveryTimedOut", "2026-01-01T00:00:00.999Z"));
        assert!(!subject("ExecutionTimedOut", "2026-01-01T00:00:01Z"));
    }

    /// S15.16: the stage is a filter of commands alone.
    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(filter(&[("ExecutionStage", "Executing")], Of::Commands).is_ok());
        for (pairs, of, code) in [
            (vec![("ExecutionStage", "Executing")], Of::Invocations, "InvalidFilterKey"),
            (vec![("Colour", "red")], Of::Commands, "InvalidFilterKey"),
            (vec![("Status", "Failed"), ("Status", "Success")], Of::Commands, "InvalidFilterKey"),
            (vec![("Status", "Delayed")], Of::Commands, "ValidationException"),
            (vec![("InvokedAfter", "yesterday")], Of::Commands, "ValidationException"),
        ] {
            assert_eq!(filter(&pairs, of).unwrap_err().code, code, "{pairs:?}");
        }
        assert!(filter(&[("Status", "Delayed")], Of::Invocations).is_ok());
    }
}
