//! Decisions: sans-I/O machines and pure functions. They know no clock, no fleet and no scenario.

pub mod deadline;
pub mod dispatch;
pub mod rollup;
pub mod threshold;
pub mod window;

pub use deadline::Deadlines;
pub use dispatch::{Dispatch, Halt, Input, Output};
pub use rollup::{Tally, counts_as_error, roll_up};
pub use threshold::Threshold;
pub use window::Window;
