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
        log::{Happening, Interval, Message},
        messages::{Counter, Messages},
        tally::Tally,
        told::Notification,
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
    notify: bool,
    view: View,
}

/// What is left on the desk.
pub(super) struct Findings {
    /// All counts.
    pub(super) tally: Tally,
    /// The notifications, where somebody listened.
    pub(super) messages: Option<Messages>,
    /// What the rules say.
    pub(super) rules: Option<Rules>,
    /// What went on span by span.
    pub(super) spans: Bins<Span>,
}

impl Desk {
    /// The desk of a task.
    pub(super) fn new(task: &Task, papers: Papers) -> Self {
        Self {
            papers,
            stages: task.stages(),
            testify: task.settings.testify,
            notify: task.notify.is_some(),
            view: View::new(task.length()),
        }
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
        let court = self.testify.then(|| Court::new(self.papers.sightings, self.notify));
        let mut court = court.transpose().map_err(fail)?;
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
                Happening::Message(message) => {
                    if let Some(court) = &mut court {
                        court.read(&message).map_err(fail)?;
                    }
                }
            }
        }
        self.view.finish();
        drop(log);
        self.papers.latencies.flush().map_err(fail)?;
        timeline.finish().map_err(fail)?;
        let (rules, messages) = court.map(Court::finish).transpose().map_err(fail)?.unwrap_or_default();
        Ok(Findings { tally, rules, messages: messages.filter(|_| self.notify), spans })
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
    counter: Counter,
    heard: bool,
}

impl Court {
    fn new(output: Sheet, notifications: bool) -> io::Result<Self> {
        let header = Header { notifications, requests: true, clock_error_ms: CLOCK_ERROR_MS };
        Ok(Self {
            witness: Witness::default(),
            checker: OutsideChecker::new(&header),
            record: SightingWriter::new(&header, output)?,
            counter: Counter::default(),
            heard: false,
        })
    }

    fn hear(&mut self, testimony: &crate::load::log::Testimony) -> io::Result<()> {
        let mut written = Ok(());
        let Self { witness, checker, record, heard, .. } = self;
        witness.hear(testimony, |sighting| {
            *heard = true;
            note(checker, record, sighting, &mut written);
        });
        written
    }

    fn read(&mut self, message: &Message) -> io::Result<()> {
        let mut written = Ok(());
        let told = serde_json::from_str::<Notification>(&message.envelope.message).ok();
        let told = told.filter(|told| !told.command_id.is_empty());
        let took = self.witness.took(message);
        let is_new = self.counter.add(&message.envelope.message_id, told.as_ref(), took);
        if let Some(sighting) = told.filter(|_| is_new).and_then(|told| Witness::read(message, told)) {
            note(&mut self.checker, &mut self.record, &sighting, &mut written);
        }
        written
    }

    /// What the rules say, nothing when there was nothing to judge; and the notifications.
    fn finish(self) -> io::Result<(Option<Rules>, Option<Messages>)> {
        let mut written = Ok(());
        let Self { witness, mut checker, mut record, counter, heard } = self;
        witness.finish(|sighting| note(&mut checker, &mut record, sighting, &mut written));
        written?;
        record.finish()?;
        let outcome = checker.finish();
        let verdict = overall(&outcome.reports);
        let rules = heard.then(|| Rules {
            verdict,
            start: outcome.start,
            commands: outcome.commands,
            readings: outcome.readings,
            rules: summarize(0, outcome.reports),
        });
        Ok((rules, Some(counter.finish())))
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        check::Judgement,
        load::{log::Testimony, mix::Operation},
        wire::sns::envelope::{Envelope, NOTIFICATION},
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn answer(operation: Operation, second: i64, request: &Value, body: &Value) -> Testimony {
        let bytes = |value: &Value| value.to_string().into_bytes().into();
        Testimony { operation, times: (at(second), at(second)), request: bytes(request), body: bytes(body) }
    }

    fn message(id: &str, second: i64, status: &str) -> Message {
        let time = at(second).to_string();
        let inner = json!({"commandId": "c", "documentName": "D", "instanceId": "i", "status": status, "eventTime": time});
        let envelope = Envelope {
            kind: NOTIFICATION.into(),
            message_id: id.into(),
            timestamp: time,
            message: inner.to_string(),
            ..Envelope::default()
        };
        Message { at: at(second + 1), envelope }
    }

    /// What the rule on notifications says of a command on one instance that was seen InProgress and then Success.
    fn judged(messages: &[Message]) -> (Judgement, Messages) {
        let mut court = Court::new(Box::new(io::sink()), true).unwrap();
        let config =
            json!({"NotificationArn": "t", "NotificationEvents": ["All"], "NotificationType": "Invocation"});
        let request = json!({"DocumentName": "D", "InstanceIds": ["i"], "NotificationConfig": config});
        let sent = json!({"CommandId": "c", "Status": "Pending", "StatusDetails": "Pending",
            "RequestedDateTime": at(0).as_second(), "ExpiresAfter": at(7200).as_second()});
        court.hear(&answer(Operation::SendCommand, 0, &request, &json!({"Command": sent}))).unwrap();
        for (second, status) in [(2, "InProgress"), (9, "Success")] {
            let one = json!({"CommandId": "c", "InstanceId": "i", "Status": status, "StatusDetails": status});
            let list = json!({"CommandInvocations": [one]});
            court.hear(&answer(Operation::ListCommandInvocations, second, &json!({}), &list)).unwrap();
        }
        messages.iter().for_each(|message| court.read(message).unwrap());
        let (rules, messages) = court.finish().unwrap();
        let rules = rules.unwrap().rules;
        let verdict = rules.iter().find(|rule| rule.rule == "notifications").unwrap().verdict;
        (verdict, messages.unwrap())
    }

    /// S9.7, S9.20: one that is missing is invalid, one that comes twice or late is not, one of an end that was not is.
    #[test]
    fn missing_messages_are_invalid() {
        let whole = [message("1", 1, "InProgress"), message("2", 8, "Success")];
        assert_eq!(judged(&whole).0, Judgement::Valid);
        assert_eq!(judged(&whole[..1]).0, Judgement::Invalid);
        assert_eq!(judged(&whole[1..]).0, Judgement::Invalid);
        let doubled = [message("1", 1, "InProgress"), message("2", 8, "Success"), message("2", 8, "Success")];
        let (verdict, messages) = judged(&doubled);
        assert_eq!((verdict, messages.received, messages.doubled), (Judgement::Valid, 3, 1));
        let (verdict, messages) = judged(&[message("2", 8, "Success"), message("1", 1, "InProgress")]);
        assert_eq!((verdict, messages.disordered), (Judgement::Valid, 1));
        let other = [message("1", 1, "InProgress"), message("2", 8, "Failed")];
        assert_eq!(judged(&other).0, Judgement::Invalid);
    }
}
