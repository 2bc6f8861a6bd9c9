//! The deliveries that are followed: what SNS may do with each message by the plan, and how far each has come.
//!
//! Memory follows the messages under way. Where a message may arrive again after all is told of it, because SNS doubles it or a
//! consumer may receive it twice, it is kept.

use jiff::{SignedDuration, Timestamp};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use crate::{
    base::{Chance, SimTime},
    events::pattern::{FilterPolicy, Scope},
    history::{DropReason, Notice, Parcel},
    scenario::{
        Roster,
        plan::{self, Command, Delivery, Plan, Subscription},
    },
    sns::FilterPolicyScope,
    ssm::{reading::NotificationCase, request::Target},
};

/// All deliveries that are followed.
#[derive(Debug, Default)]
pub(crate) struct Post {
    /// Whether any is.
    pub(crate) is_followed: bool,
    /// For each command its topic.
    topics: Vec<Option<usize>>,
    /// For each subscription of each topic what it is held to; `None` where nothing is told of deliveries.
    terms: Vec<Vec<Option<PostTerms>>>,
    /// When SNS attempted last, for each of them.
    latest: Vec<Vec<Option<SimTime>>>,
    letters: FxHashMap<(u32, Notice, u32), Letter>,
    /// What has to be settled within this instant.
    pub(crate) fresh: Vec<(u32, Notice, u32)>,
    commands: Vec<Words>,
}

/// What a delivery is held to.
#[derive(Debug)]
pub(crate) struct PostTerms {
    pub(crate) plan: Delivery,
    pub(crate) doubles: bool,
    pub(crate) loses: bool,
    filter: Option<FilterPolicy>,
    /// Whether the filter asks for what a history does not tell.
    is_inscrutable: bool,
}

/// What the messages of a command say of it.
#[derive(Debug)]
struct Words {
    start: Option<Timestamp>,
    document: String,
    instance_ids: Vec<String>,
    requested: SimTime,
    total_seconds: u64,
    bucket: String,
    prefix: String,
    is_pascal: bool,
}

/// A message to one subscription.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) published: SimTime,
    /// Why SNS has to keep it back, as far as that can be told.
    pub(crate) withheld: Withheld,
    /// It was dropped at once, or lost.
    pub(crate) is_gone: bool,
    pub(crate) copies: [CopyState; 2],
    /// How often a web or mail server has accepted it and no arrival was told for it, all within this instant.
    pub(crate) handed_in: u32,
    /// How many copies are in the queue and not known to have left it.
    pub(crate) queued: u32,
    pub(crate) was_queued: bool,
    pub(crate) has_arrived: bool,
    /// Its publication was objected to: it may or may not be delivered.
    is_doubtful: bool,
}

/// Whether SNS keeps a message back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Withheld {
    No,
    As(DropReason),
    /// The history does not tell enough.
    Unknown,
}

/// How far SNS is with a copy of a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct CopyState {
    /// How many attempts there were.
    pub(crate) attempts: u32,
    pub(crate) first: SimTime,
    /// When the latest attempt began that has no answer yet.
    pub(crate) awaiting: Option<SimTime>,
    /// When the latest attempt failed.
    pub(crate) failed: Option<SimTime>,
    /// The latest answer was an error of the client, after which SNS gives up.
    pub(crate) is_refused: bool,
    /// SNS is done with it.
    pub(crate) is_done: bool,
    /// Attempts that timed out and that the endpoint may still answer: their numbers.
    pub(crate) late: Vec<u32>,
    /// When a queue took it in.
    pub(crate) queued_at: SimTime,
}

impl Post {
    pub(crate) fn new(plan: &Plan) -> Self {
        let terms: Vec<Vec<_>> =
            plan.topics.iter().map(|topic| topic.subscriptions.iter().map(PostTerms::of).collect()).collect();
        let topic = |command: &Command| Some(command.notification.as_ref()?.topic as usize);
        Self {
            is_followed: terms.iter().flatten().any(Option::is_some),
            topics: plan.commands.iter().map(topic).collect(),
            latest: terms.iter().map(|topic: &Vec<_>| vec![None; topic.len()]).collect(),
            commands: plan.commands.iter().map(|command| Words::new(plan, command)).collect(),
            terms,
            ..Self::default()
        }
    }

    /// What the delivery to a subscription is held to; `None` where it is not followed.
    pub(crate) fn terms(&self, command: u32, subscription: u32) -> Option<&PostTerms> {
        let topic = self.topics.get(command as usize).copied().flatten()?;
        self.terms.get(topic)?.get(subscription as usize)?.as_ref()
    }

    /// Takes note of a publication.
    pub(crate) fn publish(
        &mut self,
        command: u32,
        notice: Notice,
        (published, is_sound): (SimTime, bool),
        roster: &Roster,
    ) {
        let Some(topic) = self.topics.get(command as usize).copied().flatten() else { return };
        for (number, terms) in (0..).zip(&self.terms[topic]) {
            let Some(terms) = terms else { continue };
            let withheld =
                terms.withheld(published, || self.commands[command as usize].say(notice, published, roster));
            let withheld = if is_sound { withheld } else { Withheld::Unknown };
            let letter = Letter {
                published,
                withheld,
                is_gone: false,
                copies: Default::default(),
                handed_in: 0,
                queued: 0,
                was_queued: false,
                has_arrived: false,
                is_doubtful: !is_sound,
            };
            self.letters.entry((command, notice, number)).or_insert(letter);
            self.fresh.push((command, notice, number));
        }
    }

    /// A message under way.
    pub(crate) fn letter(&mut self, command: u32, parcel: &Parcel) -> Option<(&PostTerms, &mut Letter)> {
        self.find(command, parcel.notice, parcel.subscription)
            .filter(|(_, letter)| letter.published == parcel.published)
    }

    /// The same by what it tells.
    pub(crate) fn find(
        &mut self,
        command: u32,
        notice: Notice,
        subscription: u32,
    ) -> Option<(&PostTerms, &mut Letter)> {
        let topic = self.topics.get(command as usize).copied().flatten()?;
        let terms = self.terms.get(topic)?.get(subscription as usize)?.as_ref()?;
        Some((terms, self.letters.get_mut(&(command, notice, subscription))?))
    }

    /// When SNS attempted last to deliver to a subscription, and that it does now.
    pub(crate) fn attempt(&mut self, command: u32, subscription: u32, now: SimTime) -> Option<SimTime> {
        let topic = self.topics.get(command as usize).copied().flatten()?;
        self.latest.get_mut(topic)?.get_mut(subscription as usize)?.replace(now)
    }

    /// Something was told of a message in this instant.
    pub(crate) fn touch(&mut self, command: u32, parcel: &Parcel) {
        self.fresh.push((command, parcel.notice, parcel.subscription));
    }

    /// Forgets a message of which nothing more is to come.
    pub(crate) fn forget_settled(&mut self, key: (u32, Notice, u32)) {
        let Some(letter) = self.letters.get(&key) else { return };
        let Some(terms) = self.terms(key.0, key.2) else { return };
        if letter.is_gone || (letter.is_settled() && !terms.doubles && !terms.may_come_twice()) {
            self.letters.remove(&key);
        }
    }

    /// What is left at the end: how many messages SNS never attempted or is not done with, and how many a queue has.
    pub(crate) fn unfinished(&self) -> (u64, u64) {
        let open = self.letters.values().filter(|letter| !letter.is_gone && !letter.is_done_by_sns());
        let open = open.filter(|letter| !letter.is_doubtful || letter.copies[0].attempts > 0);
        let queued = self.letters.values().filter(|letter| letter.queued > 0);
        (open.count() as u64, queued.count() as u64)
    }

    /// Whether a message that was never attempted may have been lost, of which a history of what is visible tells nothing.
    pub(crate) fn may_lose(&self) -> bool {
        self.terms.iter().flatten().flatten().any(|terms| terms.loses)
    }
}

impl Letter {
    pub(crate) fn copy(&mut self, parcel: &Parcel) -> &mut CopyState {
        &mut self.copies[usize::from(parcel.copy)]
    }

    fn is_done_by_sns(&self) -> bool {
        let [one, other] = &self.copies;
        one.is_done && (other.is_done || other.attempts == 0)
    }

    fn is_settled(&self) -> bool {
        let nothing_late = self.copies.iter().all(|copy| copy.late.is_empty());
        self.is_done_by_sns() && nothing_late && self.handed_in == 0 && self.queued == 0
    }
}

impl PostTerms {
    fn of(subscription: &Subscription) -> Option<Self> {
        let plan = Delivery::clone(subscription.delivery.as_deref()?);
        let compile = |policy: &plan::FilterPolicy| {
            let scope = match policy.scope {
                FilterPolicyScope::MessageAttributes => Scope::MessageAttributes,
                FilterPolicyScope::MessageBody => Scope::MessageBody,
            };
            FilterPolicy::compile(&policy.policy, scope).ok()
        };
        let text = plan.filter_policy.as_ref().map(|policy| policy.policy.to_lowercase()).unwrap_or_default();
        let filter = plan.filter_policy.as_ref().and_then(compile);
        Some(Self {
            doubles: subscription.duplicate > Chance(0),
            loses: subscription.loss > Chance(0),
            is_inscrutable: (plan.filter_policy.is_some() && filter.is_none())
                || ["commandid", "requesteddatetime"].iter().any(|field| text.contains(field)),
            filter,
            plan,
        })
    }

    /// Whether the consumer may receive a message again that it has dealt with.
    fn may_come_twice(&self) -> bool {
        self.plan.endpoint.sqs.is_some() && self.plan.endpoint.service.is_some()
    }

    fn withheld(&self, published: SimTime, body: impl FnOnce() -> Option<String>) -> Withheld {
        if self.plan.confirmed_at.is_none_or(|at| published.0 < at.0) {
            return Withheld::As(DropReason::Unconfirmed);
        }
        if self.is_inscrutable {
            return Withheld::Unknown;
        }
        let Some(filter) = &self.filter else { return Withheld::No };
        match body() {
            Some(body) if filter.matches(&body, &[]) => Withheld::No,
            Some(_) => Withheld::As(DropReason::FilteredOut),
            None => Withheld::Unknown,
        }
    }
}

impl Words {
    fn new(plan: &Plan, command: &Command) -> Self {
        let request = &command.request;
        let by_id = |target: &Target| target.key == "InstanceIds";
        let named = request.instance_ids.clone().filter(|ids| !ids.is_empty());
        let selected = match request.targets.as_deref() {
            Some([only]) if by_id(only) => Some(only.values.clone()),
            _ => None,
        };
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        Self {
            start: plan.start.parse().ok(),
            document: request.document_name.rsplit('/').next().unwrap_or_default().into(),
            instance_ids: named.or(selected).unwrap_or_default(),
            requested: SimTime(command.at.0),
            total_seconds: u64::from(command.timeout_seconds) + u64::from(command.execution_timeout_seconds),
            bucket: text(&request.output_s3_bucket_name),
            prefix: text(&request.output_s3_key_prefix),
            is_pascal: plan.readings.notification_case == NotificationCase::Pascal,
        }
    }

    /// What a message says, as far as filters that are not inscrutable may ask (section 9.2).
    fn say(&self, notice: Notice, published: SimTime, roster: &Roster) -> Option<String> {
        let mut fields = vec![
            ("commandId", json!("")),
            ("documentName", json!(self.document)),
            ("requestedDateTime", json!("")),
            ("status", json!(format!("{:?}", notice.status))),
            ("eventTime", json!(self.time(published)?)),
        ];
        match notice.instance {
            Some(instance) => fields.push(("instanceId", json!(roster.id(instance)))),
            None => {
                let expires = SimTime(self.requested.0.saturating_add(self.total_seconds * 1_000_000));
                fields.extend([
                    ("instanceIds", json!(self.instance_ids)),
                    ("expiresAfter", json!(self.time(expires)?)),
                    ("outputS3BucketName", json!(self.bucket)),
                    ("outputS3KeyPrefix", json!(self.prefix)),
                ]);
            }
        }
        let named = fields.into_iter().map(|(name, value)| (self.spell(name), value));
        Some(Value::Object(named.collect::<Map<_, _>>()).to_string())
    }

    fn spell(&self, name: &str) -> String {
        let (first, rest) = name.split_at(1);
        if self.is_pascal { first.to_ascii_uppercase() + rest } else { name.into() }
    }

    /// A time with as many of three digits behind the point as are no zeros at its end (S9.9).
    fn time(&self, time: SimTime) -> Option<String> {
        let at = self.start?.checked_add(SignedDuration::from_micros(time.0 as i64)).ok()?;
        let text = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let millis = at.subsec_nanosecond() / 1_000_000;
        let fraction = format!(".{millis:03}");
        Some(text + fraction.trim_end_matches('0').trim_end_matches('.') + "Z")
    }
}
