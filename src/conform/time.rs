//! The endpoint's time. A simulated one may go faster than ours; told times are the endpoint's, polls are at ours.

use std::time::Duration;

use serde_json::Value;

use crate::client::Client;

/// How fast the endpoint's time goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace(f64);

impl Pace {
    /// So many of the endpoint's seconds go by in one of ours.
    ///
    /// # Errors
    ///
    /// When that is no number from 0.01 to 10,000.
    pub fn new(scale: f64) -> Result<Self, String> {
        let good = (0.01..=10_000.0).contains(&scale);
        good.then_some(Self(scale)).ok_or_else(|| format!("{scale} is no time scale from 0.01 to 10000"))
    }

    /// What an endpoint that is fleetsim's own says of its speed; 1 of any other.
    ///
    /// # Errors
    ///
    /// When its time does not go by a clock, so that nothing can be said of when something happened.
    pub async fn of(client: &Client) -> Result<Self, String> {
        let Ok(answer) = client.get("/_fleetsim/state").await else { return Ok(Self(1.0)) };
        let state: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status != 200 || state.get("scenario").is_none() {
            return Ok(Self(1.0));
        }
        match state.get("speed") {
            _ if state.get("paused") == Some(&Value::Bool(true)) => {
                Err("the endpoint's time is paused; POST /_fleetsim/resume lets it go on".into())
            }
            Some(Value::Number(speed)) => Self::new(speed.as_f64().unwrap_or(1.0)),
            _ => Err("the endpoint's time goes by no clock; start it with a speed such as --speed 60".into()),
        }
    }

    /// How long that many of the endpoint's seconds take here.
    pub fn wall(self, seconds: f64) -> Duration {
        Duration::from_secs_f64((seconds / self.0).max(0.0))
    }

    /// How many of the endpoint's seconds go by in this time of ours.
    pub fn seconds(self, wall: Duration) -> f64 {
        wall.as_secs_f64() * self.0
    }

    /// The endpoint's seconds in one of ours.
    pub fn scale(self) -> f64 {
        self.0
    }
}
