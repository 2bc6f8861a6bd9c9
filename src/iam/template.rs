//! Text of a policy in which variables such as `${aws:username}` stand for what the request says.

use super::{request::Context, wildcard::Pattern};

/// Text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// As written.
    pub text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `${*}`, `${?}` and `${$}`: the character itself.
    Literal(&'static str),
    Variable {
        key: String,
        default: Option<String>,
    },
}

impl Template {
    /// Text as it stands, of a policy whose version knows no variables.
    pub fn plain(text: &str) -> Self {
        Self { text: text.into(), pieces: vec![Piece::Text(text.into())] }
    }

    /// Reads the variables of a text. What is not closed means itself.
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((inside, after)) = behind.split_once('}') else {
                break;
            };
            pieces.push(Piece::Text(before.into()));
            pieces.push(piece(inside));
            rest = after;
        }
        pieces.push(Piece::Text(rest.into()));
        Self { text: text.into(), pieces }
    }

    /// The text with its variables filled in; `None` when one has no value, or several.
    pub fn fill(&self, context: &Context) -> Option<String> {
        let mut filled = String::new();
        self.each(context, |part, _| filled.push_str(part))?;
        Some(filled)
    }

    /// The same as a pattern: wildcards are those of the policy, none that a variable brings.
    pub fn pattern(&self, context: &Context) -> Option<Pattern> {
        let mut pattern = Pattern::default();
        self.each(context, |part, is_written| match is_written {
            true => pattern.push(part),
            false => pattern.push_literal(part),
        })?;
        Some(pattern)
    }

    fn each(&self, context: &Context, mut take: impl FnMut(&str, bool)) -> Option<()> {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => take(text, true),
                Piece::Literal(text) => take(text, false),
                Piece::Variable { key, default } => match (context.get(key), default) {
                    (Some([value]), _) => take(value, false),
                    (None, Some(default)) => take(default, false),
                    _ => return None,
                },
            }
        }
        Some(())
    }
}

fn piece(inside: &str) -> Piece {
    match inside {
        "*" => Piece::Literal("*"),
        "?" => Piece::Literal("?"),
        "$" => Piece::Literal("$"),
        _ => {
            let (key, default) = match inside.split_once(',') {
                Some((key, default)) => (key, Some(default.trim())),
                None => (inside, None),
            };
            let default = default.and_then(|text| text.strip_prefix('\'')?.strip_suffix('\''));
            Piece::Variable { key: key.trim().into(), default: default.map(Into::into) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IAM user guide, policy variables: names in any case, defaults in quotes, three characters that need to be written so.
    #[test]
    fn variables_are_filled_in() {
        let mut context = Context::of_principal("arn:aws:iam::123456789012:user/division/jo*");
        context.insert_all("aws:TagKeys", vec!["a".into(), "b".into()]);
        for (text, filled) in [
            ("home/${aws:username}/x", Some("home/jo*/x")),
            ("${AWS:UserName}", Some("jo*")),
            ("${aws:PrincipalAccount}", Some("123456789012")),
            ("${aws:PrincipalTag/Team, 'blue'}-${aws:username}", Some("blue-jo*")),
            ("${aws:PrincipalTag/Team}", None),
            ("${aws:TagKeys}", None),
            ("${*}${?}${$}{x", Some("*?${x")),
            ("${open", Some("${open")),
        ] {
            assert_eq!(Template::parse(text).fill(&context).as_deref(), filled, "{text}");
        }
        let pattern = Template::parse("${aws:username}-*${*}").pattern(&context).unwrap();
        assert!(pattern.matches("jo*-any*") && !pattern.matches("joe-any*") && !pattern.matches("jo*-any"));
        assert_eq!(Template::plain("${aws:username}").fill(&context).unwrap(), "${aws:username}");
    }
}
