//! The API's errors as data.

use std::fmt;

/// An error of the API by its name, with the place in the request that caused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The name on the wire, such as `ValidationException` or `InvalidInstanceId`.
    pub code: &'static str,
    /// What the caller reads.
    pub message: String,
    /// JSON pointer to the field of the request, such as `/MaxErrors` or `/Targets/0/Key`.
    pub pointer: String,
}

impl ApiError {
    /// An error `code` about the field at `pointer`.
    pub fn new(code: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), pointer: pointer.into() }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}
