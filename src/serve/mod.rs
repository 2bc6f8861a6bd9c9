//! The endpoint: the service behind HTTP, paced by a clock.

pub mod delivery;
