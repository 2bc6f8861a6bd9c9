//! One kind of duration, fitted.

use serde::Serialize;

use super::clock::Durations;
use crate::{
    base::distribution::{Distribution, Sampler},
    fit::{
        Calibration, Candidate, Chosen, Criterion, Goodness, Lasted, Law, Observation, Refusal, Rules,
        Sample, Slowness, calibrate, choice::ENDS_FOR_A_TABLE, curve, goodness,
    },
};

/// A fitted duration.
#[derive(Clone, Debug, Serialize)]
pub struct Time {
    /// What the scenario takes, in microseconds.
    pub distribution: Distribution,
    /// What it is, in words.
    pub name: String,
    /// How many durations, and how many of them were seen to end.
    pub observations: u64,
    /// How many of them were seen to end.
    pub ended: u64,
    /// By how much each may be off where the clocks were coarse, in microseconds.
    pub coarse: Option<u64>,
    /// How many were left out: they ended before they began, or are longer than a scenario can say.
    pub impossible: u64,
    /// How near the model is to what it was fitted to, slow instances included; `None` where all are the same.
    pub goodness: Option<Goodness>,
    /// How near it is to what was held out.
    pub held_out: Option<HeldOut>,
    /// All that was tried.
    pub calibration: Calibration,
}

/// What was held out, and how near the prediction is.
#[derive(Clone, Debug, Serialize)]
pub struct HeldOut {
    /// How many durations.
    pub observations: u64,
    /// How many of them were seen to end.
    pub ended: u64,
    /// The distances; `seen` are the quantiles of what was held out, `fitted` those predicted.
    pub goodness: Goodness,
}

/// How a distribution is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// By what families are ranked.
    pub criterion: Criterion,
    /// Whether to take the sample's own quantiles, whatever fits.
    pub empirical: bool,
}

impl How {
    /// The rules of a fit.
    pub(super) fn rules(self) -> Rules {
        Rules { criterion: self.criterion, ..Rules::default() }
    }
}

/// Fits durations. With a `factor` the sample is that of a typical instance, and `all` are the durations of all of them.
pub(super) fn time(
    sample: &Sample,
    (all, held): (&Durations, Option<&Sample>),
    factor: Option<&Distribution>,
    how: How,
) -> Result<Time, Refusal> {
    let calibration = calibrate(sample, &how.rules())?;
    let (distribution, name) = chosen(&calibration, how)?;
    let whole = factor.and_then(|factor| product(&distribution, factor));
    let law = Law::new(whole.as_ref().unwrap_or(&distribution));
    let near = |sample: &Sample| {
        let (curve, law) = (curve(&sample.coarse())?, law.as_ref()?);
        Some(goodness(&curve, sample.ended(), law))
    };
    let held_out = held.and_then(|held| {
        Some(HeldOut { observations: held.count(), ended: held.ended(), goodness: near(held)? })
    });
    Ok(Time {
        name,
        observations: all.sample.count(),
        ended: all.sample.ended(),
        coarse: all.coarse,
        impossible: all.impossible,
        goodness: near(&all.sample),
        held_out,
        distribution,
        calibration,
    })
}

fn chosen(calibration: &Calibration, how: How) -> Result<(Distribution, String), Refusal> {
    if how.empirical && calibration.chosen != Chosen::Constant {
        let needed = ENDS_FOR_A_TABLE;
        let (ended, observations) = (calibration.ended, calibration.observations);
        let table = calibration.empirical.as_ref();
        let table = table.ok_or(Refusal::TooFew { ended, needed, observations })?;
        return Ok((table.distribution.clone(), "quantile table".into()));
    }
    let named = |place: usize| calibration.candidates[place].estimate.name();
    let name = match calibration.chosen {
        Chosen::Constant => "constant".into(),
        Chosen::Candidate(place) => named(place),
        Chosen::Empirical => "quantile table".into(),
        Chosen::Poor(place) => format!("{}, which fits poorly", named(place)),
    };
    Ok((calibration.distribution.clone(), name))
}

impl Time {
    /// The family that was taken, with its parameters; `None` of a table and of a constant.
    pub fn candidate(&self) -> Option<&Candidate> {
        let (Chosen::Candidate(place) | Chosen::Poor(place)) = self.calibration.chosen else { return None };
        let candidate = &self.calibration.candidates[place];
        (candidate.estimate.distribution == self.distribution).then_some(candidate)
    }
}

/// The quantiles of a duration times a factor, at 1,000 equal steps and finer at the upper end.
fn product(of: &Distribution, factor: &Distribution) -> Option<Distribution> {
    const RUNS: u32 = 1000;
    const FACTORS: u32 = 100;
    let middles = |distribution: &Distribution, parts: u32| -> Option<Vec<f64>> {
        let sampler = Sampler::new(distribution).ok()?;
        let word =
            |part: u32| ((f64::from(part) + 0.5) / f64::from(parts) * 18_446_744_073_709_551_616.0) as u64;
        Some((0..parts).map(|part| sampler.sample(word(part))).collect())
    };
    let (runs, factors) = (middles(of, RUNS)?, middles(factor, FACTORS)?);
    let mut products: Vec<f64> = runs.iter().flat_map(|run| factors.iter().map(move |by| run * by)).collect();
    products.sort_by(f64::total_cmp);
    let last = products.len() - 1;
    let at = |share: f64| (share, products[(share * last as f64).round() as usize]);
    let fine = (1..10).map(|part| 0.999 + f64::from(part) / 10_000.0);
    let points = (0..1000).map(|part| f64::from(part) / 1000.0).chain(fine).chain([1.0]).map(at);
    Some(Distribution::Quantiles { points: points.collect() })
}

/// Fits durations of instances that differ by a factor. What a typical instance takes is estimated in two ways: by what each run
/// deviates from its instance's mean, which shows the shape where instances ran often; and by all durations, drawn together
/// around their mean until the factor makes up for it, which keeps the shape of the whole. The way that comes nearer to what was
/// seen is taken. An error says that neither comes near.
pub(super) fn typical(
    slow: &Slowness,
    (all, held): (&Durations, Option<&Sample>),
    how: How,
) -> Result<Time, String> {
    let samples = [Sample::exact(slow.rest.iter().copied()).ok(), drawn_together(slow, &all.sample)];
    let fits = samples.into_iter().flatten();
    let fits = fits.filter_map(|sample| time(&sample, (all, held), Some(&slow.factor), how).ok());
    let near = fits.filter_map(|time| Some((time.goodness.as_ref()?.distance, time)));
    let best = near.min_by(|(one, _), (other, _)| one.total_cmp(other));
    let (distance, best) = best.ok_or("their runs alone are too few to fit")?;
    let noise = best.goodness.as_ref().map_or(0.0, |goodness| goodness.noise);
    match distance <= how.rules().distance.max(noise) {
        true => Ok(best),
        false => Err(format!("with such a factor the model is {distance:.3} away from what was seen")),
    }
}

/// The durations with the spread of their logarithms reduced to that within instances.
fn drawn_together(slow: &Slowness, all: &Sample) -> Option<Sample> {
    let (between, within) = (slow.between.value, slow.within.value);
    let scale = within / (between * between + within * within).sqrt();
    let exact = |one: &Observation| match one.lasted {
        Lasted::Exactly(at) => Some((libm::log(at as f64), one.count)),
        _ => None,
    };
    let logs = || all.observations().iter().filter_map(exact);
    let (sum, count) =
        logs().fold((0.0, 0), |(sum, all), (log, count)| (sum + log * count as f64, all + count));
    let mean = sum / count as f64;
    let drawn = logs().map(|(log, count)| {
        let micros = libm::exp(mean + (log - mean) * scale).round().max(1.0) as u64;
        Observation { lasted: Lasted::Exactly(micros), count }
    });
    Sample::new(drawn).ok()
}

/// Whether those that ran out of time are a kind of their own, that hangs or cannot be reached, and not the slow end of the
/// rest: whether it is likelier, by the criterion, that each is so with a chance, than that one distribution holds for all.
/// With the rest alone the slow end is fitted to what was seen of it, so the rest pays for a tail that is not there.
pub(super) fn is_own_kind(rest: &Sample, ran_out: &[Lasted], how: How) -> bool {
    let cut = ran_out.iter().copied().map(Observation::once);
    let Ok(all) = Sample::new(rest.observations().iter().copied().chain(cut)) else { return true };
    let rules = how.rules();
    // With too few ends it makes no difference.
    let Ok(two) = calibrate(rest, &rules) else { return false };
    let Ok(one) = calibrate(&all, &rules) else { return true };
    let (Some(one), Some(two)) = (one.candidates.first(), two.candidates.first()) else {
        return one.candidates.is_empty();
    };
    let (ended, out) = (rest.ended() as f64, ran_out.len() as f64);
    let chance = out / (ended + out);
    let Some(law) = two.estimate.law() else { return true };
    let beyond = |lasted: &Lasted| match lasted {
        Lasted::AtLeast(at) => libm::exp(law.log_above(*at as f64)),
        _ => 0.0,
    };
    let of_those = ran_out.iter().map(|lasted| libm::log(chance + (1.0 - chance) * beyond(lasted)));
    let gain = 2.0 * (ended * libm::log1p(-chance) + of_those.sum::<f64>());
    let (score, price) = match how.criterion {
        Criterion::Aic => ((one.estimate.aic, two.estimate.aic), 2.0),
        Criterion::Bic => ((one.estimate.bic, two.estimate.bic), libm::log(ended.max(1.0))),
    };
    score.1 - gain + price < score.0
}
