//! Random outputs: what steps write, where it is wanted, and what instance profiles deny.

use fleetsim::{
    base::{SimDuration, distribution::Distribution},
    output::Store,
    scenario::plan::{DeniedStore, Output, Plan, StepBehaviour, Written},
    ssm::request::CloudWatchOutputConfig,
};
use proptest::{collection::vec, option::weighted, prelude::*, sample::select};

/// Groups and commands are taken in turn, however many there are.
#[derive(Clone, Debug)]
pub struct Outputs {
    groups: Vec<Option<Output>>,
    steps: Vec<Option<Written>>,
    wanted: Vec<(bool, bool)>,
    denied: Vec<(u32, Store)>,
    period: SimDuration,
}

pub fn outputs() -> impl Strategy<Value = Outputs> {
    let store = select(vec![Store::S3, Store::Logs]);
    (
        vec(weighted(0.8, output()), 1..=3),
        vec(weighted(0.5, written()), 1..=3),
        vec(any::<(bool, bool)>(), 1..=4),
        vec((0..4_u32, store), 0..=2),
        select(vec![1, 2, 30]).prop_map(SimDuration::from_secs),
    )
        .prop_map(|(groups, steps, wanted, denied, period)| Outputs {
            groups,
            steps,
            wanted,
            denied,
            period,
        })
}

fn output() -> impl Strategy<Value = Output> {
    let rate = select(vec![1_000, 10_000_000]);
    (written(), super::duration(2.0), rate, super::chance(), super::duration(3.0)).prop_map(
        |(written, s3_latency, s3_bytes_per_second, s3_failure, logs_latency)| Output {
            written,
            s3_latency,
            s3_bytes_per_second,
            s3_failure,
            logs_latency,
            denied: vec![],
        },
    )
}

fn written() -> impl Strategy<Value = Written> {
    (bytes(), bytes()).prop_map(|(stdout, stderr)| Written { stdout, stderr })
}

fn bytes() -> impl Strategy<Value = Distribution> {
    let most = select(vec![0.0, 1.0, 2_000.0, 5e6, 2e8]);
    prop_oneof![
        most.clone().prop_map(|value| Distribution::Constant { value }),
        most.prop_map(|max| Distribution::Uniform { min: 0.0, max }),
    ]
}

impl Outputs {
    pub fn onto(self, plan: &mut Plan) {
        plan.readings.log_period = self.period;
        let count = plan.commands.len() as u32;
        for (group, output) in plan.groups.iter_mut().zip(self.groups.iter().cycle()) {
            group.output = output.clone().map(Box::new);
            if let Some(output) = &mut group.output {
                let denied = self.denied.iter().map(|&(command, store)| (command % count, store));
                output.denied = denied.map(|(command, store)| DeniedStore { command, store }).collect();
                output.denied.sort_unstable();
                output.denied.dedup();
                let steps: &mut Vec<StepBehaviour> = &mut group.steps;
                for (step, written) in steps.iter_mut().zip(self.steps.iter().cycle()) {
                    step.output = written.clone().map(Box::new);
                }
            }
        }
        for (command, &(s3, logs)) in plan.commands.iter_mut().zip(self.wanted.iter().cycle()) {
            command.request.output_s3_bucket_name = s3.then(|| "outputs".into());
            command.request.cloud_watch_output_config = logs.then(|| CloudWatchOutputConfig {
                cloud_watch_output_enabled: Some(true),
                ..CloudWatchOutputConfig::default()
            });
        }
    }
}
