//! The pool of an agent: how many commands run at once, which wait, and when one is too many (S8.2, S8.3).

/// What became of a command that was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A worker takes it up at once.
    Runs,
    /// It waits for a worker.
    Waits,
    /// Workers and buffer are full.
    Refused,
}

/// The workers of one agent and the buffer before them. What it holds is known by numbers that the caller chooses.
#[derive(Clone, Debug)]
pub struct Pool {
    workers: usize,
    buffer: usize,
    /// What runs, in the order of its start, then what waits, the longest first.
    held: Vec<u32>,
    running: usize,
}

impl Pool {
    /// An empty pool of so many workers, with room for so many that wait.
    pub fn new(workers: u32, buffer: u32) -> Self {
        Self { workers: workers as usize, buffer: buffer as usize, held: Vec::new(), running: 0 }
    }

    /// Something is handed over.
    pub fn handle_accept(&mut self, id: u32) -> Admission {
        if self.running < self.workers {
            debug_assert_eq!(self.running, self.held.len(), "free workers are offered to what waits first");
            self.held.push(id);
            self.running += 1;
            Admission::Runs
        } else if self.held.len() < self.workers + self.buffer {
            self.held.push(id);
            Admission::Waits
        } else {
            Admission::Refused
        }
    }

    /// Something that runs is over; its worker is free.
    pub fn handle_release(&mut self, id: u32) {
        let place = self.running().iter().position(|&other| other == id).expect("it runs");
        self.held.remove(place);
        self.running -= 1;
    }

    /// All is lost: what ran, and what waited.
    pub fn handle_loss(&mut self) -> (Vec<u32>, Vec<u32>) {
        let waiting = self.held.split_off(std::mem::take(&mut self.running));
        (std::mem::take(&mut self.held), waiting)
    }

    /// What has waited longest, if a worker is free. The worker is taken by it.
    pub fn poll(&mut self) -> Option<u32> {
        if self.running == self.workers || self.running == self.held.len() {
            return None;
        }
        self.running += 1;
        Some(self.held[self.running - 1])
    }

    /// What runs, in the order of its start.
    pub fn running(&self) -> &[u32] {
        &self.held[..self.running]
    }

    /// What waits, the longest first.
    pub fn waiting(&self) -> &[u32] {
        &self.held[self.running..]
    }

    /// Whether the next thing that is handed over is refused.
    pub fn is_full(&self) -> bool {
        self.held.len() == self.workers + self.buffer
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Admission::{Refused, Runs, Waits};

    #[test]
    fn ten_fit_and_the_eleventh_is_refused() {
        // S8.2.
        let mut pool = Pool::new(5, 5);
        let told: Vec<_> = (0..12).map(|id| pool.handle_accept(id)).collect();
        assert_eq!(told[..5], [Runs; 5]);
        assert_eq!(told[5..10], [Waits; 5]);
        assert_eq!(told[10..], [Refused; 2]);
        assert_eq!(pool.poll(), None);
    }

    #[test]
    fn a_free_worker_takes_what_has_waited_longest() {
        // S8.3.
        let mut pool = Pool::new(2, 3);
        for id in [7, 3, 9, 1, 4] {
            pool.handle_accept(id);
        }
        pool.handle_release(3);
        assert_eq!((pool.poll(), pool.poll()), (Some(9), None));
        assert_eq!((pool.running(), pool.waiting()), (&[7, 9][..], &[1, 4][..]));
        assert_eq!((pool.handle_accept(5), pool.handle_accept(6)), (Waits, Refused));
        pool.handle_release(7);
        pool.handle_release(9);
        assert_eq!((pool.poll(), pool.poll(), pool.poll()), (Some(1), Some(4), None));
        assert_eq!(pool.waiting(), [5]);
        for id in [1, 4] {
            pool.handle_release(id);
        }
        assert_eq!(pool.poll(), Some(5));
        pool.handle_release(5);
        assert!(pool.is_empty());
    }
}
