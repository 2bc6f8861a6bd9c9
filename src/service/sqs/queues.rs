//! Operations on queues: made, found, described, tagged, emptied, deleted.

use super::{
    MOST_QUEUES, Sqs,
    attributes::{self, Attributes, COUNTED},
    fifo::{self, Fifo},
    queue::Queue,
    redrive::Redrive,
    shelf::Shelf,
};
use crate::{
    base::{SimDuration, SimTime},
    service::{Moment, moment::instant},
    wire::{
        dialect::Protocol,
        fault::Fault,
        page::{Paged, cut},
        sqs::{
            invalid, no_such_queue,
            queue::{
                CreateQueueRequest, GetQueueAttributesRequest, GetQueueAttributesResult, GetQueueUrlRequest,
                ListQueueTagsResult, ListQueuesRequest, ListQueuesResult, QueueUrl,
                SetQueueAttributesRequest, TagQueueRequest, Texts, UntagQueueRequest,
            },
        },
    },
};

/// The most tags of a queue.
const MOST_TAGS: usize = 50;
/// The time between two purges of a queue.
const PURGE_GAP: SimDuration = SimDuration::from_secs(60);
/// The size of a list without `MaxResults`.
const MOST_IN_LIST: usize = 1000;

impl Sqs {
    /// Makes a queue; one of the same name with the same attributes is as good. Unlike SQS it may be made at once after one
    /// of its name was deleted.
    pub(super) fn create(&mut self, request: &CreateQueueRequest, now: SimTime) -> Result<QueueUrl, Fault> {
        let name = &request.queue_name;
        let attributes = Attributes::new(&request.attributes)?;
        fifo::check_name(name, attributes.is_fifo)?;
        self.check_dead_letter(&attributes, &request.attributes)?;
        if let Some(queue) = self.queues.get(name) {
            let has = queue.attributes.all();
            let other = |name: &&String| {
                let given = request.attributes.get(*name).filter(|value| !value.is_empty());
                given.is_some() && given != has.get(*name)
            };
            return match request.attributes.keys().find(other) {
                None => Ok(QueueUrl { queue_url: queue.url.clone() }),
                Some(other) => {
                    let message = format!(
                        "A queue already exists with the same name and a different value for attribute {other}"
                    );
                    Err(Fault::new("QueueNameExists", message))
                }
            };
        }
        if self.queues.len() >= MOST_QUEUES {
            return Err(Fault::new("OverLimit", format!("There are at most {MOST_QUEUES} queues here.")));
        }
        check_tags(name, &request.tags)?;
        let url = format!("{}/{}/{name}", self.base_url, self.account);
        self.made += 1;
        let queue = Queue {
            name: name.clone(),
            arn: format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account),
            url: url.clone(),
            number: self.made,
            created: now,
            modified: now,
            purged: None,
            attributes,
            tags: request.tags.clone(),
            fifo: Fifo::default(),
            shelf: Shelf::default(),
        };
        self.queues.insert(name.clone(), queue);
        Ok(QueueUrl { queue_url: url })
    }

    pub(super) fn url(&self, request: &GetQueueUrlRequest) -> Result<QueueUrl, Fault> {
        let owner = request.queue_owner_aws_account_id.as_ref();
        let queue = self.queues.get(&request.queue_name);
        let queue = queue.filter(|_| owner.is_none_or(|owner| *owner == self.account));
        let url = queue.map(|queue| QueueUrl { queue_url: queue.url.clone() });
        url.ok_or_else(|| no_such_queue(Protocol::Json10))
    }

    pub(super) fn attributes(
        &mut self,
        request: &GetQueueAttributesRequest,
        moment: &Moment<'_>,
    ) -> Result<GetQueueAttributesResult, Fault> {
        let queue = self.queue(&request.queue_url, moment.now)?;
        let names = &request.attribute_names;
        let wants_all = names.iter().any(|name| name == "All");
        if let Some(name) = names.iter().find(|name| *name != "All" && !attributes::is_known(name)) {
            return Err(attributes::unknown(name));
        }
        let seconds = |time| instant(moment.start, time).as_second().to_string();
        let counted = [
            queue.shelf.visible_count().to_string(),
            queue.shelf.delayed_count().to_string(),
            queue.shelf.in_flight_count().to_string(),
            seconds(queue.created),
            seconds(queue.modified),
            queue.arn.clone(),
        ];
        let mut all = queue.attributes.all();
        all.extend(COUNTED.map(str::to_string).into_iter().zip(counted));
        all.retain(|name, _| wants_all || names.contains(name));
        Ok(GetQueueAttributesResult { attributes: all })
    }

    pub(super) fn set_attributes(
        &mut self,
        request: &SetQueueAttributesRequest,
        now: SimTime,
    ) -> Result<(), Fault> {
        let mut attributes = self.queue(&request.queue_url, now)?.attributes.clone();
        attributes.set(&request.attributes)?;
        self.check_dead_letter(&attributes, &request.attributes)?;
        let queue = self.queue(&request.queue_url, now)?;
        queue.attributes = attributes;
        queue.modified = now;
        Ok(())
    }

    fn check_dead_letter(&self, attributes: &Attributes, given: &Texts) -> Result<(), Fault> {
        match (&attributes.redrive, given.get("RedrivePolicy")) {
            (Some(Redrive { dead_letter, .. }), Some(policy)) if self.name_of(dead_letter).is_none() => {
                Err(invalid(policy, "RedrivePolicy", "Dead letter target does not exist."))
            }
            (Some(Redrive { dead_letter, .. }), Some(policy))
                if dead_letter.ends_with(fifo::SUFFIX) != attributes.is_fifo =>
            {
                let reason = "Dead-letter queue must be same type of queue as the source.";
                Err(invalid(policy, "RedrivePolicy", reason))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn list(&self, request: &ListQueuesRequest) -> Result<ListQueuesResult, Fault> {
        let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
        let found = self.queues.values().filter(|queue| queue.name.starts_with(prefix));
        let most = request.max_results.and_then(|most| usize::try_from(most).ok());
        let after = request.after()?;
        let (part, next) =
            cut(found, |queue| queue.name.clone(), after.as_deref(), most.unwrap_or(MOST_IN_LIST));
        Ok(ListQueuesResult {
            queue_urls: part.into_iter().map(|queue| queue.url.clone()).collect(),
            next_token: most.and(next).map(|key| request.token(&key)),
        })
    }

    pub(super) fn purge(&mut self, url: &str, now: SimTime) -> Result<(), Fault> {
        let queue = self.queue(url, now)?;
        if queue.purged.is_some_and(|purged| purged + PURGE_GAP > now) {
            let message =
                format!("Only one PurgeQueue operation on {} is allowed every 60 seconds.", queue.name);
            return Err(Fault::new("PurgeQueueInProgress", message));
        }
        queue.purged = Some(now);
        queue.shelf.clear();
        Ok(())
    }

    pub(super) fn delete(&mut self, url: &str) -> Result<(), Fault> {
        let name = self.name_in(url);
        let gone = name.and_then(|name| self.queues.remove(name));
        gone.map(|_| ()).ok_or_else(|| no_such_queue(Protocol::Json10))
    }

    pub(super) fn tag(&mut self, request: &TagQueueRequest, now: SimTime) -> Result<(), Fault> {
        let queue = self.queue(&request.queue_url, now)?;
        let mut tags = queue.tags.clone();
        tags.extend(request.tags.clone());
        check_tags(&queue.name, &tags)?;
        queue.tags = tags;
        Ok(())
    }

    pub(super) fn untag(&mut self, request: &UntagQueueRequest, now: SimTime) -> Result<(), Fault> {
        let queue = self.queue(&request.queue_url, now)?;
        queue.tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(())
    }

    pub(super) fn tags(&mut self, url: &str, now: SimTime) -> Result<ListQueueTagsResult, Fault> {
        let queue = self.queue(url, now)?;
        Ok(ListQueueTagsResult { tags: queue.tags.clone() })
    }
}

fn check_tags(queue: &str, tags: &Texts) -> Result<(), Fault> {
    if tags.len() > MOST_TAGS {
        let message = format!("Too many tags added for queue {queue}.");
        return Err(Fault::new("InvalidParameterValueException", message));
    }
    Ok(())
}
