//! Plans on which engine and checker once disagreed.
