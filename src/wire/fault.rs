//! Errors of the APIs as data: a name and a text. How they look on the wire is the dialect's affair.

use crate::ssm::ApiError;

/// An error that a caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of its shape in the service's model, such as `InvalidInstanceId` or `QueueDoesNotExist`.
    pub code: &'static str,
    /// What the caller reads.
    pub message: String,
}

impl Fault {
    /// An error `code` that says `message`.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Whether the service is to blame and not the caller.
    pub fn is_ours(&self) -> bool {
        ["InternalServerError", "InternalException", "InternalErrorException", "InternalFailure"]
            .contains(&self.code)
    }
}

const PREFIX: &str = "1 validation error detected: ";

/// What a caller is told of these errors; `None` when there are none. Violations of the model come first and all in
/// one text (S14.6); of other errors the first.
pub fn refusal(errors: &[ApiError]) -> Option<Fault> {
    let violation = |error: &ApiError| {
        (error.code == "ValidationException")
            .then(|| error.message.strip_prefix(PREFIX).map(str::to_string))?
    };
    let violations: Vec<_> = errors.iter().filter_map(violation).collect();
    match violations.len() {
        0 => errors.first().map(|error| Fault::new(error.code, error.message.clone())),
        1 => Some(Fault::new("ValidationException", format!("{PREFIX}{}", violations[0]))),
        many => {
            let all = violations.join("; ");
            Some(Fault::new("ValidationException", format!("{many} validation errors detected: {all}")))
        }
    }
}
