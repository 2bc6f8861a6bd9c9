//! Section 9 on deliveries, sentence by sentence: when SNS tries, what counts as delivered, and what the consumer has.

mod common;
mod notified;

use std::collections::BTreeMap;

use common::*;
use fleetsim::{
    base::{Chance, SimDuration, SimTime, distribution::Distribution},
    history::{DropReason, Fact, Record},
    measure::{Carriage, CommandResult, Latencies, Measure},
    scenario::plan::{Answer as Chances, Delivery, Endpoint, FilterPolicy, Outage, Plan, Sqs},
    sns::{Answer, FilterPolicyScope, Protocol, RetryPolicy, policy::BackoffFunction},
    ssm::{NotificationType, NotifiedStatus as N, reading::SlowStart},
    world::{Model, World},
};
use notified::*;

/// A delivery without jitter to an endpoint that takes everything at once.
fn delivery(protocol: Protocol) -> Delivery {
    let sqs = Sqs {
        visibility_timeout: SimDuration::from_secs(30),
        retention: SimDuration::from_secs(345_600),
        max_receive_count: None,
        failure: Chance(0),
    };
    Delivery {
        protocol,
        raw: false,
        confirmed_at: Some(SimDuration::ZERO),
        filter_policy: None,
        retry_policy: protocol.retry_policy(),
        jitter: Chance(0),
        max_receives_per_second: None,
        treat_4xx_as_failure: false,
        dead_letter_queue: None,
        endpoint: Endpoint { sqs: (protocol == Protocol::Sqs).then_some(sqs), ..Endpoint::ideal() },
    }
}

/// Instances that are all sent to at once and told of as they begin, at 0.1 s, and end, at 10.1 s, over a second of latency.
fn plan_of(instances: u32, delivery: Delivery) -> Plan {
    let mut plan = plan(vec![group("a", instances)], command(&["a"], "100%", "100%"));
    plan.readings.slow_start = SlowStart::Off;
    let mut listener = subscription("consumer", constant(1.0));
    listener.delivery = Some(Box::new(delivery));
    notifying(plan, NotificationType::Invocation, &N::ALL, vec![listener])
}

/// The same about ends alone.
fn ends_of(instances: u32, delivery: Delivery) -> Plan {
    let mut plan = plan_of(instances, delivery);
    plan.commands[0].notification.as_mut().unwrap().events = vec![N::Success];
    plan
}

fn always(status: Option<u16>) -> Vec<Chances> {
    vec![Chances { chance: Chance::ONE, status }]
}

fn down(from: u64, until: u64, status: Option<u16>) -> Vec<Outage> {
    vec![Outage { from: SimDuration::from_secs(from), until: SimDuration::from_secs(until), status }]
}

/// When SNS attempted, in seconds after the publication, copy by copy.
fn attempts(history: &[Record]) -> Vec<f64> {
    let attempt = |record: &Record| match record.fact {
        Fact::Attempted { parcel, .. } => Some(record.time.since(parcel.published).as_secs_f64()),
        _ => None,
    };
    history.iter().filter_map(attempt).collect()
}

fn drops(history: &[Record]) -> BTreeMap<DropReason, usize> {
    let mut drops = BTreeMap::new();
    for record in history {
        if let Fact::Dropped { why, .. } = record.fact {
            *drops.entry(why).or_default() += 1;
        }
    }
    drops
}

fn measured(plan: &Plan) -> (CommandResult, Latencies) {
    let mut latencies = vec![Latencies::default()];
    let mut measure = Measure::new(plan, &mut latencies);
    World::new(&Model::new(plan), plan.seed, 0).run(&mut measure);
    (measure.finish().remove(0), latencies.remove(0))
}

fn carriage(plan: &Plan) -> Carriage {
    measured(plan).0.carriages[0].clone().expect("a delivery that is followed")
}

/// S9.29: the message behind a 404 is delivered as far as SNS can tell, and nobody has it. O-61: with the knob it is tried
/// again and arrives when the endpoint is back.
#[test]
fn a_message_behind_a_404_is_lost_and_nobody_notices() {
    let mut hook = delivery(Protocol::Https);
    hook.endpoint.outages = down(0, 30, Some(404));
    hook.dead_letter_queue = Some("arn:aws:sqs:eu-central-1:123456789012:dead".into());
    let plan = ends_of(3, hook.clone());
    let told = history(&plan, 0);
    assert_eq!(attempts(&told), [1.0; 3]);
    assert!(
        arrivals(&told, 0).is_empty() && drops(&told).is_empty(),
        "no arrival, and no dead letter either"
    );
    let lost = carriage(&plan);
    assert_eq!((lost.attempts, lost.swallowed, lost.failures, lost.dead_lettered), (3, 3, 0, 0));

    hook.treat_4xx_as_failure = true;
    let plan = ends_of(3, hook);
    let told = history(&plan, 0);
    assert_eq!(attempts(&told), [1.0, 1.0, 1.0, 21.0, 21.0, 21.0]);
    assert_eq!(arrivals(&told, 0).len(), 3);
    let kept = carriage(&plan);
    assert_eq!((kept.retries, kept.swallowed, kept.failures), (3, 0, 3));
}

/// S9.23: three retries, each 20 s after the failure; then it is discarded, or in the dead-letter queue (S9.27).
#[test]
fn the_default_policy_makes_four_attempts_over_a_minute() {
    let mut hook = delivery(Protocol::Http);
    hook.endpoint.answers = always(Some(500));
    let told = history(&ends_of(1, hook.clone()), 0);
    assert_eq!(attempts(&told), [1.0, 21.0, 41.0, 61.0]);
    assert_eq!(drops(&told), BTreeMap::from([(DropReason::Discarded, 1)]));
    hook.dead_letter_queue = Some("arn:aws:sqs:eu-central-1:123456789012:dead".into());
    assert_eq!(drops(&history(&ends_of(1, hook), 0)), BTreeMap::from([(DropReason::DeadLettered, 1)]));
}

/// S9.30: an endpoint that hangs sees attempts 35 s apart.
#[test]
fn a_hanging_endpoint_is_tried_every_35_seconds() {
    let mut hook = delivery(Protocol::Https);
    hook.endpoint.answers = always(None);
    let told = history(&ends_of(1, hook), 0);
    assert_eq!(attempts(&told), [1.0, 36.0, 71.0, 106.0]);
    let hung = |record: &&Record| matches!(record.fact, Fact::Answered { answer: Answer::Hung, .. });
    assert_eq!(told.iter().filter(hung).count(), 4);
}

/// S9.30, S9.20: what takes 20 s is given up after 15 and done all the same, so the retry is a duplicate.
#[test]
fn a_consumer_that_is_too_slow_gets_duplicates() {
    let mut hook = delivery(Protocol::Https);
    hook.endpoint.service = Some(constant(20.0));
    let told = history(&ends_of(1, hook), 0);
    assert_eq!(attempts(&told), [1.0, 36.0, 71.0, 106.0]);
    let published = published(&told)[0].0;
    let found: Vec<_> = arrivals(&told, 0)
        .iter()
        .map(|arrival| (arrival.at.since(published).as_secs_f64(), arrival.duplicate))
        .collect();
    assert_eq!(found, [(21.0, false), (56.0, true), (91.0, true), (126.0, true)]);
    // SNS has given it up, and yet it has arrived.
    assert_eq!(drops(&told), BTreeMap::from([(DropReason::Discarded, 1)]));
}

/// S9.24: at once, 2 x 1 s, a linear backoff from 1 s to 5 s, then 2 x 5 s.
#[test]
fn the_phases_follow_each_other() {
    let mut hook = delivery(Protocol::Https);
    hook.endpoint.answers = always(Some(503));
    hook.retry_policy = RetryPolicy {
        min_delay_target: 1,
        max_delay_target: 5,
        num_retries: 8,
        num_no_delay_retries: 1,
        num_min_delay_retries: 2,
        num_max_delay_retries: 2,
        backoff_function: BackoffFunction::Linear,
    };
    let told: Vec<_> = attempts(&history(&ends_of(1, hook), 0)).iter().map(|at| at.round()).collect();
    assert_eq!(told, [1.0, 1.0, 2.0, 3.0, 4.0, 7.0, 12.0, 17.0, 22.0]);
}

/// S9.25: of a hundred retries, an hour apart, one is made.
#[test]
fn retries_over_http_end_after_an_hour() {
    let mut hook = delivery(Protocol::Https);
    hook.endpoint.answers = always(Some(500));
    let hourly =
        RetryPolicy { min_delay_target: 3600, max_delay_target: 3600, num_retries: 100, ..RetryPolicy::HTTP };
    hook.retry_policy = hourly;
    assert_eq!(attempts(&history(&ends_of(1, hook.clone()), 0)), [1.0, 3601.0]);
    hook.retry_policy = RetryPolicy { min_delay_target: 1801, max_delay_target: 1801, ..hourly };
    assert_eq!(attempts(&history(&ends_of(1, hook), 0)), [1.0, 1802.0]);
}

/// Section 9.5: an SQS queue that is gone for an hour gets everything, for SNS tries for 23 days.
#[test]
fn to_a_queue_sns_tries_long() {
    let mut queue = delivery(Protocol::Sqs);
    queue.endpoint.outages = down(0, 3600, Some(500));
    let told = history(&ends_of(2, queue.clone()), 0);
    assert_eq!(arrivals(&told, 0).len(), 2);
    // Three at once, two after a second each, ten of backoff, and then every 20 s.
    assert!(attempts(&told).len() > 2 * 170, "{}", attempts(&told).len());
    // S9.26: what the client did wrong is never tried again.
    queue.endpoint.outages = down(0, 3600, Some(403));
    let told = history(&ends_of(2, queue), 0);
    assert_eq!((attempts(&told), drops(&told)), (vec![1.0; 2], BTreeMap::from([(DropReason::Discarded, 2)])));
}

/// S9.23: 2 a second is one every half second, in the order in which they are due.
#[test]
fn throttling_spreads_attempts() {
    let mut hook = delivery(Protocol::Https);
    hook.max_receives_per_second = Some(2);
    let plan = ends_of(5, hook);
    assert_eq!(attempts(&history(&plan, 0)), [1.0, 1.5, 2.0, 2.5, 3.0]);
    assert_eq!(carriage(&plan).throttled, SimDuration::from_secs(2));
}

/// S9.18: what is published before the confirmation never comes.
#[test]
fn nothing_is_delivered_before_the_confirmation() {
    let mut hook = delivery(Protocol::Https);
    hook.confirmed_at = Some(SimDuration::from_secs(5));
    let told = history(&plan_of(2, hook.clone()), 0);
    assert_eq!(drops(&told), BTreeMap::from([(DropReason::Unconfirmed, 2)]));
    assert!(arrivals(&told, 0).iter().all(|arrival| arrival.notice.status == N::Success));
    hook.confirmed_at = None;
    assert_eq!(drops(&history(&plan_of(2, hook), 0)), BTreeMap::from([(DropReason::Unconfirmed, 4)]));
}

/// S9.33: over the message, by any of its fields; over attributes, of which there are none, nothing passes.
#[test]
fn filter_policies_choose_messages() {
    let passed = |policy: &str, scope| {
        let mut queue = delivery(Protocol::Sqs);
        queue.filter_policy = Some(FilterPolicy { policy: policy.into(), scope });
        let told = history(&plan_of(12, queue), 0);
        let arrived = arrivals(&told, 0);
        assert_eq!(arrived.len() + drops(&told).get(&DropReason::FilteredOut).unwrap_or(&0), 24);
        arrived.len()
    };
    let body = FilterPolicyScope::MessageBody;
    for (policy, count) in [
        ("{}", 24),
        (r#"{"status":["Success"]}"#, 12),
        (r#"{"status":[{"anything-but":["Success","InProgress"]}]}"#, 0),
        (r#"{"instanceId":[{"suffix":"3"}]}"#, 2),
        (r#"{"instanceId":[{"suffix":"3"}],"status":["InProgress"]}"#, 1),
        (r#"{"documentName":["AWS-RunShellScript"]}"#, 24),
        // All are sent at once, and InProgress a tenth of a second later.
        (r#"{"eventTime":[{"prefix":"2026-01-01T00:00:00.1"}]}"#, 12),
        (r#"{"requestedDateTime":["2026-01-01T00:00:00Z"]}"#, 24),
        (r#"{"commandId":[{"exists":true}]}"#, 24),
        (r#"{"CommandId":[{"exists":true}]}"#, 0),
    ] {
        assert_eq!(passed(policy, body), count, "{policy}");
    }
    assert_eq!(passed(r#"{"status":["Success"]}"#, FilterPolicyScope::MessageAttributes), 0);
}

/// S10.40: a consumer slower than the visibility timeout gets its messages twice; S10.41: one that never deletes loses them
/// to the dead-letter queue behind its queue.
#[test]
fn a_queue_gives_again_what_is_not_deleted() {
    let mut slow = delivery(Protocol::Sqs);
    slow.endpoint.service = Some(constant(40.0));
    let told = history(&ends_of(1, slow), 0);
    let found: Vec<_> = arrivals(&told, 0).iter().map(|arrival| (arrival.at, arrival.duplicate)).collect();
    // Published at 10.1 s, in the queue at 11.1 s, received then and again at 41.1 s.
    assert_eq!(found, [(at(51.1), false), (at(81.1), true)]);

    let mut failing = delivery(Protocol::Sqs);
    let sqs = failing.endpoint.sqs.as_mut().unwrap();
    (sqs.failure, sqs.max_receive_count) = (Chance::ONE, Some(3));
    let told = history(&ends_of(1, failing.clone()), 0);
    assert_eq!(drops(&told), BTreeMap::from([(DropReason::Redriven, 1)]));
    // Received at 11.1 s, 41.1 s and 71.1 s; the fourth receipt is one too many.
    assert_eq!(told.last().unwrap().time, at(101.1));
    failing.endpoint.sqs.as_mut().unwrap().max_receive_count = None;
    let told = history(&ends_of(1, failing), 0);
    assert_eq!(drops(&told), BTreeMap::from([(DropReason::Expired, 1)]));
    assert_eq!(told.last().unwrap().time, at(11.1 + 345_600.0));
}

/// A consumer that is down finds its backlog in the queue when it is back.
#[test]
fn a_queue_keeps_what_comes_while_its_consumer_is_down() {
    let mut queue = delivery(Protocol::Sqs);
    (queue.endpoint.workers, queue.endpoint.service) = (Some(1), Some(constant(2.0)));
    queue.endpoint.outages = down(0, 100, None);
    let plan = ends_of(4, queue);
    let told = history(&plan, 0);
    let times: Vec<_> = arrivals(&told, 0).iter().map(|arrival| arrival.at).collect();
    assert_eq!(times, [102.0, 104.0, 106.0, 108.0].map(at));
    let carriage = carriage(&plan);
    assert_eq!((carriage.backlog, carriage.attempts, carriage.failures), (4, 4, 0));
}

/// A web server with room for two turns the others away; without any connection SNS fails at once.
#[test]
fn a_full_endpoint_answers_503_and_one_that_is_down_nothing() {
    let mut hook = delivery(Protocol::Https);
    hook.endpoint =
        Endpoint { workers: Some(1), service: Some(constant(5.0)), queue: Some(1), ..Endpoint::ideal() };
    let told = history(&ends_of(4, hook.clone()), 0);
    let answers = |answer: Answer| {
        let is_it = |record: &&Record| matches!(record.fact, Fact::Attempted { answer: Some(one), .. } if one == answer);
        told.iter().filter(is_it).count()
    };
    assert_eq!(answers(Answer::Status(503)), 2);
    assert_eq!(arrivals(&told, 0).len(), 4);

    hook.endpoint = Endpoint { outages: down(0, 30, None), ..Endpoint::ideal() };
    let told = history(&ends_of(1, hook), 0);
    assert_eq!(attempts(&told), [1.0, 21.0]);
    assert!(
        told.iter()
            .any(|record| matches!(record.fact, Fact::Attempted { answer: Some(Answer::Refused), .. }))
    );
}

/// S9.12: InProgress comes 20 s late, after Success. Who trusts what came last is wrong for good; who heeds the event time
/// is right from the moment on that Success arrived.
#[test]
fn event_time_sets_right_what_order_gets_wrong() {
    let mut hook = delivery(Protocol::Https);
    hook.endpoint.outages = down(0, 2, Some(500));
    let plan = plan_of(3, hook);
    let told = history(&plan, 0);
    let order: Vec<_> = arrivals(&told, 0).iter().map(|arrival| arrival.notice.status).collect();
    assert_eq!(order, [N::Success, N::Success, N::Success, N::InProgress, N::InProgress, N::InProgress]);
    let (result, latencies) = measured(&plan);
    let of = result.carriages[0].clone().unwrap();
    assert_eq!((of.naive_misled, of.naive_wrong, of.right_wrong), (3, 3, 0));
    // The event times are ten seconds apart.
    assert_eq!(of.late_by, SimDuration::from_secs(10));
    let waits = &latencies.trust()[0];
    assert_eq!((waits.right.min, waits.right.max), (1_000_000, 1_000_000));
    assert_eq!(waits.naive.min, SimTime::MAX.0, "never to be trusted");
}

/// Whatever is followed, what a plain subscription of the same topic is told of stays the same.
#[test]
fn a_neighbour_changes_nothing() {
    let mut plan = plan_of(20, delivery(Protocol::Https));
    let plain = subscription("plain", Distribution::Exponential { mean: 2e6 });
    plan.topics[0].subscriptions.insert(0, plain);
    let mut alone = plan.clone();
    alone.topics[0].subscriptions.truncate(1);
    let expected = arrivals(&history(&alone, 0), 0);
    assert_eq!(arrivals(&history(&plan, 0), 0), expected);
}
