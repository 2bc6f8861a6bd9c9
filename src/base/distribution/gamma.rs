//! The quantile function of the gamma distribution, as a table.
//!
//! With y the logarithm of the value, s the logarithm of the tail's probability and f the density of the
//! distribution with scale 1, the quantile function obeys dy/ds = e^s / (e^y f(e^y)) in the lower tail and its
//! negative in the upper one. The incomplete gamma function gives y at the far end of each tail; from there a
//! fourth-order Runge-Kutta walk goes to the median, knot by knot. In this direction an early error in p fades
//! against the growing p. Nothing under- or overflows in y and s, whatever the shape.

use super::{
    incomplete_gamma::{log_lower, log_upper},
    table::{Knot, Table, grid},
};

/// The shapes for which the table keeps its promise; a shape outside is refused.
pub(super) const SHAPES: std::ops::RangeInclusive<f64> = 0.05..=1e6;

/// The quantile function for a shape within [`SHAPES`]. Relative error at most 2e-5 (at shape 0.05; 1e-6 from
/// shape 0.1, 1e-8 from 0.5), except below 1e-300 of the scale, where small shapes run into the end of the floats.
pub(super) fn table(shape: f64, scale: f64) -> Table {
    let tail = |far_end, direction| walk(shape, far_end, direction).map(|knot| scaled(knot, scale)).collect();
    let far = libm::log(2.0) * -65.0;
    Table::new(tail(lower_end(shape, far), 1.0), tail(upper_end(shape, far), -1.0))
}

fn scaled(knot: Knot, scale: f64) -> Knot {
    Knot { value: knot.value * scale, slope: knot.slope * scale }
}

/// The knots of one tail, from its far end at the logarithm `y` to the median; the value rises with the tail's
/// probability (`direction` 1) or falls (-1).
fn walk(shape: f64, mut y: f64, direction: f64) -> impl Iterator<Item = Knot> {
    let log_gamma = libm::lgamma(shape);
    let slope = move |s: f64, y: f64| direction * libm::exp(s + log_gamma - shape * y + libm::exp(y));
    let mut before = None;
    grid().map(move |p| {
        let s = libm::log(p);
        if let Some(before) = before {
            y += runge_kutta(slope, before, y, s - before);
        }
        before = Some(s);
        let value = libm::exp(y);
        Knot { value, slope: value * slope(s, y) / p }
    })
}

/// How far the solution of dy/ds = `slope`(s, y) goes in one step of length `h`.
fn runge_kutta(slope: impl Fn(f64, f64) -> f64, s: f64, y: f64, h: f64) -> f64 {
    let k1 = slope(s, y);
    let k2 = slope(s + h / 2.0, y + h / 2.0 * k1);
    let k3 = slope(s + h / 2.0, y + h / 2.0 * k2);
    let k4 = slope(s + h, y + h * k3);
    h / 6.0 * (k1 + 2.0 * (k2 + k3) + k4)
}

/// The logarithm of the value below which a probability of e^`s`, under one half, lies.
fn lower_end(shape: f64, s: f64) -> f64 {
    // P(x) is below x^shape / Gamma(shape + 1), and above 1/2 at shape + 1.
    let least = (s + libm::lgamma(shape + 1.0)) / shape;
    bisect(least, libm::log(shape + 1.0), |y| log_lower(shape, y) < s)
}

/// The logarithm of the value above which a probability of e^`s`, far under one half, lies.
fn upper_end(shape: f64, s: f64) -> f64 {
    // The chance of more than shape + sqrt(2 shape t) + t is at most e^-t (S. Boucheron, G. Lugosi, P. Massart,
    // "Concentration inequalities", 2013, section 2.4).
    let most = libm::log(shape + (-2.0 * shape * s).sqrt() - s);
    bisect(libm::log(shape + 1.0), most, |y| log_upper(shape, y) > s)
}

/// Where `is_below` turns from true to false, to the last bit.
fn bisect(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        *(if is_below(middle) { &mut low } else { &mut high }) = middle;
    }
}

#[cfg(test)]
#[allow(clippy::excessive_precision, reason = "as computed")]
mod tests {
    use super::*;
    use crate::base::distribution::word::{UNIT, probability};

    const SHAPES_TRIED: [f64; 9] = [0.05, 0.1, 0.5, 1.0, 2.5, 30.0, 1000.0, 30_000.0, 1e6];

    /// What the documentation of [`table`] promises.
    fn promise(shape: f64) -> f64 {
        match shape {
            ..0.1 => 2e-5,
            ..0.5 => 1e-6,
            _ => 1e-8,
        }
    }

    fn assert_near(shape: f64, word: u64, found: f64, expected: f64) {
        let near = (found - expected).abs() <= promise(shape) * expected + 1e-300;
        assert!(near, "shape {shape}, word {word:#x}: found {found:e}, expected {expected:e}");
    }

    /// Bisection of the power series with 50 digits (mpmath 1.3) at u = (word + 1/2) / 2^64, exact.
    #[test]
    fn quantiles_to_seventeen_digits() {
        let words = [0, 0x4_0000_0000_3039, 0x7FBF_FFFF_FFFF_FFFF, 0xC000_0000_0000_0000];
        let words = words.into_iter().chain([0xFDFB_FFFF_FFFF_FFFF, 0xFFFF_FEFD_FFFF_FFFF, u64::MAX]);
        #[rustfmt::skip]
        let expected = [
            (0.05, [0.0, 3.0085580110731357e-85, 5.3601416581229672e-7, 0.0018567356838462513,
                    1.2401875673654979, 11.2815782748376, 38.591566555569882]),
            (0.1, [1.2998988454791115e-196, 4.3571985126121962e-43, 0.00058189668906510262, 0.035306358073558302,
                   1.7594578125837642, 12.06643741334252, 39.471808358780741]),
            (0.5, [5.7701944013743774e-40, 2.9258361643054945e-9, 0.22643353637119982, 0.66165184846573297,
                   3.531007931868448, 14.680568338895935, 42.594921830829227]),
            (1.0, [2.7105054312137611e-20, 6.1037018971613217e-5, 0.69119596042868356, 1.3862943611198906,
                   4.8442481234775622, 16.627750192996181, 45.054566736396445]),
            (2.5, [2.409076543777376e-8, 0.03365378683432741, 2.1721688953568071, 3.3128398819146254,
                   7.8317357365247646, 20.978960857709654, 50.687857682014809]),
            (30.0, [2.9499844627529027, 13.358720077192615, 29.654014599966126, 33.490730553809572,
                    44.817227112593154, 68.469973410419353, 110.55828028614743]),
            (1000.0, [737.44554599653237, 883.06717339719868, 999.58929466326248, 1021.1436879071974,
                      1077.9679924714874, 1176.4892033277778, 1317.713991002599]),
        ];
        for (shape, values) in expected {
            let table = table(shape, 3.0);
            for (word, value) in words.clone().zip(values) {
                assert_near(shape, word, table.at(word), 3.0 * value);
            }
        }
        let largest = table(1e6, 1.0);
        for (word, value) in
            [(0, 990872.29313236171), (1 << 62, 999325.32868458719), (u64::MAX, 1009182.9197502297)]
        {
            assert_near(1e6, word, largest.at(word), value);
        }
    }

    /// Between the knots, in every octave of both tails, against the incomplete gamma function.
    #[test]
    fn the_table_keeps_its_promise() {
        for shape in SHAPES_TRIED {
            let table = table(shape, 1.0);
            for octave in 0..63 {
                for place in [0x81_u64, 0xA7, 0xC5, 0xFF] {
                    let word = (place << 56) >> (octave + 1);
                    let low = libm::exp(exact_lower(shape, probability(word)));
                    assert_near(shape, word, table.at(word), low);
                    let high = libm::exp(exact_upper(shape, probability(word)));
                    assert_near(shape, !word, table.at(!word), high);
                }
            }
        }
    }

    fn exact_lower(shape: f64, p: f64) -> f64 {
        lower_end(shape, libm::log(p))
    }

    fn exact_upper(shape: f64, p: f64) -> f64 {
        let split = libm::log(shape + 1.0);
        if log_upper(shape, split) > libm::log(p) {
            return upper_end(shape, libm::log(p));
        }
        lower_end(shape, libm::log1p(-p))
    }

    /// Two walks of 4096 steps from opposite ends meet in the median.
    #[test]
    fn both_walks_end_in_the_same_median() {
        for shape in SHAPES_TRIED {
            let far = libm::log(0.5 * UNIT);
            let lower = walk(shape, lower_end(shape, far), 1.0).last().expect("a grid is not empty");
            let upper = walk(shape, upper_end(shape, far), -1.0).last().expect("a grid is not empty");
            let gap = (lower.value - upper.value).abs() / lower.value;
            assert!(gap < promise(shape) / 10.0, "shape {shape}: {gap:e}");
        }
    }
}
