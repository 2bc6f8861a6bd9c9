//! What attempts come to.

use std::{error::Error, fmt, rc::Rc, time::Duration};

use crate::{service::Outgoing, sns::Protocol};

/// What came of an attempt.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was handed over with the message.
    pub mark: u64,
    /// The message: [`Outgoing::id`].
    pub id: u64,
    /// The attempt, counted from 1.
    pub attempt: u32,
    /// What it came to.
    pub outcome: Outcome,
    /// How long it took, by a clock on the wall.
    pub wall: Duration,
}

/// What an attempt came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The endpoint took the message.
    Delivered {
        /// The status of its answer; of e-mail the code of SMTP.
        status: u16,
    },
    /// It did not, and there will be another attempt.
    Failed {
        /// Why.
        reason: String,
    },
    /// It did not, and there is no other attempt: a message for the dead-letter queue, if there is one.
    GivenUp {
        /// Why.
        reason: String,
        /// The message.
        outgoing: Rc<Outgoing>,
    },
    /// The server has no way to send it. Nothing was tried, and nothing goes to a dead-letter queue.
    Dropped {
        /// Why.
        reason: String,
    },
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Another attempt may do better.
    Again(String),
    /// None would (S9.26).
    Never(String),
    /// The server was not told how to send such messages.
    NoWay(String),
}

impl Failure {
    /// The reason in words.
    pub fn reason(&self) -> &str {
        match self {
            Self::Again(reason) | Self::Never(reason) | Self::NoWay(reason) => reason,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl Error for Failure {}

/// What the status of an answer over HTTP means: 200 to 499 is delivered (S9.29, O-61); a queue has to say that it took the
/// message, and its 400 to 499 will not get better (S9.26).
///
/// # Errors
///
/// The failure that it is.
pub fn judge(protocol: Protocol, status: u16) -> Result<u16, Failure> {
    let reason = format!("it answered with status {status}");
    match status {
        200..=299 => Ok(status),
        300..=499 if protocol.is_http() => Ok(status),
        400..=499 => Err(Failure::Never(reason)),
        _ => Err(Failure::Again(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_that_answers_404_has_taken_the_message() {
        for status in [200, 204, 301, 302, 401, 404, 429, 499] {
            assert_eq!(judge(Protocol::Http, status), Ok(status));
        }
        for status in [500, 503, 599, 999] {
            assert!(matches!(judge(Protocol::Https, status), Err(Failure::Again(_))));
        }
    }

    #[test]
    fn a_queue_says_whether_it_took_the_message() {
        assert_eq!(judge(Protocol::Sqs, 200), Ok(200));
        assert!(matches!(judge(Protocol::Sqs, 403), Err(Failure::Never(_))));
        assert!(matches!(judge(Protocol::Sqs, 302), Err(Failure::Again(_))));
        assert!(matches!(judge(Protocol::Sqs, 500), Err(Failure::Again(_))));
    }
}
