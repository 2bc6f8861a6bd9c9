//! Values to try, as the user writes them: single ones and ranges.

use crate::base::SimDuration;

/// The most values that one list of them may come to.
pub const MOST_VALUES: usize = 10_000;

/// One end of a range.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Percent,
    Duration,
}

/// What the list stands for: single values as they are written, `LOW..HIGH+STEP` as LOW, LOW + STEP and so on up to HIGH,
/// `LOW..HIGHxFACTOR` as LOW, FACTOR times LOW and so on; each value once. Or the index of the first that is wrong, what
/// is wrong with it and what would be right.
pub fn expand(written: &[String]) -> Result<Vec<String>, (usize, String, String)> {
    let mut values: Vec<String> = Vec::new();
    for (at, text) in written.iter().enumerate() {
        let text = text.trim();
        let more = match text.split_once("..") {
            Some((low, rest)) => {
                range(low.trim(), rest.trim()).map_err(|(message, help)| (at, message, help))?
            }
            None => vec![text.to_string()],
        };
        values.extend(more);
        if values.len() > MOST_VALUES {
            return Err((at, "too many values".into(), format!("at most {MOST_VALUES} are tried")));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|value| seen.insert(value.clone()));
    Ok(values)
}

fn range(low: &str, rest: &str) -> Result<Vec<String>, (String, String)> {
    const FORM: &str =
        "write LOW..HIGH+STEP or LOW..HIGHxFACTOR, as in \"10..50+10\", \"1%..16%x2\" or \"10m..1h+10m\"";
    let wrong = |what: &str| (format!("`{low}..{rest}` is not a range: {what}"), FORM.to_string());
    let (high, step, is_factor) = match (rest.split_once('+'), rest.split_once('x')) {
        (Some((high, step)), None) => (high.trim(), step.trim(), false),
        (None, Some((high, factor))) => (high.trim(), factor.trim(), true),
        _ => return Err(wrong("it does not say what lies between its ends")),
    };
    let (unit, first) = quantity(low).ok_or_else(|| wrong("its lower end is no quantity"))?;
    let (high_unit, last) = quantity(high).ok_or_else(|| wrong("its upper end is no quantity"))?;
    if unit != high_unit || first > last {
        return Err(wrong("its ends do not fit together"));
    }
    let step = match (is_factor, quantity(step)) {
        (true, Some((Unit::Count, factor))) if factor >= 2 && first > 0 => factor,
        (true, _) => return Err(wrong("the factor is a whole number from 2, and the lower end not zero")),
        // A percentage may go up in steps of `5` as well as of `5%`.
        (false, Some((of, step)))
            if step >= 1 && (of == unit || (of, unit) == (Unit::Count, Unit::Percent)) =>
        {
            step
        }
        (false, _) => return Err(wrong("the step has another unit than the ends, or is zero")),
    };
    let next = |value: &u64| if is_factor { value.checked_mul(step) } else { value.checked_add(step) };
    let values = std::iter::successors(Some(first), next).take_while(|value| *value <= last);
    Ok(values.take(MOST_VALUES + 1).map(|value| show(unit, value)).collect())
}

fn quantity(text: &str) -> Option<(Unit, u64)> {
    if let Some(percent) = text.strip_suffix('%') {
        return Some((Unit::Percent, percent.trim().parse().ok()?));
    }
    if let Ok(count) = text.parse() {
        return Some((Unit::Count, count));
    }
    text.parse::<SimDuration>().ok().map(|duration| (Unit::Duration, duration.0))
}

fn show(unit: Unit, value: u64) -> String {
    match unit {
        Unit::Count => value.to_string(),
        Unit::Percent => format!("{value}%"),
        Unit::Duration => SimDuration(value).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(written: &[&str]) -> Result<Vec<String>, (usize, String, String)> {
        expand(&written.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn ranges_are_written_out_and_nothing_comes_twice() {
        assert_eq!(expanded(&["5", "10..30+10", "20"]).unwrap(), ["5", "10", "20", "30"]);
        assert_eq!(expanded(&["1%..10%x2"]).unwrap(), ["1%", "2%", "4%", "8%"]);
        assert_eq!(expanded(&["0%..10%+5"]).unwrap(), ["0%", "5%", "10%"]);
        assert_eq!(expanded(&["10m..1h+25m"]).unwrap(), ["10m", "35m", "1h"]);
        assert_eq!(expanded(&["0.05", "x"]).unwrap(), ["0.05", "x"]);
    }

    #[test]
    fn what_is_no_range_is_named_with_its_place() {
        for text in
            ["1..5", "5..1+1", "1..5%+1", "0..8x2", "1..8x1", "1..5+0", "1%..5%+1m", "a..b+1", "1..2+1x2"]
        {
            let (at, message, help) = expanded(&["1", text]).unwrap_err();
            assert_eq!(at, 1);
            assert!(message.contains(text) && help.contains("LOW..HIGH+STEP"), "{message}");
        }
        assert!(expanded(&["1..9999999+1"]).unwrap_err().1.contains("too many"));
    }
}
