//! Messages go out.

use std::collections::BTreeSet;

use super::{
    MOST_IN_FLIGHT, Sqs,
    attributes::unknown,
    queue::Queue,
    shelf::{GROUP, Message},
};
use crate::{
    base::{SimDuration, SimTime},
    service::{Moment, moment::instant},
    wire::{
        attribute::{attributes_md5, md5},
        fault::Fault,
        sqs::{
            message::{self, ReceiveMessageRequest, ReceiveMessageResult},
            queue::Texts,
        },
    },
};

/// The system attributes that can be asked for (section 10.6).
const SYSTEM: [&str; 9] = [
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

impl Sqs {
    pub(super) fn receive(
        &mut self,
        request: &ReceiveMessageRequest,
        moment: &Moment<'_>,
    ) -> Result<ReceiveMessageResult, Fault> {
        let system = request.attribute_names.iter().chain(&request.message_system_attribute_names);
        if let Some(name) = system.clone().find(|name| *name != "All" && !SYSTEM.contains(&name.as_str())) {
            return Err(unknown(name));
        }
        let is_short_poll = self.patience(request) == SimDuration::ZERO;
        let queue = self.queue(&request.queue_url, moment.now)?;
        let free = MOST_IN_FLIGHT.saturating_sub(queue.shelf.in_flight_count());
        if free == 0 && is_short_poll {
            let message = "Too many messages in flight.";
            return Err(Fault::new("OverLimit", message));
        }
        let most = request.max_number_of_messages.and_then(|most| usize::try_from(most).ok()).unwrap_or(1);
        let due = self.due(&request.queue_url, most.min(free), moment.now)?;
        let queue = self.queue(&request.queue_url, moment.now)?;
        let timeout = request.visibility_timeout.map(Queue::seconds);
        let until = moment.now + timeout.unwrap_or_else(|| queue.attributes.duration("VisibilityTimeout"));
        let mut messages = Vec::with_capacity(due.len());
        for at in due {
            let Some(received) = queue.shelf.receive(at, moment.now, until).cloned() else { continue };
            messages.push(message::Message {
                receipt_handle: queue.handle(at, received.receipts),
                ..answer(received, request, moment)
            });
        }
        Ok(ReceiveMessageResult { messages })
    }

    /// The messages that are received next. Those that were received too often already go to the dead-letter queue, if it
    /// is there (S10.41).
    fn due(&mut self, url: &str, most: usize, now: SimTime) -> Result<Vec<u64>, Fault> {
        let redrive = self.queue(url, now)?.attributes.redrive.clone();
        let redrive = redrive.filter(|redrive| self.name_of(&redrive.dead_letter).is_some());
        let queue = self.queue(url, now)?;
        let (mut due, mut dead) = (Vec::new(), Vec::new());
        // What of a FIFO queue's group is in flight is waited for.
        let blocked = if queue.attributes.is_fifo { queue.shelf.groups_in_flight() } else { BTreeSet::new() };
        for (at, message) in queue.shelf.visible() {
            if due.len() == most {
                break;
            }
            if message.system.get(GROUP).is_some_and(|group| blocked.contains(group.as_str())) {
                continue;
            }
            let is_dead = redrive.as_ref().is_some_and(|redrive| message.receipts >= redrive.most_receipts);
            if is_dead { dead.push(at) } else { due.push(at) }
        }
        let source = queue.arn.clone();
        let dead: Vec<_> = dead.into_iter().filter_map(|at| queue.shelf.remove(at)).collect();
        if let Some(name) = redrive.as_ref().and_then(|redrive| self.name_of(&redrive.dead_letter)) {
            let queue = self.queue(name, now)?;
            for mut message in dead {
                message.system.insert("DeadLetterQueueSourceArn".into(), source.clone());
                queue.shelf.put(message, None);
            }
        }
        Ok(due)
    }

    /// How long a receipt may wait for messages: as long as it says, or the queue.
    pub fn patience(&self, request: &ReceiveMessageRequest) -> SimDuration {
        let asked = request.wait_time_seconds.map(Queue::seconds);
        let queue = self.name_in(&request.queue_url).and_then(|name| self.queues.get(name));
        let usual = || queue.map(|queue| queue.attributes.duration("ReceiveMessageWaitTimeSeconds"));
        asked.or_else(usual).unwrap_or(SimDuration::ZERO)
    }

    /// When, after now, a message of some queue can be received again.
    pub fn next_change(&self, now: SimTime) -> Option<SimTime> {
        let times = self.queues.values().filter_map(|queue| queue.shelf.next_visible());
        times.filter(|time| *time > now).min()
    }

    /// When the queue that a URL names has something to receive again, unless more arrives; a time that is over when it has
    /// something now, `None` when it holds nothing or is not there.
    pub fn next_visible(&self, queue_url: &str) -> Option<SimTime> {
        self.queues.get(self.name_in(queue_url)?)?.shelf.next_visible()
    }
}

/// A message as its receiver asked for it; all but the handle.
fn answer(message: Message, request: &ReceiveMessageRequest, moment: &Moment<'_>) -> message::Message {
    let millis = |time| instant(moment.start, time).as_millisecond().to_string();
    let mut attributes: Texts = message.system;
    attributes.insert("SentTimestamp".into(), millis(message.sent));
    attributes.insert("ApproximateReceiveCount".into(), message.receipts.to_string());
    attributes.extend(
        message.first_received.map(|time| ("ApproximateFirstReceiveTimestamp".to_string(), millis(time))),
    );
    attributes.retain(|name, _| {
        let mut names = request.attribute_names.iter().chain(&request.message_system_attribute_names);
        names.any(|asked| asked == "All" || asked == name)
    });
    let mut message_attributes = message.attributes;
    message_attributes
        .retain(|name, _| request.message_attribute_names.iter().any(|asked| asks(asked, name)));
    message::Message {
        message_id: message.id,
        receipt_handle: String::new(),
        md5_of_body: md5(&message.body),
        body: message.body,
        attributes,
        md5_of_message_attributes: attributes_md5(&message_attributes),
        message_attributes,
    }
}

/// Whether an attribute is asked for: by its name, by `All` or `*`, or by how it begins, as in `Size.*`; the point counts
/// for nothing then.
fn asks(asked: &str, name: &str) -> bool {
    match asked.strip_suffix(".*") {
        Some(begin) => name.starts_with(begin),
        None => asked == "All" || asked == "*" || asked == name,
    }
}
