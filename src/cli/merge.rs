//! `fleetsim merge`: makes the result of a whole run from its shards.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use rayon::prelude::*;

use super::{
    console::Failure,
    details::Details,
    exit::Exit,
    load,
    output::OutputDirectory,
    result::{Clock, ResultArguments, judge},
    run::REPLICATIONS,
};
use crate::{
    ensemble::{self, Checks, Ensemble, Header, ShardFile, faults},
    report::{Summary, csv::ReplicationsCsv, summary::plan_hash},
    scenario::Plan,
    world::Model,
};

/// Make the result of a whole run, or load, from its shards; of a run the same bytes as without --shard
#[derive(Debug, Args)]
#[command(after_help = "Example:
  for i in 1 2 3; do fleetsim run scenarios/bad-release.toml --replications 900 --shard $i/3 -o shards; done
  fleetsim merge shards -o out")]
pub(super) struct MergeArguments {
    /// Shard files, or directories of them; of a load the directories of its parts
    #[arg(required = true, value_name = "SHARD")]
    shards: Vec<PathBuf>,
    #[command(flatten)]
    result: ResultArguments,
}

/// A shard's file, without what its replications came to.
struct Part {
    path: PathBuf,
    header: Header,
    rows: (u64, u64),
}

pub(super) fn merge(arguments: &MergeArguments) -> Result<Exit, Failure> {
    if arguments.shards.iter().all(|path| load::is_load(path)) {
        return load::merge(&arguments.shards, arguments.result.format, arguments.result.directory()?);
    }
    let clock = Clock::start();
    let (mut parts, plan, mut ensemble) = read(&files(&arguments.shards)?)?;
    parts.sort_by_key(|part| part.header.shard.number);
    let Header { job, scenario, .. } = parts[0].header.clone();
    if plan_hash(&plan) != job.plan {
        return Err(Failure::new(&format!(
            "{}: its plan is not the one that it says",
            parts[0].path.display()
        )));
    }
    let directory = arguments.result.directory()?;
    let model = Model::new(&plan);
    if let Some(directory) = &directory {
        let mut details = Details::new(directory, &plan, job.seed, 0, arguments.result.history)?;
        ensemble::run_one(&model, job.seed, 0, false, &mut details);
        details.finish(directory, &plan)?;
        write_rows(directory, &plan, &parts)?;
    }
    if job.checks == Checks::Sample && job.replications > 1 {
        ensemble::check_outliers(&model, job.seed, &mut ensemble);
    }
    let summary = Summary::new(&plan, job.seed, &ensemble);
    arguments.result.publish(&plan, &ensemble, &summary, directory, &clock)?;
    Ok(judge(Path::new(&scenario), &format!("--replications {}", job.replications), &summary))
}

/// The files that were named, and those in the directories that were.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let entries = entries.map_err(|error| cannot("read", path, &error))?;
        let shards = entries.into_iter().map(|entry| entry.path());
        files.extend(shards.filter(|path| path.extension().is_some_and(|extension| extension == "shard")));
    }
    files.sort();
    match files.is_empty() {
        true => Err(Failure::new(&format!("there is no shard in {}", named[0].display()))),
        false => Ok(files),
    }
}

/// What all shards came to, if they are one run.
fn read(files: &[PathBuf]) -> Result<(Vec<Part>, Plan, Ensemble), Failure> {
    // Each thread adds up its own: the histograms of all shards at once would fill the memory.
    let share = files.len().div_ceil(rayon::current_num_threads());
    let shares: Vec<_> = files.par_chunks(share).map(add_up).collect();
    let (mut parts, mut wrong, mut whole) = (Vec::new(), Vec::new(), Ensemble::default());
    for (some, faults, ensemble) in shares {
        parts.extend(some);
        wrong.extend(faults);
        whole.merge(ensemble);
    }
    if let [first, ..] = &parts[..] {
        let named =
            |part: &Part| (part.path.display().to_string(), part.header.job.clone(), part.header.shard);
        wrong.extend(faults(&parts.iter().map(named).collect::<Vec<_>>()));
        if wrong.is_empty() {
            let plan = plan_of(&first.path)?;
            return Ok((parts, plan, whole));
        }
    }
    Err(Failure::lines(wrong))
}

/// These shards, what is wrong with the others, and what they came to.
fn add_up(files: &[PathBuf]) -> (Vec<Part>, Vec<String>, Ensemble) {
    let (mut parts, mut wrong, mut whole) = (Vec::new(), Vec::new(), Ensemble::default());
    for path in files {
        match read_one(path) {
            Ok((part, ensemble)) => {
                parts.push(part);
                whole.merge(ensemble);
            }
            Err(fault) => wrong.push(format!("{}: {fault}", path.display())),
        }
    }
    (parts, wrong, whole)
}

fn read_one(path: &Path) -> Result<(Part, Ensemble), String> {
    let file = File::open(path).map_err(|error| format!("cannot read it: {error}"))?;
    let file = ShardFile::read(file)?;
    let (done, all) = (file.header.done, file.header.whole());
    if done < all {
        return Err(format!("it was interrupted after {done} of {all} replications; run it again"));
    }
    let rows = file.rows();
    Ok((Part { path: path.into(), header: file.header, rows }, file.ensemble))
}

fn plan_of(path: &Path) -> Result<Plan, Failure> {
    let file = File::open(path).map_err(|error| cannot("read", path, &error))?;
    let fail = |fault: String| Failure::new(&format!("{}: {fault}", path.display()));
    let file = ShardFile::read(file).map_err(fail)?;
    serde_json::from_str(&file.plan).map_err(|error| fail(format!("its plan is of another form: {error}")))
}

/// The table of all replications, from the rows of the shards in their order.
fn write_rows(directory: &OutputDirectory, plan: &Plan, parts: &[Part]) -> Result<(), Failure> {
    let fail = |error: io::Error| directory.failed(REPLICATIONS, &error);
    let mut output = directory.file(REPLICATIONS)?;
    ReplicationsCsv::new(plan, &mut output).finish().map_err(fail)?;
    for Part { path, rows: (offset, length), .. } in parts {
        let mut file = File::open(path).map_err(|error| cannot("read", path, &error))?;
        file.seek(SeekFrom::Start(*offset)).map_err(|error| cannot("read", path, &error))?;
        io::copy(&mut file.take(*length), &mut output).map_err(fail)?;
    }
    output.flush().map_err(fail)
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(&format!("cannot {what} {}: {error}", path.display()))
}
