//! What was seen, invocation by invocation, in as little room as a fit needs: some eighty bytes each.

use std::collections::BTreeMap;

use super::told::{self, Ending, Span, Told};
use crate::{
    fit::Lasted,
    seen::{CommandSighting, Life},
    ssm::{SendCommandRequest, status::Platform},
};

/// What is known of an instance beside what it did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Its platform.
    pub platform: Option<Platform>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// One invocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) command: u32,
    pub(super) instance: u32,
    /// None: the document was not told.
    pub(super) document: Option<u32>,
    /// When it was requested, in microseconds since 1970; what rows are put in order by.
    pub(super) at: i64,
    pub(super) told: Told,
}

/// Texts by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    by_name: BTreeMap<Box<str>, u32>,
    names: Vec<Box<str>>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.by_name.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.by_name.insert(name.into(), number);
        self.names.push(name.into());
        number
    }

    pub(super) fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }
}

/// All that was seen.
#[derive(Clone, Debug, Default)]
pub struct Records {
    pub(super) rows: Vec<Row>,
    pub(super) commands: Names,
    pub(super) instances: Names,
    pub(super) documents: Names,
    /// What was asked for, by command.
    pub(super) requests: BTreeMap<u32, SendCommandRequest>,
    /// What inventories and histories tell of instances.
    pub(super) known: BTreeMap<u32, Known>,
    /// By how many microseconds the clocks of service and instances may differ at most.
    pub(super) clock_error: i64,
    /// Whether they are plain durations, without commands and instances.
    pub(super) is_plain: bool,
}

impl Records {
    /// Takes note of an invocation.
    pub fn add_life(&mut self, life: &Life) {
        let told = told::tell(life);
        let began = life.requested.or(life.started).or(life.phases.first().map(|phase| phase.began.until));
        let row = Row {
            command: self.commands.number(&life.command_id),
            instance: self.instances.number(&life.instance_id),
            document: life.document_name.as_ref().map(|name| self.documents.number(name)),
            at: began.map_or(0, jiff::Timestamp::as_microsecond),
            told,
        };
        self.rows.push(row);
    }

    /// Takes note of what a command asked for.
    pub fn add_command(&mut self, sighting: &CommandSighting) {
        if let Some(request) = &sighting.request {
            self.add_request(&sighting.command_id, request);
        }
    }

    /// Takes note of a request.
    pub fn add_request(&mut self, command_id: &str, request: &SendCommandRequest) {
        let number = self.commands.number(command_id);
        self.requests.entry(number).or_insert_with(|| request.clone());
    }

    /// Takes note of what is known of an instance; what was known before counts.
    pub fn add_instance(&mut self, instance_id: &str, known: Known) {
        let number = self.instances.number(instance_id);
        self.known.entry(number).or_insert(known);
    }

    /// Takes note of a plain duration of at least a microsecond, seen on an instance; each on one of its own if none is named.
    pub fn add_duration(&mut self, micros: u64, instance: Option<&str>) {
        self.is_plain = true;
        let own = self.rows.len().to_string();
        let told = Told {
            delivery: None,
            execution: Some(Span::Known(Lasted::Exactly(micros))),
            ending: Ending::Success,
        };
        let instance = self.instances.number(instance.unwrap_or(&own));
        let (command, at) = (self.commands.number(""), self.rows.len() as i64);
        self.rows.push(Row { command, instance, document: None, at, told });
    }

    /// The clocks of service and instances may differ by so many milliseconds.
    pub fn allow_clock_error(&mut self, millis: u32) {
        self.clock_error = self.clock_error.max(i64::from(millis) * 1000);
    }

    /// How many commands told of invocations.
    pub(super) fn command_count(&self) -> u64 {
        let commands: std::collections::BTreeSet<u32> = self.rows.iter().map(|row| row.command).collect();
        commands.len() as u64
    }

    /// How many invocations.
    pub fn count(&self) -> usize {
        self.rows.len()
    }
}
