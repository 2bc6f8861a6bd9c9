//! SQS: queues that take what callers send, and what SNS and EventBridge hand over (section 10.6). Messages come in the order
//! of their arrival, each once until its visibility timeout is over: what standard queues do nearly always, and promise
//! never (section 10.6). FIFO queues keep the order of each group as well, and take a message once in five minutes.
//!
//! Nothing here waits: a receipt that finds nothing is empty at once. Who answers a long poll asks [`Sqs::patience`] how
//! long it may take, and [`Sqs::next_visible`] when to look again.

mod attributes;
mod fifo;
mod queue;
mod queues;
mod receive;
mod redrive;
mod send;
mod shelf;
mod visibility;

use std::collections::BTreeMap;

use serde::Serialize;

use self::queue::Queue;
use crate::{
    base::SimTime,
    service::Moment,
    wire::{
        dialect::Protocol,
        fault::Fault,
        sqs::{
            Request,
            batch::{DeleteMessageBatchResult, SendMessageBatchResult},
            message::{ReceiveMessageResult, SendMessageResult},
            no_such_queue,
            queue::{GetQueueAttributesResult, ListQueueTagsResult, ListQueuesResult, QueueUrl},
        },
    },
};

/// The most messages of a queue that are received and not yet deleted (S10.41).
pub const MOST_IN_FLIGHT: usize = 120_000;
/// The most messages in all queues together. SQS has no such limit; memory has.
pub const MOST_MESSAGES: usize = 1_000_000;
/// The most bytes of bodies and attributes in all queues together. SQS has no such limit; memory has.
pub const MOST_BYTES: usize = 1 << 30;
/// The most queues. SQS has no such limit; memory has.
pub const MOST_QUEUES: usize = 1_000;

/// The queues of one account in one Region.
#[derive(Debug)]
pub struct Sqs {
    account: String,
    region: String,
    base_url: String,
    /// By name.
    queues: BTreeMap<String, Queue>,
    /// How many queues there ever were.
    made: u64,
}

/// What a call is answered with.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "each is the answer of the operations that its content names")]
pub enum Answer {
    Url(QueueUrl),
    Urls(ListQueuesResult),
    Attributes(GetQueueAttributesResult),
    Tags(ListQueueTagsResult),
    Sent(SendMessageResult),
    SentBatch(SendMessageBatchResult),
    Received(ReceiveMessageResult),
    DeletedBatch(DeleteMessageBatchResult),
    /// The operation has no result.
    Nothing,
}

impl Sqs {
    /// No queues yet. Their URLs begin with `base_url`, which has no slash at its end.
    pub fn new(account: impl Into<String>, region: impl Into<String>, base_url: impl Into<String>) -> Self {
        let (account, region, base_url) = (account.into(), region.into(), base_url.into());
        Self { account, region, base_url, queues: BTreeMap::new(), made: 0 }
    }

    /// Answers a call that came in a protocol, on which the words of an error depend.
    ///
    /// # Errors
    ///
    /// Those of SQS, in its words.
    pub fn call(
        &mut self,
        request: &Request,
        protocol: Protocol,
        moment: &mut Moment<'_>,
    ) -> Result<Answer, Fault> {
        self.answer(request, moment).map_err(|fault| match fault.code {
            "QueueDoesNotExist" => no_such_queue(protocol),
            _ => fault,
        })
    }

    fn answer(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Answer, Fault> {
        let now = moment.now;
        let nothing = |()| Answer::Nothing;
        match request {
            Request::CreateQueue(request) => self.create(request, now).map(Answer::Url),
            Request::GetQueueUrl(request) => self.url(request).map(Answer::Url),
            Request::GetQueueAttributes(request) => self.attributes(request, moment).map(Answer::Attributes),
            Request::SetQueueAttributes(request) => self.set_attributes(request, now).map(nothing),
            Request::ListQueues(request) => self.list(request).map(Answer::Urls),
            Request::PurgeQueue(request) => self.purge(&request.queue_url, now).map(nothing),
            Request::DeleteQueue(request) => self.delete(&request.queue_url).map(nothing),
            Request::TagQueue(request) => self.tag(request, now).map(nothing),
            Request::UntagQueue(request) => self.untag(request, now).map(nothing),
            Request::ListQueueTags(request) => self.tags(&request.queue_url, now).map(Answer::Tags),
            Request::SendMessage(request) => self.send(request, moment).map(Answer::Sent),
            Request::ReceiveMessage(request) => self.receive(request, moment).map(Answer::Received),
            Request::DeleteMessage(request) => {
                self.delete_message(&request.queue_url, &request.receipt_handle, now).map(nothing)
            }
            Request::ChangeMessageVisibility(request) => self.change_visibility(request, now).map(nothing),
            Request::SendMessageBatch(request) => self.send_batch(request, moment).map(Answer::SentBatch),
            Request::DeleteMessageBatch(request) => self.delete_batch(request, now).map(Answer::DeletedBatch),
        }
    }

    /// The queue that a URL names, as it is now: what is over is gone, what was hidden long enough is back.
    fn queue(&mut self, url: &str, now: SimTime) -> Result<&mut Queue, Fault> {
        let queue = self.name_in(url).and_then(|name| self.queues.get_mut(name));
        let queue = queue.ok_or_else(|| no_such_queue(Protocol::Json10))?;
        queue.settle(now);
        Ok(queue)
    }

    /// The name in a URL, or in its path. Its host does not matter: callers reach one endpoint under many names.
    fn name_in<'a>(&self, url: &'a str) -> Option<&'a str> {
        let path = match url.split_once("://") {
            Some((_, rest)) => rest.split_once('/')?.1,
            None => url,
        };
        match path.trim_matches('/').rsplit_once('/') {
            Some((before, name)) => (before.rsplit('/').next() == Some(&self.account)).then_some(name),
            None => Some(path.trim_matches('/')),
        }
    }

    /// The name of the queue with this ARN, if it is one of this account and Region.
    fn name_of<'a>(&self, arn: &'a str) -> Option<&'a str> {
        let parts: Vec<_> = arn.split(':').collect();
        match parts[..] {
            ["arn", _, "sqs", region, account, name]
                if region == self.region && account == self.account && self.queues.contains_key(name) =>
            {
                Some(name)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
