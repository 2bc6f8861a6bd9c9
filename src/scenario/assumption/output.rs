//! The points that outputs rest on.

use super::{Grounds, Point};
use crate::{
    output::{Store, key},
    scenario::{
        plan::{Group, Output},
        resolve::DEFAULT_PUT,
    },
};

impl Grounds<'_> {
    /// Whether outputs go there, of which something is said.
    fn puts(&self, store: Store) -> bool {
        self.command.wants(store) && self.targeted().any(|group| group.output.is_some())
    }
}

pub(super) const POINTS: &[Point] = &[
    Point {
        name: "O-36",
        matters: |grounds| grounds.puts(Store::Logs) && log_group(grounds).is_none(),
        text: |grounds| {
            let group = key::default_log_group(&grounds.command.request.document_name);
            format!("The request names no log group, which makes it {group}.")
        },
    },
    Point {
        name: "O-37",
        matters: |grounds| grounds.puts(Store::Logs),
        text: |grounds| format!("The agent puts log events every {}.", grounds.readings.log_period),
    },
    Point {
        name: "O-40",
        matters: |grounds| grounds.target_count() == 0,
        text: |_| "A command without targets counts in no metric of CloudWatch.".into(),
    },
    Point {
        name: "S11.6",
        matters: |grounds| grounds.puts(Store::S3),
        text: |_| {
            "A put that is denied is tried again like one that fails; the time told of a step is that of its process.".into()
        },
    },
    Point {
        name: "S11.14",
        matters: |grounds| grounds.puts(Store::Logs),
        text: |_| "Steps write evenly while they run, in lines of 100 bytes.".into(),
    },
    Point {
        name: "S11.15",
        matters: |grounds| grounds.puts(Store::Logs),
        text: |_| "What of a stream is not put 60 s after its step ended is lost.".into(),
    },
    Point {
        name: "outputs",
        matters: |grounds| {
            let is_default = |output: &Output| {
                (grounds.command.wants(Store::S3) && output.s3_latency == DEFAULT_PUT)
                    || (grounds.command.wants(Store::Logs) && output.logs_latency == DEFAULT_PUT)
            };
            grounds.targeted().any(|group: &Group| group.output.as_deref().is_some_and(is_default))
        },
        text: |_| {
            "Where nothing else is said, half of the puts of outputs take less than 100 ms, 99 % less than 1 s.".into()
        },
    },
    Point {
        name: "outputs",
        matters: |grounds| {
            grounds.command.wants_outputs() && grounds.targeted().all(|group| group.output.is_none())
        },
        text: |_| "Nothing is said of what steps write, so nothing is put to S3 or CloudWatch Logs.".into(),
    },
];

fn log_group<'a>(grounds: &'a Grounds<'_>) -> Option<&'a String> {
    grounds.command.request.cloud_watch_output_config.as_ref()?.cloud_watch_log_group_name.as_ref()
}
