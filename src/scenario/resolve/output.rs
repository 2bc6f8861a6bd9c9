//! Outputs: what groups write, how it is put, and whether their instance profiles allow it.

use crate::{
    base::{Chance, distribution::Distribution},
    iam::{self, Account},
    output::{
        Store, Stream,
        key::{self, Layout, Place},
    },
    scenario::{
        Access,
        distribution::{DEFAULT_DELIVERY, MICROSECONDS, PLAIN, WrittenFactor},
        document::{self, LogsPuts, S3Puts, Scenario},
        plan::{Command, DeniedStore, Group, Output, Written},
        review::Review,
    },
    ssm::document::Document,
};

use super::{Fleet, outcome::PLACEHOLDER, own_document::Documents};

/// A put takes as long as a delivery where nothing is said. Assumed: no figure was published.
pub(in crate::scenario) const DEFAULT_PUT: Distribution = DEFAULT_DELIVERY;
/// Assumed too.
pub(in crate::scenario) const DEFAULT_BYTES_PER_SECOND: u64 = 10_000_000;

const NOTHING: Distribution = Distribution::Constant { value: 0.0 };

/// What is written at `pointer`, and in the plan at `path`.
pub(super) fn resolve(
    written: &document::Output,
    pointer: &str,
    path: &str,
    review: &mut Review<'_>,
) -> Output {
    let (no_s3, no_logs) = (S3Puts::default(), LogsPuts::default());
    let (s3, logs) = (written.s3.as_ref().unwrap_or(&no_s3), written.logs.as_ref().unwrap_or(&no_logs));
    let latency = |given: Option<&_>, store: &str, review: &mut Review<'_>| {
        let resolve = |given: &crate::scenario::distribution::Written| {
            let at = format!("{pointer}/{store}/latency");
            given.resolve(MICROSECONDS, &at, review).unwrap_or(PLACEHOLDER)
        };
        let given = given.map(resolve);
        review.choose(format!("{path}/{store}_latency"), given, DEFAULT_PUT, "assumed")
    };
    let s3_latency = latency(s3.latency.as_ref(), "s3", review);
    let logs_latency = latency(logs.latency.as_ref(), "logs", review);
    if s3.bytes_per_second == Some(0) {
        let help = "give at least one byte a second";
        review.error(&format!("{pointer}/s3/bytes_per_second"), "nothing is ever put so", help);
    }
    let field = |name: &str| format!("{path}/s3_{name}");
    Output {
        written: step(written.stdout.as_ref(), written.stderr.as_ref(), pointer, review),
        s3_latency,
        s3_bytes_per_second: review.choose(
            field("bytes_per_second"),
            s3.bytes_per_second,
            DEFAULT_BYTES_PER_SECOND,
            "assumed",
        ),
        s3_failure: review.choose(field("failure"), s3.failure.map(|share| share.0), Chance(0), "none fails"),
        logs_latency,
        denied: Vec::new(),
    }
}

/// What a step writes that says so at `pointer`.
pub(super) fn step(
    stdout: Option<&WrittenFactor>,
    stderr: Option<&WrittenFactor>,
    pointer: &str,
    review: &mut Review<'_>,
) -> Written {
    let mut size = |given: Option<&WrittenFactor>, stream: &str| match given {
        Some(given) => given.resolve(PLAIN, &format!("{pointer}/{stream}"), review).unwrap_or(PLACEHOLDER),
        None => NOTHING,
    };
    Written { stdout: size(stdout, "stdout"), stderr: size(stderr, "stderr") }
}

/// A group that says nothing but has steps that write.
pub(super) fn silent() -> Output {
    Output {
        written: Written { stdout: NOTHING, stderr: NOTHING },
        s3_latency: DEFAULT_PUT,
        s3_bytes_per_second: DEFAULT_BYTES_PER_SECOND,
        s3_failure: Chance(0),
        logs_latency: DEFAULT_PUT,
        denied: Vec::new(),
    }
}

/// Puts down what the instance profiles deny, and warns of it: the steps succeed all the same (S11.6, S11.15).
pub(super) fn judge(
    scenario: &Scenario,
    (access, documents): (&Access, &Documents),
    fleet: &mut Fleet,
    commands: &[Command],
    review: &mut Review<'_>,
) {
    for (&written, group) in fleet.written.iter().zip(&mut fleet.groups) {
        let Some(profile) = access.profiles.get(&scenario.group[written].name) else { continue };
        let pointer = format!("/group/{written}/instance_profile");
        let mut denied = Vec::new();
        for (index, command) in (0..).zip(commands) {
            let Some((document, _)) = documents.find(&command.request.document_name) else { continue };
            for question in questions(&access.account, profile, (command, document), group) {
                let (store, asked) = question;
                if profile.decide(&asked).is_allowed() {
                    continue;
                }
                let denial = DeniedStore { command: index, store };
                let is_first = !denied.contains(&denial);
                denied.push(denial);
                if command.is_sent() && is_first {
                    let iam::Request { action, resource, .. } = &asked;
                    let message = format!("the instance profile does not allow {action} on {resource}");
                    review.warning(&pointer, message, consequence(store));
                }
            }
        }
        denied.sort_unstable();
        denied.dedup();
        if let Some(output) = &mut group.output {
            output.denied = denied;
        }
    }
}

fn consequence(store: Store) -> &'static str {
    match store {
        Store::S3 => "its outputs never arrive, and its steps succeed all the same (S11.6, S12.18)",
        Store::Logs => {
            "its outputs never arrive, and the reply of each step that writes comes 60 s late (S11.15, S11.16)"
        }
    }
}

/// What is asked of IAM when the outputs of a command are put, by the names of the first instance and the first step.
fn questions(
    account: &Account,
    profile: &iam::Principal,
    (command, document): (&Command, &Document),
    group: &Group,
) -> Vec<(Store, iam::Request)> {
    let (Some(step), true) = (document.steps.first(), group.output.is_some() && group.count() > 0) else {
        return Vec::new();
    };
    let instance_id = group.instance_id(0);
    let step_name = key::step_part(&step.name, step.action.name);
    let place = Place {
        command_id: "00000000-0000-0000-0000-000000000000",
        instance_id: &instance_id,
        plugin: step.action.name,
        step: &step_name,
    };
    let mut all = Vec::new();
    let request = &command.request;
    if let Some(bucket) = request.output_s3_bucket_name.as_deref().filter(|_| command.wants(Store::S3)) {
        let key = key::s3_key(Layout::Agent, request.output_s3_key_prefix.as_deref(), place, Stream::Stdout);
        all.push((Store::S3, profile.ask("s3:PutObject", format!("arn:aws:s3:::{bucket}/{key}"))));
    }
    if command.wants(Store::Logs) {
        let given = request.cloud_watch_output_config.as_ref();
        let given = given.and_then(|config| config.cloud_watch_log_group_name.clone());
        let name = given.unwrap_or_else(|| key::default_log_group(&document.name));
        let Account { region, id } = account;
        let arn = |rest: &str| format!("arn:aws:logs:{region}:{id}:log-group:{rest}");
        let stream = format!("{name}:log-stream:{}", key::log_stream(place, Stream::Stdout));
        let asked = [
            ("logs:DescribeLogGroups", arn("*")),
            ("logs:CreateLogGroup", arn(&name)),
            ("logs:CreateLogStream", arn(&name)),
            ("logs:DescribeLogStreams", arn(&name)),
            ("logs:PutLogEvents", arn(&stream)),
        ];
        all.extend(asked.map(|(action, arn)| (Store::Logs, profile.ask(action, arn))));
    }
    all
}
