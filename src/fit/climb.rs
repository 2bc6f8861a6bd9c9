//! The maximum of a smooth function of few parameters, and its curvature there: Newton's method, damped as Levenberg and
//! Marquardt do, on differences.

/// Where a function has its maximum.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Peak {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
    /// The inverse of the negative second derivatives: for a log-likelihood, the covariance of the estimates by the
    /// observed information.
    pub(super) covariance: Matrix,
}

/// Rows of a square matrix.
pub(super) type Matrix = Vec<Vec<f64>>;

/// How many steps are tried before it is said that there is no maximum to be found.
const STEPS: u32 = 200;
/// A step that promises less than this, in units of the log-likelihood, is the last.
const NEGLIGIBLE: f64 = 1e-7;
/// Differences are taken over this share of the distance at which the function has fallen by one half: of a standard error.
/// The cubic part of the function moves what is found by a ten-thousandth of that at most, rounding by less.
const SPAN: f64 = 0.01;

/// Climbs from `start`. `spans` are the distances, one for each parameter, over which the function changes little but
/// visibly. `None` when no maximum is found: the function rises on and on, or is flat in some direction.
pub(super) fn climb(function: &dyn Fn(&[f64]) -> f64, start: &[f64], spans: &[f64]) -> Option<Peak> {
    let (mut at, mut spans, mut damping) = (start.to_vec(), spans.to_vec(), 0.0);
    let mut value = function(&at);
    if !value.is_finite() {
        return None;
    }
    for _ in 0..STEPS {
        let (gradient, curvature) = differences(function, &at, value, &mut spans)?;
        let settled = settle(&mut spans, &curvature);
        let Some((step, damped)) = step(&gradient, &curvature, damping) else {
            damping = raise(damping);
            continue;
        };
        let promise: f64 = step.iter().zip(&gradient).map(|(step, slope)| step * slope).sum();
        let next: Vec<f64> = at.iter().zip(&step).map(|(at, step)| at + step).collect();
        let reached = function(&next);
        if settled && damped == 0.0 && promise < NEGLIGIBLE {
            // The last step still makes the estimate more exact, though not visibly more likely.
            let (at, value) = if reached.is_finite() { (next, reached) } else { (at, value) };
            return Some(Peak { at, value, covariance: inverse(&curvature)? });
        }
        if reached > value || (promise < NEGLIGIBLE && reached >= value - NEGLIGIBLE) {
            (at, value) = (next, reached);
            damping = if damped < 1e-3 { 0.0 } else { damped / 10.0 };
        } else if damped > 1e12 {
            return None;
        } else {
            damping = raise(damped);
        }
    }
    None
}

fn raise(damping: f64) -> f64 {
    (damping * 10.0).max(1e-3)
}

/// First derivatives and negative second ones, by central differences; spans shrink until all values are finite.
fn differences(
    function: &dyn Fn(&[f64]) -> f64,
    at: &[f64],
    value: f64,
    spans: &mut [f64],
) -> Option<(Vec<f64>, Matrix)> {
    let beside = |moves: &[(usize, f64)]| {
        let mut place = at.to_vec();
        moves.iter().for_each(|(index, by)| place[*index] += by);
        function(&place)
    };
    let mut around = Vec::new();
    for (index, span) in spans.iter_mut().enumerate() {
        let mut pair = (0.0, f64::NAN);
        for _ in 0..40 {
            pair = (beside(&[(index, *span)]), beside(&[(index, -*span)]));
            if pair.0.is_finite() && pair.1.is_finite() {
                break;
            }
            *span /= 4.0;
        }
        around.push(pair);
    }
    let gradient: Vec<f64> =
        around.iter().zip(&*spans).map(|((up, down), span)| (up - down) / (2.0 * span)).collect();
    let mut curvature = vec![vec![0.0; at.len()]; at.len()];
    for i in 0..at.len() {
        curvature[i][i] = (2.0 * value - around[i].0 - around[i].1) / (spans[i] * spans[i]);
        for j in 0..i {
            let both = beside(&[(i, spans[i]), (j, spans[j])]) + beside(&[(i, -spans[i]), (j, -spans[j])]);
            let single = around[i].0 + around[i].1 + around[j].0 + around[j].1;
            let mixed = -(both - single + 2.0 * value) / (2.0 * spans[i] * spans[j]);
            (curvature[i][j], curvature[j][i]) = (mixed, mixed);
        }
    }
    let finite = gradient.iter().chain(curvature.iter().flatten()).all(|number| number.is_finite());
    finite.then_some((gradient, curvature))
}

/// Fits the spans to the curvature; whether they fitted before.
fn settle(spans: &mut [f64], curvature: &Matrix) -> bool {
    let mut settled = true;
    for (index, span) in spans.iter_mut().enumerate() {
        let wanted =
            if curvature[index][index] > 0.0 { SPAN / curvature[index][index].sqrt() } else { *span };
        settled &= (wanted / 1.5..=wanted * 1.5).contains(span);
        *span = wanted.clamp(*span / 100.0, *span * 100.0);
    }
    settled
}

/// The step to take, with the damping that made the curvature positive definite.
fn step(gradient: &[f64], curvature: &Matrix, damping: f64) -> Option<(Vec<f64>, f64)> {
    /// No parameter, being a logarithm, moves further at once.
    const FURTHEST: f64 = 2.0;
    let mut damped = curvature.clone();
    for (index, row) in damped.iter_mut().enumerate() {
        row[index] += damping * row[index].abs().max(1e-9);
    }
    let mut step = solve(&damped, gradient)?;
    let far = step.iter().fold(0.0, |far: f64, part| far.max(part.abs()));
    if far > FURTHEST {
        step.iter_mut().for_each(|part| *part *= FURTHEST / far);
    }
    Some((step, damping))
}

/// The lower triangle whose square is a positive definite matrix (Cholesky); `None` of others.
fn root(matrix: &Matrix) -> Option<Matrix> {
    let size = matrix.len();
    let mut root = vec![vec![0.0; size]; size];
    for i in 0..size {
        for j in 0..=i {
            let product: f64 = (0..j).map(|k| root[i][k] * root[j][k]).sum();
            let rest = matrix[i][j] - product;
            if i != j {
                root[i][j] = rest / root[j][j];
            } else if rest > matrix[i][i] * 1e-12 && rest > 0.0 {
                root[i][i] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(root)
}

/// What times a positive definite matrix gives `right`.
fn solve(matrix: &Matrix, right: &[f64]) -> Option<Vec<f64>> {
    let root = root(matrix)?;
    let mut found = right.to_vec();
    for i in 0..found.len() {
        let known: f64 = (0..i).map(|k| root[i][k] * found[k]).sum();
        found[i] = (found[i] - known) / root[i][i];
    }
    for i in (0..found.len()).rev() {
        let known: f64 = (i + 1..found.len()).map(|k| root[k][i] * found[k]).sum();
        found[i] = (found[i] - known) / root[i][i];
    }
    Some(found)
}

fn inverse(matrix: &Matrix) -> Option<Matrix> {
    let unit =
        |index: usize| (0..matrix.len()).map(|other| f64::from(u8::from(index == other))).collect::<Vec<_>>();
    (0..matrix.len()).map(|index| solve(matrix, &unit(index))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quadratic: the maximum and the inverse of [[4, 1], [1, 3]], by hand [[3, -1], [-1, 4]] / 11.
    #[test]
    fn a_quadratic_in_few_steps() {
        let function = |at: &[f64]| {
            let (x, y) = (at[0] - 3.0, at[1] + 2.0);
            -(4.0 * x * x + 2.0 * x * y + 3.0 * y * y) / 2.0
        };
        let peak = climb(&function, &[0.0, 0.0], &[0.1, 0.1]).unwrap();
        assert!((peak.at[0] - 3.0).abs() < 1e-6 && (peak.at[1] + 2.0).abs() < 1e-6, "{peak:?}");
        for (found, expected) in peak.covariance.iter().flatten().zip([3.0, -1.0, -1.0, 4.0]) {
            assert!((found - expected / 11.0).abs() < 1e-6, "{peak:?}");
        }
    }

    /// Rosenbrock's valley, H. H. Rosenbrock 1960: the maximum of its negative is 0 at (1, 1), far along a bend.
    #[test]
    fn a_bent_valley() {
        let valley = |at: &[f64]| {
            let (across, along) = (at[1] - at[0] * at[0], 1.0 - at[0]);
            -100.0 * across * across - along * along
        };
        let peak = climb(&valley, &[-1.2, 1.0], &[0.01, 0.01]).unwrap();
        assert!((peak.at[0] - 1.0).abs() < 1e-3 && (peak.at[1] - 1.0).abs() < 1e-3, "{peak:?}");
    }

    #[test]
    fn no_maximum_is_said_to_be_none() {
        assert_eq!(climb(&|at: &[f64]| at[0], &[0.0], &[0.1]), None);
        assert_eq!(climb(&|at: &[f64]| -at[0] * at[0], &[0.0, 0.0], &[0.1, 0.1]), None);
        assert_eq!(climb(&|_: &[f64]| f64::NAN, &[0.0], &[0.1]), None);
    }
}
