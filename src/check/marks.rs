//! Two bits an instance: whether its invocation was sent, and whether it has ended.

/// A set of instances with two bits for each; room for the `fleet` is made with the first.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    words: Vec<u64>,
}

impl Marks {
    /// Whether the instance's invocation was sent, and whether it has ended.
    pub(crate) fn get(&self, instance: u32) -> (bool, bool) {
        let word = self.words.get(instance as usize / 32).copied().unwrap_or(0);
        let bits = word >> (instance % 32 * 2);
        (bits & 1 != 0, bits & 2 != 0)
    }

    pub(crate) fn set_sent(&mut self, instance: u32, fleet: u32) {
        self.set(instance, fleet, 1);
    }

    pub(crate) fn set_ended(&mut self, instance: u32, fleet: u32) {
        self.set(instance, fleet, 2);
    }

    fn set(&mut self, instance: u32, fleet: u32, bits: u64) {
        if self.words.is_empty() {
            self.words.resize(fleet.div_ceil(32) as usize, 0);
        }
        self.words[instance as usize / 32] |= bits << (instance % 32 * 2);
    }
}
