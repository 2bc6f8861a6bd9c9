//! Every message and its arrivals, one replication: as a table, and as a consumer receives them.

use std::io::{self, Write};

use csv::Writer;
use serde::Serialize;

use crate::{
    base::SimTime,
    history::{Fact, Notice, Observer, Record},
    measure::{Arrival, Audience},
    scenario::{
        Plan, Roster,
        letter::{self, News},
        plan::{Command, Topic},
    },
    sns::{Envelope, Message, id, message},
    ssm::{NotificationType, reading::NotificationCase},
};

/// Writes `notifications.csv` and `notifications.jsonl` as messages arrive. The first failure of an output is kept and
/// ends the writing; [`MessageFiles::finish`] tells it.
#[derive(Debug)]
pub struct MessageFiles<'a, W: Write> {
    roster: Roster,
    plan: &'a Plan,
    case: NotificationCase,
    senders: Vec<Option<Sender<'a>>>,
    table: Writer<W>,
    lines: W,
    state: io::Result<()>,
}

/// A command that notifies.
#[derive(Debug)]
struct Sender<'a> {
    command: &'a Command,
    topic: &'a Topic,
    id: String,
    requested: SimTime,
    /// When each instance was sent to; the time of the request for those not sent to. Empty where nobody asks.
    sent: Vec<SimTime>,
    audience: Audience,
}

/// What happened to a message at a subscription.
struct Delivery {
    notice: Notice,
    subscription: u32,
    published: SimTime,
    /// `None` for a lost one.
    arrived: Option<SimTime>,
    duplicate: bool,
    out_of_order: bool,
}

/// A line of `notifications.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    subscription: &'a str,
    arrived: u64,
    #[serde(rename = "TopicArn")]
    topic_arn: &'a str,
    #[serde(rename = "MessageId")]
    message_id: &'a str,
    #[serde(rename = "Message")]
    message: &'a str,
    /// What a subscription of a known protocol receives.
    #[serde(rename = "Body", skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

const HEADER: [&str; 11] = [
    "subscription",
    "command",
    "instance_id",
    "status",
    "event_time",
    "published_us",
    "arrived_us",
    "latency_us",
    "duplicate",
    "out_of_order",
    "message_id",
];

impl<'a, W: Write> MessageFiles<'a, W> {
    /// Begins both files. `seed` and `replication` are in the ids of the command and its messages.
    pub fn new(plan: &'a Plan, seed: u64, replication: u64, table: W, lines: W) -> Self {
        let mut table = Writer::from_writer(table);
        let state = table.write_record(HEADER).map_err(io::Error::from);
        let sender = |(index, command): (u32, &'a Command)| {
            Sender::new(plan, command, id::command_id(seed, replication, index))
        };
        Self {
            roster: Roster::new(plan),
            plan,
            case: plan.readings.notification_case,
            senders: (0..).zip(&plan.commands).map(sender).collect(),
            table,
            lines,
            state,
        }
    }

    /// Flushes. Fails with the first error that an output had.
    pub fn finish(mut self) -> io::Result<()> {
        self.state?;
        self.table.flush()?;
        self.lines.flush()
    }

    fn write(&mut self, command: u32, delivery: &Delivery) -> io::Result<()> {
        let Some(sender) = &self.senders[command as usize] else { return Ok(()) };
        let Notice { instance, status, again } = delivery.notice;
        let instance_id = instance.map(|index| self.roster.id(index));
        let subscription = &sender.topic.subscriptions[delivery.subscription as usize].name;
        let message_id = id::message_id(&sender.id, instance_id.as_deref(), status, again);
        let message = sender.message(self.plan, delivery, instance_id.as_deref());
        let latency = delivery.arrived.map(|arrived| arrived.since(delivery.published).0);
        let optional = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
        self.table.write_record([
            subscription,
            &sender.command.name,
            instance_id.as_deref().unwrap_or_default(),
            &format!("{status:?}"),
            &message::time(message.event_time),
            &delivery.published.0.to_string(),
            &optional(delivery.arrived.map(|time| time.0)),
            &optional(latency),
            &delivery.duplicate.to_string(),
            &delivery.out_of_order.to_string(),
            &message_id,
        ])?;
        if let Some(arrived) = delivery.arrived {
            let text = message.body(self.case);
            let envelope = Envelope {
                message_id: &message_id,
                topic_arn: &sender.topic.arn,
                message: &text,
                timestamp: message.event_time,
            };
            let delivery = sender.topic.subscriptions[delivery.subscription as usize].delivery.as_deref();
            let line = Line {
                subscription,
                arrived: arrived.0,
                topic_arn: &sender.topic.arn,
                message_id: &message_id,
                message: &text,
                body: delivery.map(|delivery| envelope.body(delivery.protocol, delivery.raw)),
            };
            serde_json::to_writer(&mut self.lines, &line)?;
            self.lines.write_all(b"\n")?;
        }
        Ok(())
    }
}

impl<W: Write> Observer for MessageFiles<'_, W> {
    fn observe(&mut self, record: &Record) {
        let Some(sender) = &mut self.senders[record.command as usize] else { return };
        let Some(delivery) = sender.follow(record) else { return };
        if self.state.is_ok() {
            self.state = self.write(record.command, &delivery);
        }
    }
}

impl<'a> Sender<'a> {
    fn new(plan: &'a Plan, command: &'a Command, id: String) -> Option<Self> {
        let notification = command.notification.as_ref()?;
        let sent = match notification.kind {
            NotificationType::Command => 0,
            NotificationType::Invocation => plan.fleet_size() as usize,
        };
        Some(Self {
            command,
            topic: &plan.topics[notification.topic as usize],
            id,
            requested: SimTime::ZERO,
            sent: vec![SimTime::ZERO; sent],
            audience: Audience::new(plan, command),
        })
    }

    /// Takes note of a fact; what it tells of a message, if it tells what became of one.
    fn follow(&mut self, record: &Record) -> Option<Delivery> {
        let now = record.time;
        match record.fact {
            Fact::Requested => {
                self.requested = now;
                self.sent.fill(now);
                None
            }
            Fact::Sent { instance } => {
                if let Some(sent) = self.sent.get_mut(instance as usize) {
                    *sent = now;
                }
                None
            }
            Fact::Published(notice) => {
                self.audience.publish(notice);
                None
            }
            Fact::Lost { notice, subscription } => Some(Delivery {
                notice,
                subscription,
                published: now,
                arrived: None,
                duplicate: false,
                out_of_order: false,
            }),
            Fact::Arrived { notice, subscription, duplicate, published } => {
                let arrival = Arrival { notice, duplicate, published, now };
                let out_of_order = self.audience.receive(subscription, arrival);
                Some(Delivery {
                    notice,
                    subscription,
                    published,
                    arrived: Some(now),
                    duplicate,
                    out_of_order,
                })
            }
            _ => None,
        }
    }

    fn message<'m>(&'m self, plan: &Plan, delivery: &Delivery, instance_id: Option<&'m str>) -> Message<'m> {
        let sent = delivery.notice.instance.and_then(|instance| self.sent.get(instance as usize));
        let news = News {
            command_id: &self.id,
            instance_id,
            status: delivery.notice.status,
            requested: self.requested,
            sent: sent.copied().unwrap_or(self.requested),
            published: delivery.published,
        };
        letter::message(plan, self.command, news)
    }
}
