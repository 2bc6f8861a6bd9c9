//! What the two programs share: `rollout` runs the reference rollout on one engine, `compare` measures all engines.

pub mod outcome;
