//! What `fleetsim load` is asked for, and what comes of it.

use std::{fs, path::PathBuf, time::Duration};

use clap::{Args, value_parser};

use super::input::{PollBy, RateRange, StageArgument, read_trace};
use crate::{
    base::SimDuration,
    cli::{
        console::{Failure, Format},
        endpoint::{EndpointArguments, cannot_read},
        output::{Destination, OutputDirectory},
        scenario, shard,
    },
    client::{Endpoint, Limits},
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
  fleetsim load scenarios/patch-night.toml --endpoint-url http://127.0.0.1:8008 --rate 0.2 --for 1m --notify
  fleetsim load --endpoint-url http://127.0.0.1:8008 --stage 'calm=50 for 20s' --stage 'spike=500 for 2s' --repeat 3 --poisson
  fleetsim load --endpoint-url http://127.0.0.1:8008 --find-max-rate 'p99 < 50ms, errors < 0.1%' --operation ListCommands
  fleetsim load --endpoint-url http://127.0.0.1:8008 --rate 100 --threshold 'p99 < 50ms' --threshold 'errors < 0.1%'"
)]
pub(in crate::cli) struct LoadArguments {
    /// A scenario whose commands are sent, in turn [default: `true` on the first instance that the endpoint tells of]
    scenario: Option<PathBuf>,
    #[command(flatten)]
    endpoint: EndpointArguments,
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
    /// How commands that are sent are followed: the lists of their invocations, or each invocation, as waiters do
    #[arg(long, value_enum, value_name = "OPERATION", default_value_t = PollBy::ListCommandInvocations, conflicts_with = "no_poll")]
    poll_by: PollBy,
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
    /// Keep the same schedule with a bare timer loop too, on a thread of its own, and tell its error: what the machine does to
    /// any schedule
    #[arg(long, conflicts_with = "closed")]
    bare_timer: bool,
    /// Requests under way or waiting for a connection at once; those due beyond are skipped
    #[arg(long, value_name = "N", default_value = "10000", value_parser = value_parser!(u32).range(1..=1_000_000))]
    most_under_way: u32,
    /// What must hold, such as 'p99 < 50ms', 'errors < 0.1%' or 'SendCommand: max < 1s'; may be repeated
    #[arg(long, value_name = "DEMAND")]
    threshold: Vec<Demand>,
    /// Search the highest rate that meets these demands, with commas between them: from --rate on, each try as long as --for
    #[arg(long, value_name = "DEMANDS", conflicts_with_all = ["stage", "trace", "closed", "shard", "threshold"])]
    find_max_rate: Option<String>,
    /// With --find-max-rate: how often each rate is tried
    #[arg(long, value_name = "N", default_value = "3", requires = "find_max_rate", value_parser = value_parser!(u32).range(1..=99))]
    tries: u32,
    /// With --find-max-rate: how near, in percent
    #[arg(long, value_name = "PERCENT", default_value = "5", requires = "find_max_rate", value_parser = value_parser!(u32).range(1..=50))]
    precision: u32,
    /// With --find-max-rate: go no higher
    #[arg(long, value_name = "RATE", default_value = "100000", requires = "find_max_rate", value_parser = value_parser!(u32).range(1..=1_000_000))]
    up_to: u32,
    /// Make only this part of the load, I of N; `fleetsim merge` joins the results
    #[arg(long, value_name = "I/N", requires = "out", conflicts_with = "closed")]
    shard: Option<shard::Which>,
    /// The root of the schedule's and the mix's luck
    #[arg(long, default_value = "1")]
    seed: u64,
    /// Listen to the notifications of the commands that are sent, too: on a port of this machine that is subscribed to their topics,
    /// or to a new one where they name none; counted, and judged
    #[arg(long, conflicts_with_all = ["closed", "find_max_rate", "no_check"])]
    notify: bool,
    /// With --notify: how long to listen after the end; what is not there by then is missing
    #[arg(long, value_name = "DURATION", default_value = "5s", requires = "notify")]
    notify_wait: SimDuration,
    /// Do not judge what the endpoint tells of commands
    #[arg(long)]
    no_check: bool,
    /// Write a page with pictures too: one file, for any browser
    #[arg(long, value_name = "FILE", conflicts_with = "find_max_rate")]
    pub(super) html: Option<PathBuf>,
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
    /// Whether a bare timer loop runs beside.
    pub(super) bare: bool,
    /// Where notifications are listened to, for how long after the end.
    pub(super) notify: Option<Duration>,
}

/// What `--find-max-rate` asks for.
pub(super) struct Finding {
    pub(super) demands: Vec<Demand>,
    pub(super) first: f64,
    pub(super) most: f64,
    /// As a share.
    pub(super) precision: f64,
    pub(super) repeats: u32,
    /// Of each try.
    pub(super) length: SimDuration,
    /// The seed of Poisson arrivals.
    pub(super) poisson: Option<u64>,
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
        let endpoint = self.endpoint.endpoint()?;
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
            manner: self.poll_by.manner(),
            drain: wall(self.drain),
            testify: !self.no_check && self.closed.is_none() && self.find_max_rate.is_none(),
        };
        let shard = self.shard.map(shard::Which::resolve).transpose()?;
        let shard = shard.map_or((1, 1), |shard| (shard.number, shard.of));
        let job = self.job(&endpoint, &weighted, shard.1, connections);
        Ok(Task {
            endpoint,
            authorities: self.endpoint.authorities()?,
            limits,
            settings,
            mix: Mix::new(weighted, self.seed),
            sends: self.sends()?,
            way,
            shard,
            job,
            bare: self.bare_timer,
            notify: self.notify.then_some(wall(self.notify_wait)),
        })
    }

    /// What has to be found, if something has.
    pub(super) fn finding(&self) -> Result<Option<Finding>, Failure> {
        let Some(text) = &self.find_max_rate else { return Ok(None) };
        let fail = |message: String| Failure::new(&format!("--find-max-rate: {message}"));
        let demands = Demand::several(text).map_err(fail)?;
        let RateRange { from: first, to } = self.rate;
        if first != to || first <= 0.0 {
            return Err(fail("it begins at one rate above 0".into()));
        }
        Ok(Some(Finding {
            demands,
            first,
            most: self.up_to.into(),
            precision: f64::from(self.precision) / 100.0,
            repeats: self.tries,
            length: self.length,
            poisson: self.poisson.then_some(self.seed),
        }))
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
