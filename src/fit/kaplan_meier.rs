//! E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations", 1958: at every end, the share of
//! those still seen that do not end is what is left of the share above.

use super::{
    curve::{Curve, Step},
    observation::{Lasted, Sample},
};

/// The curve of a sample whose ends are exact. An end counts before a censoring at the same time.
pub(super) fn curve(sample: &Sample) -> Curve {
    let censored = sample.observations().iter().filter_map(|one| match one.lasted {
        Lasted::AtLeast(at) => Some((at, one.count)),
        Lasted::Exactly(_) | Lasted::Between { .. } => None,
    });
    let (mut censored, mut seen) = (censored.peekable(), sample.count());
    let (mut above, mut variance, mut steps) = (1.0, 0.0, Vec::new());
    for one in sample.observations() {
        let Lasted::Exactly(at) = one.lasted else { continue };
        while let Some((_, count)) = censored.next_if(|(gone, _)| *gone < at) {
            seen -= count;
        }
        let left = seen - one.count;
        above *= left as f64 / seen as f64;
        // Infinite at the last end of all.
        variance += one.count as f64 / (seen as f64 * left as f64);
        steps.push(Step { after: at, until: at, above, variance: Some(variance) });
        seen = left;
    }
    Curve { steps, longest: sample.longest(), shortfall: 0.0 }
}

/// Between which ends the band around the curve contains a share.
pub(super) fn quantile_bounds(curve: &Curve, share: f64, confidence: f64) -> (f64, Option<f64>) {
    let above = 1.0 - share;
    let bands = || (0..curve.steps.len()).filter_map(|index| Some((index, curve.band(index, confidence)?)));
    let at = |index: usize| curve.steps[index].until as f64;
    let low =
        bands().find(|(_, band)| band.low <= above).map_or(curve.longest as f64, |(index, _)| at(index));
    let high = bands().find(|(_, band)| band.high <= above).map(|(index, _)| at(index));
    (low, high)
}
