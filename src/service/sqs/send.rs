//! Messages come in: from callers, one by one or in batches, and from the other services.

use std::collections::BTreeMap;

use super::{
    MOST_BYTES, MOST_MESSAGES, Sqs,
    fifo::{self, Accepted},
    queue::Queue,
    shelf::{GROUP, Message, size},
};
use crate::{
    service::Moment,
    wire::{
        attribute::{self, MessageAttributeValue, attributes_md5, md5},
        dialect::Service,
        fault::Fault,
        sns::publish::BatchResultErrorEntry,
        sqs::{
            batch::{
                SendMessageBatchRequest, SendMessageBatchRequestEntry, SendMessageBatchResult,
                SendMessageBatchResultEntry,
            },
            invalid,
            message::{SendMessageRequest, SendMessageResult},
            queue::Texts,
        },
    },
};

type Values = BTreeMap<String, MessageAttributeValue>;

/// The most attributes of a message.
pub const MOST_ATTRIBUTES: usize = 10;
/// The most bytes of a batch.
const LARGEST_BATCH: usize = 1_048_576;
/// The only system attribute that a sender may give.
const TRACE: &str = "AWSTraceHeader";

/// A message on its way into a queue.
#[derive(Clone, Copy)]
pub(super) struct Draft<'a> {
    pub body: &'a str,
    pub attributes: &'a Values,
    pub delay_seconds: Option<i64>,
    pub group: Option<&'a str>,
    pub deduplication: Option<&'a str>,
    pub trace: Option<&'a str>,
}

impl Sqs {
    pub(super) fn send(
        &mut self,
        request: &SendMessageRequest,
        moment: &mut Moment<'_>,
    ) -> Result<SendMessageResult, Fault> {
        let system = &request.message_system_attributes;
        if let Some(name) = system.keys().find(|name| *name != TRACE) {
            return Err(invalid(name, "MessageSystemAttributes", "Only AWSTraceHeader is known."));
        }
        let draft = Draft {
            body: &request.message_body,
            attributes: &request.message_attributes,
            delay_seconds: request.delay_seconds,
            group: request.message_group_id.as_deref(),
            deduplication: request.message_deduplication_id.as_deref(),
            trace: system.get(TRACE).and_then(|trace| trace.string_value.as_deref()),
        };
        let queue = self.queue(&request.queue_url, moment.now)?;
        check(&draft, queue).map_err(|fault| fault.alone())?;
        let sent = self.store(&request.queue_url, &draft, moment)?;
        Ok(SendMessageResult {
            md5_of_message_body: md5(draft.body),
            md5_of_message_attributes: attributes_md5(draft.attributes),
            md5_of_message_system_attributes: attributes_md5(system),
            message_id: sent.id,
            sequence_number: sent.sequence_number,
        })
    }

    pub(super) fn send_batch(
        &mut self,
        request: &SendMessageBatchRequest,
        moment: &mut Moment<'_>,
    ) -> Result<SendMessageBatchResult, Fault> {
        let url = &request.queue_url;
        self.queue(url, moment.now)?;
        let bytes = request.entries.iter().map(|entry| size(&entry.message_body, &entry.message_attributes));
        let bytes: usize = bytes.sum();
        if bytes > LARGEST_BATCH {
            let message = format!(
                "Batch requests cannot be longer than {LARGEST_BATCH} bytes. You have sent {bytes} bytes."
            );
            return Err(Fault::new("BatchRequestTooLong", message));
        }
        let queue = self.queue(url, moment.now)?;
        if queue.attributes.is_fifo {
            // What FIFO queues demand of each message, they demand of the whole batch.
            for entry in &request.entries {
                let checked = fifo::check(&draft_of(entry), &queue.attributes);
                checked.map_err(|fault| Fault::new("InvalidParameterValueException", fault.message))?;
            }
        }
        let mut result = SendMessageBatchResult::default();
        for entry in &request.entries {
            match self.send_entry(url, entry, moment) {
                Ok(sent) => result.successful.push(sent),
                Err(fault) => result.failed.push(failed(&entry.id, fault)),
            }
        }
        Ok(result)
    }

    fn send_entry(
        &mut self,
        url: &str,
        entry: &SendMessageBatchRequestEntry,
        moment: &mut Moment<'_>,
    ) -> Result<SendMessageBatchResultEntry, Fault> {
        let draft = draft_of(entry);
        check(&draft, self.queue(url, moment.now)?).map_err(|refusal| refusal.in_batch())?;
        attribute::check(draft.attributes, Service::Sqs)?;
        let sent = self.store(url, &draft, moment)?;
        Ok(SendMessageBatchResultEntry {
            id: entry.id.clone(),
            message_id: sent.id,
            md5_of_message_body: md5(draft.body),
            md5_of_message_attributes: attributes_md5(draft.attributes),
            sequence_number: sent.sequence_number,
        })
    }

    /// Takes a message of another service, for a FIFO queue with its group. False: there is no such queue, it does not take
    /// the message, or memory is full.
    pub fn deliver(
        &mut self,
        queue_arn: &str,
        (body, group): (&str, Option<&str>),
        attributes: &BTreeMap<String, MessageAttributeValue>,
        moment: &mut Moment<'_>,
    ) -> bool {
        let Some(url) = self.name_of(queue_arn) else { return false };
        let draft = Draft { body, attributes, delay_seconds: None, group, deduplication: None, trace: None };
        let fits = self.queue(url, moment.now).is_ok_and(|queue| check(&draft, queue).is_ok());
        fits && self.store(url, &draft, moment).is_ok()
    }

    fn store(&mut self, url: &str, draft: &Draft<'_>, moment: &mut Moment<'_>) -> Result<Sent, Fault> {
        let all = self.queues.values().map(|queue| (queue.shelf.count(), queue.shelf.bytes()));
        let (count, bytes) = all.fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        if count >= MOST_MESSAGES || bytes + size(draft.body, draft.attributes) > MOST_BYTES {
            let message = format!(
                "The queues hold {count} messages with {bytes} bytes; at most are {MOST_MESSAGES} with {MOST_BYTES} bytes."
            );
            return Err(Fault::new("OverLimit", message));
        }
        let sender = self.account.clone();
        let queue = self.queue(url, moment.now)?;
        let delay = draft.delay_seconds.filter(|_| !queue.attributes.is_fifo).map(Queue::seconds);
        let delay = delay.unwrap_or_else(|| queue.attributes.duration("DelaySeconds"));
        let identity = queue.attributes.is_fifo.then(|| fifo::identity(draft, &queue.attributes));
        let repeated = identity.as_ref().and_then(|identity| queue.fifo.find(identity, moment.now));
        if let Some(Accepted { id, sequence_number }) = repeated {
            return Ok(Sent { id, sequence_number: Some(sequence_number) });
        }
        let id = moment.ids.uuid();
        let deduplication = identity.as_ref().map(|identity| identity.1.clone());
        let accepted = identity.map(|identity| queue.fifo.accept(identity, id.clone(), moment.now));
        let sequence_number = accepted.map(|accepted| accepted.sequence_number);
        let system = [
            ("SenderId", Some(sender.as_str())),
            (TRACE, draft.trace),
            (GROUP, draft.group),
            ("MessageDeduplicationId", deduplication.as_deref()),
            ("SequenceNumber", sequence_number.as_deref()),
        ];
        let system = system.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into())));
        let message = Message {
            id: id.clone(),
            body: draft.body.into(),
            attributes: draft.attributes.clone(),
            system: system.collect::<Texts>(),
            sent: moment.now,
            first_received: None,
            last_received: None,
            receipts: 0,
        };
        queue.shelf.put(message, (delay.0 > 0).then_some(moment.now + delay));
        Ok(Sent { id, sequence_number })
    }
}

/// What the sender of a message is told.
struct Sent {
    id: String,
    sequence_number: Option<String>,
}

fn draft_of(entry: &SendMessageBatchRequestEntry) -> Draft<'_> {
    Draft {
        body: &entry.message_body,
        attributes: &entry.message_attributes,
        delay_seconds: entry.delay_seconds,
        group: entry.message_group_id.as_deref(),
        deduplication: entry.message_deduplication_id.as_deref(),
        trace: None,
    }
}

/// Why a message is refused. SQS words one of the reasons otherwise in a batch.
enum Refusal {
    TooLong(u32),
    Other(Fault),
}

impl Refusal {
    fn alone(self) -> Fault {
        self.with("are invalid")
    }

    fn in_batch(self) -> Fault {
        self.with("cannot be validated")
    }

    fn with(self, verdict: &str) -> Fault {
        match self {
            Self::Other(fault) => fault,
            Self::TooLong(most) => Fault::new(
                "InvalidParameterValueException",
                format!(
                    "One or more parameters {verdict}. Reason: Message must be shorter than {most} bytes."
                ),
            ),
        }
    }
}

fn check(draft: &Draft<'_>, queue: &Queue) -> Result<(), Refusal> {
    let refuse = |fault| Err(Refusal::Other(fault));
    let most = queue.attributes.number("MaximumMessageSize");
    if size(draft.body, draft.attributes) > most as usize {
        return Err(Refusal::TooLong(most));
    }
    if draft.body.is_empty() {
        let message = "The request must contain the parameter MessageBody.";
        return refuse(Fault::new("MissingRequiredParameterException", message));
    }
    if draft.attributes.len() > MOST_ATTRIBUTES {
        let message = format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MOST_ATTRIBUTES}].",
            draft.attributes.len()
        );
        return refuse(Fault::new("InvalidParameterValueException", message));
    }
    // The characters of XML 1.0; a text in Rust has none of the surrogates that are excluded as well.
    let is_allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    if !draft.body.chars().all(is_allowed) {
        let message = "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 \
                       to #xFFFD | #x10000 to #x10FFFF";
        return refuse(Fault::new("InvalidMessageContents", message));
    }
    if let Some(delay) = draft.delay_seconds.filter(|delay| !(0..=900).contains(delay)) {
        let reason = "DelaySeconds must be >= 0 and <= 900.";
        return refuse(invalid(&delay.to_string(), "DelaySeconds", reason));
    }
    let is_id = |id: &str| (1..=128).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic());
    if let Some(group) = draft.group.filter(|group| !is_id(group)) {
        let reason =
            "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
        return refuse(invalid(group, "MessageGroupId", reason));
    }
    if queue.attributes.is_fifo {
        return fifo::check(draft, &queue.attributes).map_err(Refusal::Other);
    }
    if let Some(id) = draft.deduplication {
        let reason = "The request includes a parameter that is not valid for this queue type.";
        return refuse(invalid(id, "MessageDeduplicationId", reason));
    }
    Ok(())
}

/// An entry of a batch that failed. Its code is the one of the Query protocol, in every protocol.
pub(super) fn failed(id: &str, fault: Fault) -> BatchResultErrorEntry {
    let code = match fault.code {
        "MissingRequiredParameterException" => "MissingParameter",
        code => code.strip_suffix("Exception").unwrap_or(code),
    };
    BatchResultErrorEntry {
        id: id.into(),
        code: code.into(),
        message: Some(fault.message),
        sender_fault: true,
    }
}
