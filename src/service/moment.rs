//! When a call is made.

use jiff::Timestamp;

use super::Ids;
use crate::{
    base::{SimDuration, SimTime},
    wire::time::EpochSeconds,
};

/// The instant of a call, and the ids that may be given out in it.
#[derive(Debug)]
pub struct Moment<'a> {
    /// The simulated time.
    pub now: SimTime,
    /// The instant that simulated time 0 stands for.
    pub start: Timestamp,
    /// Where new ids come from.
    pub ids: &'a mut Ids,
}

impl Moment<'_> {
    /// The instant as the JSON protocols write it.
    pub fn epoch(&self) -> EpochSeconds {
        epoch(self.start, self.now)
    }

    /// The instant as envelopes and events of SNS write it: ISO 8601 in UTC with three digits of a fraction.
    pub fn text(&self) -> String {
        format!("{:.3}", instant(self.start, self.now))
    }
}

/// A simulated time as an instant.
pub fn instant(start: Timestamp, time: SimTime) -> Timestamp {
    let SimDuration(micros) = time.since(SimTime::ZERO);
    let micros = start.as_microsecond().saturating_add_unsigned(micros);
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

/// A simulated time as the JSON protocols write it.
pub fn epoch(start: Timestamp, time: SimTime) -> EpochSeconds {
    EpochSeconds::from_millis(instant(start, time).as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_the_start_and_the_simulated_time() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let now = SimTime::ZERO + SimDuration::from_secs(90) + SimDuration(1_250);
        let moment = Moment { now, start, ids: &mut Ids::new(1) };
        assert_eq!(moment.text(), "2026-01-01T00:01:30.001Z");
        assert_eq!(moment.epoch().millis, start.as_millisecond() + 90_001);
        assert!(instant(start, SimTime::MAX) > start);
    }
}
