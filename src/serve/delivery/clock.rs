//! The clock of deliveries: simulated time as it passes for messages that wait.

use std::time::Duration;

use tokio::time::Instant;

use crate::base::{SimDuration, SimTime};

/// How long a length of simulated time takes on the wall: [`Duration::MAX`] while the clock stands still.
pub type Pace = Box<dyn Fn(SimDuration) -> Duration>;

/// A simulated second takes so long at least. A server that runs as fast as requests allow would otherwise call on a dead
/// endpoint without a pause.
const FASTEST: Duration = Duration::from_millis(1);

/// A change of speed is noticed so soon.
const SLICE: Duration = Duration::from_millis(250);

/// Simulated time since the deliveries began, at the pace that is set at the moment.
pub struct Clock {
    pace: Pace,
    micros: f64,
    at: Instant,
}

impl Clock {
    /// A clock that starts at zero.
    pub fn new(pace: Pace) -> Self {
        Self { pace, micros: 0.0, at: Instant::now() }
    }

    /// The time.
    pub fn now(&mut self) -> SimTime {
        let at = Instant::now();
        self.micros += 1e6 * (at - self.at).as_secs_f64() / self.second().as_secs_f64();
        self.at = at;
        SimTime::ZERO + SimDuration(self.micros as u64)
    }

    /// How long to sleep until it is worth asking again whether it is that time.
    pub fn wait(&self, until: SimTime) -> Duration {
        let rest = (until.0 as f64 - self.micros).max(0.0) / 1e6;
        let wait = Duration::try_from_secs_f64(rest * self.second().as_secs_f64());
        wait.unwrap_or(SLICE).min(SLICE)
    }

    fn second(&self) -> Duration {
        (self.pace)(SimDuration::from_secs(1)).max(FASTEST)
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use super::*;

    fn advance(runtime: &tokio::runtime::Runtime, by: Duration) {
        runtime.block_on(tokio::time::advance(by));
    }

    #[test]
    fn time_passes_at_the_pace_of_the_moment() {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let _inside = runtime.enter();
        let second = Rc::new(Cell::new(Duration::from_millis(100)));
        let set = second.clone();
        let mut clock = Clock::new(Box::new(move |_| second.get()));
        let soon = SimTime::ZERO + SimDuration::from_secs(2);
        assert_eq!(clock.wait(soon), Duration::from_millis(200));
        advance(&runtime, Duration::from_millis(100));
        assert_eq!(clock.now(), SimTime::ZERO + SimDuration::from_secs(1));
        assert_eq!(clock.wait(soon), Duration::from_millis(100));

        set.set(Duration::MAX);
        advance(&runtime, Duration::from_secs(3600));
        assert_eq!(clock.now(), SimTime::ZERO + SimDuration::from_secs(1));
        assert_eq!(clock.wait(soon), SLICE);

        set.set(Duration::ZERO);
        assert_eq!(clock.wait(soon), FASTEST);
        advance(&runtime, FASTEST);
        assert_eq!(clock.now(), soon);
    }
}
