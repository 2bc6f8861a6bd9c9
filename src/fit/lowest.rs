//! Where the support begins: a minimum latency below all observations, or the smallest observation itself.
//!
//! The likelihood of a shifted family may grow without bound as the shift approaches the smallest value, so what is
//! wanted is a maximum inside (B. M. Hill, "The three-parameter lognormal distribution and Bayesian analysis of a
//! point-source epidemic", 1963). Where the density jumps at the minimum (shape of at most 1) there is none, and the
//! smallest observation is the estimate; its error falls faster than that of the other parameters, which are as good as
//! with the minimum known. Between shape 1 and 2 the maximum is there, but its error is not normal (R. L. Smith, "Maximum
//! likelihood estimation in a class of nonregular cases", 1985).

use super::{
    climb::Peak,
    family::{Family, Lowest, Model},
    law::Law,
    likelihood::Seen,
    observation::{Lasted, Sample},
};

/// What maximised the likelihood.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) model: Model,
    pub(super) peak: Peak,
    /// The log-likelihood of the whole sample.
    pub(super) log_likelihood: f64,
}

/// Up to this shape the smallest value, not the curvature of the likelihood, says where the support begins.
const REGULAR_SHAPE: f64 = 2.0;

/// The maximum of a family whose support begins at 0.
pub(super) fn at_zero(family: Family, sample: &Sample) -> Option<Found> {
    let model = Model { family, lowest: Lowest::Zero };
    let peak = Seen::new(sample).climb(&model, &model.start(sample, 0.0))?;
    Some(Found { model, log_likelihood: peak.value, peak })
}

/// The maximum of a family whose support begins with the smallest value.
pub(super) fn at_least(family: Family, sample: &Sample) -> Option<Found> {
    let (least, count) = sample.least()?;
    let (rest, least) = (sample.without_least(), least as f64);
    let model = Model { family, lowest: Lowest::Known(least) };
    let peak = Seen::new(&rest).climb(&model, &model.start(&rest, least))?;
    // The density at the smallest value may be infinite; the clock tells it from its neighbours by one microsecond.
    let law = Law::new(&model.distribution(&peak.at))?;
    let log_likelihood = peak.value + count as f64 * law.log_below(least + 1.0);
    Some(Found { model, peak, log_likelihood })
}

/// The maximum of a shifted family; `None` where the sample shows no minimum above 0.
pub(super) fn shifted(family: Family, sample: &Sample) -> Option<Found> {
    let seen = Seen::new(sample);
    let top = first_end(sample)?;
    match inner(family, sample, &seen, top)? {
        Inner::At(free) => {
            let model = Model { family, lowest: Lowest::Below(top) };
            let peak = seen.climb(&model, &free)?;
            // Where the first end lies between two looks, nothing jumps that could be seen.
            match shape(family, &peak).filter(|_| sample.least().is_some()) {
                Some(..=1.0) => at_least(family, sample),
                Some(..=REGULAR_SHAPE) => {
                    let by = top - libm::exp(peak.at[peak.at.len() - 1]);
                    let model = Model { family, lowest: Lowest::Known(by) };
                    let peak = seen.climb(&model, &peak.at[..peak.at.len() - 1])?;
                    Some(Found { model, log_likelihood: peak.value, peak })
                }
                _ => Some(Found { model, log_likelihood: peak.value, peak }),
            }
        }
        Inner::Rising if family == Family::Lognormal => None,
        Inner::Rising => at_least(family, sample),
    }
}

/// The shape of a family whose density may jump at the minimum.
fn shape(family: Family, peak: &Peak) -> Option<f64> {
    matches!(family, Family::Weibull | Family::Gamma).then(|| libm::exp(peak.at[0]))
}

/// Before which an end was certainly seen.
fn first_end(sample: &Sample) -> Option<f64> {
    let ends = sample.observations().iter().filter_map(|one| match one.lasted {
        Lasted::Exactly(at) | Lasted::Between { until: at, .. } => Some(at),
        Lasted::AtLeast(_) => None,
    });
    ends.min().map(|first| first as f64)
}

/// How the likelihood looks from far below the smallest value up to it.
enum Inner {
    /// It has a maximum near these free parameters.
    At(Vec<f64>),
    /// It rises up to the smallest value.
    Rising,
}

/// Looks at distances below the smallest value, each half the one before.
fn inner(family: Family, sample: &Sample, seen: &Seen, top: f64) -> Option<Inner> {
    const HALVINGS: i32 = 24;
    let widest = (sample.rough().map(|(value, count)| value * count).sum::<f64>() / sample.count() as f64
        - top)
        .max(1.0);
    let mut distances = vec![top];
    let halves = (-3..HALVINGS).map(|halvings| libm::ldexp(widest, -halvings));
    distances.extend(halves.filter(|distance| *distance < 0.9 * top && *distance >= 0.5));
    let mut looks: Vec<(f64, Vec<f64>)> = Vec::new();
    let mut start = None;
    for distance in distances {
        let model = Model { family, lowest: Lowest::Known(top - distance) };
        let near = start.take().unwrap_or_else(|| model.start(sample, top - distance));
        let Some(peak) = seen.climb(&model, &near) else { continue };
        let free = peak.at.iter().copied().chain([libm::log(distance)]).collect();
        looks.push((peak.value, free));
        // From here on the likelihood only falls, or has fallen so far that no more is to be looked for.
        let falling = looks.len() >= 4 && looks.windows(2).rev().take(3).all(|pair| pair[1].0 < pair[0].0);
        let best = looks.iter().map(|look| look.0).fold(f64::NEG_INFINITY, f64::max);
        if falling && peak.value < best - 20.0 {
            break;
        }
        start = Some(peak.at);
    }
    let peaks = looks.windows(3).filter(|three| three[1].0 > three[0].0 && three[1].0 >= three[2].0);
    if let Some(best) = peaks.max_by(|one, other| one[1].0.total_cmp(&other[1].0)) {
        return Some(Inner::At(best[1].1.clone()));
    }
    let (first, last) = (looks.first()?.0, looks.last()?.0);
    (last > first).then_some(Inner::Rising)
}
