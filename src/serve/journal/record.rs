//! The records of a journal and how they stand in its file: a line each, of a checksum, the record's number and its JSON.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    base::SimTime,
    wire::{
        call::Call,
        dialect::{Dialect, Protocol, Service},
    },
};

/// The version of the format.
pub const FORMAT: u32 = 1;

/// A record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record<'a> {
    /// The first record: what the others belong to.
    Header(Header),
    /// A call that changed something.
    Call(Entry<'a>),
    /// A fault was asked for.
    Fault {
        /// When; it began in the instant after.
        time: SimTime,
        /// The request, a JSON object.
        request: Cow<'a, str>,
    },
    /// A fault was ended.
    FaultEnd {
        /// When.
        time: SimTime,
        /// Its number.
        id: u32,
    },
    /// The watermark: no client was answered with a later time.
    Time {
        /// The time.
        until: SimTime,
    },
    /// A message that has left.
    Delivered {
        /// Its id.
        id: u64,
    },
    /// A message that was given up.
    Buried {
        /// When.
        time: SimTime,
        /// Its id.
        id: u64,
    },
}

/// What a journal belongs to: with another one its calls would not come to the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of the program.
    pub program: String,
    /// The hash of the scenario's plan.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// What else changes the course of things: options, and who may do what.
    pub settings: String,
}

/// A call and its circumstances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry<'a> {
    /// When it was made.
    pub time: SimTime,
    /// Whose it is, by ARN; none where nobody has to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Cow<'a, str>>,
    /// The service, by its name in signatures.
    pub service: Cow<'a, str>,
    /// The protocol: `json-1.0`, `json-1.1` or `query`.
    pub protocol: Cow<'a, str>,
    /// The operation.
    pub operation: Cow<'a, str>,
    /// Its parameters.
    pub parameters: Cow<'a, Value>,
}

const PROTOCOLS: [(Protocol, &str); 3] =
    [(Protocol::Json10, "json-1.0"), (Protocol::Json11, "json-1.1"), (Protocol::Query, "query")];

impl<'a> Entry<'a> {
    /// The record of a call.
    pub fn new(time: SimTime, call: &'a Call, caller: Option<&'a str>) -> Self {
        let protocol = PROTOCOLS.iter().find(|(protocol, _)| *protocol == call.dialect.protocol);
        Self {
            time,
            caller: caller.map(Cow::Borrowed),
            service: call.dialect.service.signing_name().into(),
            protocol: protocol.map_or("", |(_, name)| name).into(),
            operation: call.operation.as_str().into(),
            parameters: Cow::Borrowed(&call.parameters),
        }
    }

    /// The call; none when this program has no such service or protocol.
    pub fn call(&self) -> Option<Call> {
        let service = Service::ALL.into_iter().find(|service| service.signing_name() == self.service)?;
        let (protocol, _) = PROTOCOLS.into_iter().find(|(_, name)| *name == self.protocol)?;
        let operation = self.operation.clone().into_owned();
        let parameters = self.parameters.clone().into_owned();
        Some(Call { dialect: Dialect { service, protocol }, operation, parameters })
    }
}

impl Record<'_> {
    /// The time that nobody may be told before this record is on disk, if it has one.
    pub fn time(&self) -> Option<SimTime> {
        match self {
            Self::Call(entry) => Some(entry.time),
            Self::Time { until: time }
            | Self::Buried { time, .. }
            | Self::Fault { time, .. }
            | Self::FaultEnd { time, .. } => Some(*time),
            Self::Header(_) | Self::Delivered { .. } => None,
        }
    }

    /// Writes the record as the line of this number.
    pub fn write(&self, number: u64, out: &mut Vec<u8>) {
        let json = serde_json::to_string(self).expect("a record is plain data");
        let text = format!("{number} {json}");
        out.extend_from_slice(format!("{:016x} {text}\n", xxh3_64(text.as_bytes())).as_bytes());
    }
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The records, in order.
    pub records: Vec<Record<'static>>,
    /// How many bytes they take; what stands behind them was never acknowledged.
    pub length: usize,
}

/// A line that should be a record and is none, though records follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line, from 1.
    pub line: usize,
}

/// Reads the bytes of a file. A torn end, with no record behind it, is no fault: the write that it came from was not
/// finished, so nobody was answered.
///
/// # Errors
///
/// When records stand behind a line that is none, or one is missing between others.
pub fn read(bytes: &[u8]) -> Result<Content, Broken> {
    let mut content = Content { records: Vec::new(), length: 0 };
    let mut torn = None;
    for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match (read_line(line), torn) {
            (Some((number, record)), None) if number == content.records.len() as u64 => {
                content.length += line.len();
                content.records.push(record);
            }
            (Some(_), before) => return Err(Broken { line: before.unwrap_or(at + 1) }),
            (None, None) => torn = Some(at + 1),
            (None, Some(_)) => {}
        }
    }
    Ok(content)
}

/// The number and the record of a line, whose end it must have.
fn read_line(line: &[u8]) -> Option<(u64, Record<'static>)> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (sum, text) = line.split_once(' ')?;
    if sum != format!("{:016x}", xxh3_64(text.as_bytes())) {
        return None;
    }
    let (number, json) = text.split_once(' ')?;
    Some((number.parse().ok()?, serde_json::from_str(json).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z]{0,8}", "\\PC{0,12}", Just("a\nb\r\0\u{2028}\"".to_string())]
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((text(), inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    fn record() -> impl Strategy<Value = Record<'static>> {
        let call = (any::<u64>(), prop::option::of(text()), text(), value(), 0..4_usize, 0..3_usize);
        prop_oneof![
            any::<u64>().prop_map(|time| Record::Time { until: SimTime(time) }),
            any::<u64>().prop_map(|id| Record::Delivered { id }),
            any::<(u64, u64)>().prop_map(|(time, id)| Record::Buried { time: SimTime(time), id }),
            any::<(u64, u32)>().prop_map(|(time, id)| Record::FaultEnd { time: SimTime(time), id }),
            (any::<u64>(), text()).prop_map(|(time, request)| {
                Record::Fault { time: SimTime(time), request: request.into() }
            }),
            call.prop_map(|(time, caller, operation, parameters, service, protocol)| {
                Record::Call(Entry {
                    time: SimTime(time),
                    caller: caller.map(Cow::Owned),
                    service: Service::ALL[service].signing_name().into(),
                    protocol: PROTOCOLS[protocol].1.into(),
                    operation: operation.into(),
                    parameters: Cow::Owned(parameters),
                })
            }),
        ]
    }

    /// The bytes of records, and where each ends.
    fn written(records: &[Record]) -> (Vec<u8>, Vec<usize>) {
        let mut bytes = Vec::new();
        let numbered = (0..).zip(records);
        let ends = numbered.map(|(number, record)| {
            record.write(number, &mut bytes);
            bytes.len()
        });
        let ends = ends.collect();
        (bytes, ends)
    }

    proptest! {
        #[test]
        fn a_crash_at_any_byte_leaves_whole_records(records in prop::collection::vec(record(), 0..6)) {
            let (bytes, ends) = written(&records);
            for cut in 0..=bytes.len() {
                let whole = ends.iter().filter(|end| **end <= cut).count();
                let content = read(&bytes[..cut]).unwrap();
                prop_assert_eq!(&content.records[..], &records[..whole]);
                prop_assert_eq!(content.length, whole.checked_sub(1).map_or(0, |last| ends[last]));
            }
        }

        #[test]
        fn a_flipped_bit_is_found(
            records in prop::collection::vec(record(), 2..6), at in any::<prop::sample::Index>(), bit in 0..8_u32,
        ) {
            let (mut bytes, ends) = written(&records);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let hurt = ends.iter().filter(|end| **end <= at).count();
            match read(&bytes) {
                Err(Broken { line }) => prop_assert_eq!(line, hurt + 1),
                // The end of the line before may be what was hurt, which takes the last record with it.
                Ok(content) => prop_assert!(content.records.len() >= records.len() - 2 && content.records.len() <= hurt),
            }
        }
    }

    #[test]
    fn a_call_comes_back_as_it_was() {
        let dialect = Dialect { service: Service::Sqs, protocol: Protocol::Query };
        let parameters = json!({ "QueueUrl": "/1/q", "z": [1.5e300, -0.0, 18446744073709551615_u64] });
        let call = Call { dialect, operation: "SendMessage".into(), parameters };
        let (bytes, _) =
            written(&[Record::Call(Entry::new(SimTime(7), &call, Some("arn:aws:iam::1:user/a")))]);
        let Record::Call(entry) = &read(&bytes).unwrap().records[0] else { panic!("it is a call") };
        assert_eq!(entry.call(), Some(call));
        assert_eq!((entry.time, entry.caller.as_deref()), (SimTime(7), Some("arn:aws:iam::1:user/a")));
    }

    #[test]
    fn a_lost_or_repeated_line_is_no_torn_end() {
        let records: Vec<_> = (0..5).map(|id| Record::Delivered { id }).collect();
        let (bytes, ends) = written(&records);
        let without: Vec<u8> = [&bytes[..ends[1]], &bytes[ends[2]..]].concat();
        assert_eq!(read(&without), Err(Broken { line: 3 }));
        let twice: Vec<u8> = [&bytes[..ends[1]], &bytes[ends[0]..]].concat();
        assert_eq!(read(&twice), Err(Broken { line: 3 }));
        assert_eq!(read(&[&bytes[..], &[0; 99]].concat()).unwrap().records.len(), 5);
    }
}
