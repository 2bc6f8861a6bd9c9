//! A bad release in one word, as an option takes it: `chance=30%,exit_code=1,platform=Windows,tag:Role=web`.

use serde_json::{Map, Value, json};

use crate::base::nearest;

/// Fields of a `[[plan.bad_release]]`.
const FIELDS: [&str; 8] =
    ["name", "chance", "exit_code", "hang", "reply_lost", "stopped", "terminated", "execution"];
/// Those that say what happens.
const RESULTS: [&str; 5] = ["exit_code", "hang", "reply_lost", "stopped", "terminated"];
/// Fields of its `where`, beside `tag:NAME`.
const CONDITIONS: [&str; 5] = ["group", "platform", "command", "document", "step"];

/// The table that a word stands for: its fields and those of its `where` with commas between them. A flag needs no `=true`.
/// Without anything that happens it is exit code 1. Or what is wrong, and what would be right.
pub fn parse(word: &str) -> Result<Value, (String, String)> {
    let (mut release, mut condition, mut tags) = (Map::new(), Map::new(), Map::new());
    for part in word.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, "true"));
        let name = name.trim();
        match name.strip_prefix("tag:") {
            Some(tag) => _ = tags.insert(tag.into(), value.into()),
            None if CONDITIONS.contains(&name) => _ = condition.insert(name.into(), value.into()),
            None if FIELDS.contains(&name) => _ = release.insert(name.into(), typed(value)),
            None => return Err(unknown(word, name)),
        }
    }
    if RESULTS.iter().all(|result| !release.contains_key(*result)) {
        release.insert("exit_code".into(), json!(1));
    }
    if !tags.is_empty() {
        condition.insert("tags".into(), tags.into());
    }
    if !condition.is_empty() {
        release.insert("where".into(), condition.into());
    }
    Ok(release.into())
}

/// Numbers and truth values are what they look like; everything else is text.
fn typed(text: &str) -> Value {
    match (text, text.parse::<i64>(), text.parse::<f64>()) {
        ("true" | "false", ..) => json!(text == "true"),
        (_, Ok(number), _) => json!(number),
        (_, _, Ok(number)) => json!(number),
        _ => text.into(),
    }
}

fn unknown(word: &str, name: &str) -> (String, String) {
    let known: Vec<&str> = FIELDS.into_iter().chain(CONDITIONS).collect();
    let near = nearest(name, known.iter().copied());
    let help = near.map_or_else(
        || format!("give {} or tag:NAME, as in \"chance=30%,platform=Windows\"", known.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    (format!("`{word}`: a bad release has no `{name}`"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_table() {
        for (word, expected) in [
            ("", json!({"exit_code": 1})),
            ("chance=30%", json!({"chance": "30%", "exit_code": 1})),
            ("hang,chance=0.5,name=slow", json!({"hang": true, "chance": 0.5, "name": "slow"})),
            (
                "exit_code=3, platform=Windows, tag:Role=web",
                json!({"exit_code": 3, "where": {"platform": "Windows", "tags": {"Role": "web"}}}),
            ),
        ] {
            assert_eq!(parse(word).unwrap(), expected, "{word}");
        }
        let (message, help) = parse("chanse=1").unwrap_err();
        assert!(message.contains("no `chanse`") && help.contains("`chance`"), "{message} {help}");
    }
}
