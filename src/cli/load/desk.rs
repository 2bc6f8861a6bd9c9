//! Where everything that the generator hands on ends up, on a thread of its own: counts, files, the view, and the judge.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    sync::mpsc::Receiver,
    time::SystemTime,
};

use hdrhistogram::serialization::V2DeflateSerializer;

use super::{arguments::Task, view::View};
use crate::{
    base::{SimDuration, SimTime},
    check::{outside::OutsideChecker, overall},
    cli::{console::Failure, output::OutputDirectory},
    ensemble::summarize,
    load::{
        log::{Happening, Interval},
        tally::Tally,
        witness::Witness,
    },
    measure::Bins,
    report::{
        html::Span,
        load::{
            files::{TimelineCsv, begin_log, write_interval},
            summary::Rules,
        },
    },
    seen::{Header, Sighting, codec::SightingWriter},
};

/// By so much the clocks of one machine, and the beginnings of requests and answers, may differ.
const CLOCK_ERROR_MS: u32 = 10;

/// Spans of the page's picture; of a longer load they are longer.
const MOST_SPANS: usize = 240;

type Sheet = Box<dyn Write + Send>;

/// The files that are written while the load goes on; without a directory they go nowhere.
pub(super) struct Papers {
    timeline: Sheet,
    latencies: Sheet,
    sightings: Sheet,
}

impl Papers {
    /// Files that go nowhere.
    pub(super) fn none() -> Self {
        let sink = || Box::new(io::sink());
        Self { timeline: sink(), latencies: sink(), sightings: sink() }
    }

    /// Opens the files.
    pub(super) fn new(directory: Option<&OutputDirectory>, sightings: bool) -> Result<Self, Failure> {
        let open = |name: &str, wanted: bool| -> Result<Sheet, Failure> {
            let file: Option<BufWriter<File>> =
                directory.filter(|_| wanted).map(|directory| directory.file(name)).transpose()?;
            Ok(file.map_or_else(|| Box::new(io::sink()) as Sheet, |file| Box::new(file)))
        };
        Ok(Self {
            timeline: open("timeline.csv", true)?,
            latencies: open("latencies.hlog", true)?,
            sightings: open("sightings.jsonl", sightings)?,
        })
    }
}

/// The desk.
pub(super) struct Desk {
    papers: Papers,
    stages: Vec<String>,
    testify: bool,
    view: View,
}

/// What is left on the desk.
pub(super) struct Findings {
    /// All counts.
    pub(super) tally: Tally,
    /// What the rules say.
    pub(super) rules: Option<Rules>,
    /// What went on span by span.
    pub(super) spans: Bins<Span>,
}

impl Desk {
    /// The desk of a task.
    pub(super) fn new(task: &Task, papers: Papers) -> Self {
        Self { papers, stages: task.stages(), testify: task.settings.testify, view: View::new(task.length()) }
    }

    /// Takes in all that comes, until the generator is gone; the counts, and what the rules say.
    pub(super) fn work(mut self, happenings: Receiver<Happening>) -> Result<Findings, Failure> {
        let fail = |error: io::Error| Failure::new(&format!("cannot write the results: {error}"));
        let mut tally = Tally::default();
        let mut spans = Bins::new(SimDuration::from_secs(1), MOST_SPANS);
        let mut timeline = TimelineCsv::new(self.papers.timeline).map_err(fail)?;
        let mut serializer = V2DeflateSerializer::new();
        let mut log =
            begin_log(SystemTime::now(), &mut self.papers.latencies, &mut serializer).map_err(fail)?;
        let mut court = self.testify.then(|| Court::new(self.papers.sightings)).transpose().map_err(fail)?;
        for happening in happenings {
            match happening {
                Happening::Interval(interval) => {
                    interval.add_to(&mut tally, &self.stages);
                    add_span(&mut spans, &interval);
                    timeline.add(&interval).map_err(fail)?;
                    write_interval(&mut log, &interval, &self.stages).map_err(fail)?;
                    self.view.show(&interval);
                }
                Happening::Testimony(testimony) => {
                    if let Some(court) = &mut court {
                        court.hear(&testimony).map_err(fail)?;
                    }
                }
            }
        }
        self.view.finish();
        drop(log);
        self.papers.latencies.flush().map_err(fail)?;
        timeline.finish().map_err(fail)?;
        let rules = court.map(Court::finish).transpose().map_err(fail)?;
        Ok(Findings { tally, rules: rules.flatten(), spans })
    }
}

fn add_span(spans: &mut Bins<Span>, interval: &Interval) {
    // The middle: ticks are a little late, and an interval of a second belongs to that second.
    let middle = interval.begin + interval.length / 2;
    let merge = |one: &mut Span, other: &Span| {
        one.planned += other.planned;
        one.good += other.good;
        one.bad += other.bad;
    };
    let span = spans.at(SimTime(middle.as_micros() as u64), merge, |_| Span::default());
    let sum = interval.sum();
    let bad = sum.failed() + sum.throttled();
    merge(span, &Span { planned: interval.schedule.planned, good: sum.good, bad });
}

/// Writes down what answers tell of commands, and judges it.
struct Court {
    witness: Witness,
    checker: OutsideChecker,
    record: SightingWriter<Sheet>,
    heard: bool,
}

impl Court {
    fn new(output: Sheet) -> io::Result<Self> {
        let header = Header { notifications: false, requests: true, clock_error_ms: CLOCK_ERROR_MS };
        Ok(Self {
            witness: Witness::default(),
            checker: OutsideChecker::new(&header),
            record: SightingWriter::new(&header, output)?,
            heard: false,
        })
    }

    fn hear(&mut self, testimony: &crate::load::log::Testimony) -> io::Result<()> {
        let mut written = Ok(());
        let Self { witness, checker, record, heard } = self;
        witness.hear(testimony, |sighting| {
            *heard = true;
            note(checker, record, sighting, &mut written);
        });
        written
    }

    /// What the rules say; nothing when there was nothing to judge.
    fn finish(self) -> io::Result<Option<Rules>> {
        let mut written = Ok(());
        let Self { witness, mut checker, mut record, heard } = self;
        witness.finish(|sighting| note(&mut checker, &mut record, sighting, &mut written));
        written?;
        record.finish()?;
        let outcome = checker.finish();
        let verdict = overall(&outcome.reports);
        Ok(heard.then(|| Rules {
            verdict,
            start: outcome.start,
            commands: outcome.commands,
            readings: outcome.readings,
            rules: summarize(0, outcome.reports),
        }))
    }
}

fn note(
    checker: &mut OutsideChecker,
    record: &mut SightingWriter<Sheet>,
    sighting: &Sighting,
    written: &mut io::Result<()>,
) {
    checker.observe(sighting);
    if written.is_ok() {
        *written = record.write(sighting);
    }
}
