//! Random words for the oracles, behind the traits that they take.

use std::convert::Infallible;

use fleetsim::base::philox::philox4x64;
use rand::TryRng;

/// The words of the blocks of one key, in order; the last word of the counter is the number of the block.
pub struct Stream {
    key: [u64; 2],
    blocks: u64,
    block: [u64; 4],
    used: usize,
}

impl Stream {
    /// The stream of this number, whose words no other test uses.
    pub fn new(number: u64) -> Self {
        Self { key: [0xD157, number], blocks: 0, block: [0; 4], used: 4 }
    }

    fn word(&mut self) -> u64 {
        if self.used == 4 {
            self.block = philox4x64([0, 0, 0, self.blocks], self.key);
            self.blocks += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.word() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.word())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.word().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
