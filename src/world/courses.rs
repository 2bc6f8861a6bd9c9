//! What was drawn of one replication, remembered over several runs of it: draws do not depend on rate controls, so a sweep
//! over those draws once.

use crate::fleet::Course;

/// The courses of the invocations of one replication, each drawn when it is first asked for.
#[derive(Debug, Default)]
pub struct Courses {
    fleet: usize,
    drawn: Vec<Option<Course>>,
}

impl Courses {
    /// Forgets everything, to remember another replication of `commands` commands on `fleet` instances.
    pub fn begin(&mut self, commands: usize, fleet: u32) {
        self.fleet = fleet as usize;
        self.drawn.clear();
        self.drawn.resize(commands * self.fleet, None);
    }

    /// The course of an invocation, by `draw` if it was not asked for before.
    #[inline]
    pub(super) fn of(&mut self, command: u32, instance: u32, draw: impl FnOnce() -> Course) -> Course {
        *self.drawn[command as usize * self.fleet + instance as usize].get_or_insert_with(draw)
    }
}
