//! What receivers do with a receipt: they delete the message, or hide it for longer or shorter.

use super::{Sqs, queue::Queue, send::failed};
use crate::{
    base::{SimDuration, SimTime},
    wire::{
        fault::Fault,
        sqs::{
            batch::{DeleteMessageBatchRequest, DeleteMessageBatchResult, DeleteMessageBatchResultEntry},
            invalid,
            message::ChangeMessageVisibilityRequest,
        },
    },
};

/// The longest time from a receipt until the message can be received again (S10.40).
const LONGEST: SimDuration = SimDuration::from_secs(43_200);

impl Sqs {
    /// Deletes the message of the latest receipt. With the handle of an earlier one nothing happens, and a message that is
    /// gone is no error.
    pub(super) fn delete_message(&mut self, url: &str, handle: &str, now: SimTime) -> Result<(), Fault> {
        let queue = self.queue(url, now)?;
        let (at, receipts) = receipt(queue, handle)?;
        if queue.shelf.get(at).is_some_and(|message| message.receipts == receipts) {
            queue.shelf.remove(at);
        }
        Ok(())
    }

    pub(super) fn delete_batch(
        &mut self,
        request: &DeleteMessageBatchRequest,
        now: SimTime,
    ) -> Result<DeleteMessageBatchResult, Fault> {
        self.queue(&request.queue_url, now)?;
        let mut result = DeleteMessageBatchResult::default();
        for entry in &request.entries {
            match self.delete_message(&request.queue_url, &entry.receipt_handle, now) {
                Ok(()) => {
                    result.successful.push(DeleteMessageBatchResultEntry { id: entry.id.clone() });
                }
                Err(fault) => result.failed.push(failed(&entry.id, fault)),
            }
        }
        Ok(result)
    }

    /// Hides a message in flight until so many seconds from now.
    pub(super) fn change_visibility(
        &mut self,
        request: &ChangeMessageVisibilityRequest,
        now: SimTime,
    ) -> Result<(), Fault> {
        let queue = self.queue(&request.queue_url, now)?;
        let handle = &request.receipt_handle;
        let (at, receipts) = receipt(queue, handle)?;
        let message = queue.shelf.get(at).filter(|message| message.receipts == receipts);
        let Some(received) = message.and_then(|message| message.last_received) else {
            let reason = "Message does not exist or is not available for visibility timeout change.";
            return Err(invalid(handle, "ReceiptHandle", reason));
        };
        let until = now + Queue::seconds(request.visibility_timeout);
        if until > received + LONGEST {
            let reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds].";
            return Err(invalid(&request.visibility_timeout.to_string(), "VisibilityTimeout", reason));
        }
        if !queue.shelf.hide(at, until) {
            return Err(Fault::new("MessageNotInflight", "The message is not in flight."));
        }
        queue.settle(now);
        Ok(())
    }
}

fn receipt(queue: &Queue, handle: &str) -> Result<(u64, u32), Fault> {
    queue.receipt(handle).ok_or_else(|| {
        let message = format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        Fault::new("ReceiptHandleIsInvalid", message)
    })
}
