//! What holds for every word: a value in range that does not fall as the word rises.

use fleetsim::base::distribution::{Distribution, Sampler};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};

use super::{every_kind, exponential, sampler, shifted, truncated};

/// Whether a larger word gives no smaller value: to the bit, or up to the rounding that the documentation allows.
#[derive(Clone, Copy, Debug)]
enum Rise {
    Exact,
    Rounded,
}

fn simple() -> impl Strategy<Value = (Distribution, Rise)> {
    let rounded = |distribution| (distribution, Rise::Rounded);
    prop_oneof![
        (0.0..1e9).prop_map(|value| (Distribution::Constant { value }, Rise::Exact)),
        (0.0..1e9, 0.0..1e9)
            .prop_map(|(min, width)| (Distribution::Uniform { min, max: min + width }, Rise::Exact)),
        prop::collection::vec(0.0..1e9, 1..20).prop_map(|mut values| {
            values.sort_by(f64::total_cmp);
            (Distribution::Values { values }, Rise::Exact)
        }),
        prop::collection::vec((0.0..1.0, 0.0..1e9), 2..20).prop_map(|points| {
            let (mut at, mut values): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
            at.sort_by(f64::total_cmp);
            values.sort_by(f64::total_cmp);
            at[0] = 0.0;
            *at.last_mut().expect("not empty") = 1.0;
            (Distribution::Quantiles { points: at.into_iter().zip(values).collect() }, Rise::Exact)
        }),
        (1e-3..1e9).prop_map(exponential).prop_map(rounded),
        (1e-3..1e9, 0.0..5.0)
            .prop_map(|(median, sigma)| Distribution::Lognormal { median, sigma })
            .prop_map(rounded),
        (0.05..50.0, 1e-3..1e9)
            .prop_map(|(shape, scale)| Distribution::Gamma { shape, scale })
            .prop_map(rounded),
        (0.1..50.0, 1e-3..1e9)
            .prop_map(|(shape, scale)| Distribution::Weibull { shape, scale })
            .prop_map(rounded),
        (1e-3..1e9, 0.1..50.0).prop_map(|(min, shape)| Distribution::Pareto { min, shape }).prop_map(rounded),
    ]
}

/// Two words in ascending order: far apart, neighbours, or in the tails.
fn pair() -> impl Strategy<Value = (u64, u64)> {
    let word = prop_oneof![any::<u64>(), (any::<u64>(), 0..64_u32).prop_map(|(word, by)| word >> by)];
    let word = (word, any::<bool>()).prop_map(|(word, flip)| if flip { !word } else { word });
    (word.clone(), prop_oneof![word.prop_map(Some), Just(None)])
        .prop_map(|(a, b)| b.map_or((a, a.saturating_add(1)), |b| (a.min(b), a.max(b))))
}

fn assert_rises(sampler: &Sampler, rise: Rise, pairs: &[(u64, u64)]) {
    for &(low, high) in pairs {
        let (below, above) = (sampler.sample(low), sampler.sample(high));
        let rises = match rise {
            Rise::Exact => below <= above,
            Rise::Rounded => below <= above * (1.0 + 1e-14),
        };
        assert!(rises, "{low:#x} gives {below:e}, {high:#x} gives {above:e}");
        assert!(below >= 0.0 && above.is_finite());
    }
}

/// Always the same cases.
fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_larger_word_gives_no_smaller_value(
        (distribution, rise) in simple(),
        pairs in prop::collection::vec(pair(), 100),
    ) {
        assert_rises(&sampler(&distribution), rise, &pairs);
        assert_rises(&sampler(&shifted(3.0, distribution)), rise, &pairs);
    }

    #[test]
    fn a_truncation_keeps_its_bounds_and_its_order(
        (distribution, rise) in simple(),
        ends in (any::<u64>(), any::<u64>()),
        pairs in prop::collection::vec(pair(), 100),
    ) {
        let whole = sampler(&distribution);
        let (min, max) = (whole.sample(ends.0.min(ends.1)), whole.sample(ends.0.max(ends.1)));
        prop_assume!(min < max);
        let cut = sampler(&truncated(min, max, distribution));
        assert_rises(&cut, rise, &pairs);
        for (low, high) in pairs {
            prop_assert!(cut.sample(low) >= min && cut.sample(high) <= max);
        }
    }

    #[test]
    fn a_mixture_gives_only_what_its_parts_give(words in prop::collection::vec(any::<u64>(), 100)) {
        let parts = [(1e-300, 1.0), (0.3, 2.0), (0.0, 3.0), (7.0, 4.0), (1e-19, 5.0)];
        let parts = parts.map(|(weight, value)| (weight, Distribution::Constant { value })).to_vec();
        let mixture = sampler(&Distribution::Mixture { parts });
        for word in words {
            prop_assert!([2.0, 4.0].contains(&mixture.sample(word)));
        }
    }
}

/// Every octave of both tails of every kind, end to end.
#[test]
fn every_word_has_a_value() {
    for distribution in every_kind() {
        let sampler = sampler(&distribution);
        for bit in 0..64 {
            for word in
                [1 << bit, (1 << bit) - 1, (1_u64 << bit).wrapping_neg(), !(1 << bit), !((1 << bit) - 1)]
            {
                let value = sampler.sample(word);
                assert!(value.is_finite() && value >= 0.0, "{distribution:?} at {word:#x}: {value:e}");
            }
        }
    }
}
