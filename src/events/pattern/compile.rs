//! From the text of a pattern to its branches.

use std::collections::BTreeMap;

use super::{
    Branch, Fault, Field, MOST_COMBINATIONS, Matcher, Pattern, address, expression,
    json::{Reader, Token},
    number,
};

/// Whose pattern it is. SNS runs an older compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// The pattern of a rule.
    EventBridge,
    /// A filter policy.
    Sns,
}

/// Names that no field within an `$or` list may have: the matchers of today and those set aside for later.
const RESERVED: [&str; 24] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

/// Which field stands on each path. A later field on the same path takes its place (S10.19).
type Draft = BTreeMap<String, usize>;

/// A compilation under way.
struct Compiler<'a> {
    reader: Reader<'a>,
    service: Service,
    or: Or,
    fields: Vec<Field>,
    path: Vec<String>,
}

/// What `$or` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Or {
    /// Alternatives; none were met so far.
    Unseen,
    /// Alternatives; some were met.
    Seen,
    /// Alternatives of which there are too many.
    Exceeded,
    /// A field like any other, as before there were alternatives.
    Field,
}

/// Compiles a pattern. One whose `$or` cannot be compiled as alternatives may still be an old pattern with a field of
/// that name.
pub fn compile(text: &str, service: Service) -> Result<Pattern, Fault> {
    let mut or = Or::Unseen;
    match compile_with(text, service, &mut or) {
        Err(_) if or == Or::Seen => compile_with(text, service, &mut Or::Field),
        result => result,
    }
}

fn compile_with(text: &str, service: Service, or: &mut Or) -> Result<Pattern, Fault> {
    let reader = Reader::new(text);
    let mut compiler = Compiler { reader, service, or: *or, fields: Vec::new(), path: Vec::new() };
    let result = compiler.pattern();
    *or = compiler.or;
    let branches = result?.into_iter().map(|draft| Branch(draft.into_values().collect())).collect();
    Ok(Pattern { fields: compiler.fields, branches })
}

impl Compiler<'_> {
    fn pattern(&mut self) -> Result<Vec<Draft>, Fault> {
        if self.reader.next()? != Some(Token::StartObject) {
            return Err(self.reader.fault("Filter is not an object"));
        }
        let mut drafts = Vec::new();
        self.object(&mut drafts, false)?;
        self.reader.end()?;
        Ok(drafts)
    }

    /// Reads the fields of an object into every draft.
    fn object(&mut self, drafts: &mut Vec<Draft>, within_or: bool) -> Result<(), Fault> {
        let mut is_empty = true;
        while self.reader.next()? != Some(Token::EndObject) {
            is_empty = false;
            let name = self.reader.name().to_string();
            if name == "$or" && self.or != Or::Field {
                self.or = Or::Seen;
                self.or(drafts)?;
                continue;
            }
            if within_or && RESERVED.contains(&name.as_str()) {
                let reason = format!("{name} is Ruler reserved fieldName which cannot be used inside $or.");
                return Err(self.reader.fault(reason));
            }
            let token = self.reader.next()?;
            self.path.push(name);
            match token {
                Some(Token::StartObject) => self.object(drafts, within_or)?,
                Some(Token::StartArray) => self.array(drafts)?,
                _ => {
                    let name = self.path.last().expect("just pushed");
                    return Err(self.reader.fault(format!("\"{name}\" must be an object or an array")));
                }
            }
            self.path.pop();
        }
        if is_empty { Err(self.reader.fault("Empty objects are not allowed")) } else { Ok(()) }
    }

    /// Reads the alternatives of an `$or`, each into a copy of the drafts so far.
    fn or(&mut self, drafts: &mut Vec<Draft>) -> Result<(), Fault> {
        if self.reader.next()? != Some(Token::StartArray) {
            return Err(self.reader.fault("It must be an Array followed with $or."));
        }
        let mut before = std::mem::take(drafts);
        if before.is_empty() {
            before.push(Draft::new());
        }
        let mut alternatives = 0;
        loop {
            match self.reader.next()? {
                Some(Token::EndArray) => break,
                Some(Token::StartObject) => alternatives += 1,
                _ => {
                    return Err(self
                        .reader
                        .fault("Only JSON object is allowed in array of $or relationship."));
                }
            }
            let mut copy = before.clone();
            self.object(&mut copy, true)?;
            drafts.append(&mut copy);
            if drafts.len() > MOST_COMBINATIONS {
                self.or = Or::Exceeded;
                let reason = format!("$or may expand to at most {MOST_COMBINATIONS} combinations");
                return Err(self.reader.fault(reason));
            }
        }
        if alternatives < 2 {
            return Err(self.reader.fault("There must have at least 2 Objects in $or relationship."));
        }
        Ok(())
    }

    /// Reads what the leaves on the current path may be.
    fn array(&mut self, drafts: &mut Vec<Draft>) -> Result<(), Fault> {
        let from = self.reader.offset() - 1;
        let mut matchers = Vec::new();
        loop {
            matchers.push(match self.reader.next()? {
                Some(Token::EndArray) => break,
                Some(Token::StartObject) => expression::matcher(&mut self.reader, self.service)?,
                Some(Token::Text) => {
                    let text = self.reader.text()?;
                    address::address(&text).map_or(Matcher::Text(text), Matcher::Address)
                }
                Some(Token::Number) => {
                    let text = self.reader.text()?;
                    let number = number::comparable(&text);
                    Matcher::Number(text, number)
                }
                Some(Token::Literal(literal)) => Matcher::Literal(literal),
                _ => {
                    let reason = "Match value must be String, number, true, false, or null";
                    return Err(self.reader.fault(reason));
                }
            });
        }
        if matchers.is_empty() {
            return Err(self.reader.fault("Empty arrays are not allowed"));
        }
        let text = self.reader.source()[from..self.reader.offset()].to_string();
        let path = self.path.join(".");
        if drafts.is_empty() {
            drafts.push(Draft::new());
        }
        for draft in drafts {
            draft.insert(path.clone(), self.fields.len());
        }
        self.fields.push(Field { path, depth: self.path.len(), text, matchers });
        Ok(())
    }
}
