//! From measurements to distributions: what `fleetsim fit` calculates.
//!
//! Durations may be exact, cut off or seen only between two polls (`observation`). `curve` estimates their distribution
//! without a family, `estimate` by maximum likelihood within one, `goodness` says how far the two are apart, and `choice`
//! takes a family or a table. `slowness` tells slow instances from slow days, and `share` gives chances their intervals.
//! Everything is a function of its arguments: no file, no clock, no luck.

mod chance;
pub mod choice;
mod climb;
pub mod curve;
pub mod empirical;
pub mod estimate;
pub mod family;
pub mod goodness;
mod kaplan_meier;
pub mod law;
pub mod likelihood;
mod lowest;
mod mixture;
pub mod observation;
pub mod share;
pub mod slowness;
mod turnbull;

pub use choice::{Calibration, Candidate, Chosen, Criterion, Dropped, Refusal, Rules, calibrate};
pub use curve::{Curve, SeenQuantile, curve, seen_quantile};
pub use empirical::{Empirical, empirical};
pub use estimate::{Estimate, FittedQuantile, Parameter, estimate};
pub use family::Family;
pub use goodness::{Goodness, Pair, goodness};
pub use law::Law;
pub use likelihood::log_likelihood;
pub use observation::{Lasted, Observation, Sample};
pub use share::{Share, share, shares};
pub use slowness::{Slowness, slowness};
