//! A bare timer loop beside the generator: the same schedule kept by nothing but sleeps, on a thread of its own. Its error is
//! what the machine does to a schedule, whoever keeps it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread::sleep,
    time::Instant,
};

use super::{arrivals::Plan, tally::Durations};

/// Keeps the schedule until its end or `stop`; from the plan to when each sleep was over, in nanoseconds.
pub fn keep(plan: &Plan, shard: (u64, u64), stop: &AtomicBool) -> Durations {
    let begin = Instant::now();
    let mut errors = Durations::default();
    for arrival in plan.arrivals(shard) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let planned = begin + arrival.at;
        let left = planned.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            sleep(left);
        }
        errors.add_nanos(planned.elapsed());
    }
    errors
}
