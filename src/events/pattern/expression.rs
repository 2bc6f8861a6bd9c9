//! Match expressions: `{"prefix": "a"}` and the like, with the checks and the words of AWS's compiler.

use super::{
    Fault, Matcher,
    address::Block,
    compile::Service,
    json::{Reader, Token},
    matcher::{Like, Range},
    number,
    wildcard::Wildcard,
};

const ONE_KEY: &str = "Only one key allowed in match expression";
const TOO_MANY: &str = "Too many elements in numeric expression";
const COMPLEX: &str = concat!(
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a ",
    "wildcard character"
);

/// Reads the expression whose opening brace was read.
pub fn matcher(reader: &mut Reader<'_>, service: Service) -> Result<Matcher, Fault> {
    let kind = name(reader, "Match expression name not found")?;
    match kind.as_str() {
        "exactly" => {
            let text = text(reader, "exact match pattern must be a string")?;
            ended(reader, 1, ONE_KEY)?;
            Ok(Matcher::Text(text))
        }
        "prefix" | "suffix" => affix(reader, &kind).map(Matcher::Like),
        "equals-ignore-case" => {
            let text = text(reader, "equals-ignore-case match pattern must be a string")?;
            ended(reader, 1, ONE_KEY)?;
            Ok(Matcher::Like(Like::IgnoringCase(text)))
        }
        "wildcard" => {
            let text = text(reader, "wildcard match pattern must be a string")?;
            let wildcard = wildcard(reader, &text)?;
            ended(reader, 1, ONE_KEY)?;
            Ok(Matcher::Like(Like::Wildcard(wildcard)))
        }
        "numeric" => {
            expect(reader, Token::StartArray, "Value of numeric must be an array.")?;
            let range = range(reader)?;
            ended(reader, 1, TOO_MANY)?;
            Ok(Matcher::Numeric(range))
        }
        "cidr" => {
            let text = text(reader, "prefix match pattern must be a string")?;
            let block = Block::parse(&text).map_err(Fault::of_value)?;
            ended(reader, 1, ONE_KEY)?;
            Ok(Matcher::Cidr(block))
        }
        "exists" => {
            let matcher = match reader.next()? {
                Some(Token::Literal("true")) => Matcher::Exists,
                Some(Token::Literal("false")) => Matcher::Absent,
                _ => return Err(reader.fault("exists match pattern must be either true or false.")),
            };
            ended(reader, 1, ONE_KEY)?;
            Ok(matcher)
        }
        "anything-but" => anything_but(reader, service),
        _ => Err(reader.fault(format!("Unrecognized match type {kind}"))),
    }
}

fn name(reader: &mut Reader<'_>, missing: &str) -> Result<String, Fault> {
    expect(reader, Token::FieldName, missing)?;
    Ok(reader.name().to_string())
}

fn expect(reader: &mut Reader<'_>, token: Token, otherwise: &str) -> Result<(), Fault> {
    if reader.next()? == Some(token) { Ok(()) } else { Err(reader.fault(otherwise)) }
}

fn text(reader: &mut Reader<'_>, otherwise: &str) -> Result<String, Fault> {
    expect(reader, Token::Text, otherwise)?;
    reader.text()
}

/// Reads closing braces.
fn ended(reader: &mut Reader<'_>, braces: usize, otherwise: &str) -> Result<(), Fault> {
    (0..braces).try_for_each(|_| expect(reader, Token::EndObject, otherwise))
}

fn wildcard(reader: &Reader<'_>, text: &str) -> Result<Wildcard, Fault> {
    let wildcard = Wildcard::parse(text).map_err(|reason| reader.fault(reason))?;
    if wildcard.is_too_complex() { Err(Fault::of_value(COMPLEX)) } else { Ok(wildcard) }
}

/// `"prefix": "a"` or `"prefix": {"equals-ignore-case": "a"}`, and the same of suffixes.
fn affix(reader: &mut Reader<'_>, kind: &str) -> Result<Like, Fault> {
    let is_prefix = kind == "prefix";
    match reader.next()? {
        Some(Token::Text) => {
            let text = reader.text()?;
            ended(reader, 1, ONE_KEY)?;
            Ok(if is_prefix { Like::Prefix(text) } else { Like::Suffix(text) })
        }
        Some(Token::StartObject) => {
            let capital = if is_prefix { "Prefix" } else { "Suffix" };
            let inner = name(reader, &format!("{capital} expression name not found"))?;
            if inner != "equals-ignore-case" {
                // The place of the name, not of its value, which AWS's reader has begun to read.
                return Err(reader.fault(format!("Unsupported {kind} pattern: {inner}")));
            }
            let text = text(reader, "equals-ignore-case match pattern must be a string")?;
            ended(reader, 2, ONE_KEY)?;
            Ok(if is_prefix { Like::PrefixIgnoringCase(text) } else { Like::SuffixIgnoringCase(text) })
        }
        _ => Err(reader.fault(format!("{kind} match pattern must be a string"))),
    }
}

fn range(reader: &mut Reader<'_>) -> Result<Range, Fault> {
    if reader.next()? != Some(Token::Text) {
        let member = reader.text()?;
        return Err(reader.fault(format!("Invalid member in numeric match: {member}")));
    }
    let operator = reader.text()?;
    let token = reader.next()?;
    let bounded = |bottom, top| Range { bottom, top };
    match operator.as_str() {
        "=" | "<" | "<=" => {
            let name = if operator == "=" { "equals" } else { &operator };
            let value = bound(reader, token, name)?;
            expect(reader, Token::EndArray, TOO_MANY)?;
            let top = Some((value, operator == "<"));
            Ok(bounded(if operator == "=" { top } else { None }, top))
        }
        ">" | ">=" => {
            let value = bound(reader, token, &operator)?;
            let bottom = Some((value, operator == ">"));
            match reader.next()? {
                Some(Token::EndArray) => Ok(bounded(bottom, None)),
                token => top(reader, token, value).map(|top| bounded(bottom, Some(top))),
            }
        }
        _ => Err(reader.fault(format!("Unrecognized numeric range operator: {operator}"))),
    }
}

fn bound(reader: &mut Reader<'_>, token: Option<Token>, name: &str) -> Result<f64, Fault> {
    if token != Some(Token::Number) {
        return Err(reader.fault(format!("Value of {name} must be numeric")));
    }
    let text = reader.text()?;
    number::comparable(&text).ok_or_else(|| reader.fault(incomparable(&text)))
}

fn incomparable(text: &str) -> String {
    format!("Cannot compare number : {text}")
}

/// The upper bound of a range that has a lower one.
fn top(reader: &mut Reader<'_>, token: Option<Token>, bottom: f64) -> Result<(f64, bool), Fault> {
    let operator = reader.text()?;
    if token != Some(Token::Text) {
        return Err(reader.fault(format!("Bad value in numeric range: {operator}")));
    }
    if operator != "<" && operator != "<=" {
        return Err(reader.fault(format!("Bad numeric range operator: {operator}")));
    }
    if reader.next()? != Some(Token::Number) {
        return Err(reader.fault(format!("Value of {operator} must be numeric")));
    }
    let text = reader.text()?;
    expect(reader, Token::EndArray, "Too many terms in numeric range expression")?;
    let top = number::comparable(&text).ok_or_else(|| reader.fault(incomparable(&text)))?;
    if bottom >= top {
        return Err(reader.fault("Bottom must be less than top"));
    }
    Ok((top, operator == "<"))
}

fn anything_but(reader: &mut Reader<'_>, service: Service) -> Result<Matcher, Fault> {
    let mut token = reader.next()?;
    let mut inner = None;
    if token == Some(Token::StartObject) {
        let kind = name(reader, "Anything-But expression name not found")?;
        if !["equals-ignore-case", "prefix", "suffix", "wildcard"].contains(&kind.as_str()) {
            return Err(reader.fault(format!("Unsupported anything-but pattern: {kind}")));
        }
        inner = Some(kind);
        token = reader.next()?;
    }
    let matcher = match (token, &inner) {
        (Some(Token::StartArray), None) => {
            values(reader).map_err(|fault| reader.again(fault))?.matcher(reader)?
        }
        (Some(Token::StartArray), Some(kind)) => {
            let likes = likes(reader, kind, service).map_err(|fault| reader.again(fault))?;
            Matcher::ButLike(likes)
        }
        (Some(Token::Text), None) => Matcher::ButTexts(vec![reader.text()?]),
        (Some(Token::Number), None) => {
            let text = reader.text()?;
            let number = number::comparable(&text).ok_or_else(|| Fault::of_value(incomparable(&text)))?;
            Matcher::ButNumbers(vec![number])
        }
        (Some(Token::Text | Token::Number), Some(kind)) => {
            Matcher::ButLike(vec![like(reader, token, kind, service)?])
        }
        (_, Some(kind)) if service == Service::Sns => {
            return Err(reader.fault(format!("{kind} match pattern must be a string")));
        }
        _ => {
            let reason = "Value of anything-but must be an array or single string/number value.";
            return Err(reader.fault(reason));
        }
    };
    ended(reader, if inner.is_some() { 2 } else { 1 }, TOO_MANY)?;
    Ok(matcher)
}

/// The members of an `anything-but` list.
#[derive(Default)]
struct Values {
    texts: Vec<String>,
    numbers: Vec<f64>,
}

fn values(reader: &mut Reader<'_>) -> Result<Values, Fault> {
    let mut values = Values::default();
    loop {
        match reader.next()? {
            Some(Token::EndArray) => return Ok(values),
            Some(Token::Text) => values.texts.push(reader.text()?),
            Some(Token::Number) => {
                let text = reader.text()?;
                let number = number::comparable(&text);
                values.numbers.push(number.ok_or_else(|| Fault::of_value(incomparable(&text)))?);
            }
            _ => {
                return Err(reader.fault("Inside anything but list, start|null|boolean is not supported."));
            }
        }
    }
}

impl Values {
    fn matcher(self, reader: &Reader<'_>) -> Result<Matcher, Fault> {
        match (self.texts.is_empty(), self.numbers.is_empty()) {
            (false, true) => Ok(Matcher::ButTexts(self.texts)),
            (true, false) => Ok(Matcher::ButNumbers(self.numbers)),
            _ => Err(reader.fault(
                "Inside anything but list, either all values are number or string, mixed type is not supported",
            )),
        }
    }
}

fn likes(reader: &mut Reader<'_>, kind: &str, service: Service) -> Result<Vec<Like>, Fault> {
    let mut likes = Vec::new();
    loop {
        match reader.next()? {
            Some(Token::EndArray) => return Ok(likes),
            token => likes.push(like(reader, token, kind, service)?),
        }
    }
}

/// One kind of strings that an `anything-but` leaves out.
fn like(reader: &mut Reader<'_>, token: Option<Token>, kind: &str, service: Service) -> Result<Like, Fault> {
    let is_affix = kind == "prefix" || kind == "suffix";
    if token != Some(Token::Text) {
        return Err(reader.fault(match kind {
            "equals-ignore-case" => {
                "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
                    .into()
            }
            _ if is_affix && service == Service::EventBridge => {
                "prefix/suffix match pattern must be a string".to_string()
            }
            _ => format!("{kind} match pattern must be a string"),
        }));
    }
    let text = reader.text()?;
    if is_affix && text.is_empty() {
        return Err(reader.fault("Null prefix/suffix not allowed"));
    }
    Ok(match kind {
        "prefix" => Like::Prefix(text),
        "suffix" => Like::Suffix(text),
        "wildcard" => Like::Wildcard(wildcard(reader, &text)?),
        _ => Like::IgnoringCase(text),
    })
}
