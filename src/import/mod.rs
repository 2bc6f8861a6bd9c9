//! What AWS's tools print, taken in as sightings: answers of the CLI, events of EventBridge, messages of SNS.
//!
//! Everything streams. Memory holds one answer's element, and what the window of disorder or a run of the sorter holds.

pub mod date;
pub mod item;
pub mod order;
pub mod read;
pub mod sort;
pub mod split;

pub use item::Format;
pub use order::{InOrder, Order};
pub use read::{Settings, Source, Totals, import};
pub use sort::Sorter;
