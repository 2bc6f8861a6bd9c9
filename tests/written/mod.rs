//! Scenarios written as text, with the files that stand beside them, and what is said of them.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::{collections::BTreeMap, io, path::Path};

use fleetsim::scenario::{self, Faults, Resolved, Source};

/// Loads the scenario `text`, whose file is called `name`, with some files beside it. No others can be read.
pub fn load(name: &str, text: &str, files: &[(&str, &str)]) -> Result<Resolved, Faults> {
    let files: BTreeMap<_, _> = files.iter().copied().collect();
    let read = |path: &Path| {
        let content = path.to_str().and_then(|path| files.get(path)).map(|text| text.to_string());
        content.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    };
    scenario::load(Source { path: name.into(), text: text.into() }, &read)
}

/// A scenario with a command to five web servers, with so much in its request, and so much behind it. Where the request has one
/// more line, what is behind begins with the thirteenth.
pub fn command_to_five(request: &str, more: &str) -> String {
    format!(
        r#"version = 1
[[group]]
name = "web"
count = 5
execution = "20s"
tags = {{ Role = "web" }}
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{{ Key = "tag:Role", Values = ["web"] }}]
Parameters = {{ commands = ["true"] }}
{request}
{more}
"#
    )
}

/// The lines of a request that notifies a topic, with more in its configuration.
pub fn notify(topic: &str, more: &str) -> String {
    format!(
        "ServiceRoleArn = \"arn:aws:iam::123456789012:role/sns\"\nNotificationConfig = {{ NotificationArn = \"{topic}\"{more} }}"
    )
}

/// The warnings of a scenario, as they are shown.
pub fn warnings(resolved: &Resolved) -> String {
    resolved.warnings.iter().map(|warning| warning.render(false)).collect::<Vec<_>>().join("\n")
}

#[track_caller]
pub fn assert_says(rendered: &str, parts: &[&str]) {
    for part in parts {
        assert!(rendered.contains(part), "{part:?} is not in:\n{rendered}");
    }
}
