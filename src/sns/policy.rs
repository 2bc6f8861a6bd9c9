//! Delivery policies: when SNS tries again to deliver a message, in four phases (section 9.5).
//!
//! The first attempt is no retry: a policy of 3 retries makes at most 4 attempts (O-28).

use serde::{Deserialize, Serialize};

use crate::base::SimDuration;

mod read;

pub use read::{DeliveryPolicy, PolicyRemark, read_subscription_policy, read_topic_policy};

/// When a delivery that failed is tried again, in SNS's own terms (S9.23).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryPolicy {
    /// The delay of the pre-backoff phase, with which the backoff phase begins; seconds.
    pub min_delay_target: u32,
    /// The delay with which the backoff phase ends, that of the post-backoff phase; seconds.
    pub max_delay_target: u32,
    /// All retries.
    pub num_retries: u32,
    /// Retries of the first phase, without delay.
    pub num_no_delay_retries: u32,
    /// Retries of the pre-backoff phase.
    pub num_min_delay_retries: u32,
    /// Retries of the post-backoff phase.
    pub num_max_delay_retries: u32,
    /// How the delay grows in the backoff phase.
    pub backoff_function: BackoffFunction,
}

/// How the delay grows from the smallest to the largest in the backoff phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackoffFunction {
    /// By the same amount each time.
    Linear,
    /// By an amount that itself grows by the same amount each time.
    Arithmetic,
    /// By the same factor each time.
    Geometric,
    /// By an amount that doubles each time.
    Exponential,
}

impl BackoffFunction {
    /// All functions, with their names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("linear", Self::Linear),
        ("arithmetic", Self::Arithmetic),
        ("geometric", Self::Geometric),
        ("exponential", Self::Exponential),
    ];

    /// The delay of the backoff phase at `at` of `last`, both counted from 0, between two delays. With a single retry it is
    /// the smaller one.
    fn between(self, min: SimDuration, max: SimDuration, at: u32, last: u32) -> SimDuration {
        if last == 0 {
            return min;
        }
        let (at, last) = (f64::from(at), f64::from(last));
        let (least, span) = (min.0 as f64, (max.0 - min.0) as f64);
        let delay = match self {
            Self::Linear => least + span * at / last,
            Self::Arithmetic => least + span * (at * (at + 1.0)) / (last * (last + 1.0)),
            Self::Geometric => least * libm::pow(max.0 as f64 / least, at / last),
            // (2^at - 1) / (2^last - 1), which stays within the range of floats.
            Self::Exponential => {
                let unit = libm::exp2(-last);
                least + span * (libm::exp2(at - last) - unit) / (1.0 - unit)
            }
        };
        SimDuration((delay + 0.5) as u64)
    }
}

impl RetryPolicy {
    /// SQS and what else AWS manages: 100,015 retries over more than 23 days.
    pub const AWS_MANAGED: Self = Self {
        min_delay_target: 1,
        max_delay_target: 20,
        num_retries: 100_015,
        num_no_delay_retries: 3,
        num_min_delay_retries: 2,
        num_max_delay_retries: 100_000,
        backoff_function: BackoffFunction::Exponential,
    };
    /// E-mail and what else customers manage: 50 retries over more than 6 hours.
    pub const CUSTOMER_MANAGED: Self = Self {
        min_delay_target: 10,
        max_delay_target: 600,
        num_retries: 50,
        num_no_delay_retries: 0,
        num_min_delay_retries: 2,
        num_max_delay_retries: 38,
        backoff_function: BackoffFunction::Exponential,
    };
    /// HTTP/S where nobody says otherwise: 3 retries, each 20 s after the failure (S9.23).
    pub const HTTP: Self = Self {
        min_delay_target: 20,
        max_delay_target: 20,
        num_retries: 3,
        num_no_delay_retries: 0,
        num_min_delay_retries: 0,
        num_max_delay_retries: 0,
        backoff_function: BackoffFunction::Linear,
    };

    /// Retries of the backoff phase: those that no other phase has (S9.24).
    pub fn backoff_retries(&self) -> u32 {
        let others = self.num_no_delay_retries + self.num_min_delay_retries + self.num_max_delay_retries;
        self.num_retries.saturating_sub(others)
    }

    /// The delay before a retry, counted from 1, without jitter; `None` when there is no such retry.
    pub fn delay(&self, retry: u32) -> Option<SimDuration> {
        let seconds = |seconds: u32| SimDuration::from_secs(seconds.into());
        let (min, max) = (seconds(self.min_delay_target), seconds(self.max_delay_target));
        let mut at = retry.checked_sub(1).filter(|_| retry <= self.num_retries)?;
        if at < self.num_no_delay_retries {
            return Some(SimDuration::ZERO);
        }
        at -= self.num_no_delay_retries;
        if at < self.num_min_delay_retries {
            return Some(min);
        }
        at -= self.num_min_delay_retries;
        let backoff = self.backoff_retries();
        Some(if at < backoff { self.backoff_function.between(min, max, at, backoff - 1) } else { max })
    }

    /// The sum of all delays, without jitter.
    pub fn total(&self) -> SimDuration {
        let delays = (1..=self.num_retries).map_while(|retry| self.delay(retry));
        delays.fold(SimDuration::ZERO, |sum, delay| sum + delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The policy on SNS's own page on delivery policies (section 9.5).
    const SAMPLE: RetryPolicy = RetryPolicy {
        min_delay_target: 1,
        max_delay_target: 60,
        num_retries: 50,
        num_no_delay_retries: 3,
        num_min_delay_retries: 2,
        num_max_delay_retries: 35,
        backoff_function: BackoffFunction::Exponential,
    };

    fn seconds(policy: &RetryPolicy) -> Vec<f64> {
        (1..).map_while(|retry| policy.delay(retry)).map(SimDuration::as_secs_f64).collect()
    }

    fn backoff(function: BackoffFunction, min: u32, max: u32, retries: u32) -> Vec<f64> {
        seconds(&RetryPolicy {
            min_delay_target: min,
            max_delay_target: max,
            num_retries: retries,
            backoff_function: function,
            ..RetryPolicy::HTTP
        })
    }

    /// The table of section 9.5: how many retries, over how long.
    #[test]
    fn classes_come_to_the_totals_that_are_documented() {
        let days = |days: f64| days * 86_400.0;
        for (policy, retries, least, most) in [
            (RetryPolicy::AWS_MANAGED, 100_015, days(23.0), days(24.0)),
            (RetryPolicy::CUSTOMER_MANAGED, 50, 6.0 * 3600.0, 8.0 * 3600.0),
            (SAMPLE, 50, 35.0 * 60.0, 45.0 * 60.0),
            (RetryPolicy::HTTP, 3, 60.0, 60.0),
        ] {
            let (count, total) = (seconds(&policy).len(), policy.total().as_secs_f64());
            assert_eq!(count, retries);
            assert!((least..=most).contains(&total), "{total}");
            assert_eq!(policy.delay(0), None);
            assert_eq!(policy.delay(policy.num_retries + 1), None);
        }
        assert_eq!(RetryPolicy::AWS_MANAGED.backoff_retries(), 10);
        assert_eq!(RetryPolicy::CUSTOMER_MANAGED.backoff_retries(), 10);
        assert_eq!(SAMPLE.backoff_retries(), 10);
    }

    #[test]
    fn phases_follow_each_other() {
        let delays = seconds(&SAMPLE);
        assert_eq!(delays[..5], [0.0, 0.0, 0.0, 1.0, 1.0]);
        assert_eq!((delays[5], delays[14]), (1.0, 60.0));
        assert!(delays[5..15].is_sorted());
        assert_eq!(delays[15..], [60.0; 35]);
        assert_eq!(seconds(&RetryPolicy::HTTP), [20.0; 3]);
    }

    /// Worked by hand: 1 s to 10 s in four steps.
    #[test]
    fn each_function_grows_in_its_own_way() {
        assert_eq!(backoff(BackoffFunction::Linear, 1, 10, 4), [1.0, 4.0, 7.0, 10.0]);
        assert_eq!(backoff(BackoffFunction::Arithmetic, 1, 10, 4), [1.0, 2.5, 5.5, 10.0]);
        assert_eq!(backoff(BackoffFunction::Geometric, 1, 8, 4), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(backoff(BackoffFunction::Exponential, 1, 8, 4), [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(backoff(BackoffFunction::Exponential, 10, 80, 4), [10.0, 20.0, 40.0, 80.0]);
        for (_, function) in BackoffFunction::ALL {
            assert_eq!(backoff(function, 7, 100, 1), [7.0]);
            let long = backoff(function, 1, 3600, 100_000);
            assert!(long.is_sorted());
            assert_eq!((long[0], long[99_999]), (1.0, 3600.0));
            assert_eq!(backoff(function, 20, 20, 3), [20.0; 3]);
        }
    }
}
