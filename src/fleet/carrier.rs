//! How SNS delivers to one subscription, and what the endpoint makes of it, ready for drawing.

use super::{behaviour::part, filter::Filter, topic::duration};
use crate::{
    base::{Chance, SimDuration, distribution::Sampler},
    scenario::plan::{Delivery, Sqs},
    sns::Answer,
};

/// The delivery of a subscription.
#[derive(Debug)]
pub struct Carrier {
    /// As the plan has it.
    pub plan: Delivery,
    /// Which messages are delivered.
    pub filter: Option<Filter>,
    /// The time between two attempts at least.
    pub pace: Option<SimDuration>,
    service: Option<Sampler>,
    /// The chances of other answers than 200, summed up, as numbers of words.
    answers: Vec<(u128, Option<u16>)>,
}

/// What SNS does after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Delivered,
    /// It tries again, if the policy lets it.
    Failed,
    /// It gives up at once (S9.26).
    Refused,
}

impl Carrier {
    /// Prepares a delivery. Panics on what is impossible, which no resolved plan has.
    pub fn new(plan: &Delivery) -> Self {
        let service = plan.endpoint.service.as_ref();
        let mut sum = 0;
        let answers = plan.endpoint.answers.iter().map(|answer| {
            sum += answer.chance.words();
            (sum, answer.status)
        });
        Self {
            plan: plan.clone(),
            filter: plan.filter_policy.as_ref().map(Filter::new),
            pace: plan.pace(),
            service: service.map(|service| Sampler::new(service).expect("a resolved plan is possible")),
            answers: answers.collect(),
        }
    }

    /// What an endpoint that is not down answers: a status; `None`: nothing.
    pub fn answer(&self, word: u64) -> Option<u16> {
        let found = self.answers.iter().find(|(sum, _)| u128::from(word) < *sum);
        found.map_or(Some(200), |(_, status)| *status)
    }

    /// How long the endpoint works on a message; `None`: no time.
    pub fn service(&self, word: u64) -> Option<SimDuration> {
        self.service.as_ref().map(|service| duration(service.sample(word)))
    }

    /// Whether the consumer fails on a message.
    pub fn fails(&self, sqs: &Sqs, word: u64) -> bool {
        sqs.failure > Chance(0) && u128::from(word) < sqs.failure.words()
    }

    /// The delay before a retry, counted from 1, at least a unit; `None` when the policy has no such retry.
    pub fn retry_delay(&self, retry: u32, word: u64) -> Option<SimDuration> {
        let nominal = self.plan.retry_policy.delay(retry)?;
        let width = u128::from(nominal.0) * u128::from(self.plan.jitter.0) / u128::from(Chance::ONE.0);
        let width = width as u64;
        let delay = nominal.0 - width + part(SimDuration(2 * width + 1), word).0;
        Some(SimDuration(delay).max(SimDuration::UNIT))
    }

    /// Whether a retry after so long since the first attempt is too late (S9.25).
    pub fn is_too_late(&self, since_first: SimDuration) -> bool {
        self.plan.protocol.longest_retrying().is_some_and(|longest| since_first > longest)
    }

    /// What an answer means (S9.26, S9.29, O-61).
    pub fn outcome(&self, answer: Answer) -> Outcome {
        let is_http = self.plan.protocol.is_http();
        match answer {
            Answer::Status(..=399) => Outcome::Delivered,
            Answer::Status(400..=499) if is_http && !self.plan.treat_4xx_as_failure => Outcome::Delivered,
            Answer::Status(400..=499) if !is_http => Outcome::Refused,
            _ => Outcome::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        scenario::plan::{self, Endpoint},
        sns::{Protocol, RetryPolicy},
    };

    fn delivery(protocol: Protocol) -> Delivery {
        Delivery {
            protocol,
            raw: false,
            confirmed_at: Some(SimDuration::ZERO),
            filter_policy: None,
            retry_policy: RetryPolicy { num_no_delay_retries: 1, ..RetryPolicy::HTTP },
            jitter: Chance(100_000_000),
            max_receives_per_second: None,
            treat_4xx_as_failure: false,
            dead_letter_queue: None,
            endpoint: Endpoint::ideal(),
        }
    }

    #[test]
    fn jitter_stays_within_its_bounds_on_both_sides() {
        let plan = delivery(Protocol::Https);
        let carrier = Carrier::new(&plan);
        assert_eq!(carrier.retry_delay(1, u64::MAX), Some(SimDuration::UNIT));
        assert_eq!(carrier.retry_delay(2, 0), Some(SimDuration::from_secs(18)));
        assert_eq!(carrier.retry_delay(2, u64::MAX), Some(SimDuration::from_secs(22)));
        assert_eq!(carrier.retry_delay(2, 1 << 63), Some(SimDuration::from_secs(20)));
        assert_eq!(carrier.retry_delay(4, 0), None);
    }

    #[test]
    fn answers_have_their_shares_of_the_words() {
        let mut plan = delivery(Protocol::Https);
        let answer = |percent: u32, status| plan::Answer { chance: Chance(percent * 10_000_000), status };
        plan.endpoint.answers = vec![answer(25, Some(404)), answer(25, None)];
        let carrier = Carrier::new(&plan);
        let quarters = [0_u64, 1, 2, 3].map(|quarter| carrier.answer(quarter << 62));
        assert_eq!(quarters, [Some(404), None, Some(200), Some(200)]);
    }

    /// S9.29 and O-61 over HTTP, S9.26 elsewhere.
    #[test]
    fn what_an_answer_means_depends_on_the_protocol() {
        use Answer::{Hung, Refused, Status, TimedOut};
        let mut plan = delivery(Protocol::Http);
        for answer in [Status(200), Status(302), Status(401), Status(404), Status(429)] {
            assert_eq!(Carrier::new(&plan).outcome(answer), Outcome::Delivered);
        }
        for answer in [Status(500), Status(503), Refused, TimedOut, Hung] {
            assert_eq!(Carrier::new(&plan).outcome(answer), Outcome::Failed);
        }
        plan.treat_4xx_as_failure = true;
        assert_eq!(Carrier::new(&plan).outcome(Status(404)), Outcome::Failed);
        let plan = delivery(Protocol::Sqs);
        assert_eq!(Carrier::new(&plan).outcome(Status(403)), Outcome::Refused);
        assert_eq!(Carrier::new(&plan).outcome(Status(500)), Outcome::Failed);
    }
}
