//! The HdrHistogram files, read back and held against the rows of invocations.

use std::{collections::BTreeMap, str};

use hdrhistogram::{
    Histogram,
    serialization::{
        Deserializer,
        interval_log::{IntervalLogIterator, LogEntry},
    },
};

use super::{
    files::duration,
    program::{MIXED, Place},
};

const STAGES: [&str; 4] = ["wait", "delivery", "execution", "sojourn"];

fn values(place: &Place, stage: &str) -> Vec<u64> {
    let rows = place.csv("out/invocations.csv");
    let mut values: Vec<u64> = rows.iter().filter_map(|row| duration(row, stage)).collect();
    values.sort_unstable();
    values
}

fn run() -> Place {
    let place = Place::with(MIXED);
    place.run(&["run", "s.toml", "-o", "out"]).exits(0);
    place
}

#[test]
fn percentile_distributions_agree_with_the_invocations() {
    let place = run();
    for stage in STAGES {
        let values = values(&place, stage);
        let text = place.read(&format!("out/{stage}.hgrm"));
        let mut lines = text.lines();
        assert_eq!(lines.next().unwrap().split_whitespace().count(), 4);
        assert_eq!(lines.next(), Some(""));
        let rows: Vec<&str> = lines.clone().take_while(|line| !line.starts_with('#')).collect();
        assert!(rows.len() > 20, "{text}");
        for row in &rows {
            assert_row(row, &values);
        }
        assert!(rows.last().unwrap().contains("1.000000000000"));
        let comments: Vec<&str> = lines.filter(|line| line.starts_with('#')).collect();
        assert_eq!(comments.len(), 3, "{text}");
        assert!(comments[1].contains(&format!("Total count    = {:12}]", values.len())), "{text}");
    }
}

/// A row: milliseconds, share, number of values so far.
#[track_caller]
fn assert_row(row: &str, values: &[u64]) {
    let mut cells = row.split_whitespace();
    let mut cell = || cells.next().unwrap().parse::<f64>().unwrap();
    let (value, share, count) = (cell() * 1000.0, cell(), cell());
    let at_most = |bound: f64| values.iter().filter(|&&one| one as f64 <= bound).count() as f64;
    assert_eq!(count, at_most(value + 0.5), "{row}");
    // Nearest rank, to the histogram's 0.1 %: enough values lie at or below, and just below too few.
    let rank = share * values.len() as f64;
    assert!(at_most(value * 1.001 + 1.0) >= rank - 1e-6, "{row}");
    assert!(at_most(value * 0.999 - 1.0) < rank.max(1.0) + 1e-6, "{row}");
}

#[test]
fn the_interval_log_reads_back_whole() {
    let place = run();
    let log = place.read("out/latencies.hlog");
    let mut all: BTreeMap<String, Histogram<u64>> = BTreeMap::new();
    let mut begun = BTreeMap::new();
    for entry in IntervalLogIterator::new(log.as_bytes()) {
        match entry.expect("a line of an interval log") {
            LogEntry::Interval(interval) => {
                let tag = interval.tag().expect("a stage").as_str().to_string();
                let bytes = from_base64(interval.encoded_histogram());
                let histogram: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
                assert_eq!(interval.max(), histogram.max() as f64, "the column has microseconds");
                let ends = interval.start_timestamp() + interval.duration();
                let before = begun.insert(tag.clone(), ends).unwrap_or_default();
                assert!(before <= interval.start_timestamp(), "intervals of a stage do not overlap");
                all.entry(tag).or_insert_with(|| Histogram::new(3).unwrap()).add(&histogram).unwrap();
            }
            LogEntry::StartTime(start) | LogEntry::BaseTime(start) => {
                assert_eq!(start.as_secs(), 1_767_225_600, "2026-01-01T00:00:00Z");
            }
        }
    }
    assert_eq!(all.len(), STAGES.len());
    for stage in STAGES {
        let values = values(&place, stage);
        assert_eq!(all[stage].len(), values.len() as u64, "{stage}");
        let mut expected = Histogram::<u64>::new(3).unwrap();
        values.iter().for_each(|&value| expected.record(value).unwrap());
        assert_eq!(all[stage], expected, "{stage}");
    }
}

/// RFC 4648, section 4.
fn from_base64(text: &str) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let six = LETTERS.iter().position(|&one| one == letter).expect("a letter of base64");
        bits = bits << 6 | six as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}
