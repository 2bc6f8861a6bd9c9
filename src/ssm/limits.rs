//! The limits that the API states, and the two rate controls as values.
