//! The nouns of Run Command, as the API spells them.

pub mod alarm;
pub mod arn;
pub mod command_line;
pub mod document;
pub mod error;
pub mod limits;
pub mod reading;
pub mod request;
pub mod status;
pub mod target;
pub mod validate;

pub use document::DocumentContent;
pub use error::ApiError;
pub use reading::Readings;
pub use request::SendCommandRequest;
pub use status::{
    CommandState, CommandStatus, EventStatus, InvocationState, InvocationStatus, NotificationType,
    NotifiedStatus, StatusDetails, StepStatus,
};
