//! From a distribution as data to quantile functions, with every parameter checked on the way.

use super::{Distribution, Impossible, gamma, quantile::Quantile, truncate::Truncated};

/// How many mixtures, shifts and truncations may stand within one another.
const NESTING_MOST: usize = 8;

/// How many distributions a mixture may choose from, those of mixtures within it included.
const PARTS_MOST: usize = 64;

/// The least probability that a truncation may keep.
const KEPT_LEAST: f64 = 1e-12;

/// A quantile function and the probability with which it is the one that is asked.
pub(super) type Weighted = (f64, Quantile);

/// The quantile functions `distribution` chooses from: one, unless it contains a mixture. A shift or truncation of
/// a mixture becomes the mixture of the shifted or truncated parts. The weights sum to 1.
pub(super) fn parts(distribution: &Distribution) -> Result<Vec<Weighted>, Impossible> {
    parts_within(distribution, NESTING_MOST)
}

fn parts_within(distribution: &Distribution, room: usize) -> Result<Vec<Weighted>, Impossible> {
    match distribution {
        Distribution::Mixture { parts } => mixture(parts, inner_room("parts", room)?),
        Distribution::Shifted { by, of } => {
            let by = not_negative("by", *by)?;
            let moved = parts_within(of, inner_room("of", room)?)?.into_iter().map(|(weight, of)| {
                Ok((weight, with_finite_values("by", "smaller", Quantile::Shifted { by, of: Box::new(of) })?))
            });
            moved.collect()
        }
        Distribution::Truncated { min, max, of } => {
            let (min, max) = (not_negative("min", *min)?, not_negative("max", *max)?);
            if min >= max {
                return Err(impossible("min", format!("must be below max, {max}, not {min}")));
            }
            truncated(parts_within(of, inner_room("of", room)?)?, min, max)
        }
        simple => Ok(vec![(1.0, quantile(simple)?)]),
    }
}

fn inner_room(parameter: &'static str, room: usize) -> Result<usize, Impossible> {
    let deep =
        || format!("at most {NESTING_MOST} of mixture, shifted and truncated may stand in one another");
    room.checked_sub(1).ok_or_else(|| impossible(parameter, deep()))
}

fn mixture(parts: &[(f64, Distribution)], room: usize) -> Result<Vec<Weighted>, Impossible> {
    let fault = |reason: String| Err(impossible("parts", reason));
    if let Some((weight, _)) = parts.iter().find(|(weight, _)| !is_not_negative(*weight)) {
        return fault(format!("each weight must be a finite number of at least 0, not {weight}"));
    }
    let total = parts.iter().fold(0.0, |sum, (weight, _)| sum + weight);
    if !is_positive(total) {
        return fault(format!("the weights must sum to a finite number above 0, not {total}"));
    }
    let mut flat = Vec::new();
    for (weight, part) in parts {
        let inner = parts_within(part, room)?;
        let weighted = inner.into_iter().map(|(share, quantile)| (weight / total * share, quantile));
        flat.extend(weighted.filter(|(share, _)| *share > 0.0));
        if flat.len() > PARTS_MOST {
            return fault(format!("at most {PARTS_MOST} distributions may be mixed"));
        }
    }
    Ok(flat)
}

/// The parts cut to the bounds, each weighed by what is kept of it.
fn truncated(parts: Vec<Weighted>, min: f64, max: f64) -> Result<Vec<Weighted>, Impossible> {
    let mut cut: Vec<Weighted> = Vec::new();
    for (weight, of) in parts {
        if let Some((kept, truncated)) = Truncated::new(of, min, max) {
            cut.push((weight * kept, Quantile::Truncated(Box::new(truncated))));
        }
    }
    let total = cut.iter().fold(0.0, |sum, (weight, _)| sum + weight);
    if total < KEPT_LEAST {
        let reason = format!(
            "the interval from min, {min}, to max, {max}, must keep a probability of at least {KEPT_LEAST:e} \
             of the distribution, not {total:e}"
        );
        return Err(impossible("min", reason));
    }
    cut.iter_mut().for_each(|(weight, _)| *weight /= total);
    Ok(cut)
}

/// The quantile function of a distribution that is made of no other.
fn quantile(distribution: &Distribution) -> Result<Quantile, Impossible> {
    match distribution {
        Distribution::Constant { value } => Ok(Quantile::Constant(not_negative("value", *value)?)),
        Distribution::Uniform { min, max } => {
            let (min, max) = (not_negative("min", *min)?, not_negative("max", *max)?);
            if min > max {
                return Err(impossible("min", format!("must be at most max, {max}, not {min}")));
            }
            Ok(Quantile::Uniform { min, max })
        }
        Distribution::Exponential { mean } => {
            with_finite_values("mean", "smaller", Quantile::Exponential { mean: positive("mean", *mean)? })
        }
        Distribution::Lognormal { median, sigma } => {
            let (median, sigma) = (positive("median", *median)?, not_negative("sigma", *sigma)?);
            with_finite_values("sigma", "smaller", Quantile::Lognormal { median, sigma })
        }
        Distribution::Gamma { shape, scale } => {
            let scale = positive("scale", *scale)?;
            if !gamma::SHAPES.contains(shape) {
                let (least, most) = (gamma::SHAPES.start(), gamma::SHAPES.end());
                return Err(impossible("shape", format!("must be from {least} to {most}, not {shape}")));
            }
            with_finite_values("scale", "smaller", Quantile::Table(gamma::table(*shape, scale)))
        }
        Distribution::Weibull { shape, scale } => {
            let (exponent, scale) = (1.0 / positive("shape", *shape)?, positive("scale", *scale)?);
            with_finite_values("shape", "larger", Quantile::Weibull { exponent, scale })
        }
        Distribution::Pareto { min, shape } => {
            let (min, exponent) = (positive("min", *min)?, 1.0 / positive("shape", *shape)?);
            with_finite_values("shape", "larger", Quantile::Pareto { min, exponent })
        }
        Distribution::Values { values } => Ok(Quantile::Values(checked_values(values)?.to_vec())),
        Distribution::Quantiles { points } => Ok(Quantile::Points(checked_points(points)?.to_vec())),
        Distribution::Mixture { .. } | Distribution::Shifted { .. } | Distribution::Truncated { .. } => {
            unreachable!("taken apart by parts_within")
        }
    }
}

fn checked_values(values: &[f64]) -> Result<&[f64], Impossible> {
    if values.is_empty() {
        return Err(impossible("values", "must hold at least one value".into()));
    }
    if let Some(value) = values.iter().find(|value| !is_not_negative(**value)) {
        return Err(impossible("values", format!("each must be a finite number of at least 0, not {value}")));
    }
    if let Some(pair) = values.windows(2).find(|pair| pair[0] > pair[1]) {
        let reason = format!("must ascend, but {} stands before {}", pair[0], pair[1]);
        return Err(impossible("values", reason));
    }
    Ok(values)
}

fn checked_points(points: &[(f64, f64)]) -> Result<&[(f64, f64)], Impossible> {
    let fault = |reason: String| Err(impossible("points", reason));
    if let Some((p, value)) =
        points.iter().find(|(p, value)| !(is_not_negative(*p) && is_not_negative(*value)))
    {
        return fault(format!("each must be two finite numbers of at least 0, not ({p}, {value})"));
    }
    let ends = (points.first().map(|point| point.0), points.last().map(|point| point.0));
    if ends != (Some(0.0), Some(1.0)) {
        return fault("must run from probability 0 to probability 1".into());
    }
    let descent = points.windows(2).find(|pair| pair[0].0 > pair[1].0 || pair[0].1 > pair[1].1);
    if let Some(pair) = descent {
        return fault(format!("must ascend in both, but {:?} stands before {:?}", pair[0], pair[1]));
    }
    Ok(points)
}

/// Refuses a quantile function that runs out of the floats, as its largest value tells; `remedy` says which way
/// the parameter should go.
fn with_finite_values(
    parameter: &'static str,
    remedy: &str,
    quantile: Quantile,
) -> Result<Quantile, Impossible> {
    if quantile.at(u64::MAX).is_finite() {
        return Ok(quantile);
    }
    let reason =
        format!("must be {remedy}: the largest value, the 1 - 2^-65 quantile, is too large for a float");
    Err(impossible(parameter, reason))
}

/// `value`, a finite number of at least 0, or what is wrong with it.
fn not_negative(parameter: &'static str, value: f64) -> Result<f64, Impossible> {
    let reason = || format!("must be a finite number of at least 0, not {value}");
    if is_not_negative(value) { Ok(value) } else { Err(impossible(parameter, reason())) }
}

/// `value`, a finite number above 0, or what is wrong with it.
pub(super) fn positive(parameter: &'static str, value: f64) -> Result<f64, Impossible> {
    let reason = || format!("must be a finite number above 0, not {value}");
    if is_positive(value) { Ok(value) } else { Err(impossible(parameter, reason())) }
}

fn is_not_negative(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

fn is_positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

fn impossible(parameter: &'static str, reason: String) -> Impossible {
    Impossible { parameter, reason }
}
