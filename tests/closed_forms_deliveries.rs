//! Closed forms of endpoints: queues that textbooks know, and retries that follow a geometric law. The seeds are fixed, so the
//! tests are.

mod common;
mod notified;

use common::*;
use fleetsim::{
    base::{Chance, SimDuration, SimTime, distribution::Distribution},
    history::{Fact, Observer, Record},
    measure::{CommandResult, Latencies, Measure},
    scenario::plan::{Answer, Delivery, Endpoint, Plan, Sqs},
    sns::{Protocol, RetryPolicy},
    ssm::{NotificationType, NotifiedStatus as N, reading::SlowStart},
    world::{Model, World},
};
use notified::{notifying, subscription};

const INSTANCES: u32 = 40_000;

/// The ends of all instances are published at once, and come to the endpoint over so many seconds, each at any time: a Poisson
/// process with as many arrivals a second, but for its last and first moments.
fn poisson(per_second: f64, endpoint: Endpoint, protocol: Protocol) -> Plan {
    let mut plan = plan(vec![group("a", INSTANCES)], command(&["a"], "100%", "100%"));
    plan.readings.slow_start = SlowStart::Off;
    let span = f64::from(INSTANCES) / per_second * 1e6;
    let mut listener = subscription("consumer", Distribution::Uniform { min: 0.0, max: span });
    listener.delivery = Some(Box::new(Delivery {
        protocol,
        raw: false,
        confirmed_at: Some(SimDuration::ZERO),
        filter_policy: None,
        retry_policy: RetryPolicy { num_retries: 3, ..RetryPolicy::HTTP },
        jitter: Chance(0),
        max_receives_per_second: None,
        treat_4xx_as_failure: false,
        dead_letter_queue: None,
        endpoint,
    }));
    notifying(plan, NotificationType::Invocation, &[N::Success], vec![listener])
}

/// A queue whose consumer never gives anything back.
fn queue(workers: u32, service: Distribution) -> Endpoint {
    let sqs = Sqs {
        visibility_timeout: SimDuration::from_secs(43_200),
        retention: SimDuration::from_secs(1_209_600),
        max_receive_count: None,
        failure: Chance(0),
    };
    Endpoint { workers: Some(workers), service: Some(service), sqs: Some(sqs), ..Endpoint::ideal() }
}

/// From the queue to the end of the work, and how much there is over time.
#[derive(Default)]
struct Stay {
    taken_in: u64,
    done: u64,
    /// Messages times seconds.
    area: f64,
    began: Option<SimTime>,
    now: SimTime,
}

impl Observer for Stay {
    fn observe(&mut self, record: &Record) {
        let is_in = matches!(record.fact, Fact::Attempted { .. });
        if !is_in && !matches!(record.fact, Fact::Arrived { .. }) {
            return;
        }
        self.began.get_or_insert(record.time);
        self.area += (self.taken_in - self.done) as f64 * record.time.since(self.now).as_secs_f64();
        self.now = record.time;
        *(if is_in { &mut self.taken_in } else { &mut self.done }) += 1;
    }
}

/// The mean time in the system, in seconds: the area over the arrivals (Little).
fn mean_stay(plan: &Plan) -> f64 {
    let mut stay = Stay::default();
    World::new(&Model::new(plan), plan.seed, 0).run(&mut stay);
    assert_eq!((stay.taken_in, stay.done), (u64::from(INSTANCES), u64::from(INSTANCES)));
    stay.area / f64::from(INSTANCES)
}

/// M/M/c: the mean stay is C(c, a) / (c mu - lambda) + 1 / mu, where C is Erlang's.
fn mm_stay(workers: u32, arrivals: f64, service: f64) -> f64 {
    let (load, many) = (arrivals * service, f64::from(workers));
    let term = |n: u32| (1..=n).fold(1.0, |term, k| term * load / f64::from(k));
    let last = term(workers) * many / (many - load);
    let waits = last / ((0..workers).map(term).sum::<f64>() + last);
    waits / (many / service - arrivals) + service
}

/// 40,000 customers tell the mean stay of these queues to about 3 %; 8 % leave room for that and for the ends of the span.
#[test]
fn consumers_are_queues_of_the_textbook() {
    for (workers, arrivals, service) in [(1, 0.5, 1.0), (2, 1.0, 1.4), (8, 4.0, 1.5)] {
        let exponential = Distribution::Exponential { mean: service * 1e6 };
        let plan = poisson(arrivals, queue(workers, exponential), Protocol::Sqs);
        let (found, expected) = (mean_stay(&plan), mm_stay(workers, arrivals, service));
        assert!((found / expected - 1.0).abs() < 0.08, "M/M/{workers}: {found} s, expected {expected} s");
    }
    assert_eq!(mm_stay(1, 0.5, 1.0), 2.0);
}

/// M/D/1 by Pollaczek and Khinchine: half the wait of M/M/1.
#[test]
fn even_work_waits_half_as_long() {
    let plan = poisson(0.5, queue(1, constant(1.0)), Protocol::Sqs);
    let found = mean_stay(&plan);
    assert!((found / 1.5 - 1.0).abs() < 0.08, "{found} s");
}

/// M/G/c/c: of a web server without room to wait, Erlang's B is turned away: with one worker a / (1 + a).
#[test]
fn who_finds_no_room_is_turned_away() {
    let mut endpoint = queue(1, constant(0.5));
    (endpoint.sqs, endpoint.queue) = (None, Some(0));
    let mut plan = poisson(1.0, endpoint, Protocol::Https);
    plan.topics[0].subscriptions[0].delivery.as_mut().unwrap().retry_policy.num_retries = 0;
    let discarded = result(&plan).carriages[0].as_ref().unwrap().discarded as f64;
    let expected = 0.5 / 1.5;
    let half = 3.2905 * (expected * (1.0 - expected) / f64::from(INSTANCES)).sqrt();
    let share = discarded / f64::from(INSTANCES);
    // Who is turned away comes in clusters, which widens the interval a little.
    assert!((share - expected).abs() < 1.5 * half, "{share}, expected {expected}");
}

/// An endpoint that fails one attempt in three: 1 + p + p² + p³ attempts a message, p⁴ given up.
#[test]
fn retries_follow_the_geometric_law() {
    let failing = vec![Answer { chance: Chance(333_333_333), status: Some(500) }];
    let plan = poisson(100.0, Endpoint { answers: failing, ..Endpoint::ideal() }, Protocol::Https);
    let of = result(&plan).carriages[0].clone().unwrap();
    let p: f64 = 1.0 / 3.0;
    let count = f64::from(INSTANCES);
    let attempts = of.attempts as f64 / count;
    assert!((attempts - (1.0 + p + p * p + p * p * p)).abs() < 0.01, "{attempts}");
    let given_up = of.discarded as f64 / count;
    let half = 3.2905 * (p.powi(4) * (1.0 - p.powi(4)) / count).sqrt();
    assert!((given_up - p.powi(4)).abs() < half, "{given_up}");
    assert_eq!(of.attempts, u64::from(INSTANCES) + of.retries);
    assert_eq!(of.failures, of.retries + of.discarded);
}

fn result(plan: &Plan) -> CommandResult {
    let mut latencies = vec![Latencies::default()];
    let mut measure = Measure::new(plan, &mut latencies);
    World::new(&Model::new(plan), plan.seed, 0).run(&mut measure);
    measure.finish().remove(0)
}
