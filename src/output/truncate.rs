//! What is left of outputs: by bytes on the agent, by characters in answers (table 11.3).

/// The longest standard output that the agent keeps, in bytes; and of standard error too in the way that steps go (O-39).
pub const AGENT_STDOUT: usize = 24_000;
/// The longest standard error that the agent means to keep, in bytes.
pub const AGENT_STDERR: usize = 8_000;
/// The longest `StandardOutputContent`, in characters.
pub const STANDARD_OUTPUT_CONTENT: usize = 24_000;
/// The longest `StandardErrorContent`, in characters.
pub const STANDARD_ERROR_CONTENT: usize = 8_000;
/// The longest `CommandPlugin.Output`, in characters; and what both streams together come to on the agent, in bytes.
pub const COMBINED: usize = 2_500;

/// What stands at the end of a stream that was cut, within the limit (S11.18).
const SUFFIX: &str = "--output truncated--";
/// S11.20.
const ERROR_TITLE: &str = "\n----------ERROR-------\n";
const OUTPUT_CUT: &str = "\n---Output truncated---";
const ERROR_CUT: &str = "\n---Error truncated----";

/// A stream as the agent keeps it: one that is as long as the limit is cut too (S11.18). A letter that the limit falls
/// into is left out whole, where the agent leaves half of it.
pub fn on_agent(text: &str, limit: usize) -> String {
    if text.len() < limit {
        return text.into();
    }
    match limit.checked_sub(SUFFIX.len()).filter(|rest| *rest > 0) {
        Some(rest) => format!("{}{SUFFIX}", head(text, rest)),
        None => head(SUFFIX, limit).into(),
    }
}

/// Both streams in one, as the agent tells of a step (S11.20): what is short leaves its room to the other.
pub fn combine(stdout: &str, stderr: &str, limit: usize) -> String {
    let title = if stderr.is_empty() { "" } else { ERROR_TITLE };
    let room = limit.saturating_sub(title.len());
    let (out, error) = (stdout.len(), stderr.len());
    if out + error < room {
        return format!("{stdout}{title}{stderr}");
    }
    if out > room / 2 && error > room / 2 {
        let each = room.saturating_sub(OUTPUT_CUT.len() + ERROR_CUT.len()) / 2;
        return format!("{}{OUTPUT_CUT}{title}{}{ERROR_CUT}", head(stdout, each), head(stderr, each));
    }
    if out < room / 2 {
        let left = room.saturating_sub(ERROR_CUT.len() + out);
        return format!("{stdout}{title}{}{ERROR_CUT}", head(stderr, left));
    }
    let left = room.saturating_sub(OUTPUT_CUT.len() + error);
    format!("{}{OUTPUT_CUT}{title}{stderr}", head(stdout, left))
}

/// The first characters of a text, as an answer of the service tells them.
pub fn in_answer(text: &str, limit: usize) -> &str {
    match text.char_indices().nth(limit) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}

/// The longest beginning of at most so many bytes.
fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S11.18.
    #[test]
    fn what_is_as_long_as_the_limit_is_cut() {
        let long = "x".repeat(30_000);
        assert_eq!(on_agent(&long[..23_999], AGENT_STDOUT).len(), 23_999);
        for length in [24_000, 24_001, 30_000] {
            let kept = on_agent(&long[..length], AGENT_STDOUT);
            assert_eq!(kept.len(), 24_000);
            assert!(kept.ends_with("x--output truncated--"));
        }
        assert_eq!(on_agent("abcdef", 5), "--out");
        // Four bytes a letter: the limit falls into one.
        assert_eq!(on_agent(&"\u{1f600}".repeat(10), 30), format!("{}{SUFFIX}", "\u{1f600}".repeat(2)));
    }

    /// S11.20: the lengths are those that the agent's own tests come to.
    #[test]
    fn both_streams_share_the_room() {
        let long = "This is a sample text. ".repeat(50);
        assert_eq!(combine("", "", 100), "");
        assert_eq!(combine("output", "", 100), "output");
        assert_eq!(combine("", "error", 100), "\n----------ERROR-------\nerror");
        assert_eq!(combine("output", "error", 100), "output\n----------ERROR-------\nerror");
        let only = combine(&long, "", 100);
        assert!(only.len() == 100 && only.ends_with(" \n---Output truncated---"));
        let error = combine("", &long, 100);
        assert!(error.len() == 100 && error.ends_with("This is\n---Error truncated----"));
        let both = combine(&long, &long, 100);
        let half = "This is a sampl";
        assert_eq!(both, format!("{half}{OUTPUT_CUT}{ERROR_TITLE}{half}{ERROR_CUT}"));
        // What is short stays whole.
        assert!(combine("output", &long, 100).starts_with("output\n----------ERROR"));
        assert!(combine(&long, "error", 100).ends_with("\n----------ERROR-------\nerror"));
    }

    /// Table 11.3.
    #[test]
    fn answers_cut_by_characters() {
        let text = "\u{e9}".repeat(3_000);
        assert_eq!(in_answer(&text, COMBINED).chars().count(), 2_500);
        assert_eq!(in_answer(&text, STANDARD_ERROR_CONTENT), text);
    }
}
