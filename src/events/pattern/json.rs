//! JSON as a stream of tokens, read just as far as needed, with faults worded and placed as AWS's reader words and
//! places them. A library that builds a tree would do for neither: keys may repeat, numbers keep their text, and the
//! first fault in the order of the text is the one that counts, be it one of the syntax or of the meaning.

mod scan;

use super::Fault;

/// How deep objects and arrays may lie in each other, so that no text exhausts the stack.
const DEEPEST: usize = 1000;

/// How much of a text a place shows.
const MOST_SHOWN: usize = 500;

/// One step through a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// `{`
    StartObject,
    /// `}`
    EndObject,
    /// `[`
    StartArray,
    /// `]`
    EndArray,
    /// The name of a field; its colon and the beginning of its value are read too.
    FieldName,
    /// A string, of which only the opening quote is read.
    Text,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Literal(&'static str),
}

/// An object or array that is open.
#[derive(Clone, Copy, Debug)]
struct Scope {
    is_object: bool,
    start: usize,
    entries: usize,
}

impl Scope {
    fn kind(&self) -> &'static str {
        if self.is_object { "Object" } else { "Array" }
    }
}

/// Reads tokens from a text.
#[derive(Debug)]
pub struct Reader<'a> {
    source: &'a str,
    /// The offset of the next byte to read.
    at: usize,
    scopes: Vec<Scope>,
    current: Option<Token>,
    /// The value behind a field's name, whose beginning is read already.
    pending: Option<Token>,
    /// Where a string begins that is read up to its opening quote only.
    unfinished: Option<usize>,
    name: String,
    /// The text of the last string or number.
    text: String,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of a text.
    pub fn new(source: &'a str) -> Self {
        Self {
            source,
            at: 0,
            scopes: Vec::new(),
            current: None,
            pending: None,
            unfinished: None,
            name: String::new(),
            text: String::new(),
        }
    }

    /// The next token; None at the end of a text outside of any object and array.
    pub fn next(&mut self) -> Result<Option<Token>, Fault> {
        if let Some(token) = self.pending.take() {
            self.current = Some(self.opened(token)?);
            return Ok(self.current);
        }
        self.finish()?;
        self.current = self.step()?;
        Ok(self.current)
    }

    /// The name of the last field.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of the current token: a string without quotes and escapes, everything else as written.
    pub fn text(&mut self) -> Result<String, Fault> {
        Ok(match self.current {
            Some(Token::Text) => {
                self.finish()?;
                self.text.clone()
            }
            Some(Token::Number) => self.text.clone(),
            Some(Token::FieldName) => self.name.clone(),
            Some(Token::Literal(literal)) => literal.into(),
            Some(Token::StartObject) => "{".into(),
            Some(Token::EndObject) => "}".into(),
            Some(Token::StartArray) => "[".into(),
            Some(Token::EndArray) => "]".into(),
            None => String::new(),
        })
    }

    /// The offset of the next byte to read.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// The text that is read.
    pub fn source(&self) -> &'a str {
        self.source
    }

    /// Checks that nothing but white space follows.
    pub fn end(&mut self) -> Result<(), Fault> {
        match self.next()? {
            None => Ok(()),
            Some(_) => Err(self.fault("Only white space may follow the closing brace")),
        }
    }

    /// A fault at the current place.
    pub fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault { reason: reason.into(), places: vec![self.place(self.at)] }
    }

    /// A fault once more, at the current place: how AWS's compiler hands on what it finds within lists.
    pub fn again(&self, mut fault: Fault) -> Fault {
        fault.places.push(self.place(self.at));
        fault
    }

    /// An offset as AWS prints it: the text, the line, and the column in UTF-16 units, both from one on.
    fn place(&self, offset: usize) -> String {
        let before = &self.source[..offset];
        let line = 1 + before.replace("\r\n", "\n").matches(['\n', '\r']).count();
        let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let column = 1 + before[start..].encode_utf16().count();
        format!("[Source: (String)\"{}; line: {line}, column: {column}]", shown(self.source))
    }

    fn step(&mut self) -> Result<Option<Token>, Fault> {
        let Some(byte) = self.skip_space() else { return self.at_end() };
        if byte == b']' || byte == b'}' {
            return self.close(byte).map(Some);
        }
        let Some(scope) = self.scopes.last().copied() else {
            let token = self.value(byte)?;
            return self.opened(token).map(Some);
        };
        let byte = if scope.entries > 0 { self.comma(scope, byte)? } else { byte };
        self.scopes.last_mut().expect("it was there").entries += 1;
        if scope.is_object {
            return self.field(byte).map(Some);
        }
        let token = self.value(byte)?;
        self.opened(token).map(Some)
    }

    /// Takes note of an object or array that begins.
    fn opened(&mut self, token: Token) -> Result<Token, Fault> {
        if matches!(token, Token::StartObject | Token::StartArray) {
            let is_object = token == Token::StartObject;
            self.scopes.push(Scope { is_object, start: self.at - 1, entries: 0 });
        }
        if self.scopes.len() > DEEPEST {
            return Err(self.fault(format!(
                "Document nesting depth ({}) exceeds the maximum allowed ({DEEPEST})",
                self.scopes.len()
            )));
        }
        Ok(token)
    }

    fn close(&mut self, byte: u8) -> Result<Token, Fault> {
        let Some(scope) = self.scopes.last().copied() else {
            self.at += 1;
            return Err(self.fault(format!(
                "Unexpected close marker '{}': expected '{}' (for root starting at {})",
                char::from(byte),
                if byte == b']' { '}' } else { ']' },
                self.place(0)
            )));
        };
        self.at += 1;
        if scope.is_object != (byte == b'}') {
            return Err(self.fault(format!(
                "Unexpected close marker '{}': expected '{}' (for {} starting at {})",
                char::from(byte),
                if scope.is_object { '}' } else { ']' },
                scope.kind(),
                self.place(scope.start)
            )));
        }
        self.scopes.pop();
        Ok(if scope.is_object { Token::EndObject } else { Token::EndArray })
    }

    fn comma(&mut self, scope: Scope, byte: u8) -> Result<u8, Fault> {
        if byte != b',' {
            return Err(self.unexpected(&format!("was expecting comma to separate {} entries", scope.kind())));
        }
        self.at += 1;
        self.skip_space().ok_or_else(|| self.cut_off_within(scope.kind()))
    }

    /// Reads a field's name, its colon, and its value or the beginning of it.
    fn field(&mut self, byte: u8) -> Result<Token, Fault> {
        if byte != b'"' {
            return Err(self.unexpected("was expecting double-quote to start field name"));
        }
        self.at += 1;
        self.name = self.string("was expecting closing '\"' for name")?;
        match self.skip_space() {
            None => return Err(self.cut_off_within("Object")),
            Some(b':') => self.at += 1,
            Some(_) => {
                return Err(self.unexpected("was expecting a colon to separate field name and value"));
            }
        }
        let byte = self.skip_space().ok_or_else(|| self.cut_off_within("Object"))?;
        self.pending = Some(self.value(byte)?);
        Ok(Token::FieldName)
    }

    fn at_end(&self) -> Result<Option<Token>, Fault> {
        let Some(scope) = self.scopes.last() else { return Ok(None) };
        let (kind, start) = (scope.kind(), self.place(scope.start));
        Err(self.fault(format!(
            "Unexpected end-of-input: expected close marker for {kind} (start marker at {start})"
        )))
    }

    fn cut_off_within(&self, kind: &str) -> Fault {
        self.fault(format!("Unexpected end-of-input within/between {kind} entries"))
    }
}

/// A text with its closing quote, cut off where it is long.
fn shown(source: &str) -> String {
    let length = source.encode_utf16().count();
    if length <= MOST_SHOWN {
        return format!("{source}\"");
    }
    let units: Vec<u16> = source.encode_utf16().take(MOST_SHOWN).collect();
    format!("{}\"[truncated {} chars]", String::from_utf16_lossy(&units), length - MOST_SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(source: &str) -> Result<Vec<Token>, Fault> {
        let mut reader = Reader::new(source);
        let mut tokens = Vec::new();
        while let Some(token) = reader.next()? {
            tokens.push(token);
        }
        Ok(tokens)
    }

    #[test]
    fn broken_texts_have_their_reason_and_their_place() {
        for (source, reason, column) in [
            (
                r#"{"a" 1}"#,
                "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
                7,
            ),
            (
                r#"{"a": 1 2}"#,
                "Unexpected character ('2' (code 50)): was expecting comma to separate Object entries",
                10,
            ),
            (
                r#"{a: 1}"#,
                "Unexpected character ('a' (code 97)): was expecting double-quote to start field name",
                3,
            ),
            (r#"["a"#, "Unexpected end-of-input: was expecting closing quote for a string value", 4),
            ("[01]", "Invalid numeric value: Leading zeroes not allowed", 4),
        ] {
            let fault = tokens(source).unwrap_err();
            assert_eq!(fault.reason, reason);
            assert!(fault.places[0].ends_with(&format!("line: 1, column: {column}]")), "{fault}");
        }
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let fault = tokens("{\n  \"é\": x}").unwrap_err();
        assert!(fault.places[0].ends_with("line: 2, column: 9]"), "{fault}");
    }

    #[test]
    fn long_texts_are_cut_off() {
        let fault = tokens(&format!("[{}", "1,".repeat(300))).unwrap_err();
        assert!(fault.places[0].contains("1,1\"[truncated 101 chars]; line: 1"), "{fault}");
    }

    #[test]
    fn no_depth_exhausts_the_stack() {
        assert_eq!(tokens(&format!("{}{}", "[".repeat(1000), "]".repeat(1000))).unwrap().len(), 2000);
        let fault = tokens(&"[".repeat(100_000)).unwrap_err();
        assert_eq!(fault.reason, "Document nesting depth (1001) exceeds the maximum allowed (1000)");
    }
}
