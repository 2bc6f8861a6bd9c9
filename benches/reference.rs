//! The reference rollout: 100,000 instances, delivery Uniform(0, 5 s), execution LogNormal(median 20 s, sigma 0.8) cut
//! at a timeout of 300 s, one in a hundred fails, the error threshold is never reached; digest and measures on. With
//! notifications, each invocation's InProgress and terminal status go to one subscription, each with a latency of
//! Exponential(mean 2 s).
//!
//! `cargo bench` times it. `benches/instructions.sh` counts its instructions: with `FLEETSIM_ROLLOUT="N K"` in the
//! environment, and `notify`, `check` or `history` after it, the program runs one rollout of N instances, K at a time, with
//! notifications, every check, or its history written, and nothing else.

use std::{collections::BTreeMap, env, hint::black_box, io, time::Duration};

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use fleetsim::{
    base::{Chance, SimDuration, distribution::Distribution},
    ensemble,
    history::codec::HistoryWriter,
    scenario::plan::{
        AgentLimits, Channel, Command, ExecutionResult, Group, Members, Notification, Numbered, Outcome,
        PLAN_VERSION, Plan, Step, Subscription, Topic,
    },
    ssm::{
        NotificationType, NotifiedStatus, Readings, SendCommandRequest, request::Target, status::Platform,
    },
    world::Model,
};

const INSTANCES: u32 = 100_000;

fn main() {
    if let Ok(rollout) = env::var("FLEETSIM_ROLLOUT") {
        return run_one(&rollout);
    }
    let mut criterion = Criterion::default().configure_from_args();
    bench(&mut criterion);
    criterion.final_summary();
}

/// One rollout and nothing else.
fn run_one(rollout: &str) {
    let words: Vec<_> = rollout.split(' ').collect();
    let [instances, concurrency, extras @ ..] = &words[..] else { panic!("FLEETSIM_ROLLOUT is \"N K ...\"") };
    let mut plan = plan(number(instances), concurrency);
    if extras.contains(&"notify") {
        plan = notifying(plan);
    }
    let model = Model::new(&plan);
    if extras.contains(&"history") {
        let mut writer = HistoryWriter::new(&plan, plan.seed, 0, io::sink());
        black_box(ensemble::run_one(&model, plan.seed, 0, false, &mut writer));
        writer.finish().expect("a sink takes everything");
    } else {
        black_box(ensemble::run_one(&model, plan.seed, 0, extras.contains(&"check"), &mut ()));
    }
}

fn number(text: &str) -> u32 {
    text.parse().expect("N is a number")
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rollout");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    group.throughput(Throughput::Elements(INSTANCES.into()));
    for concurrency in ["50", "1000", "100000"] {
        let plan = plan(INSTANCES, concurrency);
        let model = Model::new(&plan);
        group.bench_function(format!("k={concurrency}"), |bencher| {
            bencher.iter(|| ensemble::run_one(&model, plan.seed, 0, false, &mut ()));
        });
    }
    let alone = plan(INSTANCES, "1000");
    observed(&mut group, "k=1000", &alone);
    let notifying = notifying(alone);
    group.bench_function("k=1000, notifying", |bencher| {
        let model = Model::new(&notifying);
        bencher.iter(|| ensemble::run_one(&model, notifying.seed, 0, false, &mut ()));
    });
    observed(&mut group, "k=1000, notifying", &notifying);
    group.finish();
}

/// The same with every check on, and with its history written.
fn observed(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, plan: &Plan) {
    let model = Model::new(plan);
    group.bench_function(format!("{name}, checked"), |bencher| {
        bencher.iter(|| ensemble::run_one(&model, plan.seed, 0, true, &mut ()));
    });
    group.bench_function(format!("{name}, history written"), |bencher| {
        bencher.iter(|| {
            let mut writer = HistoryWriter::new(plan, plan.seed, 0, io::sink());
            ensemble::run_one(&model, plan.seed, 0, false, &mut writer);
            writer.finish().expect("a sink takes everything");
        });
    });
}

fn plan(instances: u32, max_concurrency: &str) -> Plan {
    Plan {
        faults: Vec::new(),
        alarms: Vec::new(),
        polling: None,
        assumed: None,
        is_open: false,
        version: PLAN_VERSION,
        name: "reference".into(),
        description: String::new(),
        start: "2026-01-01T00:00:00Z".into(),
        seed: 1,
        profile: "api".into(),
        readings: Readings::default(),
        groups: vec![group(instances)],
        resource_groups: vec![],
        topics: vec![],
        events: None,
        commands: vec![command(max_concurrency)],
        thresholds: vec![],
    }
}

/// The plan, with a notification of every change of every invocation.
fn notifying(mut plan: Plan) -> Plan {
    plan.topics = vec![Topic {
        arn: "arn:aws:sns:eu-central-1:123456789012:rollout".into(),
        published_twice: Chance(0),
        subscriptions: vec![Subscription {
            name: "consumer".into(),
            latency: Distribution::Exponential { mean: 2e6 },
            duplicate: Chance(0),
            loss: Chance(0),
            delivery: None,
        }],
    }];
    plan.commands[0].notification = Some(Notification {
        topic: 0,
        events: NotifiedStatus::ALL.into(),
        kind: NotificationType::Invocation,
    });
    plan
}

fn group(count: u32) -> Group {
    Group {
        name: "fleet".into(),
        members: Members::Numbered(Numbered {
            count,
            id_prefix: "i-fleet".into(),
            platform: Platform::Linux,
            tags: BTreeMap::from([("Fleet".into(), "reference".into())]),
            access_denied: false,
        }),
        delivery: Distribution::Uniform { min: 0.0, max: 5e6 },
        reply: None,
        execution: Distribution::Lognormal { median: 20e6, sigma: 0.8 },
        slowness: Distribution::Constant { value: 1.0 },
        availability: vec![],
        outcomes: vec![Outcome {
            chance: Chance::from_probability(0.01).expect("a probability"),
            run: None,
            result: ExecutionResult::Exit(1),
            execution: None,
        }],
        steps: vec![],
        agent: AgentLimits::default(),
        channel: Channel::Mgs,
        reboot: Distribution::Constant { value: 60e6 },
        output: None,
    }
}

fn command(max_concurrency: &str) -> Command {
    Command {
        name: "rollout".into(),
        at: SimDuration::ZERO,
        request: SendCommandRequest {
            document_name: "AWS-RunShellScript".into(),
            targets: Some(vec![Target { key: "tag:Fleet".into(), values: vec!["reference".into()] }]),
            max_concurrency: Some(max_concurrency.into()),
            max_errors: Some("100%".into()),
            ..SendCommandRequest::default()
        },
        timeout_seconds: 2_592_000,
        execution_timeout_seconds: 300,
        platforms: vec![Platform::Linux],
        steps: vec![Step::plain("run", &[Platform::Linux], 300)],
        notification: None,
        cancels: vec![],
        access_denied: vec![],
        publish_denied: false,
        trigger: None,
        is_template: false,
        not_simulated: vec![],
    }
}
