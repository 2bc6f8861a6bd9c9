//! `fleetsim serve`: an endpoint that speaks the AWS API over a simulated fleet.

use std::{
    fs::File,
    io::{BufWriter, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum, value_parser};
use jiff::Timestamp;

use super::{
    console::{self, Failure},
    endpoint::read_keys,
    exit::Exit,
    scenario,
};
use crate::{
    base::SimDuration,
    iam::Account,
    report::summary::plan_hash,
    scenario::{Credentials, Resolved, Source},
    serve::{
        auth::Auth,
        clock::Speed,
        delivery::{
            self,
            api::ApiEndpoint,
            guard::{Allowed, Guard},
            mail::SmtpServer,
            queue::QueueEndpoint,
            signer::Signer,
        },
        departures,
        endpoint::{Endpoint, Settings},
        journal::{FORMAT, Header},
        origin::Names,
        outputs,
        run::{self, Config},
        server::{Limits, is_loopback},
        throttle::{Rate, Throttle},
    },
    service::{self, Options, Service},
};

/// Serve the AWS API of Run Command over a scenario's fleet, at the pace of a clock: for the AWS CLI, SDKs and your own tools
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fleetsim serve scenarios/patch-night.toml
  fleetsim serve scenarios/patch-night.toml --speed 60 --journal fleet.journal
  aws ssm list-commands --endpoint-url http://127.0.0.1:8008 --no-sign-request
  fleetsim serve scenarios/patch-night.toml --speed max --compat moto --listen 127.0.0.1:0
  curl -X POST http://127.0.0.1:8008/_fleetsim/advance -d '{\"by_seconds\": 3600}'
  curl -X POST http://127.0.0.1:8008/_fleetsim/fault -d '{\"kind\": \"region-outage\", \"for\": \"30m\"}'")]
pub(super) struct ServeArguments {
    /// The scenario, TOML or JSON; of its commands steps of calls with the same document go the same way
    scenario: PathBuf,
    /// Send the scenario's own commands at their times
    #[arg(long)]
    with_commands: bool,
    /// Where to listen; port 0 takes a free one, which the first line of output tells
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8008")]
    listen: SocketAddr,
    /// Listen on an address that other machines reach. Without --auth whoever reaches it may do everything
    #[arg(long)]
    allow_remote_clients: bool,
    /// Another name of this host under which browsers may open the page; may be repeated
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Simulated seconds in a second: a factor, `real` for 1, or `max` for as fast as requests allow, where time goes from one
    /// happening to the next whenever no request waits
    #[arg(long, default_value = "real")]
    speed: Speed,
    /// The root of all luck, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// Keep every call that changes something in this file before it is answered. Started again with it, the server makes
    /// them again and goes on where it was
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Write the history when the server is stopped by Ctrl-C or SIGTERM; `fleetsim check` judges it
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Access keys, principals and policies, TOML or JSON: signatures are verified, and IAM is enforced
    #[arg(long, value_name = "FILE")]
    auth: Option<PathBuf>,
    /// Allow what suites written against another emulator rely on; simulated time begins now
    #[arg(long, value_enum, value_name = "NAME", conflicts_with = "journal")]
    compat: Option<Compat>,
    /// Deliver messages and put outputs to this host too, and not only to loopback; may be repeated
    #[arg(long, value_name = "HOST")]
    allow_delivery: Vec<Allowed>,
    /// Trust the certificates in this file besides those of public authorities when messages are delivered over HTTPS
    #[arg(long, value_name = "FILE")]
    delivery_ca: Option<PathBuf>,
    /// Send e-mail through this server, such as smtp://127.0.0.1:1025
    #[arg(long, value_name = "URL")]
    smtp: Option<SmtpServer>,
    /// Deliver to queues of this SQS, and not to those that are built in
    #[arg(long, value_name = "URL")]
    sqs_endpoint: Option<QueueEndpoint>,
    /// Put outputs that commands want in S3 into buckets of this S3, by path; as much of each as `[group.output]` says
    #[arg(long, value_name = "URL")]
    s3_endpoint: Option<ApiEndpoint>,
    /// Put outputs that commands want in CloudWatch Logs into log streams of this endpoint
    #[arg(long, value_name = "URL")]
    logs_endpoint: Option<ApiEndpoint>,
    /// Keys for these two: JSON as `aws configure export-credentials` prints it [default: test/test]
    #[arg(long, value_name = "FILE")]
    output_credentials: Option<PathBuf>,
    /// The largest body of a request, in bytes; larger ones are answered with 413
    #[arg(long, value_name = "BYTES", default_value = "1048576", value_parser = value_parser!(u32).range(1024..))]
    max_body: u32,
    /// How many connections may be open; more wait until one is closed
    #[arg(long, value_name = "N", default_value = "1024", value_parser = value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// How long a connection may be silent before it is closed: between requests, within a head, within a body
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    idle_timeout: SimDuration,
    /// Assume that a new command is not seen for so long by those who ask for it; simulated time
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    assumed_read_gap: SimDuration,
    /// Assume that calls of each operation are throttled to so many a second, and so many at once, as in 10:50
    #[arg(long, value_name = "RATE[:BURST]")]
    assumed_throttle: Option<Rate>,
    /// Assume that a command ends as LimitExceeded that would make more invocations pending, all commands together
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    assumed_pending: Option<u64>,
    /// Assume that every answer takes so long; wall time
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    assumed_latency: SimDuration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Compat {
    /// Ids that do not exist and the like, as moto takes them
    Moto,
}

pub(super) fn serve(arguments: &ServeArguments) -> Result<Exit, Failure> {
    if !is_loopback(arguments.listen.ip()) && !arguments.allow_remote_clients {
        let message = format!(
            "{} can be reached by other machines, which could send commands, subscribe to topics and make this server send \
             requests; allow it with --allow-remote-clients, and think of --auth",
            arguments.listen
        );
        return Err(Failure::new(&message));
    }
    let resolved = scenario::load_fleet(&arguments.scenario)?;
    let listener = TcpListener::bind(arguments.listen)
        .map_err(|error| Failure::new(&format!("cannot listen on {}: {error}", arguments.listen)))?;
    let address = listener.local_addr().map_err(|error| Failure::new(&error.to_string()))?;
    let region = resolved.access.account.region.clone();
    let mut config = arguments.config(resolved, &format!("http://{address}"), listener)?;
    let puts = arguments.outputs(address, region)?;
    let (outbox, coming) = outputs::channel(puts.stores());
    config.settings.outputs = Some(outbox);
    let ready = |notes: &[String]| {
        for note in notes {
            console::complain(note);
        }
        let path = console::quoted(&arguments.scenario);
        // Whoever waits for this line waits for ever if it is lost, and is served all the same.
        let _ = console::print(&format!(
            "listening on http://{address}; serving {path} at speed {}",
            arguments.speed
        ));
    };
    let deliveries = arguments.deliveries(&config, address)?;
    let deliver = |endpoint, leaving| {
        departures::start(&endpoint, leaving, deliveries)?;
        outputs::start(&endpoint, coming, puts)
    };
    let end = |endpoint: &Endpoint| {
        arguments.history.as_deref().map_or(Ok(()), |path| write_history(path, endpoint))
    };
    run::run(config, ready, deliver, stopped(), end).map_err(|message| Failure::new(&message))??;
    Ok(Exit::Good)
}

impl ServeArguments {
    fn config(&self, resolved: Resolved, base_url: &str, listener: TcpListener) -> Result<Config, Failure> {
        let mut begin = service::Scenario::from(resolved);
        begin.plan.seed = self.seed.unwrap_or(begin.plan.seed);
        if self.compat == Some(Compat::Moto) {
            begin.plan.start = Timestamp::now().to_string();
        }
        let scenario = plan_hash(&begin.plan);
        let (seed, account) = (begin.plan.seed, begin.access.account.clone());
        let settings = Settings {
            auth: self.auth.as_deref().map(|path| read_auth(path, account)).transpose()?,
            names: Names(self.allow_host.clone()),
            throttle: self.assumed_throttle.map(Throttle::new),
            latency: wall(self.assumed_latency),
            max_body: self.max_body as usize,
            signer: Some(Signer::new(seed, base_url)),
            outputs: None,
        };
        let limits = Limits { connections: self.max_connections as usize, idle: wall(self.idle_timeout) };
        let program = env!("CARGO_PKG_VERSION").into();
        let header =
            Header { format: FORMAT, program, scenario, seed, settings: self.terms(settings.auth.as_ref()) };
        let options = Options {
            sends_commands: self.with_commands,
            read_gap: self.assumed_read_gap,
            pending_limit: self.assumed_pending,
            base_url: base_url.into(),
            queues_are_outside: self.sqs_endpoint.is_some(),
            asks_for_signatures: settings.auth.is_some(),
            is_lenient: self.compat.is_some(),
        };
        let begin = move || Service::new(begin.clone(), options.clone());
        begin().map_err(|fault| Failure::new(&fault.message))?;
        let begin = Box::new(move || begin().expect("it could be made before"));
        let (speed, journal) = (self.speed, self.journal.clone());
        Ok(Config { listener, begin, header, speed, journal, settings, limits })
    }

    /// How messages are delivered.
    fn deliveries(&self, config: &Config, address: SocketAddr) -> Result<delivery::Settings, Failure> {
        let signer = config.settings.signer.clone().expect("it was made with the settings");
        let guard = Guard::new(self.allow_delivery.clone(), Some(address));
        Ok(delivery::Settings {
            authorities: self.authorities()?,
            smtp: self.smtp.clone(),
            sqs: self.sqs_endpoint.clone(),
            note: Box::new(console::complain),
            ..delivery::Settings::new(guard, signer)
        })
    }

    /// How outputs are put to stores outside.
    fn outputs(&self, address: SocketAddr, region: String) -> Result<outputs::Settings, Failure> {
        let keys = self.output_credentials.as_deref().map(read_keys).transpose()?.unwrap_or_default();
        let with_keys = |endpoint: &ApiEndpoint| endpoint.clone().with_keys(keys.clone());
        let settings = outputs::Settings {
            guard: Guard::new(self.allow_delivery.clone(), Some(address)),
            authorities: self.authorities()?,
            s3: self.s3_endpoint.as_ref().map(with_keys),
            logs: self.logs_endpoint.as_ref().map(with_keys),
            region,
            note: Box::new(console::complain),
        };
        settings.check().map_err(|message| Failure::new(&message))?;
        Ok(settings)
    }

    /// The certificates of `--delivery-ca`.
    fn authorities(&self) -> Result<Option<Vec<u8>>, Failure> {
        let read = |path: &PathBuf| {
            let wrong = |error| Failure::new(&format!("cannot read {}: {error}", path.display()));
            std::fs::read(path).map_err(wrong)
        };
        self.delivery_ca.as_ref().map(read).transpose()
    }

    /// What else changes the course of things, and so has to be the same whenever a journal is opened.
    fn terms(&self, auth: Option<&Auth>) -> String {
        let gap = self.assumed_read_gap;
        let terms = [
            (gap > SimDuration::ZERO).then(|| format!("--assumed-read-gap '{gap}'")),
            self.assumed_pending.map(|most| format!("--assumed-pending {most}")),
            self.sqs_endpoint.as_ref().map(|_| "--sqs-endpoint".into()),
            self.with_commands.then(|| "--with-commands".into()),
            auth.map(|auth| format!("--auth with principals {}", auth.fingerprint())),
        ];
        let terms: Vec<String> = terms.into_iter().flatten().collect();
        if terms.is_empty() { "none".into() } else { terms.join(", ") }
    }
}

fn wall(duration: SimDuration) -> Duration {
    Duration::from_micros(duration.0)
}

/// Reads the access keys. Warnings go to standard error.
fn read_auth(path: &Path, account: Account) -> Result<Auth, Failure> {
    let text = scenario::read(path)
        .map_err(|error| Failure::new(&format!("cannot read {}: {error}", path.display())))?;
    let credentials = Credentials::load(Source { path: path.into(), text }, &scenario::read)?;
    for warning in &credentials.warnings {
        console::complain(&warning.render(console::coloured()));
    }
    Ok(Auth::new(credentials, account))
}

fn write_history(path: &Path, endpoint: &Endpoint) -> Result<(), Failure> {
    let write = || {
        let mut file = BufWriter::new(File::create(path)?);
        endpoint.host.borrow().service().write_history(&mut file)?;
        file.flush()
    };
    write().map_err(|error| Failure::new(&format!("cannot write {}: {error}", path.display())))
}

/// Waits for Ctrl-C or SIGTERM. From then on a second one ends the program at once.
async fn stopped() {
    signal().await;
    console::complain("stopping: requests under way are finished; once more ends at once");
    tokio::task::spawn_local(async {
        signal().await;
        std::process::exit(Exit::Interrupted as i32);
    });
}

async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        // Where no handler can be set a signal ends the program, as it would without.
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { _ = terminate.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
