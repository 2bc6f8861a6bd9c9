//! `fleetsim pattern test`: whether an event pattern or a filter policy matches, and why not.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde::Deserialize;

use super::{
    console::{self, Failure},
    exit::Exit,
    scenario,
};
use crate::{
    events::pattern::{Attribute, BadEvent, Event, FilterPolicy, Pattern, Scope},
    report::text::printable,
};

/// Try event patterns and filter policies
#[derive(Debug, Args)]
#[command(after_help = TestArguments::EXAMPLES)]
pub(super) struct PatternArguments {
    #[command(subcommand)]
    subcommand: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    Test(TestArguments),
}

/// Say whether an event matches a pattern, and why not: exits with 0 when it does, with 1 when it does not
#[derive(Debug, Args)]
#[command(after_help = TestArguments::EXAMPLES)]
struct TestArguments {
    /// The event pattern of a rule, or a filter policy; - is standard input
    pattern: PathBuf,
    /// The event; with --sns-body a message, with --sns-attributes what `aws sns publish --message-attributes` takes
    event: PathBuf,
    /// Refuse an event without the fields that every event of EventBridge has, as `aws events test-event-pattern` does
    #[arg(long)]
    envelope: bool,
    /// PATTERN is a filter policy of the scope MessageBody
    #[arg(long, conflicts_with = "envelope")]
    sns_body: bool,
    /// PATTERN is a filter policy of the scope MessageAttributes
    #[arg(long, conflicts_with_all = ["envelope", "sns_body"])]
    sns_attributes: bool,
}

impl TestArguments {
    const EXAMPLES: &str = "Examples:
  fleetsim pattern test pattern.json event.json
  echo '{\"source\": [\"aws.ssm\"]}' | fleetsim pattern test - event.json
  fleetsim pattern test --sns-attributes policy.json attributes.json";
}

pub(super) fn pattern(arguments: &PatternArguments) -> Result<Exit, Failure> {
    let Subcommands::Test(arguments) = &arguments.subcommand;
    let reasons = test(arguments)?;
    if reasons.is_empty() {
        console::print("match")?;
        return Ok(Exit::Good);
    }
    let lines = reasons.iter().map(|reason| format!("  {}\n", printable(reason)));
    console::print(&format!("no match\n{}", lines.collect::<String>()))?;
    Ok(Exit::Missed)
}

/// Why there is no match, or nothing.
fn test(arguments: &TestArguments) -> Result<Vec<String>, Failure> {
    if arguments.pattern == Path::new("-") && arguments.event == Path::new("-") {
        return Err(Failure::new(
            "PATTERN and EVENT cannot both be standard input; give a file for one of them",
        ));
    }
    let (pattern, event) = (read(&arguments.pattern)?, read(&arguments.event)?);
    if arguments.sns_body {
        return Ok(policy(arguments, &pattern, Scope::MessageBody)?.why_not(&event, &[]));
    }
    if arguments.sns_attributes {
        let policy = policy(arguments, &pattern, Scope::MessageAttributes)?;
        return Ok(policy.why_not("", &attributes(&arguments.event, &event)?));
    }
    let bad_pattern = |message: String| refused(&arguments.pattern, &message);
    let pattern = Pattern::compile(&pattern).map_err(|fault| bad_pattern(fault.event_bridge_message()))?;
    let bad_event = |why: String| refused(&arguments.event, &format!("{} {why}", BadEvent::AWS_TEXT));
    let event = Event::parse(&event).map_err(|bad| bad_event(bad.to_string()))?;
    let missing = event.missing_from_envelope();
    if arguments.envelope && !missing.is_empty() {
        return Err(bad_event(format!("It has no {}", missing.join(", "))));
    }
    Ok(pattern.why_not(&event))
}

fn policy(arguments: &TestArguments, text: &str, scope: Scope) -> Result<FilterPolicy, Failure> {
    FilterPolicy::compile(text, scope)
        .map_err(|fault| refused(&arguments.pattern, &format!("Invalid parameter: {fault}")))
}

fn read(path: &Path) -> Result<String, Failure> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        scenario::read(path)
    };
    text.map_err(|error| Failure::new(&format!("cannot read {}: {error}", path.display())))
}

fn refused(path: &Path, message: &str) -> Failure {
    Failure::lines([format!("{}: {message}", path.display())])
}

/// A message attribute as the AWS CLI takes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MessageAttribute {
    data_type: String,
    #[serde(default)]
    string_value: String,
    #[serde(default)]
    binary_value: String,
}

fn attributes(path: &Path, text: &str) -> Result<Vec<Attribute>, Failure> {
    let read: BTreeMap<String, MessageAttribute> = serde_json::from_str(text).map_err(|error| {
        let form = r#"{"NAME": {"DataType": "String", "StringValue": "..."}}"#;
        refused(path, &format!("message attributes are {form}: {error}"))
    })?;
    let attribute = |(name, read): (String, MessageAttribute)| {
        let is_binary = read.data_type.starts_with("Binary");
        let value = if is_binary { read.binary_value } else { read.string_value };
        Attribute { name, data_type: read.data_type, value }
    };
    Ok(read.into_iter().map(attribute).collect())
}
