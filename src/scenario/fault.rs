//! Faults: what is wrong with an input, where, and what would be right; all of them at once.

use std::{borrow::Cow, fmt, ops::Range, path::Path, sync::Arc};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};

use super::source::Source;

/// The most faults that are shown of one input.
pub const MOST_SHOWN: usize = 100;

/// Of a text longer than this only the lines at fault are handed to the renderer, which goes through all it gets.
const LONG_TEXT: usize = 1 << 16;

/// Lines longer than this are not shown; file, line and column say enough.
const LONG_LINE: usize = 1000;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, but may not mean what its author thinks.
    Warning,
}

/// A place in an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// JSON pointer to the value; empty for the whole file.
    pub pointer: String,
    /// The bytes concerned, where the format tells them.
    pub span: Option<Range<usize>>,
}

/// Something wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What was found.
    pub message: String,
    /// What would be right; may be empty.
    pub help: String,
    /// How bad it is.
    pub severity: Severity,
}

/// Everything wrong with an input, in the order of the text: at least one error, and the warnings beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Place {
    /// The whole of a file.
    pub fn file(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), pointer: String::new(), span: None }
    }

    /// Where it stands: by file, by position, by pointer.
    fn order(&self) -> (&Path, usize, &str) {
        (&self.source.path, self.span.as_ref().map_or(0, |span| span.start), &self.pointer)
    }
}

impl Fault {
    /// An error.
    pub fn error(place: Place, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place, message: message.into(), help: help.into(), severity: Severity::Error }
    }

    /// A warning.
    pub fn warning(place: Place, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(place, message, help) }
    }

    /// The fault with file, line, column, an excerpt of the text and help.
    pub fn render(&self, coloured: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let path = self.place.source.path.to_string_lossy();
        let title = level.primary_title(self.message.as_str());
        let mut group = match &self.place.span {
            Some(span) => show(title, &self.place.source.text, path, span.clone()),
            None if self.place.pointer.is_empty() => title.element(Origin::path(path)),
            None => title.element(Origin::path(format!("{path} at {}", self.place.pointer))),
        };
        if !self.help.is_empty() {
            group = group.element(Level::HELP.message(self.help.as_str()));
        }
        render(group, coloured)
    }
}

/// Adds the lines in which a span stands, or where they are when they are too long to be shown.
fn show<'a>(title: Title<'a>, text: &'a str, path: Cow<'a, str>, span: Range<usize>) -> Group<'a> {
    let mark = |span| AnnotationKind::Primary.span(span);
    if text.len() <= LONG_TEXT {
        return title.element(Snippet::source(text).path(path).annotation(mark(span)));
    }
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    let line = 1 + text.as_bytes()[..start].iter().filter(|&&byte| byte == b'\n').count();
    if end - start > LONG_LINE {
        let column = 1 + text[start..span.start].chars().count();
        return title.element(Origin::path(path).line(line).char_column(column));
    }
    let lines = Snippet::source(&text[start..end]).line_start(line).path(path);
    title.element(lines.annotation(mark(span.start - start..span.end - start)))
}

fn render(group: Group<'_>, coloured: bool) -> String {
    let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

impl Faults {
    /// Puts faults into the order of the text.
    pub fn new(mut faults: Vec<Fault>) -> Self {
        sort(&mut faults);
        Self(faults)
    }

    /// The first [`MOST_SHOWN`] faults, a blank line between them, and how many more there are.
    pub fn render(&self, coloured: bool) -> String {
        let shown = self.0.iter().take(MOST_SHOWN).map(|fault| fault.render(coloured));
        let more = self.0.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0);
        let more = more.map(|more| format!("and {more} more faults"));
        shown.chain(more).collect::<Vec<_>>().join("\n\n")
    }
}

/// Puts faults into the order of the text.
pub fn sort(faults: &mut [Fault]) {
    faults.sort_by(|one, other| one.place.order().cmp(&other.place.order()));
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Faults {}
