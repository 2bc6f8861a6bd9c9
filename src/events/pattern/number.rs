//! Numbers as patterns compare them: as 64-bit floats, when the float is the very number that was written.

/// The number that a JSON text stands for, or None where the nearest float is another number: `1E-325`, `2.0e422` and
/// `27.8078079216940921` have none.
pub fn comparable(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let exact = value.is_finite() && decimal(text)? == decimal(&format!("{value:e}"))?;
    // Minus zero is zero.
    exact.then_some(value + 0.0)
}

/// A number as sign, digits without zeros at either end, and the power of ten of the last digit.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse::<i32>().ok()?.into();
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = digits.len() - significant.len();
    Some((negative, significant.to_string(), exponent - fraction.len() as i64 + zeros as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_comparable_when_its_float_is_the_same_number() {
        for (text, number) in
            [("300", 300.0), ("3.0e2", 300.0), ("-0", 0.0), ("0.10", 0.1), ("1E-320", 1e-320)]
        {
            assert_eq!(comparable(text), Some(number), "{text}");
        }
        // More digits than a float keeps, above the greatest float and below the least one.
        for text in ["27.8078079216940921", "9007199254740993", "2.0e422", "1E-325", "1e99999999999"] {
            assert_eq!(comparable(text), None, "{text}");
        }
    }
}
