//! Where messages wait for the workers of an endpoint. A machine that is told what happens and knows no time.

use std::collections::VecDeque;

/// Workers, and a queue in front of them: first come, first served.
#[derive(Debug)]
pub struct Desk<T> {
    workers: Option<u32>,
    room: Option<u32>,
    busy: u32,
    waiting: VecDeque<T>,
}

impl<T> Desk<T> {
    /// An idle desk with so many workers and so much room for those who wait; `None`: any number.
    pub fn new(workers: Option<u32>, room: Option<u32>) -> Self {
        Self { workers, room, busy: 0, waiting: VecDeque::new() }
    }

    /// Whether nobody can come in any more.
    pub fn is_full(&self) -> bool {
        !self.has_worker() && self.room.is_some_and(|room| self.waiting.len() >= room as usize)
    }

    /// Someone comes in and waits.
    pub fn wait(&mut self, who: T) {
        self.waiting.push_back(who);
    }

    /// Whether somebody waits.
    pub fn is_waited_for(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// A free worker takes up who has waited longest.
    pub fn take(&mut self) -> Option<T> {
        if !self.has_worker() {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.busy += 1;
        Some(next)
    }

    /// A worker is done.
    pub fn release(&mut self) {
        self.busy -= 1;
    }

    fn has_worker(&self) -> bool {
        self.workers.is_none_or(|workers| self.busy < workers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_first_is_served_first_and_who_finds_no_room_goes() {
        let mut desk = Desk::new(Some(1), Some(2));
        desk.wait('a');
        assert_eq!(desk.take(), Some('a'));
        desk.wait('b');
        assert!(!desk.is_full());
        desk.wait('c');
        assert!(desk.is_full());
        assert_eq!(desk.take(), None);
        desk.release();
        assert!(!desk.is_full());
        assert_eq!(desk.take(), Some('b'));
        desk.release();
        assert_eq!((desk.take(), desk.take()), (Some('c'), None));
    }

    #[test]
    fn any_number_of_workers_let_nobody_wait() {
        let mut desk = Desk::new(None, None);
        (0..1000).for_each(|who| desk.wait(who));
        assert!((0..1000).all(|who| desk.take() == Some(who)));
        assert!(!desk.is_waited_for());
    }
}
