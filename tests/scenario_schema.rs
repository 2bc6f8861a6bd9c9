//! The published schema and reference are those of the code; the schema accepts what the loader accepts.
//! `FLEETSIM_BLESS=1 cargo test --test scenario_schema` writes them anew.

use std::{fs, path::Path};

use fleetsim::scenario;

fn assert_fresh(name: &str, content: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("FLEETSIM_BLESS").is_some() {
        fs::write(&path, content).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == content, "docs/{name} is stale; run the test with FLEETSIM_BLESS=1");
}

#[test]
fn the_schema_is_fresh() {
    assert_fresh(
        "scenario.schema.json",
        &(serde_json::to_string_pretty(&scenario::schema()).unwrap() + "\n"),
    );
}

#[test]
fn the_reference_is_fresh() {
    assert_fresh("scenario.md", &scenario::reference::reference());
}
