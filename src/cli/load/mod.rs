//! `fleetsim load`: makes load on an endpoint, measures how it answers, and judges what it did.

mod arguments;
mod desk;
mod find;
mod input;
mod join;
mod view;

use std::{
    rc::Rc,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{runtime::Builder, task::LocalSet};

use super::{
    console::{self, Failure, Format},
    exit::Exit,
    html_file::HtmlFile,
    interrupt::Interrupt,
    output::OutputDirectory,
};
use crate::{
    check::Judgement,
    client::Client,
    load::{
        bare, drive,
        engine::Engine,
        prelude,
        record::{FORMAT, LoadRecord},
        subscribe::Ears,
    },
    measure::Bins,
    report::{
        hdr,
        html::{self, Span},
        load::{LoadSummary, print, summary::Rules},
    },
};

pub(super) use arguments::LoadArguments;
use arguments::{Task, Way};
use desk::{Desk, Findings, Papers};
pub(super) use join::{Show, compare, is_load, merge};

pub(super) fn load(arguments: &LoadArguments) -> Result<Exit, Failure> {
    let directory = arguments.result.directory()?;
    let task = arguments.task()?;
    if let Some(finding) = arguments.finding()? {
        return find::find(task, &finding, arguments.result.format, directory);
    }
    let interrupt = Interrupt::listen();
    let papers = Papers::new(directory.as_ref(), task.settings.testify)?;
    let page = arguments.html.as_deref().map(HtmlFile::new).transpose()?;
    let (record, rules, spans) = run(&task, papers, &interrupt)?;
    let summary = LoadSummary::new(&record, rules);
    if let Some(page) = page {
        page.write(&html::load(&summary, &record, &spans))?;
    }
    publish(arguments.result.format, &summary, &record, directory)?;
    Ok(judge(&summary))
}

/// A load, what the rules say of it, and its course.
type Made = (LoadRecord, Option<Rules>, Bins<Span>);

/// Makes the load.
fn run(task: &Task, papers: Papers, interrupt: &Interrupt) -> Result<Made, Failure> {
    let (sender, receiver) = mpsc::channel();
    let desk = Desk::new(task, papers);
    let desk = thread::spawn(move || desk.work(receiver));
    let began = Instant::now();
    let stop = AtomicBool::new(false);
    let (made, bare) = thread::scope(|scope| {
        let bare = match &task.way {
            Way::Open(plan) if task.bare => Some(scope.spawn(|| bare::keep(plan, task.shard, &stop))),
            _ => None,
        };
        let made = make(task, sender, interrupt);
        stop.store(true, Ordering::Relaxed);
        (made, bare.and_then(|thread| thread.join().ok()))
    });
    let seconds = began.elapsed().as_secs_f64();
    let result = desk.join().map_err(|_| Failure::new("the thread that counts has failed"))?;
    let seconds = made?.unwrap_or(seconds);
    let Findings { tally, rules, messages, spans } = result?;
    let record = LoadRecord {
        fleetsim_load: FORMAT,
        job: task.job.clone(),
        shards: vec![task.shard.0],
        seconds,
        interrupted: interrupt.came(),
        bare,
        messages,
        tally,
    };
    Ok((record, rules, spans))
}

/// Makes the load, and says how many seconds it took without what went before it.
fn make(
    task: &Task,
    log: mpsc::Sender<crate::load::log::Happening>,
    interrupt: &Interrupt,
) -> Result<Option<f64>, Failure> {
    let fail = |message: String| Failure::new(&message);
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| fail(error.to_string()))?;
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let authorities = task.authorities.as_deref();
        let client = Client::new(task.endpoint.clone(), task.limits, authorities).map_err(fail)?;
        let warm = task.warm();
        let mut ears = match task.notify {
            Some(_) => Some(Ears::new(log.clone()).await.map_err(fail)?),
            None => None,
        };
        let prepared = prelude::prepare(&client, &task.mix, &task.sends, warm, &log, ears.as_mut()).await;
        let material = match prepared {
            Ok(material) => material,
            Err(message) => {
                hang_up(ears, &client, Duration::ZERO).await;
                return Err(fail(message));
            }
        };
        let engine = Engine::new(client, task.settings, task.mix.clone(), material, log);
        let stop = || async {
            while !interrupt.came() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        match &task.way {
            Way::Open(plan) => {
                let done = drive::open(&engine, plan, task.shard, stop()).await;
                done.map_err(|error| fail(format!("no timer: {error}")))?;
            }
            Way::Closed(clients, length) => drive::closed(&engine, *clients, *length, stop()).await,
        }
        let seconds = seconds(&engine);
        hang_up(ears, engine.client(), task.notify.unwrap_or_default()).await;
        Ok(Some(seconds))
    })
}

/// Listens a little longer, and leaves nothing behind.
async fn hang_up(ears: Option<Ears>, client: &Client, wait: Duration) {
    if let Some(ears) = ears {
        for left in ears.close(client, wait).await {
            console::complain(&format!("warning: not removed: {left}"));
        }
    }
}

fn seconds(engine: &Rc<Engine>) -> f64 {
    engine.begin.0.elapsed().as_secs_f64()
}

/// Writes the files that are about the whole, moves the directory into place, and prints the summary.
pub(super) fn publish(
    format: Format,
    summary: &LoadSummary,
    record: &LoadRecord,
    directory: Option<OutputDirectory>,
) -> Result<(), Failure> {
    let written = directory.map(|directory| {
        if let Some(latency) =
            record.messages.as_ref().map(|messages| &messages.latency.0).filter(|all| !all.is_empty())
        {
            directory.write("notification_latency.hgrm", |file| hdr::write_percentiles(latency, file))?;
        }
        directory.write("load.json", |file| Ok(serde_json::to_writer(file, record)?))?;
        directory.write("summary.json", |file| Ok(serde_json::to_writer_pretty(file, summary)?))?;
        for ((operation, stage), cell) in &record.tally.cells {
            for (which, durations) in [("planned", &cell.planned), ("actual", &cell.actual)] {
                if !durations.0.is_empty() {
                    let stage = stage.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
                    let name = format!("{operation}-{stage}-{which}.hgrm");
                    directory.write(&name, |file| hdr::write_percentiles(&durations.0, file))?;
                }
            }
        }
        directory.commit_as("load")
    });
    let written = written.transpose()?;
    match format {
        Format::Text => console::print(&print::to_text(summary))?,
        Format::Json => console::print_json(summary)?,
        Format::Markdown => console::print(&print::to_markdown(summary))?,
    }
    if let Some(path) = written {
        console::complain(&format!("written to {}", path.display()));
    }
    Ok(())
}

/// The exit code: what the rules say of the endpoint holds whatever the generator did, and without its schedule nothing else does.
pub(super) fn judge(summary: &LoadSummary) -> Exit {
    let verdict = summary.rules.as_ref().map(|rules| rules.verdict);
    if verdict == Some(Judgement::Invalid) {
        return Exit::Invalid;
    }
    if summary.void.is_some() {
        return Exit::Void;
    }
    if summary.interrupted {
        return Exit::Interrupted;
    }
    if summary.thresholds.iter().any(|one| one.met == Some(false)) {
        return Exit::Missed;
    }
    if verdict == Some(Judgement::Unknown) || summary.thresholds.iter().any(|one| one.met.is_none()) {
        return Exit::Unknown;
    }
    Exit::Good
}
