//! What was drawn for messages under way. One block of words serves both messages of an invocation, and remembering it
//! costs less than drawing it again. Words are a function of what they are for, so forgetting them changes nothing.

/// A table of blocks; a newer one takes an older one's place.
#[derive(Debug)]
pub struct Memo {
    places: Vec<Remembered>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Remembered {
    whose: Option<Whose>,
    words: [u64; 4],
}

/// Whose words a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The instance.
    pub instance: u32,
    /// The command.
    pub command: u32,
    /// Which of the invocation's blocks.
    pub ordinal: u32,
}

/// Enough for some thousand invocations in flight.
const LARGEST: usize = 1 << 13;

impl Memo {
    /// A table for a fleet that needs so many blocks at once at most. One for no blocks remembers nothing.
    pub fn new(blocks: usize) -> Self {
        let places = if blocks == 0 { 0 } else { blocks.next_power_of_two().min(LARGEST) };
        Self { places: vec![Remembered::default(); places] }
    }

    /// Draws a block and remembers it.
    pub fn draw(&mut self, whose: Whose, draw: impl FnOnce() -> [u64; 4]) -> [u64; 4] {
        let words = draw();
        if let Some(place) = self.place(whose) {
            *place = Remembered { whose: Some(whose), words };
        }
        words
    }

    /// A block, drawn again if it was forgotten.
    pub fn recall(&mut self, whose: Whose, draw: impl FnOnce() -> [u64; 4]) -> [u64; 4] {
        match self.place(whose) {
            Some(place) if place.whose == Some(whose) => place.words,
            _ => draw(),
        }
    }

    fn place(&mut self, Whose { instance, ordinal, .. }: Whose) -> Option<&mut Remembered> {
        // Instances in flight are any, ordinals the few smallest: so they spread.
        let at = instance as usize ^ (ordinal as usize).wrapping_mul(0x9E37_79B9);
        let mask = self.places.len().wrapping_sub(1);
        self.places.get_mut(at & mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_forgotten_is_drawn_again() {
        let whose = |instance, ordinal| Whose { instance, command: 0, ordinal };
        let words = |whose: Whose| [u64::from(whose.instance), u64::from(whose.ordinal), 0, 0];
        for blocks in [0, 1, 5, 100_000] {
            let mut memo = Memo::new(blocks);
            let all = || (0..50).flat_map(|instance| [whose(instance, 0), whose(instance, 3)]);
            for one in all() {
                assert_eq!(memo.draw(one, || words(one)), words(one));
            }
            let mut drawn = 0;
            for one in all() {
                let recalled = memo.recall(one, || {
                    drawn += 1;
                    words(one)
                });
                assert_eq!(recalled, words(one));
            }
            match blocks {
                0 => assert_eq!(drawn, 100),
                1 => assert_eq!(drawn, 99),
                100_000 => assert_eq!(drawn, 0),
                _ => assert!((92..100).contains(&drawn), "{drawn}"),
            }
            let other = Whose { command: 1, ..whose(7, 0) };
            assert_eq!(memo.recall(other, || [9; 4]), [9; 4]);
        }
    }
}
