//! Deliveries that are followed: a good story of them, and the same spoiled in one way each.

use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    history::{DropReason as W, Fact, Parcel, Record},
    scenario::plan::{Answer as Chances, Delivery, Endpoint, FilterPolicy, Outage, Sqs, Subscription, Topic},
    sns::{Answer, FilterPolicyScope, Protocol, RetryPolicy},
    ssm::{CommandStatus, NotificationType, NotifiedStatus as N, StatusDetails as D},
};

use crate::{
    far_tales::{notice, notification, one_agent},
    story::{Story, complaints, objectors, seconds_on},
};

/// Two retries, 20 s after the failure, without jitter.
const RETRIES: RetryPolicy = RetryPolicy { num_retries: 2, ..RetryPolicy::HTTP };

fn delivery(protocol: Protocol, endpoint: Endpoint) -> Option<Box<Delivery>> {
    Some(Box::new(Delivery {
        protocol,
        raw: false,
        confirmed_at: Some(SimDuration::ZERO),
        filter_policy: None,
        retry_policy: RETRIES,
        jitter: Chance(0),
        max_receives_per_second: None,
        treat_4xx_as_failure: false,
        dead_letter_queue: None,
        endpoint,
    }))
}

fn may_answer(status: u16) -> Vec<Chances> {
    vec![Chances { chance: Chance(1), status: Some(status) }]
}

/// A webhook with a queue that is down for a second, an SQS queue for ends, a mailbox confirmed late, a webhook that may
/// answer 404.
fn topic() -> Topic {
    let seconds = SimDuration::from_secs;
    let hook = Endpoint {
        workers: Some(1),
        service: Some(Distribution::Exponential { mean: 1e6 }),
        queue: Some(0),
        answers: may_answer(503),
        outages: vec![Outage { from: seconds(30), until: seconds(31), status: None }],
        sqs: None,
    };
    let mut hook = delivery(Protocol::Https, hook);
    hook.as_mut().unwrap().dead_letter_queue = Some("arn:aws:sqs:eu-west-1:123456789012:dead".into());
    let sqs = Sqs {
        visibility_timeout: seconds(30),
        retention: seconds(345_600),
        max_receive_count: None,
        failure: Chance(0),
    };
    let queue = Endpoint {
        sqs: Some(sqs),
        service: Some(Distribution::Constant { value: 2e6 }),
        ..Endpoint::ideal()
    };
    let mut queue = delivery(Protocol::Sqs, queue);
    let policy =
        FilterPolicy { policy: r#"{"status":["Success"]}"#.into(), scope: FilterPolicyScope::MessageBody };
    queue.as_mut().unwrap().filter_policy = Some(policy);
    let mut mail = delivery(Protocol::Email, Endpoint { answers: may_answer(404), ..Endpoint::ideal() });
    mail.as_mut().unwrap().confirmed_at = Some(seconds(5));
    let deaf = delivery(Protocol::Http, Endpoint { answers: may_answer(404), ..Endpoint::ideal() });
    let subscription = |(name, delivery): (&str, Option<Box<Delivery>>)| Subscription {
        name: name.into(),
        latency: Distribution::Constant { value: 1e6 },
        duplicate: Chance(0),
        loss: Chance(0),
        delivery,
    };
    Topic {
        arn: "arn:aws:sns:eu-west-1:123456789012:topic".into(),
        published_twice: Chance(0),
        subscriptions: [("hook", hook), ("queue", queue), ("mail", mail), ("deaf", deaf)]
            .map(subscription)
            .into(),
    }
}

/// The message of InProgress, published at 1 s, or of Success, at 9 s.
fn parcel(status: N, subscription: u32) -> Parcel {
    let published = seconds_on(if status == N::InProgress { 1 } else { 9 });
    Parcel { notice: notice(0, status), subscription, copy: false, published }
}

impl Story {
    fn attempted(self, status: N, subscription: u32, attempt: u32, answer: Option<Answer>) -> Self {
        let parcel = parcel(status, subscription);
        self.fact(Fact::Attempted { parcel, attempt, throttled: SimDuration::ZERO, answer })
    }

    fn answered(self, status: N, attempt: u32, answer: Answer) -> Self {
        self.fact(Fact::Answered { parcel: parcel(status, 0), attempt, answer })
    }

    fn dropped(self, status: N, subscription: u32, why: W) -> Self {
        self.fact(Fact::Dropped { parcel: parcel(status, subscription), why })
    }

    fn comes(self, status: N, subscription: u32, duplicate: bool) -> Self {
        let Parcel { notice, published, .. } = parcel(status, subscription);
        self.fact(Fact::Arrived { notice, subscription, duplicate, published })
    }
}

const OK: Answer = Answer::Status(200);
const FULL: Answer = Answer::Status(503);
const NOT_FOUND: Answer = Answer::Status(404);

/// The webhook is too slow for the first message, takes it all the same, and takes it again; of the second it has nothing in
/// three attempts. The mailbox refuses, the last one swallows.
pub(crate) fn delivered() -> Story {
    one_agent(1, 5, 5)
        .plan(|plan| {
            plan.topics = vec![topic()];
            plan.commands[0].notification = notification(NotificationType::Invocation, &N::ALL);
        })
        .begins(0)
        .at(1)
        .ack(0)
        .published(Some(0), N::InProgress)
        .dropped(N::InProgress, 1, W::FilteredOut)
        .dropped(N::InProgress, 2, W::Unconfirmed)
        .at(2)
        .attempted(N::InProgress, 0, 1, None)
        .attempted(N::InProgress, 3, 1, Some(OK))
        .comes(N::InProgress, 3, false)
        .at(9)
        .ends(0, D::Success)
        .published(Some(0), N::Success)
        .done(CommandStatus::Success, D::Success)
        .at(10)
        .attempted(N::Success, 0, 1, Some(FULL))
        .attempted(N::Success, 1, 1, Some(OK))
        .attempted(N::Success, 3, 1, Some(NOT_FOUND))
        .at(11)
        .attempted(N::Success, 2, 1, Some(NOT_FOUND))
        .dropped(N::Success, 2, W::Discarded)
        .at(12)
        .comes(N::Success, 1, false)
        .at(17)
        .answered(N::InProgress, 1, Answer::TimedOut)
        .at(18)
        .answered(N::InProgress, 1, OK)
        .comes(N::InProgress, 0, false)
        .at(30)
        .attempted(N::Success, 0, 2, Some(Answer::Refused))
        .at(37)
        .attempted(N::InProgress, 0, 2, None)
        .at(39)
        .answered(N::InProgress, 2, OK)
        .comes(N::InProgress, 0, true)
        .at(50)
        .attempted(N::Success, 0, 3, None)
        .at(52)
        .answered(N::Success, 3, FULL)
        .dropped(N::Success, 0, W::DeadLettered)
}

type Spoil = fn(&mut Story);

/// What is spoiled, how, and the rules that must object.
type Row = (&'static str, Spoil, &'static [&'static str]);

/// Whether some row expects this rule to object.
pub(crate) fn is_expected(rule: &str) -> bool {
    ROWS.iter().any(|(.., expected)| expected.contains(&rule))
}

fn place(story: &Story, second: u64, wanted: fn(&Fact) -> bool) -> usize {
    let is_it = |record: &Record| record.time == seconds_on(second) && wanted(&record.fact);
    story.records.iter().position(is_it).expect("a record to spoil")
}

fn is_attempt(fact: &Fact) -> bool {
    matches!(fact, Fact::Attempted { .. })
}

fn is_answer(fact: &Fact) -> bool {
    matches!(fact, Fact::Answered { .. })
}

fn is_drop(fact: &Fact) -> bool {
    matches!(fact, Fact::Dropped { .. })
}

fn is_arrival(fact: &Fact) -> bool {
    matches!(fact, Fact::Arrived { .. })
}

/// Moves all records from one second to another.
fn shift(story: &mut Story, from: u64, to: u64) {
    for record in story.records.iter_mut().filter(|record| record.time == seconds_on(from)) {
        record.time = seconds_on(to);
    }
    story.records.sort_by_key(|record| record.time);
}

/// Puts in a fact at the end of a second.
fn put(story: &mut Story, second: u64, fact: Fact) {
    let at = story.records.partition_point(|record| record.time <= seconds_on(second));
    story.records.insert(at, Record { time: seconds_on(second), command: 0, fact });
}

fn attempt(status: N, subscription: u32, attempt: u32, answer: Option<Answer>) -> Fact {
    let parcel = parcel(status, subscription);
    Fact::Attempted { parcel, attempt, throttled: SimDuration::ZERO, answer }
}

fn renumber(story: &mut Story, second: u64) {
    let at = place(story, second, is_attempt);
    if let Fact::Attempted { attempt, .. } = &mut story.records[at].fact {
        *attempt += 1;
    }
}

fn reason(story: &mut Story, second: u64, to: W) {
    let at = place(story, second, is_drop);
    if let Fact::Dropped { why, .. } = &mut story.records[at].fact {
        *why = to;
    }
}

const ROWS: &[Row] = &[
    ("a retry too early", |story| shift(story, 50, 49), &["attempts"]),
    ("a retry too late", |story| shift(story, 50, 51), &["attempts"]),
    ("another number", |story| renumber(story, 30), &["attempts"]),
    ("SNS waits for 14 s", |story| shift(story, 17, 16), &["attempts"]),
    (
        "held back by nothing",
        |story| {
            let at = place(story, 50, is_attempt);
            if let Fact::Attempted { throttled, .. } = &mut story.records[at].fact {
                *throttled = SimDuration(1);
            }
        },
        &["attempts"],
    ),
    (
        "an outage that nobody notices",
        |story| {
            let at = place(story, 30, is_attempt);
            if let Fact::Attempted { answer, .. } = &mut story.records[at].fact {
                *answer = Some(FULL);
            }
        },
        &["attempts"],
    ),
    (
        "a retry too many",
        |story| {
            story.records.retain(|record| record.fact != dead_letter());
            put(story, 72, attempt(N::Success, 0, 4, Some(FULL)));
            put(story, 72, dead_letter());
        },
        &["attempts"],
    ),
    (
        "faster than the throttle",
        |story| {
            story.plan.topics[0].subscriptions[3].delivery.as_mut().unwrap().max_receives_per_second =
                Some(1);
            put(story, 9, attempt(N::InProgress, 3, 2, Some(OK)));
            let at = place(story, 9, is_attempt);
            story.records[at].time.0 += 500_000;
        },
        &["attempts", "deliveries"],
    ),
    ("discarded beside a dead-letter queue", |story| reason(story, 52, W::Discarded), &["deliveries"]),
    ("in a queue that is not there", |story| reason(story, 11, W::DeadLettered), &["deliveries"]),
    (
        "given up with a retry left",
        |story| {
            story.records.retain(|record| record.time < seconds_on(50));
            put(story, 30, dead_letter());
        },
        &["deliveries"],
    ),
    ("never given up", |story| _ = story.records.pop(), &["deliveries"]),
    (
        "a filtered message is attempted",
        |story| {
            let at = place(story, 1, is_drop);
            story.records.remove(at);
            put(story, 2, attempt(N::InProgress, 1, 1, Some(OK)));
            put(
                story,
                2,
                Fact::Arrived {
                    notice: notice(0, N::InProgress),
                    subscription: 1,
                    duplicate: false,
                    published: seconds_on(1),
                },
            );
        },
        &["deliveries"],
    ),
    (
        "the filter lets it through",
        |story| {
            story.plan.topics[0].subscriptions[1].delivery.as_mut().unwrap().filter_policy = None;
        },
        &["deliveries"],
    ),
    (
        "attempted before the confirmation",
        |story| story.plan.topics[0].subscriptions[2].delivery.as_mut().unwrap().confirmed_at = None,
        &["deliveries"],
    ),
    (
        "an arrival behind a 404",
        |story| {
            let (notice, published) = (notice(0, N::Success), seconds_on(9));
            put(story, 10, Fact::Arrived { notice, subscription: 3, duplicate: false, published });
        },
        &["deliveries"],
    ),
    (
        "a 404 over HTTP is retried",
        |story| put(story, 30, attempt(N::Success, 3, 2, Some(NOT_FOUND))),
        &["deliveries"],
    ),
    (
        "a 404 is a failure, but is not retried",
        |story| story.plan.topics[0].subscriptions[3].delivery.as_mut().unwrap().treat_4xx_as_failure = true,
        &["deliveries"],
    ),
    (
        "an error of the client is not given up",
        |story| {
            let at = place(story, 11, is_drop);
            story.records.remove(at);
        },
        &["deliveries"],
    ),
    (
        "accepted, and never there",
        |story| {
            let at = place(story, 2, is_arrival);
            story.records.remove(at);
        },
        &["deliveries"],
    ),
    (
        "a duplicate that is none",
        |story| {
            let at = place(story, 39, is_arrival);
            if let Fact::Arrived { duplicate, .. } = &mut story.records[at].fact {
                *duplicate = false;
            }
        },
        &["deliveries"],
    ),
    (
        "another time of publication",
        |story| {
            let at = place(story, 12, is_arrival);
            if let Fact::Arrived { published, .. } = &mut story.records[at].fact {
                published.0 += 1;
            }
        },
        &["deliveries"],
    ),
    (
        "lost, but nothing is lost",
        |story| {
            let at = place(story, 1, is_drop);
            story.records[at].fact = Fact::Lost { notice: notice(0, N::InProgress), subscription: 1 };
        },
        &["deliveries"],
    ),
    (
        "an answer to no attempt",
        |story| {
            let at = place(story, 18, is_answer);
            if let Fact::Answered { attempt, .. } = &mut story.records[at].fact {
                *attempt = 7;
            }
        },
        &["attempts"],
    ),
    (
        "a plan that follows no delivery",
        |story| story.plan.topics[0].subscriptions.iter_mut().for_each(|one| one.delivery = None),
        &["order", "arrivals"],
    ),
];

fn dead_letter() -> Fact {
    Fact::Dropped { parcel: parcel(N::Success, 0), why: W::DeadLettered }
}

#[test]
fn spoiled_deliveries_fail_the_rule_they_break() {
    let mut wrong = Vec::new();
    for (name, spoil, expected) in ROWS {
        let mut story = delivered();
        spoil(&mut story);
        let reports = story.judge();
        if objectors(&reports) != *expected {
            wrong.push(format!("{name}: expected {expected:?}, but\n{}", complaints(&reports)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A history that tells of publications and arrivals alone leaves the deliveries open.
#[test]
fn without_attempts_deliveries_are_unknown() {
    let mut story = delivered();
    let is_delivery = |fact: &Fact| is_attempt(fact) || is_answer(fact) || is_drop(fact) || is_arrival(fact);
    story.records.retain(|record| !is_delivery(&record.fact) && record.fact.is_visible());
    let mut checker = fleetsim::check::Checker::visible_only(&story.plan);
    for record in &story.records {
        fleetsim::history::Observer::observe(&mut checker, record);
    }
    let unknown: Vec<_> = checker
        .finish()
        .into_iter()
        .filter(|report| matches!(report.verdict, fleetsim::check::Verdict::Unknown { .. }))
        .map(|report| report.rule)
        .collect();
    assert!(unknown.ends_with(&["attempts", "deliveries"]), "{unknown:?}");
}
