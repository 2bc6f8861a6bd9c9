//! The event pattern matcher against vectors made by others: recorded from real AWS, from AWS's own engine and from an
//! emulator's tests. Their folder is not part of the project; where it is missing the tests say so and judge nothing.

use std::{fs, path::Path};

use fleetsim::events::pattern::{Attribute, BadEvent, Event, FilterPolicy, Pattern, Scope};
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data");

/// Vectors that are not held to, each with its reason.
const WAIVERS: [(&str, &str); 3] = [
    ("localstack-unit/attributes#2 exact string filter", NO_ARRAY),
    ("localstack-unit/attributes#4 exact string filter with no attributes", NO_ARRAY),
    ("localstack-unit/attributes#5 exact string filter with no match", NO_ARRAY),
];

/// The emulator's own tests hold this against its matcher alone; `localstack/test_validate_policy_string_operators#7` is
/// the recorded refusal.
const NO_ARRAY: &str = "the policy's value is no array, which AWS refuses before it could match anything";

/// The vectors of a file, or None, with a printed reason, where it is missing.
fn vectors(name: &str) -> Option<Vec<Value>> {
    let path = Path::new(FOLDER).join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// A text exactly as recorded, where it is; else what it was parsed to, written like Python's `json.dumps` writes.
fn text(vector: &Value, name: &str) -> String {
    let raw = vector[format!("{name}_raw")].as_str();
    raw.map_or_else(|| spaced(&vector[name]), String::from)
}

/// JSON on one line, with a space behind each comma and colon: the form in which the patterns were sent.
fn spaced(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("{}: {}", Value::from(name.as_str()), spaced(value))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        _ => value.to_string(),
    }
}

/// Judges every vector of a file; what `judge` returns is what is wrong.
fn every_vector(name: &str, least: usize, judge: impl Fn(&Value) -> Result<(), String>) {
    let Some(vectors) = vectors(name) else { return };
    assert!(vectors.len() >= least, "{name} has only {} vectors", vectors.len());
    let mut faults = Vec::new();
    let mut waived = 0;
    for vector in &vectors {
        let case = vector["name"].as_str().unwrap();
        let waiver = WAIVERS.iter().find(|(waived, _)| *waived == case);
        match (judge(vector), waiver) {
            (Ok(()), None) => {}
            (Err(fault), None) => faults.push(format!("{case}: {fault}")),
            (Err(_), Some((_, reason))) => {
                waived += 1;
                eprintln!("waived: {case}: {reason}");
            }
            (Ok(()), Some(_)) => faults.push(format!("{case}: waived, but it passes")),
        }
    }
    eprintln!("{name}: {} of {}, {waived} waived", vectors.len() - waived - faults.len(), vectors.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn differ(found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("\n  found    {found}\n  expected {expected}")) }
}

/// What TestEventPattern would answer: the match, or the message of its error.
fn answer(pattern: &str, event: &str, envelope: bool) -> Result<bool, String> {
    let pattern = Pattern::compile(pattern).map_err(|fault| fault.event_bridge_message())?;
    let event = Event::parse(event).map_err(|_| BadEvent::AWS_TEXT)?;
    if envelope && !event.missing_from_envelope().is_empty() {
        return Err(BadEvent::AWS_TEXT.into());
    }
    let matches = pattern.matches(&event);
    assert_eq!(pattern.why_not(&event).is_empty(), matches, "an explanation contradicts the match");
    Ok(matches)
}

#[test]
fn event_bridge_answers_as_recorded_from_aws() {
    every_vector("event_patterns.jsonl", 100, |vector| {
        let found = answer(&text(vector, "pattern"), &text(vector, "event"), true);
        match (&vector["expect"], found) {
            (Value::Bool(expected), Ok(found)) => differ(&found.to_string(), &expected.to_string()),
            (Value::String(expected), Err(found)) if expected == "error" => {
                let error = &vector["aws_error"];
                let message = error["MessageRaw"].as_str().or(error["Message"].as_str()).unwrap();
                differ(&found, message)
            }
            (expected, found) => differ(&format!("{found:?}"), &expected.to_string()),
        }
    });
}

#[test]
fn patterns_answer_as_recorded_from_the_engine_of_aws() {
    every_vector("event_patterns_ruler.jsonl", 900, |vector| {
        let pattern = text(vector, "pattern");
        match &vector["expect"] {
            Value::Bool(expected) => {
                let found = answer(&pattern, &text(vector, "event"), false);
                differ(&format!("{found:?}"), &format!("{:?}", Ok::<_, String>(*expected)))
            }
            Value::String(expected) if expected == "error" => {
                let fault = Pattern::compile(&pattern).err().ok_or("compiled")?;
                let (_, reason) = vector["ruler_error"].as_str().unwrap().split_once(": ").unwrap();
                differ(&fault.reason, reason)
            }
            _ => Pattern::compile(&pattern).map(drop).map_err(|fault| fault.to_string()),
        }
    });
}

fn attributes(vector: &Value) -> Vec<Attribute> {
    let attributes = vector["attributes"].as_object().into_iter().flatten();
    let attribute = |(name, value): (&String, &Value)| {
        let text = &value["StringValue"];
        Attribute {
            name: name.clone(),
            data_type: value["DataType"].as_str().unwrap().into(),
            value: text.as_str().map_or_else(|| text.to_string(), String::from),
        }
    };
    attributes.map(attribute).collect()
}

#[test]
fn filter_policies_answer_as_recorded() {
    every_vector("sns_filter.jsonl", 150, |vector| {
        let policy = vector["policy_raw"].as_str().map_or_else(|| vector["policy"].to_string(), String::from);
        let scope = match vector["scope"].as_str() {
            Some("MessageBody") => Scope::MessageBody,
            _ => Scope::MessageAttributes,
        };
        let compiled = FilterPolicy::compile(&policy, scope);
        match (&vector["expect"], compiled) {
            (Value::Bool(expected), Ok(policy)) => {
                let (message, attributes) = (vector["message"].as_str().unwrap_or(""), attributes(vector));
                let found = policy.matches(message, &attributes);
                assert_eq!(policy.why_not(message, &attributes).is_empty(), found);
                differ(&found.to_string(), &expected.to_string())
            }
            (Value::String(expected), Err(fault)) if expected == "error" => {
                let message = vector["aws_error"]["Message"].as_str().unwrap();
                // Subscribe names the parameter, SetSubscriptionAttributes does not.
                let message = message.trim_start_matches("Invalid parameter: ");
                differ(&fault.to_string(), message.trim_start_matches("Attributes Reason: "))
            }
            (Value::String(expected), Ok(_)) if expected == "valid" => Ok(()),
            (expected, found) => {
                let found = found.map(drop).map_err(|fault| fault.to_string());
                differ(&format!("{found:?}"), &expected.to_string())
            }
        }
    });
}
