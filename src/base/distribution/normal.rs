//! The quantile function of the standard normal distribution.
//!
//! M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37,
//! 1988, routine PPND16: one rational function in the middle and two in the tails, good to a tail of 1e-316.

use super::word::{UNIT, probability};

/// The 0.99 quantile.
pub(super) const Z99: f64 = 2.326_347_874_040_841;

/// The tail probability below which the middle gives way: 1/2 - 0.425.
const TAIL: f64 = 0.075;

/// Numerator and denominator, constant term first.
type Rational = ([f64; 8], [f64; 8]);

#[allow(clippy::excessive_precision, reason = "as published")]
const MIDDLE: Rational = (
    [
        3.387_132_872_796_366_608_0,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083_0e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061_0e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561_0e3,
    ],
);

#[allow(clippy::excessive_precision, reason = "as published")]
const NEAR: Rational = (
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_90,
        5.769_497_221_460_691_405_50,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_70e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_40e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_40,
        6.897_673_349_851_000_045_50e-1,
        1.481_039_764_274_800_745_90e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946_00e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
);

#[allow(clippy::excessive_precision, reason = "as published")]
const FAR: Rational = (
    [
        6.657_904_643_501_103_777_20,
        5.463_784_911_164_114_369_90,
        1.784_826_539_917_291_335_80,
        2.965_605_718_285_048_912_30e-1,
        2.653_218_952_657_612_309_30e-2,
        1.242_660_947_388_078_438_60e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879_376_90e-1,
        1.369_298_809_227_358_053_10e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591_00e-4,
        1.846_318_317_510_054_681_80e-5,
        1.421_511_758_316_445_888_70e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
);

/// The standard normal quantile at (word + 1/2) / 2^64; relative error below 1e-14.
pub(super) fn quantile(word: u64) -> f64 {
    // The distance from the median is exact as a signed word, where u - 1/2 would cancel.
    let from_median = ((word ^ (1 << 63)) as i64 as f64 + 0.5) * UNIT;
    if from_median.abs() <= 0.5 - TAIL {
        middle(from_median)
    } else if word >> 63 == 0 {
        -tail(probability(word))
    } else {
        tail(probability(!word))
    }
}

/// The quantile at 1/2 + `from_median`, at most 0.425 away.
fn middle(from_median: f64) -> f64 {
    from_median * ratio(&MIDDLE, 0.425 * 0.425 - from_median * from_median)
}

/// The value that is exceeded with probability `p` below [`TAIL`].
fn tail(p: f64) -> f64 {
    let r = (-libm::log(p)).sqrt();
    if r <= 5.0 { ratio(&NEAR, r - 1.6) } else { ratio(&FAR, r - 5.0) }
}

fn ratio((numerator, denominator): &Rational, x: f64) -> f64 {
    let horner = |terms: &[f64; 8]| terms.iter().rev().fold(0.0, |sum, term| sum * x + term);
    horner(numerator) / horner(denominator)
}

#[cfg(test)]
#[allow(clippy::excessive_precision, reason = "as computed")]
mod tests {
    use super::*;

    fn assert_near(found: f64, expected: f64) {
        assert!(((found - expected) / expected).abs() < 1e-14, "found {found:e}, expected {expected:e}");
    }

    /// The root of erfc(-z / sqrt 2) / 2 = p by Newton's method with 60 digits (mpmath 1.3), p being the float.
    #[test]
    fn tails_to_twenty_digits() {
        let expected = [
            (1e-300, 37.047096299361199237),
            (1e-100, 21.273453560965324294),
            (1e-20, 9.2623400897984075796),
            (1e-16, 8.2220822161304356152),
            (1e-10, 6.3613409024040561991),
            (1e-5, 4.2648907939228246102),
            (0.001, 3.0902323061678135354),
            (0.01, 2.3263478740408410931),
            (0.025, 1.9599639845400542118),
            (0.07, 1.4757910281791706856),
        ];
        for (p, z) in expected {
            assert_near(tail(p), z);
        }
        assert_near(Z99, 2.3263478740408411009);
    }

    /// The same at u = (word + 1/2) / 2^64, exact.
    #[test]
    fn words_to_twenty_digits() {
        let expected = [
            (0, -9.155293772686072546),
            (1, -9.0359188485719379718),
            (1 << 20, -7.4239397488634022799),
            (1 << 40, -5.2947040848545149533),
            (1 << 59, -1.8627318674216514551),
            ((1 << 62) - 1, -0.67448975019608174329),
            ((1 << 63) - 1, -6.7942295524213059625e-20),
            ((1 << 63) + (1 << 20), 1.4248538888548999063e-13),
            (3 << 62, 0.67448975019608174329),
            (0xF333_3333_3333_3333, 1.644853626951472715),
            (u64::MAX - (1 << 40), 5.2947040848545149533),
            (u64::MAX, 9.155293772686072546),
        ];
        for (word, z) in expected {
            assert_near(quantile(word), z);
        }
    }

    #[test]
    fn the_two_halves_mirror_each_other() {
        for word in (0..64).flat_map(|bit| [1 << bit, (1 << bit) - 1, 0x9E37_79B9_7F4A_7C15 >> bit]) {
            assert_near(quantile(word), -quantile(!word));
        }
    }

    /// At 0.075, and at e^-25, where r is 5, two rational functions meet: both hold there.
    #[test]
    fn the_pieces_meet() {
        assert_near(tail(TAIL), -middle(TAIL - 0.5));
        let edge = 1.388_794_386_496_402e-11;
        assert_near(ratio(&NEAR, 5.0 - 1.6), ratio(&FAR, 0.0));
        assert_near(tail(edge * (1.0 - 1e-15)), tail(edge * (1.0 + 1e-15)));
    }
}
