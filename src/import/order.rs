//! Lines put in order of time within a window, and each told once.

use std::collections::BTreeSet;

/// Lines with the microsecond that they are put in order by.
pub type Timed = (i64, Box<[u8]>);

/// What takes lines in and hands them out in order.
pub trait Order {
    /// Takes a line; says what became of it.
    ///
    /// # Errors
    ///
    /// When nothing can be kept.
    fn push(&mut self, line: Timed) -> std::io::Result<Fate>;
    /// Hands out the next line that nothing can come before any more.
    ///
    /// # Errors
    ///
    /// As above.
    fn pop(&mut self) -> std::io::Result<Option<Box<[u8]>>>;
    /// From now on everything may be handed out.
    ///
    /// # Errors
    ///
    /// As above.
    fn end(&mut self) -> std::io::Result<()>;
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was taken.
    Taken,
    /// It is there already.
    Double,
    /// It comes too late: a later one was handed out.
    Straggler,
}

/// So many bytes are held back at most; beyond this the oldest go, whatever the window.
const HELD: usize = 64 << 20;

/// Orders within a window of time.
#[derive(Debug)]
pub struct InOrder {
    window: i64,
    held: BTreeSet<Timed>,
    bytes: usize,
    latest: i64,
    /// What was handed out last.
    floor: i64,
}

impl InOrder {
    /// Holds lines back for so many microseconds of their own time.
    pub fn new(window: i64) -> Self {
        Self { window, held: BTreeSet::new(), bytes: 0, latest: i64::MIN, floor: i64::MIN }
    }
}

impl Order for InOrder {
    fn push(&mut self, line: Timed) -> std::io::Result<Fate> {
        let (at, size) = (line.0, line.1.len());
        if at < self.floor {
            return Ok(Fate::Straggler);
        }
        self.latest = self.latest.max(at);
        if !self.held.insert(line) {
            return Ok(Fate::Double);
        }
        self.bytes += size;
        Ok(Fate::Taken)
    }

    fn pop(&mut self) -> std::io::Result<Option<Box<[u8]>>> {
        let Some(&(at, _)) = self.held.first() else { return Ok(None) };
        if at >= self.latest.saturating_sub(self.window) && self.bytes <= HELD {
            return Ok(None);
        }
        let line = self.held.pop_first().map(|(_, line)| line);
        self.bytes -= line.as_ref().map_or(0, |line| line.len());
        self.floor = at;
        Ok(line)
    }

    fn end(&mut self) -> std::io::Result<()> {
        self.latest = i64::MAX;
        self.window = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: i64, text: &str) -> Timed {
        (at, text.as_bytes().into())
    }

    #[test]
    fn within_the_window_order_is_made_and_beyond_it_counted() {
        let mut order = InOrder::new(10);
        let mut out = Vec::new();
        let mut fates = Vec::new();
        for (at, text) in
            [(5, "b"), (1, "a"), (5, "b"), (12, "d"), (7, "c"), (30, "e"), (8, "late"), (30, "e")]
        {
            fates.push(order.push(line(at, text)).unwrap());
            while let Some(line) = order.pop().unwrap() {
                out.push(String::from_utf8(line.into()).unwrap());
            }
        }
        order.end().unwrap();
        while let Some(line) = order.pop().unwrap() {
            out.push(String::from_utf8(line.into()).unwrap());
        }
        assert_eq!(out, ["a", "b", "c", "d", "e"]);
        assert_eq!((fates[2], fates[6], fates[7]), (Fate::Double, Fate::Straggler, Fate::Double));
    }
}
