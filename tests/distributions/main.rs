//! The samplers against closed forms, against independent generators, and against themselves on other platforms.

use fleetsim::base::distribution::{Distribution, Sampler};

mod faults;
mod laws;
mod oracle;
mod pins;
mod stream;
mod values;

fn sampler(distribution: &Distribution) -> Sampler {
    Sampler::new(distribution).unwrap_or_else(|fault| panic!("{distribution:?}: {fault:?}"))
}

fn exponential(mean: f64) -> Distribution {
    Distribution::Exponential { mean }
}

fn lognormal() -> Distribution {
    Distribution::Lognormal { median: 20.0, sigma: 0.8 }
}

fn truncated(min: f64, max: f64, of: Distribution) -> Distribution {
    Distribution::Truncated { min, max, of: Box::new(of) }
}

fn shifted(by: f64, of: Distribution) -> Distribution {
    Distribution::Shifted { by, of: Box::new(of) }
}

fn two_speeds() -> Distribution {
    Distribution::Mixture { parts: vec![(3.0, exponential(1.0)), (1.0, shifted(5.0, exponential(10.0)))] }
}

/// One of each kind, none of them trivial.
fn every_kind() -> Vec<Distribution> {
    vec![
        Distribution::Constant { value: 2.5 },
        Distribution::Uniform { min: 0.3, max: 5.1 },
        exponential(2.0),
        lognormal(),
        Distribution::Gamma { shape: 0.4, scale: 3.0 },
        Distribution::Gamma { shape: 7.5, scale: 0.25 },
        Distribution::Weibull { shape: 0.7, scale: 4.0 },
        Distribution::Pareto { min: 1.5, shape: 3.0 },
        Distribution::Values { values: vec![1.0, 2.0, 2.0, 3.5, 10.0] },
        Distribution::Quantiles { points: vec![(0.0, 0.1), (0.5, 10.0), (0.9, 20.3), (1.0, 100.0)] },
        shifted(0.7, exponential(2.0)),
        truncated(5.0, 300.0, lognormal()),
        two_speeds(),
        truncated(0.5, 30.0, two_speeds()),
    ]
}
