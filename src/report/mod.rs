//! What a person or another program reads: text, Markdown, JSON, CSV, HdrHistogram files, HTML with pictures.

pub mod comparison;
pub mod conform;
pub mod csv;
pub mod deliveries;
pub mod estimates;
pub mod event_file;
pub mod events;
pub mod explain;
mod faults;
pub mod fit;
pub mod hdr;
pub mod html;
pub mod human;
mod junit;
pub mod load;
pub mod markdown;
pub mod messages;
pub mod metrics_file;
pub mod notifications;
pub mod outside;
pub mod permission;
pub mod plan;
mod polling;
pub mod rows;
pub mod story;
pub mod summary;
pub mod text;
pub mod uploads;
pub mod verdict;

pub use summary::{CommandSummary, Summary, ThresholdResult};
