//! Counts of values in the cells of HdrHistogram with three significant digits (G. Tene): every value below 2048 has a
//! cell of its own, and each octave above is divided into 1024. Counting is all they do; the library does the rest.

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::gaps;

/// Significant decimal digits: a relative error of at most 0.1 %.
const DIGITS: u8 = 3;
/// 2^10 cells an octave are the fewest with so many digits.
const OCTAVE_BITS: u32 = 10;
const OCTAVE: usize = 1 << OCTAVE_BITS;

/// How many values fell into each cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cells {
    /// As many octaves as the largest value needs.
    counts: Vec<u64>,
}

impl Cells {
    /// Counts a value.
    #[inline]
    pub(super) fn add(&mut self, value: u64) {
        let cell = cell_of(value);
        match self.counts.get_mut(cell) {
            Some(count) => *count += 1,
            None => self.count_beyond(cell, 1),
        }
    }

    /// Counts a value so many times.
    pub(super) fn add_many(&mut self, value: u64, times: u64) {
        self.count(cell_of(value), times);
    }

    /// The cells that are not empty, in order, as the highest value of each and its count.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.filled().map(|(cell, count)| (lowest(cell + 1).wrapping_sub(1), count))
    }

    /// Adds what another has counted.
    pub(super) fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// The same as a histogram of the library.
    pub(super) fn histogram(&self) -> Histogram<u64> {
        let mut histogram = Histogram::new(DIGITS).expect("three digits are supported");
        for (cell, count) in self.filled() {
            histogram.record_n(lowest(cell), count).expect("histograms grow as they need to");
        }
        histogram
    }

    fn filled(&self) -> impl Iterator<Item = (usize, u64)> {
        self.counts.iter().copied().enumerate().filter(|(_, count)| *count > 0)
    }

    fn count(&mut self, cell: usize, times: u64) {
        match self.counts.get_mut(cell) {
            Some(count) => *count += times,
            None => self.count_beyond(cell, times),
        }
    }

    #[cold]
    fn count_beyond(&mut self, cell: usize, times: u64) {
        self.counts.resize((cell / OCTAVE + 1) * OCTAVE, 0);
        self.counts[cell] += times;
    }
}

#[inline]
fn cell_of(value: u64) -> usize {
    // Which octave above the first two, whose cells are as wide.
    let octave = (value | OCTAVE as u64).ilog2() - OCTAVE_BITS;
    octave as usize * OCTAVE + (value >> octave) as usize
}

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        gaps::serialize(self.filled().map(|(cell, count)| (cell as u64, count)), serializer)
    }
}

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let filled = gaps::deserialize(deserializer, cell_of(u64::MAX) as u64)?;
        let mut cells = Self::default();
        // From the last on, so that there is room for all from the beginning.
        filled.into_iter().rev().for_each(|(cell, count)| cells.count(cell as usize, count));
        Ok(cells)
    }
}

/// The lowest value of a cell.
fn lowest(cell: usize) -> u64 {
    let octave = (cell / OCTAVE).saturating_sub(1);
    ((cell - octave * OCTAVE) as u64) << octave
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        prelude::*,
        test_runner::{Config, RngSeed},
    };

    use super::*;

    fn counted(values: &[u64]) -> Cells {
        let mut cells = Cells::default();
        values.iter().for_each(|&value| cells.add(value));
        cells
    }

    fn recorded(values: &[u64]) -> Histogram<u64> {
        let mut histogram = Histogram::new(DIGITS).unwrap();
        values.iter().for_each(|&value| histogram.record(value).unwrap());
        histogram
    }

    /// Values of every number of bits, as many of each, and the edges between octaves and cells.
    fn value() -> impl Strategy<Value = u64> {
        let any_size = (0_u32..64, any::<u64>()).prop_map(|(shift, word)| word >> shift);
        let edge =
            (0_u32..64, 0_u64..3).prop_map(|(bit, off)| (1_u64 << bit).wrapping_add(off).wrapping_sub(1));
        prop_oneof![any_size, edge]
    }

    fn assert_same(ours: &Histogram<u64>, theirs: &Histogram<u64>) {
        assert_eq!(ours, theirs);
        assert_eq!((ours.min(), ours.max(), ours.buckets()), (theirs.min(), theirs.max(), theirs.buckets()));
    }

    proptest! {
        #![proptest_config(Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::with_cases(500) })]

        #[test]
        fn nothing_is_lost_against_the_library(one in vec(value(), 0..50), other in vec(value(), 0..50)) {
            let (mut cells, mut histogram) = (counted(&one), recorded(&one));
            assert_same(&cells.histogram(), &histogram);
            cells.merge(&counted(&other));
            histogram.add(recorded(&other)).unwrap();
            assert_same(&cells.histogram(), &histogram);
            prop_assert_eq!(&cells, &counted(&[one, other].concat()));
        }
    }

    #[test]
    fn every_cell_begins_where_the_one_before_ends() {
        assert_eq!((cell_of(0), cell_of(2047), cell_of(2048), cell_of(2050)), (0, 2047, 2048, 2049));
        assert_eq!(cell_of(u64::MAX), 55 * OCTAVE - 1);
        for cell in 1..55 * OCTAVE {
            assert_eq!((cell_of(lowest(cell)), cell_of(lowest(cell) - 1)), (cell, cell - 1));
        }
    }
}
