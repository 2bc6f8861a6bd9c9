//! fleetsim itself, through its library: digest and measures on, nothing checked.

use fleetsim::{
    ensemble,
    measure::Stage,
    scenario::{self, Plan, Source},
    ssm::StatusDetails,
    world::Model,
};
use fleetsim_peers::outcome::Outcome;

pub fn run(instances: u32, concurrency: u32) -> Outcome {
    let plan = plan(instances, concurrency);
    let ensemble = ensemble::run_one(&Model::new(&plan), plan.seed, 0, false, &mut ());
    let command = &ensemble.first.as_ref().unwrap().commands[0];
    let sojourn = ensemble.latencies[0].stage(Stage::Sojourn);
    let reception = &command.notifications[0];
    let latency = &ensemble.latencies[0].notifications()[0];
    Outcome {
        success: command.ending(StatusDetails::Success),
        failed: command.ending(StatusDetails::Failed),
        timed_out: command.ending(StatusDetails::ExecutionTimedOut),
        notifications: Some(reception.arrived),
        out_of_order: Some(reception.out_of_order),
        mean_latency: Some(latency.sum as f64 / latency.histogram().len() as f64 / 1e6),
        peak_in_flight: command.peak_in_flight,
        mean_duration: sojourn.sum as f64 / sojourn.histogram().len() as f64 / 1e6,
        makespan: command.makespan().expect("the command ends").as_secs_f64(),
    }
}

/// The reference rollout. A text, so that it rests on the format of scenarios alone and not on the fields of a plan.
fn plan(instances: u32, concurrency: u32) -> Plan {
    let text = format!(
        r#"
        version = 1
        name = "reference"
        seed = 1

        [[group]]
        name = "fleet"
        count = {instances}
        tags = {{ Fleet = "reference" }}
        delivery = {{ uniform = {{ min = "0s", max = "5s" }} }}
        execution = {{ lognormal = {{ median = "20s", sigma = 0.8 }} }}
        outcomes = [{{ chance = 0.01, exit_code = 1 }}]

        [[command]]
        [command.request]
        DocumentName = "AWS-RunShellScript"
        Targets = [{{ Key = "tag:Fleet", Values = ["reference"] }}]
        Parameters = {{ commands = ["true"], executionTimeout = ["300"] }}
        MaxConcurrency = "{concurrency}"
        MaxErrors = "100%"
        TimeoutSeconds = 2592000
        ServiceRoleArn = "arn:aws:iam::123456789012:role/notify"

        [command.request.NotificationConfig]
        NotificationArn = "arn:aws:sns:eu-west-1:123456789012:rollout"
        NotificationEvents = ["All"]
        NotificationType = "Invocation"

        [[topic]]
        arn = "arn:aws:sns:eu-west-1:123456789012:rollout"

        [[topic.subscription]]
        name = "consumer"
        latency = {{ exponential = {{ mean = "2s" }} }}
        "#
    );
    let source = Source { path: "reference.toml".into(), text };
    let resolved = scenario::load(source, &|_| unreachable!("the text names no file"));
    resolved.unwrap_or_else(|faults| panic!("{}", faults.render(false))).plan
}
