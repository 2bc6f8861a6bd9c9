//! `fleetsim run --shard`: computes a part of a run and keeps it in a file, for `fleetsim merge`.

use std::{
    env,
    fs::{self, File},
    io::{self, BufWriter, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process,
    str::FromStr,
    time::{Duration, Instant},
};

use super::{
    console::{self, Failure, Progress},
    exit::Exit,
    interrupt::Interrupt,
};
use crate::{
    ensemble::{self, Header, Job, Replication, Shard, ShardFile, Watch},
    report::csv::ReplicationsCsv,
    scenario::Plan,
    world::Model,
};

/// What is computed since then is lost when the machine is.
const BETWEEN_SAVES: Duration = Duration::from_secs(30);

/// Which shard, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// `I/N`.
    This(Shard),
    /// `auto`, or `auto/N` where the scheduler does not tell how many there are.
    OfScheduler(Option<u64>),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("auto") else { return text.parse().map(Self::This) };
        match rest.strip_prefix('/').map(str::parse) {
            None if rest.is_empty() => Ok(Self::OfScheduler(None)),
            Some(Ok(of)) => Shard::new(1, of).map(|_| Self::OfScheduler(Some(of))),
            _ => Err(format!("`{text}` is no shard; write I/N, auto, or auto/N")),
        }
    }
}

impl Which {
    /// The shard, if need be from the environment that the scheduler made.
    pub(super) fn resolve(self) -> Result<Shard, Failure> {
        let variable = |name: &str| env::var(name).ok();
        match self {
            Self::This(shard) => Ok(shard),
            Self::OfScheduler(of) => of_scheduler(of, variable).map_err(|fault| Failure::new(&fault)),
        }
    }
}

/// The shard that a scheduler's variables name. Slurm counts as the user lets it, AWS Batch and Kubernetes from 0; only
/// Kubernetes does not say how many there are.
fn of_scheduler(of: Option<u64>, variable: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |name: &str| match variable(name) {
        None => Ok(None),
        Some(text) => {
            text.parse::<u64>().map(Some).map_err(|_| format!("{name} is `{text}`, which is no number"))
        }
    };
    let needed = |name: &str| number(name)?.ok_or_else(|| format!("{name} is not set"));
    if let Some(id) = number("SLURM_ARRAY_TASK_ID")? {
        // A part of the array may run again, so that what it counts is not the number of shards.
        if let Some(of) = of {
            return Shard::new(id, of);
        }
        let [min, max, count] = [
            needed("SLURM_ARRAY_TASK_MIN")?,
            needed("SLURM_ARRAY_TASK_MAX")?,
            needed("SLURM_ARRAY_TASK_COUNT")?,
        ];
        if id < min || max < min || max - min + 1 != count {
            return Err("Slurm's array has gaps; write --shard auto/N with N the number of all shards, whose tasks are 1 to N".into());
        }
        return Shard::new(id - min + 1, count);
    }
    if let Some(index) = number("AWS_BATCH_JOB_ARRAY_INDEX")? {
        let of = of.map_or_else(|| needed("AWS_BATCH_JOB_ARRAY_SIZE"), Ok)?;
        return Shard::new(index + 1, of);
    }
    if let Some(index) = number("JOB_COMPLETION_INDEX")? {
        let of = of.ok_or("Kubernetes does not tell the number of completions; write --shard auto/N")?;
        return Shard::new(index + 1, of);
    }
    Err("--shard auto: this is no task of a Slurm array, an AWS Batch array job, or an indexed Kubernetes Job; write --shard I/N".into())
}

/// A shard to compute.
pub(super) struct Task<'a> {
    pub(super) plan: &'a Plan,
    pub(super) job: Job,
    pub(super) shard: Shard,
    /// The scenario's file as typed.
    pub(super) scenario: &'a Path,
    /// Where the file goes.
    pub(super) directory: &'a Path,
    /// Whether to compute again what is there.
    pub(super) force: bool,
}

impl Task<'_> {
    /// Computes what is not there yet.
    pub(super) fn run(self) -> Result<Exit, Failure> {
        fs::create_dir_all(self.directory).map_err(|error| cannot("make", self.directory, &error))?;
        let whole = self.directory.join(self.shard.file_name());
        let mut partial = whole.clone().into_os_string();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        if self.load(&whole)?.is_some() {
            console::complain(&format!("{} is whole already: {}", self.shard, whole.display()));
            return Ok(Exit::Good);
        }
        let mut file = match self.load(&partial)? {
            Some(file) => {
                let (done, all) = (file.header.done, file.header.whole());
                console::complain(&format!("{}: going on after {done} of {all} replications", self.shard));
                file
            }
            None => self.empty(),
        };
        if !self.compute(&mut file, &partial)? {
            let (done, all) = (file.header.done, file.header.whole());
            console::complain(&format!(
                "{}: {done} of {all} replications are kept; run it again to go on",
                self.shard
            ));
            return Ok(Exit::Interrupted);
        }
        fs::rename(&partial, &whole).map_err(|error| cannot("write", &whole, &error))?;
        console::complain(&format!("{} written to {}", self.shard, whole.display()));
        Ok(Exit::Good)
    }

    fn empty(&self) -> ShardFile {
        let scenario = self.scenario.display().to_string();
        let header = Header::new(self.job.clone(), self.shard, scenario, 0);
        ShardFile::empty(header, serde_json::to_string(self.plan).expect("a plan is plain data"))
    }

    /// What a file holds; nothing where there is none or it is to be computed again.
    fn load(&self, path: &Path) -> Result<Option<ShardFile>, Failure> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(_) if self.force => return Ok(None),
            file => file.map_err(|error| cannot("read", path, &error))?,
        };
        let fail = |fault: String| {
            Failure::new(&format!("{}: {fault}; nothing was overwritten (--force does)", path.display()))
        };
        let found = ShardFile::read(file).map_err(fail)?;
        match found.header.job.difference(&self.job) {
            None if found.header.shard == self.shard => Ok(Some(found)),
            None => Err(fail(format!("it holds {}", found.header.shard))),
            Some(difference) => Err(fail(format!("it is of another run: {difference}"))),
        }
    }

    /// Runs the replications that are not done, saving now and then. False when an interrupt came before the end.
    fn compute(&self, file: &mut ShardFile, partial: &Path) -> Result<bool, Failure> {
        let model = Model::new(self.plan);
        let interrupt = Interrupt::listen();
        let all = self.shard.replications(self.job.replications);
        let progress = Progress::new(all.end - all.start, "replications");
        progress.advance(file.header.done);
        let (mut rows, mut saved) = (Vec::new(), Instant::now());
        let mut slice = 64;
        let mut next = all.start + file.header.done;
        while next < all.end && !interrupt.came() {
            let clock = Instant::now();
            let mut table = ReplicationsCsv::rows(self.plan, &mut rows);
            let mut each = |one: &Replication| {
                progress.advance(1);
                table.add(one);
            };
            let watch = Watch { each: &mut each, stop: &|| interrupt.came() };
            let indices = next..(next + slice).min(all.end);
            let part = ensemble::run(&model, self.job.seed, indices, self.job.checks, watch);
            table.finish().expect("a vector takes everything");
            next += part.count;
            file.ensemble.merge(part);
            file.header.done = next - all.start;
            if saved.elapsed() > BETWEEN_SAVES {
                save(file, &mut rows, partial)?;
                saved = Instant::now();
            }
            // What follows a slice waits for its last replication, so they are long, but not much longer than a save.
            if clock.elapsed() * 4 < BETWEEN_SAVES {
                slice *= 2;
            }
        }
        progress.finish();
        save(file, &mut rows, partial)?;
        Ok(next == all.end)
    }
}

/// Writes the rows of before and these, aside and then into place. Afterwards there are no new rows.
fn save(file: &mut ShardFile, rows: &mut Vec<u8>, path: &Path) -> Result<(), Failure> {
    let fail = |error: io::Error| cannot("write", path, &error);
    let aside = path.with_extension(format!("partial-{}", process::id()));
    let (offset, length) = file.rows();
    let before: Box<dyn Read> = if length == 0 {
        Box::new(io::empty())
    } else {
        let mut before = File::open(path).map_err(fail)?;
        before.seek(SeekFrom::Start(offset)).map_err(fail)?;
        Box::new(before.take(length))
    };
    let output = File::create(&aside).map_err(fail)?;
    let whole = length + rows.len() as u64;
    file.write(before.chain(&rows[..]), whole, BufWriter::new(&output)).map_err(fail)?;
    output.sync_all().map_err(fail)?;
    fs::rename(&aside, path).map_err(fail)?;
    rows.clear();
    Ok(())
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(&format!("cannot {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(of: Option<u64>, variables: &[(&str, &str)]) -> Result<(u64, u64), String> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
        };
        of_scheduler(of, variable).map(|shard| (shard.number, shard.of))
    }

    #[test]
    fn every_scheduler_names_the_shard_in_its_own_way() {
        let slurm = |id, min, max, count| {
            [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", min),
                ("SLURM_ARRAY_TASK_MAX", max),
                ("SLURM_ARRAY_TASK_COUNT", count),
            ]
        };
        assert_eq!(shard(None, &slurm("3", "1", "16", "16")), Ok((3, 16)));
        assert_eq!(shard(None, &slurm("0", "0", "15", "16")), Ok((1, 16)));
        assert_eq!(shard(Some(16), &slurm("7", "3", "7", "2")), Ok((7, 16)));
        assert!(shard(None, &slurm("7", "3", "7", "2")).unwrap_err().contains("gaps"));
        assert!(shard(None, &slurm("x", "1", "2", "2")).unwrap_err().contains("no number"));
        let batch = [("AWS_BATCH_JOB_ARRAY_INDEX", "9"), ("AWS_BATCH_JOB_ARRAY_SIZE", "10")];
        assert_eq!(shard(None, &batch), Ok((10, 10)));
        assert_eq!(shard(Some(20), &batch[..1]), Ok((10, 20)));
        assert!(shard(None, &batch[..1]).unwrap_err().contains("AWS_BATCH_JOB_ARRAY_SIZE is not set"));
        let kubernetes = [("JOB_COMPLETION_INDEX", "0")];
        assert_eq!(shard(Some(4), &kubernetes), Ok((1, 4)));
        assert!(shard(None, &kubernetes).unwrap_err().contains("auto/N"));
        assert!(shard(Some(4), &[("JOB_COMPLETION_INDEX", "4")]).unwrap_err().contains("no shard 5 of 4"));
        assert!(shard(None, &[]).unwrap_err().contains("--shard I/N"));
    }

    #[test]
    fn which_shard_is_typed_in_three_ways() {
        assert_eq!("2/3".parse(), Ok(Which::This(Shard { number: 2, of: 3 })));
        assert_eq!("auto".parse(), Ok(Which::OfScheduler(None)));
        assert_eq!("auto/64".parse(), Ok(Which::OfScheduler(Some(64))));
        for wrong in ["", "auto/", "auto/0", "automatic", "3"] {
            assert!(wrong.parse::<Which>().is_err(), "{wrong}");
        }
    }
}
