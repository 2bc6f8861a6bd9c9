//! Four bits an instance: whether its invocation was sent, has ended, broke its instance, and had a late reply.

/// Something of an invocation that stays true.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mark {
    Sent = 1,
    Ended = 2,
    Broken = 4,
    LateReply = 8,
}

/// A set of instances with four bits for each; room for the `fleet` is made with the first.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    words: Vec<u64>,
}

/// The marks of one instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marked(u64);

impl Marks {
    /// The marks of an instance.
    pub(crate) fn of(&self, instance: u32) -> Marked {
        let word = self.words.get(instance as usize / 16).copied().unwrap_or(0);
        Marked(word >> (instance % 16 * 4))
    }

    pub(crate) fn set(&mut self, instance: u32, mark: Mark, fleet: u32) {
        if self.words.is_empty() {
            self.words.resize(fleet.div_ceil(16) as usize, 0);
        }
        self.words[instance as usize / 16] |= (mark as u64) << (instance % 16 * 4);
    }
}

impl Marked {
    pub(crate) fn has(self, mark: Mark) -> bool {
        self.0 & mark as u64 != 0
    }
}
