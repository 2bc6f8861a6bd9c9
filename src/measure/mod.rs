//! Folds over facts: counters, histograms and timelines. What they say merges over replications by integers alone.

pub mod bins;
pub mod carriage;
mod cells;
pub mod course;
pub mod events;
pub mod faults;
mod gaps;
pub mod interval;
pub mod latency;
pub mod notifications;
pub mod outcome;
pub mod polling;
pub mod sample;
pub mod statistics;
pub mod timeline;
pub mod totals;
pub mod traffic;
pub mod uploads;

pub use bins::Bins;
pub use carriage::{Carriage, TrustWaits};
pub use course::{Belief, Course, Tally};
pub use events::{EventMeasure, EventResult, EventTotals};
pub use faults::{FaultMeasure, FaultResult, FaultTotals};
pub use interval::{Interval, Moments};
pub use latency::{Durations, Latencies, Stage};
pub use notifications::{Arrival, Audience, Reception};
pub use outcome::{CommandResult, Measure, Stop, Whole};
pub use polling::{PollingResult, PollingTotals};
pub use sample::Sample;
pub use statistics::Spread;
pub use timeline::{Snapshot, Timeline};
pub use totals::{ReceptionTotals, Totals};
pub use traffic::Traffic;
pub use uploads::{UploadMeasure, UploadResult, UploadTotals};
