//! What `fleetsim load` is asked for, and what comes of it.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use clap::{Args, value_parser};
use serde::Deserialize;

use super::super::{
    console::{Failure, Format},
    output::{Destination, OutputDirectory},
    scenario, shard,
};
use crate::{
    base::SimDuration,
    client::{Endpoint, Keys, Limits},
    load::{
        arrivals::{Plan, Profile, Spacing, Stage},
        engine::Settings,
        mix::{Mix, Operation, Weighted},
        record::Job,
        verdict::Demand,
    },
    ssm::SendCommandRequest,
};

/// Make load on a Run Command endpoint at planned times, measure how it answers, and judge what it did
#[derive(Debug, Args)]
#[command(
    after_help = "Requests are sent when they are planned, however slowly the endpoint answers; latencies count from the plan. When the
generator itself cannot keep up, the result is void (exit code 5). Endpoints that are not on this machine need
--allow-remote and --credentials.

Examples:
  fleetsim load --endpoint-url http://127.0.0.1:8008 --rate 200 --for 30s --operation GetCommandInvocation
  fleetsim load scenarios/patch-night.toml --endpoint-url http://127.0.0.1:8008 --rate 0.2 --for 1m -o out
  fleetsim load --endpoint-url http://127.0.0.1:8008 --stage 'calm=50 for 20s' --stage 'spike=500 for 2s' --repeat 3 --poisson
  fleetsim load --endpoint-url http://127.0.0.1:8008 --rate 100 --threshold 'p99 < 50ms' --threshold 'errors < 0.1%'"
)]
pub(in crate::cli) struct LoadArguments {
    /// A scenario whose commands are sent, in turn [default: `true` on the first instance that the endpoint tells of]
    scenario: Option<PathBuf>,
    /// The endpoint: http://host:port or https://host
    #[arg(long, value_name = "URL")]
    endpoint_url: String,
    /// The host of the endpoint, if it is not on this machine; its calls may cost money and touch instances
    #[arg(long, value_name = "HOST")]
    allow_remote: Vec<String>,
    /// Keys to sign with: JSON as `aws configure export-credentials` prints it [default: test/test, on this machine]
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// The Region to sign for
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// Trust the certificates in this file besides those of public authorities
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Requests a second; `10..500` goes from one to the other
    #[arg(long, value_name = "RATE", default_value = "10", conflicts_with_all = ["stage", "trace", "closed"])]
    rate: RateRange,
    /// For how long
    #[arg(long = "for", value_name = "DURATION", default_value = "10s")]
    length: SimDuration,
    /// A stage, such as 'warm-up=10..100 for 30s' or '500 for 2s'; several make steps, ramps and spikes
    #[arg(long, value_name = "[NAME=]RATE for DURATION", conflicts_with_all = ["trace", "closed"])]
    stage: Vec<StageArgument>,
    /// All stages so many times
    #[arg(long, value_name = "N", default_value = "1", value_parser = value_parser!(u32).range(1..=100_000))]
    repeat: u32,
    /// Space requests as independent clients would, from the seed, and not evenly
    #[arg(long)]
    poisson: bool,
    /// Replay times from a file: seconds from the beginning, one a line, in order
    #[arg(long, value_name = "FILE", conflicts_with = "closed")]
    trace: Option<PathBuf>,
    /// A closed loop instead, for contrast: so many clients, each of which waits for the answer before it asks again
    #[arg(long, value_name = "CLIENTS", value_parser = value_parser!(u32).range(1..=10_000))]
    closed: Option<u32>,
    /// What to call, with a weight if there are several, as in SendCommand=1; may be repeated [default: SendCommand]
    #[arg(long, value_name = "OPERATION[=WEIGHT]")]
    operation: Vec<Weighted>,
    /// A command to send: JSON as `aws ssm send-command --cli-input-json` takes it; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with = "scenario")]
    request: Vec<PathBuf>,
    /// How long after an answer a command that was sent is asked about again, until it has ended
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    poll_interval: SimDuration,
    /// Do not follow the commands that are sent
    #[arg(long)]
    no_poll: bool,
    /// How long after the last planned request commands are still followed
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    drain: SimDuration,
    /// Connections at once; a request that finds none free waits, which counts in its latency from the plan
    #[arg(long, value_name = "N", default_value = "64", value_parser = value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// How long an answer may take
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    timeout: SimDuration,
    /// How often a request is sent again after a throttle, an error of the server or no answer; counted
    #[arg(long, value_name = "N", default_value = "0", value_parser = value_parser!(u32).range(0..=10))]
    retries: u32,
    /// A send is late when the generator turns to it so long after its time; one late or skipped in a thousand is tolerated
    #[arg(long, value_name = "DURATION", default_value = "10ms")]
    late_bound: SimDuration,
    /// Requests under way or waiting for a connection at once; those due beyond are skipped
    #[arg(long, value_name = "N", default_value = "10000", value_parser = value_parser!(u32).range(1..=1_000_000))]
    most_under_way: u32,
    /// What must hold, such as 'p99 < 50ms', 'errors < 0.1%' or 'SendCommand: max < 1s'; may be repeated
    #[arg(long, value_name = "DEMAND")]
    threshold: Vec<Demand>,
    /// Make only this part of the load, I of N; `fleetsim merge` joins the results
    #[arg(long, value_name = "I/N", requires = "out", conflicts_with = "closed")]
    shard: Option<shard::Which>,
    /// The root of the schedule's and the mix's luck
    #[arg(long, default_value = "1")]
    seed: u64,
    /// Do not judge what the endpoint tells of commands
    #[arg(long)]
    no_check: bool,
    #[command(flatten)]
    pub(super) result: LoadResult,
}

/// Where results go.
#[derive(Debug, Args)]
pub(super) struct LoadResult {
    /// Write the results into this directory
    #[arg(short, long, value_name = "DIR")]
    out: Option<String>,
    /// Replace a result that is in DIR already
    #[arg(long, requires = "out")]
    force: bool,
    /// How to print the summary
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

impl LoadResult {
    /// The directory that the files go to, if they go anywhere.
    pub(super) fn directory(&self) -> Result<Option<OutputDirectory>, Failure> {
        let create = |out: &str| OutputDirectory::create(Destination::from(out), self.force);
        self.out.as_deref().map(create).transpose()
    }
}

/// From one rate to another.
#[derive(Clone, Copy, Debug, PartialEq)]
struct RateRange {
    from: f64,
    to: f64,
}

impl FromStr for RateRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rate = |text: &str| {
            let rate = text.trim().parse::<f64>().ok().filter(|rate| (0.0..=1e6).contains(rate));
            rate.ok_or_else(|| {
                format!("`{text}` is no rate; write requests a second, such as 200 or 10..500")
            })
        };
        let (from, to) = text.split_once("..").unwrap_or((text, text));
        Ok(Self { from: rate(from)?, to: rate(to)? })
    }
}

/// A stage as typed; without a name it is called by its rate.
#[derive(Clone, Debug, PartialEq)]
struct StageArgument(Stage);

impl FromStr for StageArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) =
            text.split_once('=').map_or((None, text), |(name, rest)| (Some(name.trim()), rest));
        let (rate, length) = rest.split_once(" for ").ok_or_else(|| {
            format!("`{text}` is no stage; write as in 'calm=50 for 20s' or '10..500 for 1m'")
        })?;
        let RateRange { from, to } = rate.parse()?;
        let length: SimDuration = length.trim().parse()?;
        if length == SimDuration::ZERO {
            return Err(format!("the stage `{text}` has no length"));
        }
        Ok(Self(Stage { name: name.unwrap_or(rate).trim().into(), length, from, to }))
    }
}

/// How load is made.
pub(super) enum Way {
    Open(Plan),
    /// So many clients, for so long.
    Closed(usize, Duration),
}

/// Everything that a load needs.
pub(super) struct Task {
    pub(super) endpoint: Endpoint,
    pub(super) authorities: Option<Vec<u8>>,
    pub(super) limits: Limits,
    pub(super) settings: Settings,
    pub(super) mix: Mix,
    pub(super) sends: Vec<SendCommandRequest>,
    pub(super) way: Way,
    pub(super) shard: (u64, u64),
    pub(super) job: Job,
}

impl Task {
    /// How many connections are opened before the beginning.
    pub(super) fn warm(&self) -> usize {
        match &self.way {
            Way::Open(_) => self.limits.connections.min(64),
            Way::Closed(clients, _) => *clients,
        }
    }

    /// The names of the stages.
    pub(super) fn stages(&self) -> Vec<String> {
        match &self.way {
            Way::Open(plan) => plan.stages(),
            Way::Closed(..) => vec!["closed".into()],
        }
    }

    /// How long it is planned to be.
    pub(super) fn length(&self) -> Duration {
        match &self.way {
            Way::Open(plan) => plan.length(),
            Way::Closed(_, length) => *length,
        }
    }
}

impl LoadArguments {
    /// What has to be done, or what is wrong with it.
    pub(super) fn task(&self) -> Result<Task, Failure> {
        let fail = |message: String| Failure::new(&message);
        let keys = self.credentials.as_deref().map(read_keys).transpose()?;
        let endpoint =
            Endpoint::new(&self.endpoint_url, &self.allow_remote, keys, &self.region).map_err(fail)?;
        let authorities = self.ca.as_deref().map(|path| fs::read(path).map_err(|e| cannot_read(path, &e)));
        let way = self.way()?;
        let connections = self.closed.unwrap_or(self.connections) as usize;
        let limits = Limits { connections, answer: wall(self.timeout), ..Limits::default() };
        let weighted = match &self.operation[..] {
            [] => vec![Weighted { operation: Operation::SendCommand, weight: 1 }],
            some => some.to_vec(),
        };
        let settings = Settings {
            most_under_way: self.most_under_way as usize,
            bound: wall(self.late_bound),
            retries: self.retries,
            poll: (!self.no_poll && self.closed.is_none()).then_some(wall(self.poll_interval)),
            drain: wall(self.drain),
            testify: !self.no_check && self.closed.is_none(),
        };
        let shard = self.shard.map(shard::Which::resolve).transpose()?;
        let shard = shard.map_or((1, 1), |shard| (shard.number, shard.of));
        let job = self.job(&endpoint, &weighted, shard.1, connections);
        Ok(Task {
            endpoint,
            authorities: authorities.transpose()?,
            limits,
            settings,
            mix: Mix::new(weighted, self.seed),
            sends: self.sends()?,
            way,
            shard,
            job,
        })
    }

    fn job(&self, endpoint: &Endpoint, weighted: &[Weighted], parts: u64, connections: usize) -> Job {
        let mix: Vec<_> = match weighted {
            [only] => vec![only.operation.to_string()],
            all => all.iter().map(|one| format!("{}={}", one.operation, one.weight)).collect(),
        };
        Job {
            version: env!("CARGO_PKG_VERSION").into(),
            endpoint: endpoint.to_string(),
            arrivals: self.arrivals(),
            mix: mix.join(" "),
            seed: self.seed,
            parts,
            bound_us: self.late_bound.0,
            connections,
            open: self.closed.is_none(),
            demands: self.threshold.iter().map(|demand| demand.text.clone()).collect(),
        }
    }

    /// When requests are planned, in words.
    fn arrivals(&self) -> String {
        let spacing = if self.poisson { "Poisson" } else { "evenly" };
        let shown = |RateRange { from, to }: RateRange| {
            if from == to { format!("{from}/s") } else { format!("{from}..{to}/s") }
        };
        match (&self.trace, self.closed, &self.stage[..]) {
            (Some(path), ..) => format!("as in {}", path.display()),
            (_, Some(clients), _) => format!("{clients} clients for {}", self.length),
            (.., []) => format!("{} for {}, {spacing}", shown(self.rate), self.length),
            (.., stages) => {
                let one = |StageArgument(stage): &StageArgument| {
                    let range = RateRange { from: stage.from, to: stage.to };
                    format!("{}={} for {}", stage.name, shown(range), stage.length)
                };
                let all: Vec<_> = stages.iter().map(one).collect();
                format!("{}, {} times, {spacing}", all.join(", "), self.repeat)
            }
        }
    }

    fn way(&self) -> Result<Way, Failure> {
        if let Some(clients) = self.closed {
            return Ok(Way::Closed(clients as usize, wall(self.length)));
        }
        if let Some(path) = &self.trace {
            return Ok(Way::Open(Plan::Trace(read_trace(path)?)));
        }
        let spacing = if self.poisson { Spacing::Poisson(self.seed) } else { Spacing::Even };
        let profile = match &self.stage[..] {
            [] if self.length == SimDuration::ZERO => {
                return Err(Failure::new("--for 0s: there is nothing to do"));
            }
            [] => {
                let RateRange { from, to } = self.rate;
                Profile::new(&[Stage { name: "load".into(), length: self.length, from, to }], 1)
            }
            stages => {
                let stages: Vec<_> = stages.iter().map(|StageArgument(stage)| stage.clone()).collect();
                Profile::new(&stages, self.repeat)
            }
        };
        Ok(Way::Open(Plan::Profile(profile, spacing)))
    }

    /// The commands that are sent.
    fn sends(&self) -> Result<Vec<SendCommandRequest>, Failure> {
        if let Some(path) = &self.scenario {
            let plan = scenario::load(path)?.plan;
            let sent =
                plan.commands.into_iter().filter(|command| command.trigger.is_none() && !command.is_template);
            return Ok(sent.map(|command| command.request).collect());
        }
        let read = |path: &PathBuf| {
            let text = fs::read(path).map_err(|error| cannot_read(path, &error))?;
            serde_json::from_slice(&text).map_err(|error| {
                Failure::new(&format!("{} is no request of SendCommand: {error}", path.display()))
            })
        };
        self.request.iter().map(read).collect()
    }
}

fn wall(duration: SimDuration) -> Duration {
    Duration::from_micros(duration.0)
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(&format!("cannot read {}: {error}", path.display()))
}

/// Keys as `aws configure export-credentials` prints them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyFile {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

fn read_keys(path: &Path) -> Result<Keys, Failure> {
    let text = fs::read(path).map_err(|error| cannot_read(path, &error))?;
    // The parser's message could repeat a part of a secret.
    let wrong = |_| {
        let form = "JSON with AccessKeyId, SecretAccessKey and, of temporary keys, SessionToken";
        Failure::new(&format!("{} holds no keys; it has to be {form}", path.display()))
    };
    let KeyFile { access_key_id, secret_access_key, session_token } =
        serde_json::from_slice(&text).map_err(wrong)?;
    Ok(Keys { access_key_id, secret: secret_access_key, session_token })
}

fn read_trace(path: &Path) -> Result<Vec<Duration>, Failure> {
    let text = fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
    let mut times = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |what| Failure::new(&format!("{}, line {}: `{line}` {what}", path.display(), at + 1));
        let seconds = line.trim().parse::<f64>().ok().filter(|seconds| (0.0..=1e7).contains(seconds));
        let time = Duration::from_secs_f64(seconds.ok_or_else(|| wrong("is no number of seconds"))?);
        if times.last().is_some_and(|last| time < *last) {
            return Err(wrong("is before the line above it"));
        }
        times.push(time);
    }
    Ok(times)
}
