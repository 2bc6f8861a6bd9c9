//! The CloudWatch alarm that a request may name (S4.29, S4.30).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SendCommandRequest;

/// What Run Command reads of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AlarmState {
    /// It has not gone off.
    #[serde(rename = "OK")]
    Ok,
    /// It has gone off.
    #[serde(rename = "ALARM")]
    Alarm,
    /// CloudWatch does not know.
    #[serde(rename = "INSUFFICIENT_DATA")]
    InsufficientData,
    /// Its state cannot be read.
    #[serde(rename = "unreadable")]
    Unreadable,
}

/// Why an alarm stopped a command: the `State` in `TriggeredAlarms` (S4.29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TriggeredState {
    /// Its state could not be read.
    #[serde(rename = "UNKNOWN")]
    Unknown,
    /// It went off.
    #[serde(rename = "ALARM")]
    Alarm,
}

impl AlarmState {
    /// Whether and as what an alarm in this state stops a command: one that goes off, or one that cannot be read unless the
    /// request ignores that (S4.29).
    pub fn triggers(self, ignores_poll_failure: bool) -> Option<TriggeredState> {
        match self {
            Self::Alarm => Some(TriggeredState::Alarm),
            Self::Unreadable if !ignores_poll_failure => Some(TriggeredState::Unknown),
            Self::Ok | Self::InsufficientData | Self::Unreadable => None,
        }
    }
}

impl TriggeredState {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Alarm => "ALARM",
        }
    }
}

impl SendCommandRequest {
    /// The name of its alarm, and whether it ignores that the alarm cannot be read; by default it does not (S4.29).
    pub fn alarm(&self) -> Option<(&str, bool)> {
        let config = self.alarm_configuration.as_ref()?;
        Some((&config.alarms.first()?.name, config.ignore_poll_alarm_failure.unwrap_or(false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S4.29: true carries on when the state cannot be read; OK and INSUFFICIENT_DATA always carry on.
    #[test]
    fn what_stops_a_command() {
        use AlarmState::{Alarm, InsufficientData, Ok, Unreadable};
        for ignores in [false, true] {
            assert_eq!(Alarm.triggers(ignores), Some(TriggeredState::Alarm));
            assert_eq!((Ok.triggers(ignores), InsufficientData.triggers(ignores)), (None, None));
        }
        assert_eq!(Unreadable.triggers(false), Some(TriggeredState::Unknown));
        assert_eq!(Unreadable.triggers(true), None);
    }
}
