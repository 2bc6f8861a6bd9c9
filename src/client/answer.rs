//! What comes of a call.

use std::{fmt, time::Instant};

use hyper::body::Bytes;
use serde_json::Value;

/// An answer, good or bad, and when it came.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The error's name without what stands around it, such as `ThrottlingException`; `None` of a good answer.
    pub error: Option<String>,
    /// The body.
    pub body: Bytes,
    /// When the request was handed to its connection.
    pub sent: Instant,
    /// When the last byte of the answer was there.
    pub answered: Instant,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection came about.
    NoConnection(String),
    /// The connection broke before the answer was whole.
    Broken(String),
    /// It took too long.
    TimedOut,
    /// The answer was longer than what is read.
    TooLong,
}

impl Answer {
    /// An answer of which the error's name is read from header and body.
    pub(super) fn new(
        status: u16,
        header: Option<&str>,
        body: Bytes,
        (sent, answered): (Instant, Instant),
    ) -> Self {
        let error = (status >= 300).then(|| error_name(status, header, &body));
        Self { status, error, body, sent, answered }
    }

    /// Whether the service asks for fewer calls.
    pub fn is_throttled(&self) -> bool {
        self.error.as_deref().is_some_and(is_throttle)
    }
}

impl Failure {
    /// What it is counted as. No error of a service is called like this.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoConnection(_) => "(no connection)",
            Self::Broken(_) => "(connection broken)",
            Self::TimedOut => "(timed out)",
            Self::TooLong => "(answer too long)",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConnection(why) => write!(f, "no connection: {why}"),
            Self::Broken(why) => write!(f, "no answer: {why}"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::TooLong => f.write_str("the answer is too long"),
        }
    }
}

impl std::error::Error for Failure {}

/// Whether an error of this name asks for fewer calls: the names that the SDKs' standard mode knows.
pub fn is_throttle(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
    ];
    NAMES.contains(&name)
}

/// The error's name, from where the SDKs look for it in JSON and XML; else the status.
fn error_name(status: u16, header: Option<&str>, body: &[u8]) -> String {
    let in_json = || {
        let value: Value = serde_json::from_slice(body).ok()?;
        ["__type", "code"].iter().find_map(|key| value.get(key)?.as_str().map(String::from))
    };
    let in_xml = || {
        let text = str::from_utf8(body).ok()?;
        let (_, rest) = text.split_once("<Code>")?;
        Some(rest.split_once("</Code>")?.0.to_string())
    };
    let told = header.map(String::from).or_else(in_json).or_else(in_xml);
    told.as_deref().map(plain).filter(|name| !name.is_empty()).unwrap_or_else(|| format!("HTTP {status}"))
}

/// A name without the namespace before it and the address behind it: `com.amazonaws.ssm#InvalidCommandId:http://...`.
fn plain(name: &str) -> String {
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    name.rsplit_once('#').map_or(name, |(_, name)| name).trim().chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms that the protocol's tests of AWS have: <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>.
    #[test]
    fn names_of_errors_are_found_where_services_write_them() {
        let name = |header, body: &str| error_name(400, header, body.as_bytes());
        assert_eq!(name(None, r#"{"__type": "FooError"}"#), "FooError");
        let address = "http://internal.amazon.com/coral/com.amazon.coral.validate/";
        assert_eq!(name(None, &format!(r#"{{"__type": "FooError:{address}"}}"#)), "FooError");
        assert_eq!(name(None, r#"{"__type": "aws.protocoltests.restjson#FooError"}"#), "FooError");
        let both = format!(r#"{{"__type": "aws.protocoltests.restjson#FooError:{address}"}}"#);
        assert_eq!(name(None, &both), "FooError");
        let header = format!("FooError:{address}");
        assert_eq!(name(Some(&header), "{}"), "FooError");
        let xml =
            "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code></Error></ErrorResponse>";
        assert_eq!(name(None, xml), "InvalidParameter");
        assert_eq!(name(None, "<html>"), "HTTP 400");
    }

    #[test]
    fn throttles_are_told_from_other_errors() {
        assert!(is_throttle("ThrottlingException") && !is_throttle("InvalidInstanceId"));
    }
}
