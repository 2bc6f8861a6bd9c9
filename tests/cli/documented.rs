//! `docs/outputs.md` names all that a run writes.

use std::{collections::BTreeSet, fs};

use fleetsim::cli::CODES;
use serde_json::Value;

use super::program::{MIXED, Place, failing};

fn page() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/outputs.md")).expect("docs/outputs.md")
}

/// The paths of a value's fields; `[]` stands for every member of a list, a capital word for every key of a map.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        // An interval, which is described once.
        Value::Object(fields) if fields.keys().eq(["low", "high"]) => {}
        Value::Object(fields) => {
            let maps = ["per_replication", "intervals", "pooled", "statuses", "probabilities"];
            let map = maps.iter().position(|map| path.rsplit('.').next() == Some(*map));
            for (name, value) in fields {
                let name =
                    map.map_or(name.as_str(), |at| ["METRIC", "METRIC", "STAGE", "STATUS", "EVENT"][at]);
                let path = if path.is_empty() { name.into() } else { format!("{path}.{name}") };
                found.insert(path.clone());
                paths(value, &path, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| paths(value, &format!("{path}[]"), found)),
        _ => {}
    }
}

fn run() -> Place {
    let place = Place::with(&failing("0.5", "\"broken.max\" = \"<= 20\""));
    place.run(&["run", "s.toml", "--history", "-o", "out"]).exits(0);
    place
}

#[test]
fn every_file_is_documented() {
    let (page, place) = (page(), run());
    for name in place.list("out") {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn every_field_of_json_is_documented() {
    let (page, place) = (page(), run());
    place.write("s.toml", MIXED);
    let until = ["--until", "failed.mean within 0.01%", "--at-most", "8"];
    place.run(&[&["run", "s.toml", "-o", "several"][..], &until].concat()).exits(4);
    let mut found = BTreeSet::new();
    for name in ["out/summary.json", "several/summary.json", "out/run.json"] {
        paths(&place.json(name), "", &mut found);
    }
    assert!(found.len() > 60, "{found:?}");
    let missing: Vec<_> = found.iter().filter(|path| !page.contains(&format!("`{path}`"))).collect();
    assert_eq!(missing, [""; 0]);
}

/// Of the shipped scenarios with outputs, faults, a client that polls and assumed quotas, too.
#[test]
fn every_field_of_shipped_scenarios_is_documented() {
    let (page, place) = (page(), Place::new());
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let mut found = BTreeSet::new();
    for (name, replications) in
        [("outputs-to-s3", "1"), ("outputs-to-s3", "2"), ("regional-outage", "2"), ("shared-quota", "2")]
    {
        let scenario = format!("{scenarios}/{name}.toml");
        let out = format!("{name}-{replications}");
        place.run(&["run", &scenario, "--replications", replications, "-o", &out]).exits(0);
        paths(&place.json(&format!("{out}/summary.json")), "", &mut found);
    }
    for path in ["uploads.stores[].peak_at", "uploads.stores[].took", "faults.most_back", "faults.away.p50"] {
        assert!(found.contains(path), "{path} is not there");
    }
    // The fields of a spread are described once.
    let spread = |path: &str| {
        let (above, _) = path.rsplit_once('.').unwrap_or_default();
        ["p50", "mean"].iter().all(|field| found.contains(&format!("{above}.{field}")))
    };
    let missing: Vec<_> =
        found.iter().filter(|path| !spread(path) && !page.contains(&format!("`{path}`"))).collect();
    assert_eq!(missing, [""; 0]);
    let header = place.read("outputs-to-s3-1/metrics.csv");
    for column in header.lines().next().unwrap().split(',') {
        assert!(page.contains(&format!("`{column}`")), "{column}");
    }
}

#[test]
fn every_column_is_documented() {
    let (page, place) = (page(), run());
    for name in ["invocations.csv", "timeline.csv", "replications.csv"] {
        let section = page.split("\n## ").find(|section| section.starts_with(&format!("`{name}`")));
        let section = section.unwrap_or_else(|| panic!("no section on {name}"));
        for column in place.read(&format!("out/{name}")).lines().next().unwrap().split(',') {
            assert!(section.contains(&format!("`{column}`")), "{name}: {column}");
        }
    }
}

#[test]
fn every_fact_and_every_exit_code_is_documented() {
    let (page, place) = (page(), run());
    for line in place.read("out/history.jsonl").lines().filter(|line| line.contains("\"fact\"")) {
        let record: Value = serde_json::from_str(line).unwrap();
        for field in record.as_object().unwrap().keys() {
            assert!(page.contains(&format!("`{field}`")), "{field}");
        }
        let fact = record["fact"].as_str().unwrap();
        assert!(page.contains(&format!("`{fact}`")), "{fact}");
    }
    for (code, meaning) in CODES {
        assert!(page.contains(&format!("| {code} | {meaning}")), "{code} {meaning}");
    }
}
