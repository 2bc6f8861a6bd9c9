//! Events that callers put on a bus, and the test of a pattern.

use serde::{Deserialize, Serialize};

use super::check_bus;
use crate::{
    events::pattern::{Event, Pattern},
    wire::{
        check::{Check, Violations},
        fault::Fault,
        time::EpochSeconds,
    },
};

/// The request of `PutEvents`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutEventsRequest {
    /// 1 to 10 events.
    pub entries: Vec<PutEventsRequestEntry>,
}

/// An event to be put. What is missing is told entry by entry: see [`PutEventsRequestEntry::refusal`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutEventsRequestEntry {
    /// When it happened; now when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<EpochSeconds>,
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// What kind it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_type: Option<String>,
    /// A JSON object as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Name or ARN; the default bus when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bus_name: Option<String>,
    /// X-Ray's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
}

/// The answer of `PutEvents`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutEventsResponse {
    /// How many failed.
    pub failed_entry_count: i64,
    /// One for each event, in their order.
    pub entries: Vec<PutEventsResultEntry>,
}

/// What became of an event: an id, or an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutEventsResultEntry {
    /// The id of an event that was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// What the caller reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

/// The request of `TestEventPattern`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TestEventPatternRequest {
    /// The pattern.
    pub event_pattern: String,
    /// The event, with its whole envelope.
    pub event: String,
}

/// The answer of `TestEventPattern`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TestEventPatternResponse {
    /// Whether the event matches.
    pub result: bool,
}

impl Check for PutEventsRequest {
    fn check(&self, violations: &mut Violations) {
        violations.size("/Entries", self.entries.len(), 1..=10);
        for (at, entry) in self.entries.iter().enumerate() {
            check_bus(&format!("/Entries/{at}/EventBusName"), entry.event_bus_name.as_deref(), violations);
        }
    }

    fn checked(&self) -> Result<(), Fault> {
        let size: usize = self.entries.iter().map(PutEventsRequestEntry::size).sum();
        if size > LARGEST {
            let message = "Total size of the entries in the request is over the limit.";
            return Err(Fault::new("ValidationException", message));
        }
        Ok(())
    }
}

/// Most bytes of the events of one request (section 14.1).
const LARGEST: usize = 256 << 10;

impl PutEventsRequestEntry {
    /// Its size as EventBridge counts it: 14 bytes for a time, and the bytes of the texts.
    fn size(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let resources: usize = self.resources.iter().map(String::len).sum();
        let time = if self.time.is_some() { 14 } else { 0 };
        time + text(&self.source) + text(&self.detail_type) + text(&self.detail) + resources
    }

    /// Why this entry fails, whatever the buses: the result that says so.
    pub fn refusal(&self) -> Option<PutEventsResultEntry> {
        let entry = |code: &str, message: String| {
            Some(PutEventsResultEntry {
                event_id: None,
                error_code: Some(code.into()),
                error_message: Some(message),
            })
        };
        let fields = [("Source", &self.source), ("DetailType", &self.detail_type), ("Detail", &self.detail)];
        for (name, value) in fields {
            if value.as_deref().is_none_or(str::is_empty) {
                let message =
                    format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
                return entry("InvalidArgument", message);
            }
        }
        let detail = self.detail.as_deref().unwrap_or_default();
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(detail) {
            Ok(_) => None,
            Err(_) => entry("MalformedDetail", "Detail is malformed.".into()),
        }
    }
}

impl Check for TestEventPatternRequest {
    fn check(&self, violations: &mut Violations) {
        violations.length("/EventPattern", Some(&self.event_pattern), 0..=4096);
    }
}

impl TestEventPatternRequest {
    /// The answer.
    ///
    /// # Errors
    ///
    /// `InvalidEventPatternException`, or a ValidationException when the event is none.
    pub fn answer(&self) -> Result<TestEventPatternResponse, Fault> {
        let pattern = Pattern::compile(&self.event_pattern)
            .map_err(|fault| Fault::new("InvalidEventPatternException", fault.event_bridge_message()))?;
        let invalid = || Fault::new("ValidationException", "Parameter Event is not valid.");
        let event = Event::parse(&self.event).map_err(|_| invalid())?;
        if !event.missing_from_envelope().is_empty() {
            return Err(invalid());
        }
        Ok(TestEventPatternResponse { result: pattern.matches(&event) })
    }
}
