//! `aws ssm send-command ...` as somebody types it: read into a request, and written from one.

use serde_json::{Map, Value, json};

use super::{SendCommandRequest, request::Target};
use crate::base::nearest;

mod shorthand;

/// Reads a file that a command line names as `file://...`; the error is what to tell the user.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// A command line, read.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandLine {
    /// The request, as `--cli-input-json` takes it; not checked yet.
    pub request: Value,
    /// Options of the AWS CLI that do not change the request, such as `--region`.
    pub without_effect: Vec<String>,
}

/// How an option's words become a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    /// Each word is an entry.
    Words,
    /// JSON, or each word a structure in shorthand.
    Structures,
    /// JSON, or one word in shorthand.
    Structure,
    /// JSON, or one word in shorthand whose values are lists.
    Map,
}

/// The options of `aws ssm send-command`, and the fields of the request that they fill.
const OPTIONS: [(&str, &str, Kind); 18] = [
    ("--document-name", "DocumentName", Kind::Text),
    ("--document-version", "DocumentVersion", Kind::Text),
    ("--document-hash", "DocumentHash", Kind::Text),
    ("--document-hash-type", "DocumentHashType", Kind::Text),
    ("--instance-ids", "InstanceIds", Kind::Words),
    ("--targets", "Targets", Kind::Structures),
    ("--parameters", "Parameters", Kind::Map),
    ("--timeout-seconds", "TimeoutSeconds", Kind::Number),
    ("--max-concurrency", "MaxConcurrency", Kind::Text),
    ("--max-errors", "MaxErrors", Kind::Text),
    ("--comment", "Comment", Kind::Text),
    ("--output-s3-region", "OutputS3Region", Kind::Text),
    ("--output-s3-bucket-name", "OutputS3BucketName", Kind::Text),
    ("--output-s3-key-prefix", "OutputS3KeyPrefix", Kind::Text),
    ("--service-role-arn", "ServiceRoleArn", Kind::Text),
    ("--notification-config", "NotificationConfig", Kind::Structure),
    ("--cloud-watch-output-config", "CloudWatchOutputConfig", Kind::Structure),
    ("--alarm-configuration", "AlarmConfiguration", Kind::Structure),
];

/// The request in a file or as text.
const CLI_INPUT_JSON: &str = "--cli-input-json";

/// Options of every command of the AWS CLI, and whether a word follows.
const GLOBAL: [(&str, bool); 19] = [
    ("--region", true),
    ("--profile", true),
    ("--output", true),
    ("--query", true),
    ("--endpoint-url", true),
    ("--color", true),
    ("--ca-bundle", true),
    ("--cli-read-timeout", true),
    ("--cli-connect-timeout", true),
    ("--cli-binary-format", true),
    ("--cli-error-format", true),
    ("--debug", false),
    ("--no-verify-ssl", false),
    ("--no-paginate", false),
    ("--no-sign-request", false),
    ("--no-cli-pager", false),
    ("--cli-auto-prompt", false),
    ("--no-cli-auto-prompt", false),
    ("--v2-debug", false),
];

/// Reads the words of a command line, which a shell has taken apart. Every fault is told.
pub fn parse(words: &[String], read: ReadFile<'_>) -> Result<CommandLine, Vec<String>> {
    let mut reader = Reader { request: Map::new(), without_effect: Vec::new(), faults: Vec::new(), read };
    let mut base = Map::new();
    let (verbs, options) = take_apart(words);
    let program = verbs.first().map(|word| word.rsplit(['/', '\\']).next().unwrap_or_default());
    if !matches!(program, Some("aws" | "aws.exe")) || verbs.get(1..3) != Some(&["ssm", "send-command"]) {
        reader.faults.push("the command line does not begin with `aws ssm send-command`".into());
    } else if let Some(more) = verbs.get(3..).filter(|more| !more.is_empty()) {
        reader.faults.push(format!("no option takes {}", listed(more)));
    }
    for (name, words) in options {
        if name == CLI_INPUT_JSON {
            base = reader.input_json(&words);
        } else {
            reader.option(name, &words);
        }
    }
    base.extend(reader.request);
    if reader.faults.is_empty() {
        return Ok(CommandLine { request: base.into(), without_effect: reader.without_effect });
    }
    Err(reader.faults)
}

/// The option of the AWS CLI that fills the field of a request at a JSON pointer.
pub fn option_of(pointer: &str) -> Option<&'static str> {
    let field = pointer.split('/').nth(1)?;
    OPTIONS.iter().find(|(_, name, _)| *name == field).map(|(option, ..)| *option)
}

/// What stands before the first option and between the words of a global one, and the options with their words.
fn take_apart(words: &[String]) -> (Vec<&str>, Vec<(&str, Vec<&str>)>) {
    let (mut verbs, mut options): (Vec<&str>, Vec<(&str, Vec<&str>)>) = (Vec::new(), Vec::new());
    for word in words {
        let takes_word = |name: &str, given: usize| {
            let global = GLOBAL.iter().find(|(known, _)| *known == name);
            global.is_none_or(|(_, takes)| *takes && given == 0)
        };
        if word.starts_with("--") {
            let (name, value) =
                word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            options.push((name, value.into_iter().collect()));
        } else if let Some((_, given)) =
            options.last_mut().filter(|(name, given)| takes_word(name, given.len()))
        {
            given.push(word);
        } else {
            verbs.push(word);
        }
    }
    (verbs, options)
}

struct Reader<'a> {
    request: Map<String, Value>,
    without_effect: Vec<String>,
    faults: Vec<String>,
    read: ReadFile<'a>,
}

impl Reader<'_> {
    fn option(&mut self, name: &str, words: &[&str]) {
        if let Some(&(_, takes_word)) = GLOBAL.iter().find(|(known, _)| *known == name) {
            match (takes_word, words) {
                (true, [_]) | (false, []) => self.without_effect.push(name.into()),
                (true, _) => self.faults.push(format!("{name}: expected one argument")),
                (false, _) => self.faults.push(format!("{name}: expected no argument")),
            }
            return;
        }
        let Some(&(_, field, kind)) = OPTIONS.iter().find(|(known, ..)| *known == name) else {
            let names = OPTIONS.iter().map(|(name, ..)| *name).chain([CLI_INPUT_JSON]);
            let names = names.chain(GLOBAL.iter().map(|(name, _)| *name));
            let hint = nearest(name, names).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return self.faults.push(format!("unknown option: {name}{hint}"));
        };
        match self.value(kind, words) {
            Ok(value) => _ = self.request.insert(field.into(), value),
            Err(fault) => self.faults.push(format!("{name}: {fault}")),
        }
    }

    fn value(&self, kind: Kind, words: &[&str]) -> Result<Value, String> {
        let Some((first, more)) = words.split_first() else {
            return Err("expected at least one argument".into());
        };
        let many = matches!(kind, Kind::Words | Kind::Structures);
        if !many && !more.is_empty() {
            return Err(format!(
                "expected one argument, and after it found {}; is a quote missing?",
                listed(more)
            ));
        }
        let content;
        let first = match first.strip_prefix("file://") {
            Some(path) => {
                content = (self.read)(path)?;
                content.as_str()
            }
            None => first,
        };
        let is_json = first.trim_start().starts_with(['{', '[']);
        match kind {
            Kind::Text => Ok(first.into()),
            Kind::Number => {
                first.parse::<i64>().map(Value::from).map_err(|_| format!("`{first}` is no whole number"))
            }
            Kind::Words | Kind::Structures if is_json && more.is_empty() => json_of(first),
            Kind::Words => Ok(words.iter().map(|word| Value::from(*word)).collect()),
            Kind::Structures if is_json => {
                Err(format!("JSON is one argument; after it found {}", listed(more)))
            }
            Kind::Structures => words.iter().map(|word| shorthand::structure(word, &["Values"])).collect(),
            Kind::Structure | Kind::Map if is_json => json_of(first),
            Kind::Structure => shorthand::structure(first, &["NotificationEvents", "Alarms"]).map(typed),
            Kind::Map => shorthand::map_of_lists(first),
        }
    }

    fn input_json(&mut self, words: &[&str]) -> Map<String, Value> {
        match self.value(Kind::Structure, words) {
            Ok(Value::Object(base)) => base,
            Ok(_) => {
                self.faults.push(format!("{CLI_INPUT_JSON}: expected a table"));
                Map::new()
            }
            Err(fault) => {
                self.faults.push(format!("{CLI_INPUT_JSON}: {fault}"));
                Map::new()
            }
        }
    }
}

fn json_of(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not valid JSON: {error}"))
}

/// `true` and `false` of a structure are no texts.
fn typed(structure: Value) -> Value {
    let Value::Object(fields) = structure else { return structure };
    let truth = |value: Value| match value.as_str() {
        Some("true") => Value::Bool(true),
        Some("false") => Value::Bool(false),
        _ => value,
    };
    Value::Object(fields.into_iter().map(|(name, value)| (name, truth(value))).collect())
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The command line that sends a request, in lines to be pasted into a POSIX shell.
pub fn write(request: &SendCommandRequest) -> String {
    let fields = serde_json::to_value(request).expect("a request is plain data");
    let mut lines = vec!["aws ssm send-command".to_string()];
    for (option, field, kind) in OPTIONS {
        let words = match (kind, &fields[field]) {
            (_, Value::Null) => continue,
            (_, Value::String(text)) => quoted(text),
            (Kind::Structures, _) => targets(request.targets.as_deref().unwrap_or_default()),
            (Kind::Words, Value::Array(words)) => {
                words.iter().filter_map(Value::as_str).map(quoted).collect::<Vec<_>>().join(" ")
            }
            (_, value) => quoted(&value.to_string()),
        };
        lines.push(format!("{option} {words}"));
    }
    lines.join(" \\\n  ")
}

/// Selectors in shorthand where they are plain, otherwise as JSON.
fn targets(targets: &[Target]) -> String {
    let plain = |text: &str| {
        !text.is_empty()
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.:/".contains(letter))
    };
    let is_plain = |target: &Target| {
        plain(&target.key) && !target.values.is_empty() && target.values.iter().all(|value| plain(value))
    };
    if targets.iter().all(is_plain) {
        let word =
            |target: &Target| quoted(&format!("Key={},Values={}", target.key, target.values.join(",")));
        return targets.iter().map(word).collect::<Vec<_>>().join(" ");
    }
    quoted(&json!(targets).to_string())
}

/// A text as a POSIX shell takes it for one word.
pub fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,%@+".contains(letter);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_string(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}
