//! Distributions, durations and texts in TOML, as scenarios spell them.

use std::fmt::Write;

use crate::base::{SimDuration, distribution::Distribution};

/// Points of a quantile table in one line.
const A_LINE: usize = 5;

/// A distribution of durations, in microseconds.
pub(super) fn of_durations(distribution: &Distribution) -> String {
    written(distribution, &|micros| text(&SimDuration((micros.round() as u64).max(1)).to_string()))
}

/// A distribution of factors.
pub(super) fn of_factors(distribution: &Distribution) -> String {
    written(distribution, &number)
}

/// A text in quotes.
pub(super) fn text(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            _ if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", letter as u32);
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A number in six significant digits.
pub(super) fn number(number: f64) -> String {
    let rounded: f64 = format!("{number:.5e}").parse().unwrap_or(number);
    format!("{rounded:?}")
}

/// A chance, in billionths.
pub(super) fn chance(share: f64) -> String {
    format!("{:?}", ((share * 1e9).round() / 1e9).clamp(0.0, 1.0))
}

fn written(distribution: &Distribution, value: &dyn Fn(f64) -> String) -> String {
    match distribution {
        Distribution::Constant { value: at } => value(*at),
        Distribution::Uniform { min, max } => {
            format!("{{ uniform = {{ min = {}, max = {} }} }}", value(*min), value(*max))
        }
        Distribution::Exponential { mean } => format!("{{ exponential = {{ mean = {} }} }}", value(*mean)),
        Distribution::Lognormal { median, sigma } => {
            format!("{{ lognormal = {{ median = {}, sigma = {} }} }}", value(*median), number(*sigma))
        }
        Distribution::Gamma { shape, scale } => {
            format!("{{ gamma = {{ shape = {}, scale = {} }} }}", number(*shape), value(*scale))
        }
        Distribution::Weibull { shape, scale } => {
            format!("{{ weibull = {{ shape = {}, scale = {} }} }}", number(*shape), value(*scale))
        }
        Distribution::Pareto { min, shape } => {
            format!("{{ pareto = {{ min = {}, shape = {} }} }}", value(*min), number(*shape))
        }
        Distribution::Values { values } => {
            let values: Vec<String> = values.iter().map(|at| value(*at)).collect();
            format!("{{ values = [{}] }}", values.join(", "))
        }
        Distribution::Quantiles { points } => quantiles(points, value),
        Distribution::Shifted { by, of } => {
            format!("{{ shifted = {{ by = {}, of = {} }} }}", value(*by), written(of, value))
        }
        Distribution::Mixture { parts } => {
            let part = |(weight, of): &(f64, Distribution)| {
                format!("{{ weight = {}, of = {} }}", number(*weight), written(of, value))
            };
            format!("{{ mixture = [{}] }}", parts.iter().map(part).collect::<Vec<_>>().join(", "))
        }
        Distribution::Truncated { min, max, of } => {
            format!(
                "{{ truncated = {{ min = {}, max = {}, of = {} }} }}",
                value(*min),
                value(*max),
                written(of, value)
            )
        }
    }
}

/// A table, some points a line.
fn quantiles(points: &[(f64, f64)], value: &dyn Fn(f64) -> String) -> String {
    let point = |(share, at): &(f64, f64)| format!("[{}, {}]", exact(*share), value(*at));
    let line =
        |line: &[(f64, f64)]| format!("    {},\n", line.iter().map(point).collect::<Vec<_>>().join(", "));
    let lines: String = points.chunks(A_LINE).map(line).collect();
    format!("{{ quantiles = [\n{lines}] }}")
}

/// A share, with all the digits that keep a table in order, and without those that a sum of shares has too many of.
fn exact(share: f64) -> String {
    let rounded = (share * 1e12).round() / 1e12;
    format!("{rounded:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written is read back as the same distribution, whatever it is.
    #[test]
    fn distributions_are_read_back() {
        let lognormal = Distribution::Lognormal { median: 20_000_123.0, sigma: 0.612345 };
        let points = (0..=40).map(|at| (f64::from(at) / 40.0, 1e6 + 1e5 * f64::from(at))).collect();
        for distribution in [
            Distribution::Constant { value: 7e6 },
            Distribution::Exponential { mean: 3e6 },
            Distribution::Gamma { shape: 2.5, scale: 1e6 },
            Distribution::Weibull { shape: 0.45, scale: 1e6 },
            Distribution::Pareto { min: 1e6, shape: 1.3 },
            Distribution::Quantiles { points },
            Distribution::Shifted { by: 2e6, of: Box::new(lognormal.clone()) },
            Distribution::Mixture { parts: vec![(0.9, lognormal.clone()), (0.1, lognormal)] },
        ] {
            let text = format!(
                "version = 1\n[[group]]\nname = \"a\"\ncount = 1\ntags = {{ a = \"b\" }}\nexecution = {}\n[[command]]\n[command.request]\n\
                 DocumentName = \"AWS-RunShellScript\"\nParameters = {{ commands = [\"true\"] }}\n\
                 Targets = [{{ Key = \"tag:a\", Values = [\"b\"] }}]\n",
                of_durations(&distribution)
            );
            let source = crate::scenario::Source { path: "s.toml".into(), text };
            let resolved = crate::scenario::load(source, &|_| Err(std::io::ErrorKind::NotFound.into()));
            let read = resolved.unwrap_or_else(|faults| panic!("{faults}")).plan.groups[0].execution.clone();
            assert_eq!(read, distribution);
        }
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(text("a\"b\\c\nd"), r#""a\"b\\c\u000Ad""#);
        assert_eq!(
            (number(1.0 / 3.0), number(1e-9), chance(0.1)),
            ("0.333333".into(), "1e-9".into(), "0.1".into())
        );
    }
}
