//! Numbers, durations and dates as people read them.

use jiff::{SignedDuration, Timestamp};

use crate::base::{SimDuration, SimTime};

/// A count with its thousands apart: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count that may be a mean: whole ones as [`count`] shows them, others with one decimal.
pub fn number(number: f64) -> String {
    if number.fract() == 0.0 { count(number as u64) } else { format!("{number:.1}") }
}

/// A duration in its two leading units: `2d 3h`, `1h 05m`, `4m 12s`, `8.3s`, `310ms`, `42us`.
pub fn duration(duration: SimDuration) -> String {
    let micros = duration.0;
    // The bounds are those at which the coarser form would round up to one more unit.
    let (seconds, minutes, hours) =
        (rounded(micros, 1_000_000), rounded(micros, 60_000_000), rounded(micros, 3_600_000_000));
    match micros {
        0..1_000 => format!("{micros}us"),
        1_000..999_500 => format!("{}ms", rounded(micros, 1_000)),
        999_500..59_950_000 => format!("{:.1}s", micros as f64 / 1e6),
        59_950_000..3_599_500_000 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3_599_500_000..86_370_000_000 => format!("{}h {:02}m", minutes / 60, minutes % 60),
        _ => format!("{}d {}h", hours / 24, hours % 24),
    }
}

/// A duration given as a float of microseconds, as means are.
pub fn micros(micros: f64) -> String {
    duration(SimDuration((micros + 0.5) as u64))
}

/// From where to where, each as [`micros`] or [`number`] shows it; nearer where that would look like one value.
pub fn span(low: f64, high: f64, is_time: bool) -> String {
    let show = if is_time { micros } else { number };
    match (show(low.max(0.0)), show(high)) {
        (one, _) if low == high => one,
        (one, other) if one != other => format!("{one} to {other}"),
        _ if is_time => format!("{:.2}s to {:.2}s", low / 1e6, high / 1e6),
        _ => format!("{low:.3} to {high:.3}"),
    }
}

/// A share in percent: `98.6 %`. What is there is never shown as nothing, nor what is missing as all.
pub fn percent(part: f64, whole: f64) -> String {
    let share = part * 100.0 / whole;
    match share {
        _ if whole <= 0.0 => "-".into(),
        _ if part > 0.0 && share < 0.05 => "<0.1 %".into(),
        _ if part < whole && share >= 99.95 => ">99.9 %".into(),
        _ => format!("{share:.1} %"),
    }
}

/// The instant that a simulation time stands for, in RFC 3339 to the second.
pub fn instant(start: &str, time: SimTime) -> String {
    let offset = SignedDuration::from_micros(time.0 as i64);
    let instant = start.parse::<Timestamp>().ok().and_then(|start| start.checked_add(offset).ok());
    match instant {
        Some(instant) => instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        None => format!("{start} + {}", duration(time.since(SimTime::ZERO))),
    }
}

fn rounded(value: u64, unit: u64) -> u64 {
    (value + unit / 2) / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_durations_read_well() {
        assert_eq!(["0", "999", "1,000", "1,234,567"], [0, 999, 1000, 1_234_567].map(count));
        let texts = [
            (42, "42us"),
            (310_400, "310ms"),
            (999_600, "1.0s"),
            (8_340_000, "8.3s"),
            (59_960_000, "1m 00s"),
            (252_000_000, "4m 12s"),
            (3_599_600_000, "1h 00m"),
            (3_900_000_000, "1h 05m"),
            (183_600_000_000, "2d 3h"),
        ];
        for (micros, text) in texts {
            assert_eq!(duration(SimDuration(micros)), text);
        }
    }

    #[test]
    fn shares_never_hide_what_is_there_or_missing() {
        let shares =
            [(0.0, "0.0 %"), (1.0, "<0.1 %"), (500.0, "5.0 %"), (9999.0, ">99.9 %"), (10_000.0, "100.0 %")];
        for (part, text) in shares {
            assert_eq!(percent(part, 10_000.0), text);
        }
        assert_eq!(percent(0.0, 0.0), "-");
    }

    #[test]
    fn spans_never_look_like_a_point() {
        assert_eq!(span(252e6, 300e6, true), "4m 12s to 5m 00s");
        assert_eq!(span(252.1e6, 252.14e6, true), "252.10s to 252.14s");
        assert_eq!(span(252e6, 252e6, true), "4m 12s");
        assert_eq!(span(3.0, 4.5, false), "3 to 4.5");
        assert_eq!(span(3.01, 3.04, false), "3.010 to 3.040");
    }

    #[test]
    fn instants_count_from_the_start() {
        assert_eq!(instant("2026-01-01T00:00:00Z", SimTime(90_000_000)), "2026-01-01T00:01:30Z");
    }
}
