//! Two runs compared: exactly where they must be the same, with statistics where they need not be. Pure functions of what the
//! runs wrote.

mod comparison;
mod contrast;
mod gate;
mod side;

pub use comparison::{Comparison, Exact, Mark, Row};
pub use contrast::{Contrast, Sample};
pub use gate::{Gate, GateResult};
pub use side::{CommandSide, Side};
