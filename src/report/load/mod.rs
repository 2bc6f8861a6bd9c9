//! What a load came to: summary as text, Markdown and JSON; a table of seconds; HdrHistogram files; a page.

pub mod files;
pub mod print;
pub mod summary;

pub use summary::LoadSummary;
