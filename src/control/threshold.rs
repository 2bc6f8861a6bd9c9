//! The error threshold: when the errors received stop the sending (section 4.3, Settled 5).

use crate::{
    base::{Rate, Rounding},
    ssm::{Readings, reading::ErrorBoundary},
};

/// Counts errors and says when they are too many.
#[derive(Clone, Debug)]
pub struct Threshold {
    errors: u32,
    stops_at: u32,
}

impl Threshold {
    /// The threshold that `max_errors` sets over `targets` (S4.18, S4.19). The error that stops is the one beyond
    /// those tolerated; with the reading `automation-doc` a percentage stops at the last tolerated one (O-11).
    pub fn new(max_errors: Rate, targets: u32, readings: &Readings) -> Self {
        let stops_at = match (max_errors, readings.error_boundary) {
            (Rate::Percent(_), ErrorBoundary::AutomationDoc) => max_errors.of(targets, Rounding::Ceil).max(1),
            _ => tolerated(max_errors, targets, readings).saturating_add(1),
        };
        Self { errors: 0, stops_at }
    }

    /// One more error was received. True for the one that stops the sending, once.
    pub fn handle_error(&mut self) -> bool {
        self.errors += 1;
        self.errors == self.stops_at
    }

    /// Whether the errors received are more than tolerated.
    pub fn is_exceeded(&self) -> bool {
        self.errors >= self.stops_at
    }

    /// The errors received so far.
    pub fn errors(&self) -> u32 {
        self.errors
    }
}

/// How many errors `max_errors` tolerates among `targets` (S4.18).
pub fn tolerated(max_errors: Rate, targets: u32, readings: &Readings) -> u32 {
    max_errors.of(targets, readings.errors_rounding)
}
