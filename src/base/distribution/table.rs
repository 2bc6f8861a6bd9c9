//! A quantile function as a table of cubics, fine in both tails.
//!
//! Each tail is cut into 64 octaves of its probability p, from 1/2 down to the least a word can stand for, 2^-65;
//! each octave into 64 cells of equal width. Exponent and leading bits of p as a float are the number of the cell,
//! the bits after them the place within it. In a cell stands the cubic through both ends with the true slopes
//! (Hermite), so the error falls with the fourth power of the width of a cell.

use std::sync::Arc;

use super::word::UNIT;

const OCTAVES: usize = 64;
const CELL_BITS: u32 = 6;
const CELLS: usize = 1 << CELL_BITS;
/// How far the number of the cell is up in the bits of a float.
const SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - CELL_BITS;

/// Coefficients of the cubic of a cell, constant first.
type Cubic = [f64; 4];

/// A function of the word, made of one table for words below 2^63 and one for their complements.
#[derive(Clone, Debug)]
pub(super) struct Table {
    lower: Arc<[Cubic]>,
    upper: Arc<[Cubic]>,
}

/// A quantile and its derivative by the tail's probability.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knot {
    pub(super) value: f64,
    pub(super) slope: f64,
}

/// The probabilities at which a tail's knots stand, ascending from 2^-65 to 1/2.
pub(super) fn grid() -> impl Iterator<Item = f64> {
    (0..=OCTAVES * CELLS).map(|cell| f64::from_bits((first_cell() + cell as u64) << SHIFT) * UNIT)
}

/// What the exponent and leading bits of 1/2, the least word and a half, read as.
const fn first_cell() -> u64 {
    0.5_f64.to_bits() >> SHIFT
}

impl Table {
    /// The table through the knots of the lower and of the upper tail, each in the order of [`grid`].
    /// The two meet in the median: where they differ by rounding, half way.
    pub(super) fn new(mut lower: Vec<Knot>, mut upper: Vec<Knot>) -> Self {
        if let (Some(below), Some(above)) = (lower.last_mut(), upper.last_mut()) {
            let median = below.value + (above.value - below.value) / 2.0;
            (below.value, above.value) = (median, median);
        }
        Self { lower: cubics(&lower), upper: cubics(&upper) }
    }

    pub(super) fn at(&self, word: u64) -> f64 {
        if word >> 63 == 0 { look_up(&self.lower, word) } else { look_up(&self.upper, !word) }
    }
}

fn look_up(cells: &[Cubic], tail_word: u64) -> f64 {
    let bits = (tail_word as f64 + 0.5).to_bits();
    let [a, b, c, d] = cells[((bits >> SHIFT) - first_cell()) as usize];
    let t = f64::from_bits(((bits << CELL_BITS) & MANTISSA) | 1.0_f64.to_bits()) - 1.0;
    a + t * (b + t * (c + t * d))
}

const MANTISSA: u64 = (1 << (f64::MANTISSA_DIGITS - 1)) - 1;

/// One cubic between each two knots, and a constant after the last: the largest tail words round up to 1/2.
fn cubics(knots: &[Knot]) -> Arc<[Cubic]> {
    let probabilities: Vec<f64> = grid().collect();
    let last = knots.last().map(|knot| [knot.value, 0.0, 0.0, 0.0]);
    let between = knots.windows(2).zip(probabilities.windows(2)).map(|(ends, at)| {
        let width = at[1] - at[0];
        let rise = ends[1].value - ends[0].value;
        let (start, end) = (ends[0].slope * width, ends[1].slope * width);
        [ends[0].value, start, 3.0 * rise - 2.0 * start - end, start + end - 2.0 * rise]
    });
    between.chain(last).collect()
}
