//! `[group.output]`: what a group's steps write, and how long it takes to put it where the request wants it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::{
    distribution::{Written, WrittenFactor},
    share::Share,
};

/// What each step of a group writes, and how its agents put it to S3 and CloudWatch Logs where the request asks for it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Bytes on standard output. Default: 0.
    pub stdout: Option<WrittenFactor>,
    /// Bytes on standard error. Default: 0.
    pub stderr: Option<WrittenFactor>,
    /// How puts to S3 go.
    pub s3: Option<S3Puts>,
    /// How calls of `PutLogEvents` go.
    pub logs: Option<LogsPuts>,
}

/// What a step writes instead of what its group says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepOutput {
    /// Bytes on standard output. Default: 0.
    pub stdout: Option<WrittenFactor>,
    /// Bytes on standard error. Default: 0.
    pub stderr: Option<WrittenFactor>,
}

/// How puts of objects to S3 go.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct S3Puts {
    /// Time of a put beside that of its bytes. Default: log-normal, median 100 ms, 99 % below 1 s.
    pub latency: Option<Written>,
    /// How many bytes a put takes in a second.
    #[schemars(range(min = 1, max = 1000000000000u64), extend("default" = 10000000))]
    pub bytes_per_second: Option<u64>,
    /// The chance that a put fails, each time it is tried.
    #[schemars(extend("default" = 0))]
    pub failure: Option<Share>,
}

/// How calls of `PutLogEvents` go.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogsPuts {
    /// Time of a call, drawn once for a stream. Default: log-normal, median 100 ms, 99 % below 1 s.
    pub latency: Option<Written>,
}
