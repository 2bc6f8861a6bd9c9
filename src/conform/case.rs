//! A case of the battery: what it is called, what it expects and why, and what comes of it.

use std::{future::Future, pin::Pin};

use serde::Serialize;

use super::bench::Bench;
use crate::check::Judgement;

/// A case.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name, kebab-case.
    pub name: &'static str,
    /// What it expects, in one line.
    pub expected: &'static str,
    /// The facts and readings that this rests on.
    pub source: &'static str,
    pub(super) run: Run,
}

/// How a case is played.
pub(super) type Run = for<'a> fn(&'a Bench) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// What comes of a case: what was seen where that is right, or why it is not.
pub(super) type Outcome = Result<String, Halt>;

/// Why a case is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// What was seen cannot be right.
    Invalid(String),
    /// It cannot be told, and why.
    Unknown(String),
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The case.
    pub case: &'static str,
    /// The family that it belongs to.
    pub family: &'static str,
    /// What it expects.
    pub expected: &'static str,
    /// The facts and readings that this rests on.
    pub source: &'static str,
    /// What was seen; of an unknown one, why it cannot be told.
    pub seen: String,
    /// The verdict.
    pub verdict: Judgement,
}

impl Finding {
    pub(super) fn new(family: &'static str, case: &Case, outcome: Outcome) -> Self {
        let (verdict, seen) = match outcome {
            Ok(seen) => (Judgement::Valid, seen),
            Err(Halt::Invalid(seen)) => (Judgement::Invalid, seen),
            Err(Halt::Unknown(reason)) => (Judgement::Unknown, reason),
        };
        let Case { name, expected, source, .. } = *case;
        Self { case: name, family, expected, source, seen, verdict }
    }
}

/// What was seen cannot be right.
pub(super) fn invalid<T>(seen: impl Into<String>) -> Result<T, Halt> {
    Err(Halt::Invalid(seen.into()))
}

/// It cannot be told.
pub(super) fn unknown<T>(reason: impl Into<String>) -> Result<T, Halt> {
    Err(Halt::Unknown(reason.into()))
}

/// A demand: `seen` says what was seen whether it holds or not.
pub(super) fn demand(holds: bool, seen: impl Into<String>) -> Outcome {
    if holds { Ok(seen.into()) } else { invalid(seen) }
}

/// A case of the table of its family.
macro_rules! case {
    ($name:literal, $run:path, $expected:literal, $source:literal) => {
        $crate::conform::case::Case {
            name: $name,
            expected: $expected,
            source: $source,
            run: |bench| Box::pin($run(bench)),
        }
    };
}

pub(super) use case;
