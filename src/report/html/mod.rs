//! Reports as one HTML file that asks for nothing: no script, no font, no request. It opens from disk, follows the
//! reader's light or dark theme, fits a phone and a sheet of paper, and has the numbers behind each picture.
//!
//! The pictures are drawn by `plotters` with integer coordinates, so that a report has the same bytes on every platform;
//! the page is written by `maud`, which escapes whatever is not marked as markup.

mod axis;
mod belief;
mod chart;
mod colour;
mod compare;
mod fit;
mod fleet;
mod latency;
mod load;
mod page;
mod plan;
mod run;
mod spread;
mod traffic;

pub use compare::render as compare;
pub use fit::render as fit;
pub use load::{Span, render as load, render_two as loads};
pub use page::GENERATOR;
pub use plan::render as plan;
pub use run::render as run;
