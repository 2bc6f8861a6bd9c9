//! What the tests of the house rules share: the project's files, and Rust source with everything blanked out
//! that is not code.

#![allow(dead_code, reason = "each test program takes the part it needs")]

use std::{fs, ops::Range, path::Path};

/// A file of the project.
pub(crate) struct File {
    /// Relative to the project's root, with `/`.
    pub(crate) path: String,
    /// Its content.
    pub(crate) text: String,
}

impl File {
    /// The layer that the file belongs to: the folder below `src`. `None` for `lib.rs` and `main.rs`.
    pub(crate) fn layer(&self) -> Option<&str> {
        self.path.strip_prefix("src/")?.split_once('/').map(|(layer, _)| layer)
    }

    /// Whether the whole file is a test or a bench.
    pub(crate) fn is_test(&self) -> bool {
        let folders = self.path.split('/').rev().skip(1);
        self.path.ends_with("/tests.rs") || folders.into_iter().any(|f| f == "tests" || f == "benches")
    }
}

/// Every UTF-8 file at or below the given paths, in a fixed order. Paths that do not exist hold none.
pub(crate) fn files(paths: &[&str]) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in paths {
        collect(&root.join(path), path, &mut found);
    }
    found
}

/// Every Rust file at or below the given paths.
pub(crate) fn rust_files(paths: &[&str]) -> Vec<File> {
    files(paths).into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

fn collect(at: &Path, path: &str, found: &mut Vec<File>) {
    if at.is_file() {
        let bytes = fs::read(at).expect("a readable file");
        found.extend(String::from_utf8(bytes).ok().map(|text| File { path: path.into(), text }));
        return;
    }
    let Ok(entries) = fs::read_dir(at) else { return };
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("a readable folder").file_name().into_string().unwrap()).collect();
    names.sort();
    for name in names {
        collect(&at.join(&name), &format!("{path}/{name}"), found);
    }
}

/// The number of the line that `offset` is on, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// The source with comments and the insides of literals turned into spaces. Every line and offset stays.
pub(crate) fn blank(source: &str) -> String {
    let mut bytes = source.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + skipped(&source.as_bytes()[at..], at > 0 && is_word(source.as_bytes()[at - 1]));
        if end == at {
            at += 1;
            continue;
        }
        fill(&mut bytes, at..end);
        at = end;
    }
    String::from_utf8(bytes).expect("whole literals and comments are blanked")
}

/// The code (as [`blank`] leaves it) with every item under `#[cfg(test)]` turned into spaces too.
pub(crate) fn without_tests(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for range in test_items(code) {
        fill(&mut bytes, range);
    }
    String::from_utf8(bytes).expect("whole items are blanked")
}

/// Where the items under `#[cfg(test)]` stand in the code.
pub(crate) fn test_items(code: &str) -> Vec<Range<usize>> {
    code.match_indices("#[cfg(test)]")
        .map(|(at, attribute)| at..item_end(code, at + attribute.len()))
        .collect()
}

/// Where the item that starts at `from` ends: behind its block, or behind its semicolon.
pub(crate) fn item_end(code: &str, from: usize) -> usize {
    let (mut round, mut braces) = (0, 0);
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round -= 1,
            b'{' => braces += 1,
            b'}' => braces -= 1,
            _ => {}
        }
        if (byte == b'}' && braces == 0) || (byte == b';' && braces == 0 && round == 0) {
            return at + 1;
        }
    }
    code.len()
}

fn fill(bytes: &mut [u8], range: Range<usize>) {
    for byte in &mut bytes[range] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How long the comment or literal is that the source starts with; 0 when it starts with neither.
fn skipped(source: &[u8], inside_word: bool) -> usize {
    match source {
        [b'/', b'/', ..] => find(source, b"\n").unwrap_or(source.len()),
        [b'/', b'*', ..] => block_comment(source),
        [b'"', ..] => quoted(source, b'"'),
        [b'r', b'"' | b'#', ..] if !inside_word => raw_string(source, 1),
        [b'b' | b'c', b'r', b'"' | b'#', ..] if !inside_word => raw_string(source, 2),
        [b'\'', b'\\', ..] => quoted(source, b'\''),
        [b'\'', first, ..] => {
            let width = match first {
                0..0x80 => 1,
                0x80..0xE0 => 2,
                0xE0..0xF0 => 3,
                0xF0.. => 4,
            };
            // Without a quote behind one character it is a lifetime.
            if source.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
        }
        _ => 0,
    }
}

fn find(source: &[u8], what: &[u8]) -> Option<usize> {
    source.windows(what.len()).position(|window| window == what)
}

fn block_comment(source: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < source.len() {
        match &source[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(source: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < source.len() && source[at] != quote {
        at += if source[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(source.len())
}

fn raw_string(source: &[u8], prefix: usize) -> usize {
    let hashes = source[prefix..].iter().take_while(|&&byte| byte == b'#').count();
    let open = prefix + hashes + 1;
    if source.get(open - 1) != Some(&b'"') {
        return 0; // a raw identifier such as r#type
    }
    let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    find(&source[open..], &close).map_or(source.len(), |at| open + at + close.len())
}
