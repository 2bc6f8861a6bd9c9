//! Rates, stages, keys and traces, as they are typed and as they stand in files.

use std::{fs, path::Path, str::FromStr, time::Duration};

use clap::ValueEnum;

use crate::{
    base::SimDuration,
    cli::{console::Failure, endpoint::cannot_read},
    load::{arrivals::Stage, follow::Manner},
};

/// From one rate to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RateRange {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl FromStr for RateRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rate = |text: &str| {
            let rate = text.trim().parse::<f64>().ok().filter(|rate| (0.0..=1e6).contains(rate));
            rate.ok_or_else(|| {
                format!("`{text}` is no rate; write requests a second, such as 200 or 10..500")
            })
        };
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        Ok(Self { from: rate(from)?, to: rate(to)? })
    }
}

/// A stage as typed; without a name it is called by its rate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StageArgument(pub(super) Stage);

impl FromStr for StageArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) =
            text.split_once('=').map_or((None, text), |(name, rest)| (Some(name.trim()), rest));
        let (rate, length) = rest.split_once(" for ").ok_or_else(|| {
            format!("`{text}` is no stage; write as in 'calm=50 for 20s' or '10..500 for 1m'")
        })?;
        let RateRange { from, to } = rate.parse()?;
        let length: SimDuration = length.trim().parse()?;
        if length == SimDuration::ZERO {
            return Err(format!("the stage `{text}` has no length"));
        }
        Ok(Self(Stage { name: name.unwrap_or(rate).trim().into(), length, from, to }))
    }
}

/// Reads the times of a trace.
pub(super) fn read_trace(path: &Path) -> Result<Vec<Duration>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
    let mut times = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what| Failure::new(&format!("{}, line {}: `{line}` {what}", path.display(), at + 1));
        let seconds = line.trim().parse::<f64>().ok().filter(|seconds| (0.0..=1e7).contains(seconds));
        let time = Duration::from_secs_f64(seconds.ok_or_else(|| wrong("is no number of seconds"))?);
        if times.last().is_some_and(|last| time < *last) {
            return Err(wrong("is before the line above it"));
        }
        times.push(time);
    }
    Ok(times)
}

/// The operation by which commands are followed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PollBy {
    ListCommandInvocations,
    GetCommandInvocation,
}

impl PollBy {
    /// How that is done.
    pub(super) fn manner(self) -> Manner {
        match self {
            Self::ListCommandInvocations => Manner::List,
            Self::GetCommandInvocation => Manner::Get,
        }
    }
}
