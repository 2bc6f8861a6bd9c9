//! What there is to say about the content of a document.

use crate::ssm::ApiError;

/// What there is to say about the content of a document, with JSON pointers into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Why it cannot be used: refused by the service, or a step that would fail at once on every instance.
    pub errors: Vec<ApiError>,
    /// What has no effect.
    pub warnings: Vec<Warning>,
}

/// Something in a document that has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// JSON pointer into the content.
    pub pointer: String,
    /// What was found.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Remarks {
    pub(super) fn refuse(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.errors.push(ApiError::new("InvalidDocumentContent", pointer, message));
    }

    pub(super) fn warn(
        &mut self,
        pointer: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let (pointer, message, help) = (pointer.into(), message.into(), help.into());
        self.warnings.push(Warning { pointer, message, help });
    }

    /// Warns of fields that nobody reads.
    pub(super) fn warn_of_others<'a>(
        &mut self,
        pointer: &str,
        others: impl IntoIterator<Item = &'a String>,
        known: &[&str],
    ) {
        for name in others {
            let help = match crate::base::nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("read here: {}", known.join(", ")),
            };
            self.warn(inside(pointer, name), format!("`{name}` has no effect in a Command document"), help);
        }
    }
}

/// A JSON pointer, longer by one segment (RFC 6901).
pub(super) fn inside(pointer: &str, segment: &str) -> String {
    format!("{pointer}/{}", segment.replace('~', "~0").replace('/', "~1"))
}
