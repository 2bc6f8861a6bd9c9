//! Outputs on their way to stores outside: what the world has put, with its name there and a text to fill it with.

use super::{
    run_command::RunCommand,
    ssm::{self, command::document_name},
};
use crate::{
    base::SimTime,
    output::{
        Store, Stream,
        key::{self, Layout, Place},
    },
    ssm::{
        SendCommandRequest,
        document::{self, Document},
    },
    world::Put,
};

/// The stores outside that outputs are put to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stores {
    /// S3.
    pub s3: bool,
    /// CloudWatch Logs.
    pub logs: bool,
}

impl Stores {
    fn has(self, store: Store) -> bool {
        match store {
            Store::S3 => self.s3,
            Store::Logs => self.logs,
        }
    }
}

/// A stream of a step that has been put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingOutput {
    /// When.
    pub time: SimTime,
    /// Where to.
    pub destination: Destination,
    /// How many bytes of it are there, from 1.
    pub bytes: u64,
    /// What is repeated until it is so long. It is not empty, and all of it is ASCII.
    pub text: String,
}

/// The place of a stream in its store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// An object of S3.
    Object {
        /// The bucket.
        bucket: String,
        /// The key (S11.1).
        key: String,
    },
    /// A stream of CloudWatch Logs.
    Stream {
        /// The log group (S11.12).
        group: String,
        /// The log stream (S11.13).
        name: String,
    },
}

impl Destination {
    /// Which store it is in.
    pub fn store(&self) -> Store {
        match self {
            Self::Object { .. } => Store::S3,
            Self::Stream { .. } => Store::Logs,
        }
    }
}

/// The outputs that wait to be taken.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    stores: Stores,
    waiting: Vec<OutgoingOutput>,
}

impl Uploads {
    pub fn begin(&mut self, stores: Stores, run_command: &mut RunCommand) {
        self.stores = stores;
        if stores != Stores::default() {
            run_command.keep_puts();
        }
    }

    pub fn take(&mut self) -> Vec<OutgoingOutput> {
        std::mem::take(&mut self.waiting)
    }

    /// Takes what the world has put. What the plan let fail as a whole is nowhere.
    pub fn gather(&mut self, run_command: &mut RunCommand, documents: &[Document]) {
        for put in run_command.take_puts() {
            if put.upload.bytes > 0 && self.stores.has(put.upload.store) {
                self.waiting.extend(outgoing(&put, run_command, documents));
            }
        }
    }
}

/// `None` when nothing is known of the step's document any more.
fn outgoing(put: &Put, run_command: &RunCommand, documents: &[Document]) -> Option<OutgoingOutput> {
    let upload = put.upload;
    let stored = run_command.store.get(put.command)?;
    let at = upload.step as usize;
    let step = stored.steps.get(at)?;
    let name = &stored.request.document_name;
    // A command of the scenario's own was not sent by a call.
    let from_document = || Some(document::find(documents, name)?.steps.get(at)?.action.name);
    let plugin = stored.plugins.get(at).copied().or_else(from_document)?;
    let instance_id = run_command.instance_id(upload.instance);
    let part = key::step_part(step, plugin);
    let place = Place { command_id: &stored.id, instance_id: &instance_id, plugin, step: &part };
    let destination = destination(&stored.request, place, upload.store, upload.stream)?;
    let output = ssm::output::of_step(step, &instance_id, put.status, put.response_code);
    // A stream that has bytes and of which answers tell nothing holds what the other one tells.
    let (own, other) = match upload.stream {
        Stream::Stdout => (output.standard_output, output.standard_error),
        Stream::Stderr => (output.standard_error, output.standard_output),
    };
    let text = if own.is_empty() { other } else { own };
    let text = if text.is_empty() { format!("{step} on {instance_id}\n") } else { text };
    let text = text.replace(|letter: char| !letter.is_ascii(), "?");
    Some(OutgoingOutput { time: put.time, destination, bytes: upload.bytes, text })
}

fn destination(
    request: &SendCommandRequest,
    place: Place<'_>,
    store: Store,
    stream: Stream,
) -> Option<Destination> {
    Some(match store {
        Store::S3 => {
            let prefix = request.output_s3_key_prefix.as_deref();
            let key = key::s3_key(Layout::Agent, prefix, place, stream);
            Destination::Object { bucket: request.output_s3_bucket_name.clone()?, key }
        }
        Store::Logs => {
            let given = request.cloud_watch_output_config.as_ref();
            let given = given.and_then(|config| config.cloud_watch_log_group_name.clone());
            let default = || key::default_log_group(document_name(&request.document_name));
            Destination::Stream { group: given.unwrap_or_else(default), name: key::log_stream(place, stream) }
        }
    })
}
