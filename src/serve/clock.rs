//! The pace of simulated time: a function of wall time, speed and pauses. Wall times are arguments, counted from the
//! start of the server, so that nothing here reads a clock.

use std::{fmt, str::FromStr, time::Duration};

use crate::base::{SimDuration, SimTime};

/// How fast simulated time goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many simulated seconds in a second.
    Factor(f64),
    /// As fast as requests allow: whenever no request waits, time goes to the next moment at which something happens, and
    /// stands still when nothing is left to happen.
    Max,
}

/// The slowest and the fastest factor.
const FACTORS: std::ops::RangeInclusive<f64> = 1e-3..=1e6;

/// The pace. Simulated time never goes back, whatever is changed.
#[derive(Clone, Debug)]
pub struct Clock {
    speed: Speed,
    is_paused: bool,
    /// A wall time, and the simulated time that it stands for.
    anchor: (Duration, SimTime),
}

impl Speed {
    /// A factor.
    ///
    /// # Errors
    ///
    /// When it is not between 0.001 and 1,000,000.
    pub fn factor(factor: f64) -> Result<Self, String> {
        match FACTORS.contains(&factor) {
            true => Ok(Self::Factor(factor)),
            false => Err(format!("{factor} is no speed; it is between 0.001 and 1000000, or none for `max`")),
        }
    }

    /// The factor; none when it is as fast as requests allow.
    pub fn as_factor(self) -> Option<f64> {
        match self {
            Self::Factor(factor) => Some(factor),
            Self::Max => None,
        }
    }

    /// The simulated time that goes by in a wall time.
    fn stretch(self, wall: Duration) -> Option<SimDuration> {
        let micros = wall.as_secs_f64() * 1e6 * self.as_factor()?;
        Some(SimDuration(micros as u64))
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "max" => Ok(Self::Max),
            "real" => Ok(Self::Factor(1.0)),
            _ => {
                let factor = text.strip_suffix('x').unwrap_or(text).parse();
                let wrong =
                    |_| format!("`{text}` is no speed; write `real`, a factor such as `60`, or `max`");
                Self::factor(factor.map_err(wrong)?)
            }
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Factor(factor) => write!(f, "{factor}"),
            Self::Max => f.write_str("max"),
        }
    }
}

impl Clock {
    /// A clock that shows `at` at the wall time `wall`.
    pub fn new(speed: Speed, wall: Duration, at: SimTime) -> Self {
        Self { speed, is_paused: false, anchor: (wall, at) }
    }

    /// The speed, which a pause does not change.
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether it stands still.
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Whether time goes from one happening to the next without regard to wall time.
    pub fn runs_ahead(&self) -> bool {
        self.speed == Speed::Max && !self.is_paused
    }

    /// The simulated time. Where the speed is `max` it is that of the last jump.
    pub fn now(&self, wall: Duration) -> SimTime {
        let (then, at) = self.anchor;
        match self.is_paused {
            true => at,
            false => self.speed.stretch(wall.saturating_sub(then)).map_or(at, |gone| at + gone),
        }
    }

    /// The first wall time, to a few microseconds, at which the clock shows `time` or more; `None` when that does not
    /// come by itself.
    pub fn wall_at(&self, time: SimTime) -> Option<Duration> {
        let (then, at) = self.anchor;
        if time <= at {
            return Some(then);
        }
        let factor = self.speed.as_factor().filter(|_| !self.is_paused)?;
        let wall = Duration::from_secs_f64(time.since(at).as_secs_f64() / factor);
        // Rounding must not wake anybody a moment too early.
        then.checked_add(wall + Duration::from_micros(2))
    }

    /// Stands still.
    pub fn pause(&mut self, wall: Duration) {
        self.anchor = (wall, self.now(wall));
        self.is_paused = true;
    }

    /// Goes on.
    pub fn resume(&mut self, wall: Duration) {
        self.anchor = (wall, self.now(wall));
        self.is_paused = false;
    }

    /// Goes at another speed from now on.
    pub fn set_speed(&mut self, wall: Duration, speed: Speed) {
        self.anchor = (wall, self.now(wall));
        self.speed = speed;
    }

    /// Goes on from `to`, unless it is there already.
    pub fn jump(&mut self, wall: Duration, to: SimTime) {
        self.anchor = (wall, self.now(wall).max(to));
    }

    /// Goes on from `at`, which may be before what was shown: the service began anew, or was too slow.
    pub fn set(&mut self, wall: Duration, at: SimTime) {
        self.anchor = (wall, at);
    }

    /// How much simulated time a wall second brings; of `max` a minute.
    pub fn stride(&self) -> SimDuration {
        let second = self.speed.stretch(Duration::from_secs(1));
        second.unwrap_or(SimDuration::from_secs(60)).max(SimDuration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Turn {
        Wait(u32),
        Pause,
        Resume,
        Speed(Speed),
        Jump(u32),
    }

    fn turns() -> impl Strategy<Value = Vec<Turn>> {
        let speed = prop_oneof![(0.001..1e6).prop_map(Speed::Factor), Just(Speed::Max)];
        let turn = prop_oneof![
            any::<u32>().prop_map(Turn::Wait),
            Just(Turn::Pause),
            Just(Turn::Resume),
            speed.prop_map(Turn::Speed),
            any::<u32>().prop_map(Turn::Jump),
        ];
        prop::collection::vec(turn, 0..40)
    }

    /// Plays turns, and hands every step to `look`: the wall time, the time before and after, the clock, the turn.
    fn play(turns: &[Turn], mut look: impl FnMut(Duration, SimTime, SimTime, &Clock, &Turn)) {
        let mut wall = Duration::ZERO;
        let mut clock = Clock::new(Speed::Factor(1.0), wall, SimTime::ZERO);
        for turn in turns {
            let before = clock.now(wall);
            match turn {
                Turn::Wait(micros) => wall += Duration::from_micros(u64::from(*micros)),
                Turn::Pause => clock.pause(wall),
                Turn::Resume => clock.resume(wall),
                Turn::Speed(speed) => clock.set_speed(wall, *speed),
                Turn::Jump(micros) => clock.jump(wall, SimTime(u64::from(*micros))),
            }
            look(wall, before, clock.now(wall), &clock, turn);
        }
    }

    proptest! {
        #[test]
        fn time_never_goes_back_and_jumps_only_where_told(turns in turns()) {
            play(&turns, |_, before, after, clock, turn| {
                assert!(before <= after);
                match turn {
                    Turn::Wait(micros) => {
                        let stands = clock.is_paused() || clock.speed() == Speed::Max;
                        assert!(!stands || before == after);
                        if let (false, Speed::Factor(factor)) = (clock.is_paused(), clock.speed()) {
                            let expected = before.0 as f64 + f64::from(*micros) * factor;
                            let off = (expected.min(SimTime::MAX.0 as f64) - after.0 as f64).abs();
                            assert!(off <= 2.0 + expected * 1e-9, "{off}");
                        }
                    }
                    Turn::Jump(micros) => assert_eq!(after, before.max(SimTime(u64::from(*micros)))),
                    Turn::Pause | Turn::Resume | Turn::Speed(_) => assert_eq!(before, after),
                }
            });
        }

        #[test]
        fn who_is_woken_is_not_woken_too_early(turns in turns(), ahead in 0_u64..1_000_000_000) {
            play(&turns, |wall, _, now, clock, _| {
                let time = now + SimDuration(ahead);
                match clock.wall_at(time) {
                    Some(then) => assert!(clock.now(then.max(wall)) >= time),
                    None => assert!(clock.is_paused() || clock.speed() == Speed::Max),
                }
            });
        }
    }

    #[test]
    fn speeds_are_read_and_shown() {
        for (text, speed) in [
            ("real", Speed::Factor(1.0)),
            ("60", Speed::Factor(60.0)),
            ("2.5x", Speed::Factor(2.5)),
            ("max", Speed::Max),
        ] {
            assert_eq!(text.parse(), Ok(speed));
        }
        for text in ["0", "-1", "nan", "inf", "fast", "", "1e9"] {
            assert!(text.parse::<Speed>().unwrap_err().contains("is no speed"), "{text}");
        }
    }

    #[test]
    fn a_minute_at_sixty_is_an_hour() {
        let clock = Clock::new(Speed::Factor(60.0), Duration::from_secs(5), SimTime::ZERO);
        assert_eq!(clock.now(Duration::from_secs(65)), SimTime::ZERO + SimDuration::from_secs(3600));
        assert_eq!(clock.now(Duration::from_secs(1)), SimTime::ZERO);
        assert_eq!(clock.stride(), SimDuration::from_secs(60));
    }
}
