//! The input as plain data: what the user wrote, checked, and resolved into a plan with every default explicit.

pub mod plan;

pub use plan::Plan;
