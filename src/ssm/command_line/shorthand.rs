//! The shorthand syntax of the AWS CLI: `Key=tag:Role,Values=web,db`, `commands=["a","b"],workingDirectory=/tmp`.

use serde_json::{Map, Value};

/// A structure; the fields named in `lists` are lists even with a single value.
pub(super) fn structure(text: &str, lists: &[&str]) -> Result<Value, String> {
    let fields = Shorthand { text, at: 0 }.whole()?;
    let field = |(name, value): (String, Value)| {
        let value = if lists.contains(&name.as_str()) { in_list(value) } else { value };
        (name, value)
    };
    Ok(Value::Object(fields.into_iter().map(field).collect()))
}

/// A table whose values are lists, even with a single entry.
pub(super) fn map_of_lists(text: &str) -> Result<Value, String> {
    let fields = Shorthand { text, at: 0 }.whole()?;
    Ok(Value::Object(fields.into_iter().map(|(name, value)| (name, in_list(value))).collect()))
}

fn in_list(value: Value) -> Value {
    if value.is_array() { value } else { Value::Array(vec![value]) }
}

struct Shorthand<'a> {
    text: &'a str,
    at: usize,
}

impl Shorthand<'_> {
    fn whole(mut self) -> Result<Map<String, Value>, String> {
        let fields = self.fields()?;
        match self.peek() {
            None => Ok(fields),
            Some(letter) => Err(self.wrong(&format!("found `{letter}`"))),
        }
    }

    fn fields(&mut self) -> Result<Map<String, Value>, String> {
        let mut fields = Map::new();
        loop {
            let Some(length) = self.key() else { return Err(self.wrong("expected NAME=")) };
            let name = self.text[self.at..self.at + length].trim().to_string();
            self.at += length + 1;
            let value = self.values()?;
            if fields.insert(name.clone(), value).is_some() {
                return Err(self.wrong(&format!("`{name}` stands twice")));
            }
            if self.peek() != Some(',') {
                return Ok(fields);
            }
            self.at += 1;
        }
    }

    /// The length of the name before a `=`, if one stands here.
    fn key(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        let length = rest.find('=')?;
        let of_name = |letter: char| letter.is_ascii_alphanumeric() || "_-.#/:".contains(letter);
        let name = rest[..length].trim();
        (!name.is_empty() && name.chars().all(of_name)).then_some(length)
    }

    /// One value, or several with commas between them, up to the next name or the end.
    fn values(&mut self) -> Result<Value, String> {
        let mut values = vec![self.value()?];
        loop {
            let comma = self.at;
            if self.peek() != Some(',') {
                break;
            }
            self.at += 1;
            if self.key().is_some() {
                self.at = comma;
                break;
            }
            values.push(self.value()?);
        }
        Ok(if values.len() == 1 { values.remove(0) } else { Value::Array(values) })
    }

    fn value(&mut self) -> Result<Value, String> {
        self.skip_space();
        match self.peek() {
            Some('[') => {
                self.at += 1;
                let mut values = Vec::new();
                while self.peek_after_space() != Some(']') {
                    values.push(self.value()?);
                    match self.peek_after_space() {
                        Some(',') => self.at += 1,
                        Some(']') => {}
                        _ => return Err(self.wrong("expected `,` or `]`")),
                    }
                }
                self.at += 1;
                Ok(Value::Array(values))
            }
            Some('{') => {
                self.at += 1;
                let fields = self.fields()?;
                if self.peek_after_space() != Some('}') {
                    return Err(self.wrong("expected `}`"));
                }
                self.at += 1;
                Ok(Value::Object(fields))
            }
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => Ok(self.plain().into()),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Value, String> {
        let begin = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(letter) = self.peek() {
            self.at += letter.len_utf8();
            match (letter, self.peek()) {
                ('\\', Some(next)) if next == quote || next == '\\' => {
                    text.push(next);
                    self.at += next.len_utf8();
                }
                (letter, _) if letter == quote => return Ok(text.into()),
                (letter, _) => text.push(letter),
            }
        }
        self.at = begin;
        Err(self.wrong("a quote is not closed"))
    }

    /// Text up to the next comma or closing bracket; `\,` is a comma.
    fn plain(&mut self) -> String {
        let mut text = String::new();
        while let Some(letter) = self.peek().filter(|letter| !",]}".contains(*letter)) {
            self.at += letter.len_utf8();
            let escaped = letter == '\\' && self.peek() == Some(',');
            text.push(if escaped { ',' } else { letter });
            self.at += usize::from(escaped);
        }
        text.trim().to_string()
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn peek_after_space(&mut self) -> Option<char> {
        self.skip_space();
        self.peek()
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn wrong(&self, what: &str) -> String {
        let (before, after) = self.text.split_at(self.at);
        format!("not valid shorthand: {what} after `{before}` and before `{after}`")
    }
}
