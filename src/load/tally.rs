//! What is counted: for each operation and stage two latencies and errors by name; for the whole, how well the schedule was kept.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer, V2DeflateSerializer},
};
use serde::{Deserialize, Serialize, de::Error as _, ser::Error as _};

use super::mix::Operation;

/// Latencies are right to a thousandth.
const DIGITS: u8 = 3;

/// Durations, in microseconds or as it is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Durations(pub Histogram<u64>);

impl Default for Durations {
    fn default() -> Self {
        Self(Histogram::new(DIGITS).expect("three digits are a number of digits"))
    }
}

impl Durations {
    /// Takes in one more, in microseconds.
    pub fn add(&mut self, duration: Duration) {
        self.add_number(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
    }

    /// Takes in one more, in nanoseconds.
    pub fn add_nanos(&mut self, duration: Duration) {
        self.add_number(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }

    fn add_number(&mut self, number: u64) {
        // Fails only when the counts cannot grow, beyond hours.
        self.0.record(number.min(1 << 45)).unwrap_or_default();
    }

    /// Takes in all of another.
    pub fn merge(&mut self, other: &Self) {
        self.0.add(&other.0).expect("it grows as needed");
    }

    /// The value that a share of all is at or below; `None` of none.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        (!self.0.is_empty()).then(|| self.0.value_at_quantile(share))
    }
}

/// As HdrHistogram's own form in Base64, which its other implementations read.
impl Serialize for Durations {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&self.0, &mut bytes).map_err(S::Error::custom)?;
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Durations {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        let mut read: Histogram<u64> =
            Deserializer::new().deserialize(&mut &bytes[..]).map_err(D::Error::custom)?;
        read.auto(true);
        Ok(Self(read))
    }
}

/// What came of the requests of one operation in one stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// From the planned send to the whole answer, of good answers and of calls that took too long, in microseconds.
    pub planned: Durations,
    /// The same from the actual send.
    pub actual: Durations,
    /// Good answers.
    pub good: u64,
    /// Answers that ask for fewer calls, by the error's name.
    pub throttles: BTreeMap<String, u64>,
    /// Other errors, by name; what never came to an answer has a name in parentheses.
    pub errors: BTreeMap<String, u64>,
    /// Requests that were sent again.
    pub retries: u64,
}

impl Cell {
    /// Answers and failures.
    pub fn done(&self) -> u64 {
        self.good + self.throttled() + self.failed()
    }

    /// Throttles of all names.
    pub fn throttled(&self) -> u64 {
        self.throttles.values().sum()
    }

    /// Errors of all names, throttles not among them.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Takes in all of another.
    pub fn merge(&mut self, other: &Self) {
        self.planned.merge(&other.planned);
        self.actual.merge(&other.actual);
        self.good += other.good;
        self.retries += other.retries;
        for (mine, theirs) in [(&mut self.throttles, &other.throttles), (&mut self.errors, &other.errors)] {
            for (name, count) in theirs {
                *mine.entry(name.clone()).or_default() += count;
            }
        }
    }
}

/// How well the generator kept its schedule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// From the planned send to when the generator turned to it, in nanoseconds.
    pub error: Durations,
    /// Sends that were planned.
    pub planned: u64,
    /// Sends that the generator turned to later than the bound allows.
    pub late: u64,
    /// Sends that were not made, because too many others waited for a connection.
    pub skipped: u64,
    /// The most requests under way or waiting at once.
    pub most_under_way: u64,
}

impl Schedule {
    /// Takes in all of another.
    pub fn merge(&mut self, other: &Self) {
        self.error.merge(&other.error);
        self.planned += other.planned;
        self.late += other.late;
        self.skipped += other.skipped;
        self.most_under_way = self.most_under_way.max(other.most_under_way);
    }
}

/// Everything that is counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// By operation and stage.
    pub cells: BTreeMap<(Operation, String), Cell>,
    /// The schedule.
    pub schedule: Schedule,
}

impl Tally {
    /// Takes in all of another.
    pub fn merge(&mut self, other: &Self) {
        self.schedule.merge(&other.schedule);
        for (key, cell) in &other.cells {
            self.cells.entry(key.clone()).or_default().merge(cell);
        }
    }

    /// All cells that `belongs` as one.
    pub fn sum(&self, belongs: impl Fn(Operation, &str) -> bool) -> Cell {
        let mut sum = Cell::default();
        let cells = self.cells.iter().filter(|((operation, stage), _)| belongs(*operation, stage));
        cells.for_each(|(_, cell)| sum.merge(cell));
        sum
    }
}

/// A row of a tally as data.
#[derive(Serialize, Deserialize)]
struct Row {
    operation: Operation,
    stage: String,
    #[serde(flatten)]
    cell: Cell,
}

#[derive(Serialize, Deserialize)]
struct Rows {
    schedule: Schedule,
    requests: Vec<Row>,
}

impl Serialize for Tally {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = |((operation, stage), cell): (&(Operation, String), &Cell)| Row {
            operation: *operation,
            stage: stage.clone(),
            cell: cell.clone(),
        };
        let requests = self.cells.iter().map(row).collect();
        Rows { schedule: self.schedule.clone(), requests }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tally {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Rows { schedule, requests } = Rows::deserialize(deserializer)?;
        let cells = requests.into_iter().map(|row| ((row.operation, row.stage), row.cell)).collect();
        Ok(Self { cells, schedule })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_comes_back_from_its_text_and_parts_merge_to_the_whole() {
        let (mut whole, mut parts) = (Tally::default(), [Tally::default(), Tally::default()]);
        for number in 0..1000u64 {
            for tally in [&mut whole, &mut parts[(number % 2) as usize]] {
                let cell = tally.cells.entry((Operation::SendCommand, "a".into())).or_default();
                cell.planned.add(Duration::from_micros(number * number));
                cell.good += 1;
                *cell.errors.entry("X".into()).or_default() += number % 3;
                tally.schedule.error.add_nanos(Duration::from_nanos(number));
                tally.schedule.planned += 1;
            }
        }
        let text = |tally: &Tally| serde_json::to_string(tally).unwrap();
        let [mut first, second] = parts.map(|part| serde_json::from_str::<Tally>(&text(&part)).unwrap());
        first.merge(&second);
        assert_eq!(text(&first), text(&whole));
        assert_eq!(
            first.sum(|_, _| true).planned.quantile(0.5),
            whole.sum(|_, _| true).planned.quantile(0.5)
        );
    }
}
