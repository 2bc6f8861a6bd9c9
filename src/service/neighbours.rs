//! What SNS, SQS and EventBridge make of what Run Command tells, and of each other.

use std::collections::BTreeMap;

use super::{
    Ids, Moment, Outgoing,
    bulletin::{Board, Bulletin},
    events::{Destination, EventBridge, Failure, Invocation},
    listener::Heard,
    post::{Parcel, Post},
    run_command::RunCommand,
    sns::{Handover, Publication, Sns},
    sqs::Sqs,
};
use crate::{
    base::{Chance, SimTime, distribution::Distribution},
    events::{Cause, Happening},
    history::{Fact, Notice},
    iam::Account,
    scenario::{
        Narrator, Plan, letter, narrator,
        plan::{EventBus, Events},
    },
    ssm::{EventStatus, SendCommandRequest, reading::EventStatuses},
    wire::{
        attribute::MessageAttributeValue,
        sns::{
            envelope::Envelope,
            signature::{Signatory, SignatureVersion},
        },
    },
};

/// The path of the certificate that signatures are checked with.
pub const CERTIFICATE_PATH: &str = "/_fleetsim/certificate.pem";

/// SNS, SQS and EventBridge of the account.
#[derive(Debug)]
pub struct Neighbours {
    pub(super) sns: Sns,
    pub(super) sqs: Sqs,
    pub(super) events: EventBridge,
    /// The bus that events of Run Command come from.
    bus: Events,
    /// Whether the world itself says which events there are.
    tells_events: bool,
    /// Whether events tell of Delayed and Cancelling too.
    is_finer: bool,
    /// The status of each command that an event told last.
    told: BTreeMap<u32, EventStatus>,
    post: Post,
    outbox: Vec<Outgoing>,
    /// Requests of rules, each with the invocation that it stands for.
    requests: Vec<(SendCommandRequest, Invocation)>,
    pub(super) board: Board,
    base_url: String,
    seed: u64,
    /// Signs what goes to queues; made when it is first needed.
    signatory: Option<Signatory>,
}

impl Neighbours {
    /// The services of an account, with the topics of a plan.
    pub fn new(plan: &Plan, account: &Account, base_url: &str) -> Self {
        let mut sns = Sns::new(&account.id, &account.region, base_url);
        plan.topics.iter().for_each(|topic| sns.add_topic(&topic.arn));
        let bus = EventBus {
            account: account.id.clone(),
            region: account.region.clone(),
            latency: Distribution::Constant { value: 0.0 },
            loss: Chance(0),
        };
        let events = Events { bus, rules: Vec::new(), auto_scaling_groups: Vec::new() };
        Self {
            sns,
            sqs: Sqs::new(&account.id, &account.region, base_url),
            events: EventBridge::new(&account.id, &account.region),
            tells_events: plan.events.is_some(),
            bus: plan.events.clone().unwrap_or(events),
            is_finer: plan.readings.event_statuses == EventStatuses::WithDelayedAndCancelling,
            told: BTreeMap::new(),
            post: Post::new(plan),
            outbox: Vec::new(),
            requests: Vec::new(),
            board: Board::default(),
            base_url: base_url.into(),
            seed: plan.seed,
            signatory: None,
        }
    }

    /// When next a message is due or can be received again.
    pub fn next_time(&self, now: SimTime) -> Option<SimTime> {
        self.post.next_time().into_iter().chain(self.sqs.next_change(now)).min()
    }

    /// When the next message is due.
    pub fn next_due(&self) -> Option<SimTime> {
        self.post.next_time()
    }

    /// Whether anybody hears of what Run Command tells, so that it must be told instant by instant.
    pub fn listens(&self) -> bool {
        self.sns.has_subscriptions() || self.events.listens()
    }

    /// The messages that are due for endpoints outside.
    pub fn take_outgoing(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outbox)
    }

    /// The requests that rules have made, which the caller sends to Run Command.
    pub fn take_requests(&mut self) -> Vec<(SendCommandRequest, Invocation)> {
        std::mem::take(&mut self.requests)
    }

    /// Run Command has told something.
    pub fn hear(&mut self, heard: &Heard, run_command: &RunCommand, moment: &mut Moment<'_>) {
        for &(time, command, notice) in &heard.published {
            moment.now = time;
            self.publish(command, notice, run_command, moment);
        }
        for record in &heard.changes {
            moment.now = record.time;
            if let Some(happening) = self.happening(record.command, &record.fact) {
                self.emit(Cause { time: record.time, happening }, run_command, moment);
            }
        }
        self.settle(moment);
    }

    /// The outages of SNS are those of a plan now.
    pub fn heed_outages(&mut self, plan: &Plan, now: SimTime) {
        self.post.heed_outages(plan, now);
    }

    /// Messages that are due by now arrive.
    pub fn deliver_due(&mut self, now: SimTime, start: jiff::Timestamp, ids: &mut Ids) {
        while let Some((due, published, parcel)) = self.post.take(now) {
            let moment = &mut Moment { now: due, start, ids: &mut *ids };
            match parcel {
                Parcel::Outside(outgoing) => {
                    let outgoing = Outgoing { due, ..*outgoing };
                    self.pin(
                        "arrived",
                        due,
                        Some(published),
                        &outgoing.envelope,
                        Some(outgoing.endpoint.clone()),
                    );
                    self.outbox.push(outgoing);
                }
                Parcel::Queue(handover) => {
                    let queue = Some(handover.queue_arn.clone());
                    self.pin("arrived", due, Some(published), &handover.envelope, queue);
                    self.hand_over(*handover, moment);
                }
            }
        }
    }

    /// What calls and rules have made goes on its way: messages are due, and targets are called.
    pub fn settle(&mut self, moment: &mut Moment<'_>) {
        loop {
            for outgoing in self.sns.take_outgoing() {
                self.post.hand_over(moment.now, Parcel::Outside(Box::new(outgoing)));
            }
            for handover in self.sns.take_handovers() {
                self.post.hand_over(moment.now, Parcel::Queue(Box::new(handover)));
            }
            let invocations = self.events.take_invocations();
            if invocations.is_empty() {
                return;
            }
            for invocation in invocations {
                self.invoke(invocation, moment);
            }
        }
    }

    /// A message is given up: it goes to its dead-letter queue.
    pub fn bury(&mut self, outgoing: &Outgoing, moment: &mut Moment<'_>) {
        self.pin("failed", moment.now, None, &outgoing.envelope, Some(outgoing.endpoint.clone()));
        if let Some(queue) = &outgoing.dead_letter {
            let body = match outgoing.raw {
                true => outgoing.envelope.message.clone(),
                false => self.signed(outgoing.envelope.clone(), outgoing.signature_version),
            };
            self.sqs.deliver(queue, (&body, None), &BTreeMap::new(), moment);
        }
    }

    /// A rule's target could not be called: the event goes to its dead-letter queue.
    pub fn give_up(&mut self, invocation: &Invocation, failure: &Failure, moment: &mut Moment<'_>) {
        let Some(letter) = invocation.dead_letter(failure) else { return };
        let text = |value: String| MessageAttributeValue {
            data_type: "String".into(),
            string_value: Some(value),
            ..MessageAttributeValue::default()
        };
        let attributes =
            letter.attributes.into_iter().map(|(name, value)| (name.into(), text(value))).collect();
        self.sqs.deliver(&letter.queue, (&letter.body, None), &attributes, moment);
    }

    fn publish(&mut self, command: u32, notice: Notice, run_command: &RunCommand, moment: &mut Moment<'_>) {
        let plan = run_command.plan();
        let (Some(stored), Some(written)) =
            (run_command.store.get(command), plan.commands.get(command as usize))
        else {
            return;
        };
        let Some(topic) = &written.notification else { return };
        let arn = plan.topics[topic.topic as usize].arn.clone();
        let instance_id = notice.instance.map(|instance| run_command.instance_id(instance));
        let sent = notice.instance.and_then(|instance| stored.invocations.get(&instance)?.sent);
        let news = letter::News {
            command_id: &stored.id,
            instance_id: instance_id.as_deref(),
            status: notice.status,
            requested: stored.requested,
            sent: sent.unwrap_or(stored.requested),
            published: moment.now,
        };
        let message = letter::message(plan, written, news).body(plan.readings.notification_case);
        let publication = Publication { message, ..Publication::default() };
        self.board.pin(
            moment.now,
            Bulletin {
                number: 0,
                seconds: 0.0,
                what: "published",
                topic: arn.clone(),
                to: None,
                subject: instance_id.clone().unwrap_or_else(|| stored.id.clone()),
                status: format!("{:?}", notice.status),
                duplicate: notice.again,
                late_seconds: None,
            },
        );
        // A topic that is not there takes nothing, and Run Command says nothing of it.
        if self.sns.publish(&arn, &publication, moment).is_ok() {
            for outgoing in self.sns.take_outgoing() {
                self.post.send(&arn, moment.now, || Parcel::Outside(Box::new(outgoing.clone())));
            }
            for handover in self.sns.take_handovers() {
                self.post.send(&arn, moment.now, || Parcel::Queue(Box::new(handover.clone())));
            }
        }
    }

    /// What an event would tell of a fact.
    fn happening(&mut self, command: u32, fact: &Fact) -> Option<Happening> {
        match *fact {
            Fact::EventEmitted { happening } => Some(happening),
            _ if self.tells_events => None,
            Fact::InvocationChanged { instance, state } => {
                let status = EventStatus::of_invocation(state.status, self.is_finer)?;
                Some(Happening::Invocation { command, instance, status })
            }
            Fact::InvocationEnded { instance, ending } => {
                let status = EventStatus::of_invocation(ending.state.status, self.is_finer)?;
                Some(Happening::Invocation { command, instance, status })
            }
            Fact::CommandChanged { state } | Fact::CommandEnded { state, .. } => {
                let status = EventStatus::of_command(state.status, self.is_finer)?;
                let is_news = self.told.insert(command, status) != Some(status);
                is_news.then_some(Happening::Command { command, status })
            }
            _ => None,
        }
    }

    fn emit(&mut self, cause: Cause, run_command: &RunCommand, moment: &mut Moment<'_>) {
        let command = match cause.happening {
            Happening::Command { command, .. } | Happening::Invocation { command, .. } => Some(command),
            _ => None,
        };
        let stored = command.and_then(|command| run_command.store.get(command));
        let subject = stored.map_or_else(|| moment.ids.uuid(), |stored| stored.id.clone());
        let ids = narrator::Ids { event: moment.ids.uuid(), subject };
        let requested = stored.map_or(SimTime::ZERO, |stored| stored.requested);
        let narrator = Narrator::of_bus(run_command.plan(), &self.bus, run_command.roster());
        let event = narrator.tell(cause, requested, ids).to_json();
        self.events.happen(&event, moment);
    }

    fn invoke(&mut self, invocation: Invocation, moment: &mut Moment<'_>) {
        let refused = match &invocation.destination {
            Destination::Topic(arn) => {
                let publication = Publication { message: invocation.input.clone(), ..Publication::default() };
                let failure = self.sns.publish(arn, &publication, moment).err();
                failure.map(|fault| Failure::new("NO_RESOURCE", fault.message))
            }
            Destination::Queue { arn, group } => {
                let message = (invocation.input.as_str(), group.as_deref());
                let taken = self.sqs.deliver(arn, message, &BTreeMap::new(), moment);
                (!taken).then(|| Failure::new("NO_RESOURCE", format!("{arn} takes no message")))
            }
            Destination::Nowhere(failure) => Some(failure.clone()),
            Destination::Command { .. } => match invocation.send_command() {
                Ok(Some(request)) => {
                    self.requests.push((request, invocation));
                    return;
                }
                Ok(None) => None,
                Err(fault) => Some(Failure::new("INVALID_PARAMETER", fault.message)),
            },
        };
        if let Some(failure) = refused {
            self.give_up(&invocation, &failure, moment);
        }
    }

    fn hand_over(&mut self, mut handover: Handover, moment: &mut Moment<'_>) {
        if !handover.raw {
            let envelope = std::mem::take(&mut handover.envelope);
            handover.envelope = self.sign(envelope, handover.signature_version);
        }
        let body = handover.body();
        if !self.sqs.deliver(&handover.queue_arn, (&body, None), &handover.attributes, moment)
            && let Some(queue) = &handover.dead_letter
        {
            self.sqs.deliver(queue, (&body, None), &handover.attributes, moment);
        }
    }

    fn signed(&mut self, envelope: Envelope, version: SignatureVersion) -> String {
        serde_json::to_string(&self.sign(envelope, version))
            .expect("an envelope is a tree of names and values")
    }

    fn sign(&mut self, mut envelope: Envelope, version: SignatureVersion) -> Envelope {
        envelope.signing_cert_url = format!("{}{CERTIFICATE_PATH}", self.base_url);
        let seed = self.seed;
        self.signatory.get_or_insert_with(|| Signatory::new(seed)).sign(&mut envelope, version);
        envelope
    }

    fn pin(
        &mut self,
        what: &'static str,
        time: SimTime,
        published: Option<SimTime>,
        envelope: &Envelope,
        to: Option<String>,
    ) {
        let said: serde_json::Value = serde_json::from_str(&envelope.message).unwrap_or_default();
        let text = |name: &str| said.get(name).and_then(|value| value.as_str()).map(str::to_string);
        let subject =
            text("instanceId").or_else(|| text("commandId")).unwrap_or_else(|| envelope.kind.clone());
        self.board.pin(
            time,
            Bulletin {
                number: 0,
                seconds: 0.0,
                what,
                topic: envelope.topic_arn.clone(),
                to,
                subject,
                status: text("status").unwrap_or_default(),
                duplicate: false,
                late_seconds: published.map(|published| time.since(published).as_secs_f64()),
            },
        );
    }
}
