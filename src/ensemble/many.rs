//! Many replications on all threads. Which thread runs which is left to chance; what comes of it is not, because results
//! are added as integers and handed out in the order of their index.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use rayon::prelude::*;

use super::{
    checks::Checks,
    replicate::{Ensemble, Replication, run_one},
};
use crate::world::Model;

/// No thread runs further ahead of the slowest replication than this: finished ones wait in memory for their turn.
const AHEAD: u64 = 4096;

/// Who watches a run.
pub struct Watch<'a> {
    /// Told of each replication, in the order of their index.
    pub each: &'a mut (dyn FnMut(&Replication) + Send),
    /// Asked before each replication; once it says yes no other begins.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// Runs the replications with these indices, or those before the first one that was not begun because the watch said
/// stop. Outliers are not checked yet: see [`check_outliers`].
pub fn run(model: &Model<'_>, seed: u64, indices: Range<u64>, checks: Checks, watch: Watch<'_>) -> Ensemble {
    let line = Line::new(indices, watch);
    let parts = rayon::broadcast(|_| {
        let mut part = Ensemble::default();
        while let Some(place) = line.take_place() {
            let check = checks.selects(place.index);
            let replication = part.replicate(model, seed, place.index, check, &mut ());
            place.fill(replication);
        }
        part
    });
    let mut whole = Ensemble::default();
    parts.into_iter().for_each(|part| whole.merge(part));
    whole
}

/// Judges the outliers of a run whose rules judge a sample. Their measures are known already.
pub fn check_outliers(model: &Model<'_>, seed: u64, ensemble: &mut Ensemble) {
    let judge = |index| run_one(model, seed, index, true, &mut ()).rules;
    let rules: Vec<_> = ensemble.outliers().into_par_iter().map(judge).collect();
    rules.into_iter().for_each(|rules| ensemble.add_rules(rules));
}

/// The replications in the order of their index: taken by the threads, and handed to the watch.
struct Line<'a> {
    state: Mutex<State<'a>>,
    moved: Condvar,
    stop: &'a (dyn Fn() -> bool + Sync),
}

struct State<'a> {
    /// Those that nobody has taken.
    free: Range<u64>,
    /// The one that the watch is told of next.
    next: u64,
    /// Those that are done before their turn.
    done: BTreeMap<u64, Replication>,
    each: &'a mut (dyn FnMut(&Replication) + Send),
}

/// A replication that a thread has taken.
struct Place<'a, 'b> {
    line: &'a Line<'b>,
    index: u64,
}

impl<'a> Line<'a> {
    fn new(indices: Range<u64>, Watch { each, stop }: Watch<'a>) -> Self {
        let next = indices.start;
        let state = State { free: indices, next, done: BTreeMap::new(), each };
        Self { state: Mutex::new(state), moved: Condvar::new(), stop }
    }

    fn take_place<'b>(&'b self) -> Option<Place<'b, 'a>> {
        let mut state = self.lock();
        while !state.free.is_empty() && state.free.start >= state.next + AHEAD {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if (self.stop)() {
            state.free = 0..0;
        }
        state.free.next().map(|index| Place { line: self, index })
    }

    /// A thread that panicked ends the run in any case.
    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State<'_> {
    fn take_next(&mut self) -> Option<Replication> {
        let next = self.done.remove(&self.next)?;
        self.next += 1;
        Some(next)
    }
}

impl Place<'_, '_> {
    fn fill(self, replication: Replication) {
        let mut state = self.line.lock();
        state.done.insert(replication.index, replication);
        while let Some(replication) = state.take_next() {
            (state.each)(&replication);
        }
    }
}

impl Drop for Place<'_, '_> {
    fn drop(&mut self) {
        // A panic leaves a place that nobody fills, and nobody must wait for it.
        if std::thread::panicking() {
            self.line.lock().free = 0..0;
        }
        self.line.moved.notify_all();
    }
}
