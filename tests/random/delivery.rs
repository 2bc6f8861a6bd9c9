//! Deliveries that are followed, of every kind, with endpoints that fail, hang, queue and are down.

use fleetsim::{
    base::{Chance, SimDuration},
    scenario::plan::{Answer, Delivery, Endpoint, FilterPolicy, Outage, Sqs},
    sns::{FilterPolicyScope, Protocol, RetryPolicy, policy::BackoffFunction},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{duration, seconds};

pub fn delivery() -> impl Strategy<Value = Delivery> {
    let protocols = [Protocol::Https, Protocol::Https, Protocol::Sqs, Protocol::Sqs, Protocol::EmailJson];
    let sns = (
        option::weighted(0.9, prop_oneof![3 => Just(SimDuration::ZERO), 1 => seconds(60)]),
        option::weighted(0.4, filter()),
        retries(),
        select(vec![0, 10, 100]),
        option::weighted(0.3, 1..=40_u32),
        any::<bool>(),
        any::<bool>(),
    );
    (select(protocols.to_vec()), sns, endpoint(), sqs()).prop_map(|(protocol, sns, endpoint, sqs)| {
        let (confirmed_at, filter_policy, retries, jitter, pace, failure, dead) = sns;
        Delivery {
            protocol,
            raw: false,
            confirmed_at,
            filter_policy,
            // A queue that is never reached would be tried 100,015 times.
            retry_policy: if protocol.is_http() {
                retries
            } else {
                RetryPolicy { num_retries: 4, ..retries }
            },
            jitter: Chance(jitter * 10_000_000),
            max_receives_per_second: pace,
            treat_4xx_as_failure: failure && protocol.is_http(),
            dead_letter_queue: dead.then(|| "arn:aws:sqs:eu-west-1:123456789012:dead".into()),
            endpoint: of_protocol(protocol, endpoint, sqs),
        }
    })
}

fn of_protocol(protocol: Protocol, endpoint: Endpoint, sqs: Sqs) -> Endpoint {
    let answers = |all: Vec<Answer>| all.into_iter().filter(|one| one.status >= Some(400)).collect();
    match protocol {
        Protocol::Http | Protocol::Https => endpoint,
        Protocol::Sqs => {
            Endpoint { queue: None, answers: answers(endpoint.answers), sqs: Some(sqs), ..endpoint }
        }
        Protocol::Email | Protocol::EmailJson => {
            Endpoint { answers: answers(endpoint.answers), outages: endpoint.outages, ..Endpoint::ideal() }
        }
    }
}

fn filter() -> impl Strategy<Value = FilterPolicy> {
    let body = FilterPolicyScope::MessageBody;
    let policies = vec![
        (r#"{"status":["Success","InProgress"]}"#, body),
        (r#"{"status":[{"anything-but":"InProgress"}]}"#, body),
        (r#"{"instanceId":[{"suffix":"1"}]}"#, body),
        (r#"{"eventTime":[{"prefix":"2026-01-01T00:00:0"}]}"#, body),
        (r#"{"commandId":[{"prefix":"1"},{"prefix":"a"}]}"#, body),
        (r#"{"requestedDateTime":[{"suffix":"5Z"}]}"#, body),
        (r#"{"status":["Success"]}"#, FilterPolicyScope::MessageAttributes),
    ];
    select(policies).prop_map(|(policy, scope)| FilterPolicy { policy: policy.into(), scope })
}

fn retries() -> impl Strategy<Value = RetryPolicy> {
    let functions = BackoffFunction::ALL.map(|(_, function)| function).to_vec();
    (1..=30_u32, 0..=30_u32, 0..=3_u32, 0..=2_u32, 0..=2_u32, 0..=2_u32, select(functions)).prop_map(
        |(min_delay_target, more, backoff, none, min, max, backoff_function)| RetryPolicy {
            min_delay_target,
            max_delay_target: min_delay_target + more,
            num_retries: backoff + none + min + max,
            num_no_delay_retries: none,
            num_min_delay_retries: min,
            num_max_delay_retries: max,
            backoff_function,
        },
    )
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    let statuses = select(vec![Some(404), Some(404), Some(404), Some(500), Some(503), Some(302), None]);
    let answer = (10..=30_u32, statuses)
        .prop_map(|(percent, status)| Answer { chance: Chance(percent * 10_000_000), status });
    let outage = (seconds(60), seconds(100), select(vec![None, None, Some(404), Some(503)]));
    let outage = outage.prop_map(|(from, lasting, status)| Outage {
        from,
        until: SimDuration(from.0 + lasting.0 + 1),
        status,
    });
    let desk = option::of((option::weighted(0.8, 1..=3_u32), duration(20.0), option::of(0..=4_u32)));
    (desk, vec(answer, 0..=3), vec(outage, 0..=1)).prop_map(|(desk, answers, outages)| {
        let (workers, service, queue) = desk.map_or((None, None, None), |(workers, service, queue)| {
            (workers, Some(service), queue.filter(|_| workers.is_some()))
        });
        Endpoint { workers, service, queue, answers, outages, sqs: None }
    })
}

fn sqs() -> impl Strategy<Value = Sqs> {
    (1..=30_u64, select(vec![60, 60, 345_600]), option::of(1..=4_u32), select(vec![0, 30, 100, 100]))
        .prop_map(|(visibility, retention, max_receive_count, percent)| Sqs {
            visibility_timeout: SimDuration::from_secs(visibility),
            retention: SimDuration::from_secs(retention),
            // Nobody waits for four days.
            max_receive_count: max_receive_count.or((retention > 60).then_some(5)),
            failure: Chance(percent * 10_000_000),
        })
}
