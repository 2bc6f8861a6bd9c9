//! What a load came to: summary as text, Markdown and JSON; a table of seconds; HdrHistogram files; a page.

pub mod compare;
pub mod files;
pub mod find;
pub mod print;
pub mod summary;

pub use summary::LoadSummary;
