//! Takes a stream of JSON apart into the objects that tell something, one at a time and without reading them.
//!
//! An object stands by itself, in an array, or in one of the lists of [`LISTS`]. Where every document has a line of its own a
//! broken one costs no other.

use std::io::{self, Read};

/// The fields whose elements are taken one by one.
pub const LISTS: [&str; 5] = ["CommandInvocations", "Commands", "Messages", "Records", "Events"];

const CHUNK: usize = 1 << 18;
/// What is longer than this is no answer's element.
const LONGEST: usize = 1 << 26;

/// An object of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'b> {
    /// Its text; of a broken one as far as it goes.
    pub text: &'b [u8],
    /// The line it begins in, from 1.
    pub line: u64,
    /// The number of the document it is in, from 0.
    pub document: usize,
    /// Whether it is an element of a list, whose other elements belong to the same answer.
    pub is_listed: bool,
    /// Whether its end is missing, or it never was an object.
    pub is_broken: bool,
}

/// Splits a stream.
#[derive(Debug)]
pub struct Splitter<R> {
    input: R,
    buffer: Vec<u8>,
    /// How far the buffer has been looked at.
    at: usize,
    is_over: bool,
    /// Whether each line is a document; known from the first lines.
    by_lines: Option<bool>,
    line: u64,
    document: usize,
    depth: u32,
    in_string: bool,
    /// At which depth the elements of the list begin that we are in; 0 outside of lists.
    list: u32,
    /// Where the piece begins, and in which line.
    start: Option<(usize, u64)>,
    /// Where the latest text began that may be the name of a list.
    name: usize,
    /// Rest of a document that is to be passed over.
    skips: bool,
}

impl<R: Read> Splitter<R> {
    /// A splitter of this stream.
    pub fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            at: 0,
            is_over: false,
            by_lines: None,
            line: 1,
            document: 0,
            depth: 0,
            in_string: false,
            list: 0,
            start: None,
            name: 0,
            skips: false,
        }
    }

    /// The next object; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of the input.
    pub fn next_piece(&mut self) -> io::Result<Option<Piece<'_>>> {
        if self.by_lines.is_none() {
            self.fill()?;
            self.by_lines = Some(has_lines(&self.buffer));
        }
        loop {
            if self.at == self.buffer.len() && !self.fill()? {
                return Ok(self.rest());
            }
            if let Some(found) = self.advance() {
                return Ok(Some(self.piece(found)));
            }
        }
    }

    /// Looks at what is in the buffer until a piece ends.
    fn advance(&mut self) -> Option<Found> {
        while self.at < self.buffer.len() {
            if self.in_string {
                self.pass_text();
                if self.in_string {
                    // At the end of the buffer, or of a line that breaks off in a text.
                    if self.at < self.buffer.len() && self.ends_line() {
                        return self.break_line();
                    }
                    continue;
                }
            }
            let Some(&byte) = self.buffer.get(self.at) else { break };
            self.at += 1;
            match byte {
                b'"' => {
                    self.name = self.at;
                    self.in_string = true;
                }
                b'{' | b'[' => self.open(byte),
                b'}' | b']' => {
                    if let Some(found) = self.close(byte) {
                        return Some(found);
                    }
                }
                b'\n' => {
                    self.line += 1;
                    if self.by_lines == Some(true) && (self.depth > 0 || self.start.is_some()) {
                        self.line -= 1;
                        self.at -= 1;
                        return self.break_line();
                    }
                    if self.by_lines == Some(true) {
                        self.skips = false;
                    }
                }
                b' ' | b'\t' | b'\r' | b',' | b':' => {}
                // What is at the top and is no JSON; the rest of its line is part of it.
                _ if self.depth == 0 && self.start.is_none() && !self.skips => {
                    self.start = Some((self.at - 1, self.line));
                    self.by_lines = Some(true);
                }
                _ => {}
            }
        }
        None
    }

    /// Passes over the inside of a text, up to its end, the buffer's or, where lines are documents, the line's.
    fn pass_text(&mut self) {
        let by_lines = self.by_lines == Some(true);
        while let Some(&byte) = self.buffer.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    self.in_string = false;
                    return;
                }
                b'\\' if self.at + 1 == self.buffer.len() && !self.is_over => return self.more(),
                b'\\' => self.at = (self.at + 2).min(self.buffer.len()),
                b'\n' if by_lines => return,
                b'\n' => {
                    self.line += 1;
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Reads on in the middle of an escape. What fails here fails again where it can be told.
    fn more(&mut self) {
        if !matches!(self.fill(), Ok(true)) {
            self.at = self.buffer.len();
        }
    }

    fn ends_line(&self) -> bool {
        self.by_lines == Some(true) && self.buffer.get(self.at) == Some(&b'\n')
    }

    fn open(&mut self, byte: u8) {
        if byte == b'[' && self.list == 0 && !self.skips {
            if self.depth == 0 {
                (self.list, self.start) = (1, None);
            } else if self.depth == 1 && self.is_list() {
                (self.list, self.start) = (2, None);
            }
        }
        let is_element = if self.list > 0 { self.depth == self.list } else { self.depth == 0 };
        if byte == b'{' && is_element && self.start.is_none() && !self.skips {
            self.start = Some((self.at - 1, self.line));
        }
        self.depth += 1;
    }

    fn close(&mut self, byte: u8) -> Option<Found> {
        self.depth = self.depth.saturating_sub(1);
        let is_listed = self.list > 0;
        let document = self.document;
        let is_end = byte == b'}' && self.depth == self.list && self.start.is_some();
        let found = is_end.then(|| self.start.take()).flatten();
        if self.list > 0 && byte == b']' && self.depth + 1 == self.list {
            // Behind the list nothing tells anything.
            (self.list, self.skips) = (0, self.depth > 0);
        }
        if self.depth == 0 {
            (self.list, self.skips) = (0, false);
            self.document += 1;
        }
        found.map(|(start, line)| Found { start, end: self.at, line, document, is_listed, is_broken: false })
    }

    /// Ends a document that breaks off with its line.
    fn break_line(&mut self) -> Option<Found> {
        let (start, line) = self.start.take().unwrap_or((self.at, self.line));
        let found = Found {
            start,
            end: self.at,
            line,
            document: self.document,
            is_listed: self.list > 0,
            is_broken: true,
        };
        (self.depth, self.in_string, self.list, self.skips) = (0, false, 0, false);
        self.document += 1;
        Some(found)
    }

    /// What is left at the end of the stream.
    fn rest(&mut self) -> Option<Piece<'_>> {
        let is_broken = self.depth > 0 || self.in_string || self.start.is_some();
        let found = if is_broken { self.break_line() } else { None };
        found.map(|found| self.piece(found))
    }

    /// Whether the latest text is the name of a list.
    fn is_list(&self) -> bool {
        let name = &self.buffer[self.name.min(self.at)..self.at];
        let end = name.iter().position(|&byte| byte == b'"').unwrap_or_default();
        LISTS.iter().any(|list| list.as_bytes() == &name[..end])
    }

    fn piece(&self, found: Found) -> Piece<'_> {
        Piece {
            text: &self.buffer[found.start..found.end],
            line: found.line,
            document: found.document,
            is_listed: found.is_listed,
            is_broken: found.is_broken,
        }
    }

    /// Reads on, and forgets what no piece needs. False at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        // The latest text may be the name of a list that opens next.
        let kept = self.start.map_or(self.at, |(start, _)| start);
        let kept = if self.list == 0 && !self.skips { kept.min(self.name) } else { kept };
        self.buffer.drain(..kept);
        self.at -= kept;
        self.name = self.name.saturating_sub(kept);
        self.start = self.start.map(|(start, line)| (start - kept, line));
        let filled = self.buffer.len();
        if filled > LONGEST {
            let message = format!("line {}: an object of more than {} MiB", self.line, LONGEST >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.buffer.resize(filled + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
        self.is_over = read? == 0;
        Ok(!self.is_over)
    }
}

/// Where a piece is in the buffer.
#[derive(Clone, Copy)]
struct Found {
    start: usize,
    end: usize,
    line: u64,
    document: usize,
    is_listed: bool,
    is_broken: bool,
}

/// Whether each line is a document: the first one is whole, or the second one begins as the first does, or there is none.
fn has_lines(beginning: &[u8]) -> bool {
    let mut lines = beginning.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let Some(first) = lines.next() else { return true };
    let is_whole = serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok();
    let second = lines.next();
    let is_alike = second.is_some_and(|second| first.starts_with(b"{") && second.starts_with(b"{"));
    is_whole || is_alike || (first.len() > 80 && second.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn pieces(text: &str, drop: usize) -> Vec<(String, u64, usize, bool)> {
        let mut splitter = Splitter::new(Drops(text.as_bytes(), drop));
        // What the form is known from comes in one read from a file.
        splitter.by_lines = Some(has_lines(text.as_bytes()));
        let mut found = Vec::new();
        while let Some(piece) = splitter.next_piece().unwrap() {
            let text = String::from_utf8(piece.text.to_vec()).unwrap();
            found.push((text, piece.line, piece.document, piece.is_broken));
        }
        found
    }

    fn texts(text: &str) -> Vec<String> {
        let all = pieces(text, usize::MAX);
        for drop in 1..8 {
            assert_eq!(pieces(text, drop), all, "{drop} bytes at a time");
        }
        all.into_iter().map(|(text, ..)| text).collect()
    }

    #[test]
    fn lists_arrays_lines_and_single_objects() {
        assert_eq!(texts("{\"a\": 1}"), ["{\"a\": 1}"]);
        assert_eq!(texts("[{\"a\": [1]}, {\"b\": {\"c\": 2}}]"), ["{\"a\": [1]}", "{\"b\": {\"c\": 2}}"]);
        assert_eq!(texts("{\"a\":1}\n{\"b\":2}\n\n{\"c\":3}"), ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"]);
        let pretty = "{\n  \"NextToken\": \"]}\\\"\",\n  \"Commands\" : [\n    {\"x\": [{}]},\n    {}\n  ], \"z\": {\"q\": 1}\n}\n";
        assert_eq!(texts(&format!("{pretty}{pretty}")), ["{\"x\": [{}]}", "{}", "{\"x\": [{}]}", "{}"]);
        assert_eq!(texts("{\"Comment\": \"Commands\", \"Targets\": [{\"Commands\": [{}]}]}").len(), 1);
        assert!(texts("").is_empty() && texts("\n \n").is_empty());
        assert!(texts("{\"CommandInvocations\": []}").len() <= 1);
    }

    #[test]
    fn a_broken_line_costs_no_other() {
        let text = "{\"a\":1}\n{\"b\": \"x\n{\"c\":[1,{\"d\":\nnothing\n{\"e\":5}\n";
        let found: Vec<_> =
            pieces(text, 3).into_iter().map(|(_, line, _, is_broken)| (line, is_broken)).collect();
        assert_eq!(found, [(1, false), (2, true), (3, true), (4, true), (5, false)]);
        let cut = pieces("{\"Commands\": [{\"a\": 1}, {\"b\": ", 5);
        assert_eq!(cut.iter().map(|piece| piece.3).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn documents_are_counted() {
        let text = "{\"Commands\":[{},{}]}\n{\"Commands\":[{}]}\n{\"a\":1}";
        let found: Vec<usize> = pieces(text, 4).into_iter().map(|(_, _, document, _)| document).collect();
        assert_eq!(found, [0, 0, 1, 2]);
    }
}
