//! Targets: selectors and instance ids.
