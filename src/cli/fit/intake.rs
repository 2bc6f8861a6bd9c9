//! Inputs of `fleetsim fit`, each taken for what its first line says it is.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    calibrate::{HistoryIntake, Known, Records},
    cli::{
        console::{self, Failure, Progress},
        import::{Whole, keep},
        scenario,
    },
    history::codec::HistoryReader,
    import::{self, Settings, Sorter, Source},
    report::{human, text::printable},
    scenario::{Draft, plan::Members},
    seen::{Fold, Header, Sighting, SightingReader, codec::is_header},
};

/// What `run` and `load` leave in a directory.
const IN_A_DIRECTORY: [&str; 2] = ["history.jsonl", "sightings.jsonl"];

/// The first line of a record of sightings is shorter than this.
const HEAD: u64 = 1 << 12;

/// So long after its end an invocation may still be told of.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// What an input holds.
enum Kind {
    Sightings,
    History,
    Answers,
}

/// Reads all inputs.
pub(super) fn read(paths: &[PathBuf], inventories: &[PathBuf]) -> Result<Records, Failure> {
    let mut records = Records::default();
    inventory(inventories, &mut records)?;
    let (mut answers, mut others, mut size) = (Vec::new(), Vec::new(), 0);
    for path in paths {
        let (path, mut file) = open(path)?;
        let fail = |error: std::io::Error| Failure::new(&format!("cannot read {}: {error}", path.display()));
        size += file.metadata().map_err(fail)?.len();
        match kind(&mut file).map_err(fail)? {
            Kind::Answers => answers.push((path, file)),
            kind => others.push((path, file, kind)),
        }
    }
    let progress = Progress::new(size, "bytes read");
    let read = others.into_iter().enumerate().try_for_each(|(number, (path, file, kind))| {
        let input = BufReader::with_capacity(1 << 16, Watched { file, progress: &progress });
        let fail = |error: String| Failure::new(&format!("{}: {error}", path.display()));
        match kind {
            Kind::History => history(input, number, &mut records).map_err(fail),
            Kind::Sightings | Kind::Answers => sightings(input, &mut records).map_err(fail),
        }
    });
    let read = read.and_then(|()| imported(answers, &progress, &mut records));
    progress.finish();
    read.map(|()| records)
}

/// An input's name and the file; what is no file is kept in one without a name.
fn open(path: &Path) -> Result<(PathBuf, File), Failure> {
    let mut path = path.to_path_buf();
    if path.is_dir() {
        let inside = IN_A_DIRECTORY.iter().map(|name| path.join(name)).find(|path| path.is_file());
        path = inside.ok_or_else(|| {
            let path = path.display();
            Failure::new(&format!(
                "{path} holds no history.jsonl; `fleetsim run --history -o {path}` writes one"
            ))
        })?;
    }
    let is_file = path != Path::new("-") && path.metadata().is_ok_and(|about| about.is_file());
    let file = if is_file { File::open(&path) } else { keep(&path) };
    let file = file.and_then(|mut file| file.rewind().map(|()| file));
    let fail = |error| Failure::new(&format!("cannot read {}: {error}", path.display()));
    file.map_err(fail).map(|file| (path.clone(), file))
}

fn kind(file: &mut File) -> std::io::Result<Kind> {
    let mut first = Vec::new();
    BufReader::new(&mut *file).take(HEAD).read_until(b'\n', &mut first)?;
    file.rewind()?;
    let first = String::from_utf8_lossy(&first);
    let is_history = first
        .trim_start()
        .strip_prefix('{')
        .is_some_and(|fields| fields.trim_start().starts_with("\"fleetsim_history\""));
    Ok(match (is_header(&first), is_history) {
        (true, _) => Kind::Sightings,
        (_, true) => Kind::History,
        _ => Kind::Answers,
    })
}

fn sightings(input: impl BufRead, records: &mut Records) -> Result<(), String> {
    let mut reader = SightingReader::new(input).map_err(|error| error.to_string())?;
    records.allow_clock_error(reader.header.clock_error_ms);
    let mut fold = Fold::new(WINDOW);
    while let Some(sighting) = reader.next_sighting().map_err(|error| error.to_string())? {
        if let Sighting::Command(command) = &sighting {
            records.add_command(command);
        }
        fold.add(&sighting);
        while let Some(life) = fold.next_life() {
            records.add_life(&life);
        }
    }
    fold.finish().for_each(|life| records.add_life(&life));
    Ok(())
}

fn history(input: impl BufRead, number: usize, records: &mut Records) -> Result<(), String> {
    let mut reader = HistoryReader::new(input).map_err(|error| error.to_string())?;
    let plan = reader.plan.clone();
    let mut intake = HistoryIntake::new(&plan, number, records);
    while let Some(record) = reader.next_record().map_err(|error| error.to_string())? {
        intake.add(&record, records);
    }
    intake.finish(records);
    Ok(())
}

/// What `import` reads, taken in by way of a record on disk.
fn imported(
    answers: Vec<(PathBuf, File)>,
    progress: &Progress,
    records: &mut Records,
) -> Result<(), Failure> {
    if answers.is_empty() {
        return Ok(());
    }
    let (paths, files): (Vec<PathBuf>, Vec<File>) = answers.into_iter().unzip();
    let mut sources: Vec<Box<dyn Source>> =
        files.into_iter().map(|file| Box::new(Whole(file)) as Box<dyn Source>).collect();
    let settings = Settings { format: None, asked_at: None, now: Timestamp::now() };
    let fail = |error: std::io::Error| Failure::new(&format!("cannot keep a record: {error}"));
    let mut record = tempfile::tempfile().map_err(fail)?;
    let how = (&Header::default(), false);
    let advance = |bytes: u64| progress.advance(bytes);
    let totals = import::import(
        &mut sources,
        &settings,
        how,
        &mut Sorter::default(),
        std::io::BufWriter::new(&mut record),
        &advance,
    );
    let totals = totals.map_err(|(input, error)| {
        let place = input.and_then(|input| paths.get(input)).map(|path| path.display().to_string());
        Failure::new(&format!("{}: {error}", place.unwrap_or_else(|| "the record".into())))
    })?;
    for (input, line, fault) in &totals.shown {
        let place = paths.get(*input).map(|path| path.display().to_string()).unwrap_or_default();
        console::complain(&format!("warning: {}", printable(&format!("{place}: line {line}: {fault}"))));
    }
    let more = totals.broken.saturating_sub(totals.shown.len() as u64);
    if more > 0 {
        console::complain(&format!("warning: {} more that could not be understood", human::count(more)));
    }
    record.rewind().map_err(fail)?;
    sightings(BufReader::with_capacity(1 << 16, record), records).map_err(|error| Failure::new(&error))
}

/// What inventories tell of instances, as a scenario reads them.
fn inventory(files: &[PathBuf], records: &mut Records) -> Result<(), Failure> {
    if files.is_empty() {
        return Ok(());
    }
    let names = files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    let names = serde_json::to_string(&names).expect("names are plain data");
    let text = format!(
        r#"{{"version": 1, "inventory": [{{"files": {names}}}], "group": [{{"name": "all", "where": {{}}, "execution": "1s"}}],
            "command": [{{"request": {{"DocumentName": "AWS-RunShellScript", "Targets": [{{"Key": "tag:a", "Values": ["a"]}}],
            "Parameters": {{"commands": ["true"]}}}}}}]}}"#
    );
    let source = crate::scenario::Source { path: PathBuf::from("inventory.json"), text };
    let resolved = Draft::parse(source)?.resolve(None, &scenario::read)?;
    for group in &resolved.plan.groups {
        let Members::Listed(instances) = &group.members else { continue };
        for instance in instances {
            let known = Known { platform: Some(instance.platform), tags: instance.tags.clone() };
            records.add_instance(&instance.id, known);
        }
    }
    Ok(())
}

/// A file that tells how far it was read.
struct Watched<'a> {
    file: File,
    progress: &'a Progress,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.progress.advance(read as u64);
        Ok(read)
    }
}
