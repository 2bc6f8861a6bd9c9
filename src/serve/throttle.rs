//! `--assumed-throttle`: a bucket of tokens for every operation. AWS publishes no such rates for Run Command, so they are
//! the user's. Wall time counts, since clients pace themselves by it.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

use crate::wire::dialect::Service;

/// How many calls of an operation pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Calls a second.
    pub rate: f64,
    /// Calls at once.
    pub burst: f64,
}

/// The buckets.
#[derive(Clone, Debug)]
pub struct Throttle {
    rate: Rate,
    /// By operation: the tokens left, and when that was.
    buckets: BTreeMap<(Service, &'static str), (f64, Duration)>,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rate, burst) = text.split_once(':').unwrap_or((text, ""));
        let number =
            |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
        let rate = number(rate);
        let burst = if burst.is_empty() { rate.map(|rate| rate.max(1.0)) } else { number(burst) };
        match (rate, burst) {
            (Some(rate), Some(burst)) if burst >= 1.0 => Ok(Self { rate, burst }),
            _ => Err(format!(
                "`{text}` is no rate; write calls a second, and how many may come at once, such as 10 or 10:50"
            )),
        }
    }
}

impl Throttle {
    /// Full buckets.
    pub fn new(rate: Rate) -> Self {
        Self { rate, buckets: BTreeMap::new() }
    }

    /// Whether a call passes at this wall time.
    pub fn admits(&mut self, service: Service, operation: &'static str, wall: Duration) -> bool {
        let Rate { rate, burst } = self.rate;
        let (tokens, then) = self.buckets.entry((service, operation)).or_insert((burst, wall));
        *tokens = (*tokens + wall.saturating_sub(*then).as_secs_f64() * rate).min(burst);
        *then = wall.max(*then);
        let passes = *tokens >= 1.0;
        if passes {
            *tokens -= 1.0;
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let mut throttle = Throttle::new("10:3".parse().unwrap());
        let mut count = |operation, from: u64, to: u64| {
            let passes = |ms: &u64| throttle.admits(Service::Ssm, operation, Duration::from_millis(*ms));
            (from..to).filter(passes).count()
        };
        assert_eq!(count("SendCommand", 0, 1), 1);
        assert_eq!(count("SendCommand", 1, 50), 2);
        assert_eq!(count("SendCommand", 50, 10_050), 100);
        assert_eq!(count("ListCommands", 10_050, 10_060), 3);
    }

    #[test]
    fn rates_are_read() {
        assert_eq!("0.5".parse(), Ok(Rate { rate: 0.5, burst: 1.0 }));
        assert_eq!("10".parse(), Ok(Rate { rate: 10.0, burst: 10.0 }));
        for text in ["", "0", "-1", "x", "10:0", "10:x", "inf", "10:0.5"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
