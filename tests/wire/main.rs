//! The layer `wire` against what others made: the official vectors of Signature Version 4, messages that SNS signed,
//! samples of the AWS CLI's documentation and recorded answers. Where their folder is missing the tests say so and judge
//! nothing.

mod answers;
mod protocol;
mod robust;
mod samples;
mod signatures;
mod sns_messages;

use std::{fs, path::Path};

/// A file of others, or `None`, with a printed reason, where it is missing.
fn shared(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: {} is not there", path.display());
    }
    text
}

/// A file of others with a JSON value on each line.
fn lines(name: &str) -> Vec<serde_json::Value> {
    let text = shared(name).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
