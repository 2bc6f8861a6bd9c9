//! Built-in documents.
