//! The words of JSON: values, strings, numbers, literals, and characters that should not be there.

use super::{Reader, Token};
use crate::events::pattern::Fault;

/// What a value may be, as AWS's reader lists it.
const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

impl Reader<'_> {
    /// The next byte that is no white space, which stays unread.
    pub(super) fn skip_space(&mut self) -> Option<u8> {
        let rest = &self.source[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.source.as_bytes().get(self.at).copied()
    }

    /// Reads a value that begins with a byte; of strings, objects and arrays only the beginning.
    pub(super) fn value(&mut self, byte: u8) -> Result<Token, Fault> {
        match byte {
            b'"' => {
                self.at += 1;
                self.unfinished = Some(self.at);
                Ok(Token::Text)
            }
            b'{' | b'[' => {
                self.at += 1;
                Ok(if byte == b'{' { Token::StartObject } else { Token::StartArray })
            }
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.literal(),
        }
    }

    /// Reads the rest of a string whose opening quote alone is read.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        if self.unfinished.take().is_some() {
            self.text = self.string("was expecting closing quote for a string value")?;
        }
        Ok(())
    }

    /// Reads up to and with the closing quote.
    pub(super) fn string(&mut self, expected: &str) -> Result<String, Fault> {
        let mut text = String::new();
        loop {
            let Some(next) = self.take() else {
                return Err(self.fault(format!("Unexpected end-of-input: {expected}")));
            };
            match next {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                '\0'..='\x1f' => {
                    return Err(self.fault(format!(
                        "Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using backslash to be included in {}",
                        u32::from(next),
                        if expected.ends_with("name") { "name" } else { "string value" }
                    )));
                }
                _ => text.push(next),
            }
        }
    }

    fn take(&mut self) -> Option<char> {
        let next = self.source[self.at..].chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let cut_off = |reader: &Self| reader.fault("Unexpected end-of-input in character escape sequence");
        let next = self.take().ok_or_else(|| cut_off(self))?;
        Ok(match next {
            '"' | '\\' | '/' => next,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode_escape(),
            _ => {
                return Err(
                    self.fault(format!("Unrecognized character escape '{next}' (code {})", u32::from(next)))
                );
            }
        })
    }

    /// Half of a pair without the other half becomes U+FFFD.
    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        if self.source[self.at..].starts_with("\\u") {
            self.at += 2;
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn four_digits(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.take() else {
                return Err(self.fault("Unexpected end-of-input in character escape sequence"));
            };
            let Some(value) = digit.to_digit(16) else {
                return Err(self.fault(format!(
                    "Unexpected character ({}): expected a hex-digit for character escape sequence",
                    described(digit)
                )));
            };
            code = code * 16 + value;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let zero = self.peek() == Some(b'0');
        if self.digits() == 0 {
            return Err(self.unexpected("Expected digit (0-9) to follow minus sign, for valid numeric value"));
        }
        let whole = self.source[start..self.at].trim_start_matches('-');
        if zero && whole.len() > 1 {
            return Err(self.fault("Invalid numeric value: Leading zeroes not allowed"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.unexpected("Decimal point not followed by a digit"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.unexpected("Exponent indicator not followed by a digit"));
            }
        }
        self.text = self.source[start..self.at].to_string();
        Ok(Token::Number)
    }

    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    /// Reads digits, and says how many.
    fn digits(&mut self) -> usize {
        let rest = &self.source[self.at..];
        let count = rest.len() - rest.trim_start_matches(|next: char| next.is_ascii_digit()).len();
        self.at += count;
        count
    }

    fn literal(&mut self) -> Result<Token, Fault> {
        let word: String =
            self.source[self.at..].chars().take_while(|next| is_of_identifier(*next)).collect();
        if word.is_empty() {
            return Err(self.unexpected(&format!("expected a valid value {VALUES}")));
        }
        self.at += word.len();
        match ["true", "false", "null"].into_iter().find(|literal| *literal == word) {
            Some(literal) => Ok(Token::Literal(literal)),
            None => Err(self.fault(format!("Unrecognized token '{word}': was expecting {VALUES}"))),
        }
    }

    /// A fault at the next character, which counts as read.
    pub(super) fn unexpected(&mut self, expected: &str) -> Fault {
        match self.take() {
            None => self.fault(format!("Unexpected end-of-input: {expected}")),
            Some(next) => self.fault(format!("Unexpected character ({}): {expected}", described(next))),
        }
    }
}

fn is_of_identifier(next: char) -> bool {
    next.is_alphanumeric() || next == '_' || next == '$'
}

fn described(next: char) -> String {
    let code = u32::from(next);
    if code < 32 { format!("(CTRL-CHAR, code {code})") } else { format!("'{next}' (code {code})") }
}
