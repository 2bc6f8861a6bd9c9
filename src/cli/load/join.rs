//! Results of loads, read back: joined to one, or two side by side.

use std::{
    fs::{self, File},
    io::{BufReader, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use hdrhistogram::serialization::V2DeflateSerializer;

use super::{judge, publish};
use crate::{
    check::{outside::OutsideChecker, overall},
    cli::{
        compare::Form,
        console::{self, Failure, Format},
        exit::Exit,
        html_file::HtmlFile,
        output::OutputDirectory,
    },
    ensemble::summarize,
    load::{
        compare::{self, LoadGate},
        log::Interval,
        record::{FORMAT, LoadRecord},
    },
    report::{
        html,
        load::{
            LoadSummary, compare as report,
            files::{begin_log, write_interval},
            summary::Rules,
        },
    },
    seen::codec::{SightingReader, SightingWriter},
};

/// Whether a path is the directory of a load's result.
pub(in crate::cli) fn is_load(path: &Path) -> bool {
    path.join("load.json").is_file()
}

/// Joins the parts of a load, each in a directory.
pub(in crate::cli) fn merge(
    parts: &[PathBuf],
    format: Format,
    directory: Option<OutputDirectory>,
) -> Result<Exit, Failure> {
    let records = parts.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let record = LoadRecord::merge(records).map_err(|fault| Failure::new(&fault))?;
    let rules = hear_all(parts, directory.as_ref())?;
    if let Some(directory) = &directory {
        directory.write("latencies.hlog", |file| write_log(&record, file))?;
    }
    let summary = LoadSummary::new(&record, rules);
    publish(format, &summary, &record, directory)?;
    Ok(judge(&summary))
}

/// How two loads are shown: as one of these forms, and as a page.
pub(in crate::cli) struct Show {
    pub(in crate::cli) form: Form,
    pub(in crate::cli) page: Option<HtmlFile>,
}

/// Compares two loads.
pub(in crate::cli) fn compare(
    [baseline, candidate]: [&Path; 2],
    gates: &[LoadGate],
    (force, confidence): (bool, f64),
    show: Show,
) -> Result<Exit, Failure> {
    let (before, after) = (read(baseline)?, read(candidate)?);
    let objections = compare::objections(&before, &after);
    for objection in &objections {
        console::complain(&Failure::new(&format!("not comparable: {objection}")).to_string());
    }
    if !objections.is_empty() && !force {
        console::complain("--force compares them all the same");
        return Ok(Exit::Void);
    }
    let rows = compare::rows(&before, &after, confidence);
    let judged: Vec<_> = gates
        .iter()
        .map(|gate| {
            let (passed, why) = gate.judge(&before, &after);
            (gate.text.clone(), passed, why)
        })
        .collect();
    match show.form {
        Form::Text => console::print(&report::to_text(&rows, &judged))?,
        Form::Markdown => console::print(&report::to_markdown(&rows, &judged))?,
        Form::Junit => console::print(&report::to_junit(&judged))?,
        Form::Json => console::print_json(&report::to_json(&rows))?,
    }
    if let Some(page) = show.page {
        page.write(&html::loads([&before, &after], &rows, &judged))?;
    }
    let any = |wanted| judged.iter().any(|(_, passed, _)| *passed == wanted);
    Ok(if any(Some(false)) {
        Exit::Missed
    } else if any(None) {
        Exit::Unknown
    } else {
        Exit::Good
    })
}

fn read(directory: &Path) -> Result<LoadRecord, Failure> {
    let path = directory.join("load.json");
    let fail = |error: String| Failure::new(&format!("{}: {error}", path.display()));
    let text = fs::read(&path).map_err(|error| fail(error.to_string()))?;
    let record: LoadRecord = serde_json::from_slice(&text).map_err(|error| fail(error.to_string()))?;
    match record.fleetsim_load {
        FORMAT => Ok(record),
        other => Err(fail(format!("its form is {other}; this version reads {FORMAT}"))),
    }
}

/// The sightings of all parts, judged as one record; nothing when none has any.
fn hear_all(parts: &[PathBuf], directory: Option<&OutputDirectory>) -> Result<Option<Rules>, Failure> {
    let mut court = None;
    for path in parts.iter().map(|part| part.join("sightings.jsonl")).filter(|path| path.is_file()) {
        let fail = |error: String| Failure::new(&format!("{}: {error}", path.display()));
        let file = File::open(&path).map_err(|error| fail(error.to_string()))?;
        let mut reader =
            SightingReader::new(BufReader::new(file)).map_err(|error| fail(error.to_string()))?;
        if court.is_none() {
            let file: Box<dyn Write> = match directory {
                Some(directory) => Box::new(directory.file("sightings.jsonl")?),
                None => Box::new(std::io::sink()),
            };
            let record =
                SightingWriter::new(&reader.header, file).map_err(|error| fail(error.to_string()))?;
            court = Some((OutsideChecker::new(&reader.header), record));
        }
        let Some((checker, record)) = &mut court else { continue };
        while let Some(sighting) = reader.next_sighting().map_err(|error| fail(error.to_string()))? {
            checker.observe(&sighting);
            record.write(&sighting).map_err(|error| fail(error.to_string()))?;
        }
    }
    let Some((checker, record)) = court else { return Ok(None) };
    record.finish().map_err(|error| Failure::new(&error.to_string()))?;
    let outcome = checker.finish();
    Ok((outcome.commands > 0).then(|| Rules {
        verdict: overall(&outcome.reports),
        start: outcome.start,
        commands: outcome.commands,
        readings: outcome.readings,
        rules: summarize(0, outcome.reports),
    }))
}

/// The whole as one interval: the seconds of several machines are not the same seconds.
fn write_log(record: &LoadRecord, output: &mut impl Write) -> std::io::Result<()> {
    let mut stages: Vec<String> = record.tally.cells.keys().map(|(_, stage)| stage.clone()).collect();
    stages.sort();
    stages.dedup();
    let cells = record.tally.cells.iter();
    let number = |stage: &String| stages.iter().position(|known| known == stage).unwrap_or_default();
    let cells = cells.map(|((operation, stage), cell)| ((*operation, number(stage)), cell.clone())).collect();
    let length = Duration::from_secs_f64(record.seconds.max(0.0));
    let whole = Interval { length, cells, ..Interval::default() };
    let mut serializer = V2DeflateSerializer::new();
    let mut log = begin_log(SystemTime::UNIX_EPOCH, output, &mut serializer)?;
    write_interval(&mut log, &whole, &stages)
}
