//! Good scenarios: what they resolve to, and that schema, origins and assumptions agree with it.

use std::path::Path;

use fleetsim::scenario::{self, Resolved, Source};

const SMALL: &str = r#"
version = 1
[[group]]
name = "web"
count = 3
execution = "20s"
tags = { Role = "web" }
[[command]]
[command.request]
DocumentName = "AWS-RunShellScript"
Targets = [{ Key = "tag:Role", Values = ["web"] }]
Parameters = { commands = ["true"] }
"#;

fn load(text: &str) -> Resolved {
    let read = |path: &Path| panic!("{path:?} is not to be read");
    let main = Source { path: "small.toml".into(), text: text.into() };
    scenario::load(main, &read).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn a_small_scenario_resolves() {
    let resolved = load(SMALL);
    println!("{}", serde_json::to_string_pretty(&resolved.plan).unwrap());
    println!("{:#?}", resolved.explain());
    println!("{:#?}", resolved.assumptions);
    println!("{}", serde_json::to_string_pretty(&scenario::schema()).unwrap());
}
