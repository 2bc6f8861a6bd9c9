//! `fleetsim conform`: a battery of small cases that any endpoint of Run Command is held to.

use std::{fs, path::PathBuf, time::Duration};

use clap::{Args, value_parser};
use tokio::{runtime::Builder, task::LocalSet};

use super::{
    console::{self, Failure, Format, Progress},
    endpoint::{EndpointArguments, cannot_read},
    exit::Exit,
    interrupt::Interrupt,
};
use crate::{
    base::{SimDuration, nearest},
    check::Judgement,
    client::{Client, Limits},
    conform::{self, BATTERY, Bench, Case, Finding, Profile, Settings, time::Pace},
    report::conform::{self as report, Played},
};

/// Polls of the endpoint's time are so far apart, of its seconds, unless --poll-interval says otherwise.
const INTERVAL: f64 = 0.5;
/// Or so far of ours, where the endpoint's time goes fast.
const SHORTEST: f64 = 0.02;

/// Play a battery of small cases against a Run Command endpoint, and say of each whether it is answered as AWS answers
#[derive(Debug, Args)]
#[command(
    after_help = "Commands are sent, cancelled and waited for; topics, queues and rules are made and removed again. Of the instances it
needs some that succeed, fail, take long, cannot be reached and are denied: those of scenarios/conform.toml, or what --fleet or
--instance-ids names. Cases for which there are none are unknown.

Examples:
  fleetsim serve scenarios/conform.toml --speed 60
  fleetsim conform --endpoint-url http://127.0.0.1:8008
  fleetsim conform --endpoint-url http://127.0.0.1:5000 --instance-ids i-0123456789abcdef0,i-0123456789abcdef1 --format markdown
  fleetsim conform --endpoint-url http://127.0.0.1:8008 --case stop-at-first --case overshoot
  fleetsim conform --list"
)]
pub(super) struct ConformArguments {
    #[command(flatten)]
    endpoint: EndpointArguments,
    /// Print the cases, and call nobody
    #[arg(long)]
    list: bool,
    /// Play this case alone; may be repeated
    #[arg(long, value_name = "NAME")]
    case: Vec<String>,
    /// Which instances do what: TOML, as docs/conform.md shows it [default: those of scenarios/conform.toml]
    #[arg(long, value_name = "FILE")]
    fleet: Option<PathBuf>,
    /// Instances that do what a script tells them, instead of --fleet
    #[arg(long, value_name = "ID", value_delimiter = ',', conflicts_with = "fleet")]
    instance_ids: Vec<String>,
    /// So many of the endpoint's seconds go by in one of ours [default: 1; fleetsim serve is asked]
    #[arg(long, value_name = "FACTOR")]
    time_scale: Option<f64>,
    /// How long a case may take
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    timeout: SimDuration,
    /// How far polls are apart, in the endpoint's time [default: 500ms, and no less than 20ms of ours]
    #[arg(long, value_name = "DURATION")]
    poll_interval: Option<SimDuration>,
    /// How late messages and events may be, in the endpoint's time
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    lateness: SimDuration,
    /// Send no more commands than so many
    #[arg(long, value_name = "N", default_value = "300", value_parser = value_parser!(u32).range(1..=10_000))]
    max_commands: u32,
    /// How to print the table
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn conform(arguments: &ConformArguments) -> Result<Exit, Failure> {
    arguments.check_cases()?;
    if arguments.list {
        let wanted = |case: &&Case| arguments.wants(case.name);
        let cases = BATTERY
            .iter()
            .flat_map(|family| family.cases.iter().filter(wanted).map(|case| (family.name, case)));
        console::print(&report::list(cases, arguments.format == Format::Markdown))?;
        return Ok(Exit::Good);
    }
    let profile = arguments.profile()?;
    let (target, authorities) = (arguments.endpoint.endpoint()?, arguments.endpoint.authorities()?);
    let name = target.to_string();
    let limits = Limits { connections: 4, answer: Duration::from_secs(30), ..Limits::default() };
    let fail = |message: String| Failure::new(&message);
    let client = Client::new(target, limits, authorities.as_deref()).map_err(fail)?;
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| fail(error.to_string()))?;
    let played = LocalSet::new().block_on(&runtime, arguments.play(client, name, &profile))?;
    match arguments.format {
        Format::Text => console::print(&report::to_text(&played))?,
        Format::Json => console::print_json(&played)?,
        Format::Markdown => console::print(&report::to_markdown(&played))?,
    }
    Ok(judge(&played))
}

fn judge(played: &Played) -> Exit {
    let any = |verdict| played.findings.iter().any(|finding| finding.verdict == verdict);
    if any(Judgement::Invalid) {
        return Exit::Invalid;
    }
    if played.interrupted {
        return Exit::Interrupted;
    }
    if any(Judgement::Unknown) { Exit::Unknown } else { Exit::Good }
}

impl ConformArguments {
    fn wants(&self, name: &str) -> bool {
        self.case.is_empty() || self.case.iter().any(|case| case == name)
    }

    fn check_cases(&self) -> Result<(), Failure> {
        let names = || BATTERY.iter().flat_map(|family| family.cases).map(|case| case.name);
        let Some(unknown) = self.case.iter().find(|case| !names().any(|name| name == *case)) else {
            return Ok(());
        };
        let guess = nearest(unknown, names()).map(|name| format!("; did you mean `{name}`?"));
        let message =
            format!("there is no case `{unknown}`{}", guess.unwrap_or_else(|| "; --list shows them".into()));
        Err(Failure::new(&message))
    }

    fn profile(&self) -> Result<Profile, Failure> {
        if !self.instance_ids.is_empty() {
            return Ok(Profile::of(None, self.instance_ids.clone()));
        }
        let Some(path) = &self.fleet else { return Ok(Profile::default()) };
        let text = fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
        Profile::parse(&text).map_err(|error| Failure::new(&format!("{}: {error}", path.display())))
    }

    async fn play(&self, client: Client, endpoint: String, profile: &Profile) -> Result<Played, Failure> {
        let fail = |message: String| Failure::new(&message);
        client.warm_up(1).await.map_err(|failure| fail(format!("{endpoint}: {failure}")))?;
        let pace = match self.time_scale {
            Some(scale) => Pace::new(scale),
            None => Pace::of(&client).await,
        };
        let pace = pace.map_err(fail)?;
        let interval = self
            .poll_interval
            .map_or_else(|| INTERVAL.max(pace.scale() * SHORTEST), SimDuration::as_secs_f64);
        let settings = Settings {
            pace,
            patience: Duration::from_micros(self.timeout.0),
            commands: self.max_commands,
            interval,
            lateness: self.lateness.as_secs_f64(),
        };
        let bench = Bench::new(client, settings, profile).await;
        let interrupt = Interrupt::listen();
        let count =
            BATTERY.iter().flat_map(|family| family.cases).filter(|case| self.wants(case.name)).count();
        let progress = Progress::new(count as u64, "cases");
        let each = |_: &Finding| {
            progress.advance(1);
            !interrupt.came()
        };
        let findings = conform::play(&bench, |name| self.wants(name), each).await;
        progress.finish();
        Ok(Played {
            endpoint,
            time_scale: pace.scale(),
            commands: bench.commands(),
            interrupted: interrupt.came(),
            findings,
        })
    }
}
