//! What there is to say about the text of a policy.

/// What there is to say about a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Why IAM would refuse it.
    pub errors: Vec<Remark>,
    /// What is accepted, but seldom meant.
    pub warnings: Vec<Remark>,
}

/// Something found in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// JSON pointer into the policy.
    pub pointer: String,
    /// What was found.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Remarks {
    pub(super) fn refuse(
        &mut self,
        pointer: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.errors.push(Remark::new(pointer, message, help));
    }

    pub(super) fn warn(
        &mut self,
        pointer: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.warnings.push(Remark::new(pointer, message, help));
    }
}

impl Remark {
    pub(super) fn new(
        pointer: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { pointer: pointer.into(), message: message.into(), help: help.into() }
    }
}
