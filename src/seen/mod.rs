//! What a client sees of commands on a real system: sightings, and the lives of invocations that they tell of.
//!
//! A client that polls sees a state, not its beginning; so a beginning is a [`Window`], not a point. Times are instants, for a
//! real system has no simulated time; ids are AWS's, for there is no plan to number them by.

pub mod answer;
pub mod codec;
pub mod course;
pub mod export;
pub mod fold;
pub mod life;
pub mod sighting;
pub mod track;
pub mod window;

pub use codec::{Header, SightingReader, SightingWriter};
pub use course::Course;
pub use fold::Fold;
pub use life::{Life, Phase};
pub use sighting::{CancelSighting, CommandSighting, InvocationSighting, Sighting, StepSighting, When};
pub use track::Track;
pub use window::Window;
