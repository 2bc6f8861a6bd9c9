//! Axes whose marks are round numbers to people: whole minutes, thousands, nines. All in integers, so that a picture has
//! the same bytes on every platform.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::{base::SimDuration, report::human};

/// Marks of an axis at most.
const MARKS: u64 = 6;
/// How many steps of a logarithmic axis make a decade.
const DECADE: f64 = 1e6;

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// An axis with its marks.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    low: i64,
    high: i64,
    marks: Vec<(i64, String)>,
}

impl Axis {
    /// Times from `low` to at least `high`, in microseconds.
    pub(super) fn times(low: u64, high: u64) -> Self {
        let step = step_of_time((high.saturating_sub(low) / MARKS).max(1));
        Self::linear(low, high, step, |micros| match micros {
            0 => "0".into(),
            _ => SimDuration(micros).to_string(),
        })
    }

    /// Differences of times around zero, from `low` to at least `high`, in microseconds.
    pub(super) fn differences(low: i64, high: i64) -> Self {
        let step = step_of_time((high.abs_diff(low) / MARKS).max(1)) as i64;
        let (low, high) = (low.div_euclid(step), (-(-high).div_euclid(step)).max(low.div_euclid(step) + 1));
        let text = |micros: i64| match micros.signum() {
            0 => "0".into(),
            sign => format!("{}{}", if sign < 0 { '-' } else { '+' }, SimDuration(micros.unsigned_abs())),
        };
        let marks = (low..=high).map(|at| (at * step, text(at * step))).collect();
        Self { low: low * step, high: high * step, marks }
    }

    /// Counts from `low` to at least `high`.
    pub(super) fn counts(low: u64, high: u64) -> Self {
        Self::linear(low, high, step_of_count(high.saturating_sub(low).div_ceil(MARKS).max(1)), human::count)
    }

    /// Times from `low` to `high`, in microseconds, each ten times the one before or so; see [`Axis::log`].
    pub(super) fn log_times(low: u64, high: u64) -> Self {
        const ROUND: [u64; 14] = [
            1,
            10,
            100,
            1_000,
            10_000,
            100_000,
            SECOND,
            10 * SECOND,
            MINUTE,
            10 * MINUTE,
            HOUR,
            10 * HOUR,
            4 * DAY,
            40 * DAY,
        ];
        let low = ROUND.iter().rev().find(|&&round| round <= low.max(1)).copied().unwrap_or(1);
        let high = ROUND.iter().find(|&&round| round >= high.max(2 * low)).copied().unwrap_or(high);
        let marks = ROUND.iter().filter(|&&round| round >= low && round <= high);
        let marks = marks.map(|&round| (Self::log(round), SimDuration(round).to_string())).collect();
        Self { low: Self::log(low), high: Self::log(high), marks }
    }

    /// Shares of a sample on HdrHistogram's scale, where every further nine takes as much room; see [`Axis::nines`].
    pub(super) fn shares(nines: u32) -> Self {
        let label = |nines: u32| match nines {
            0 => "0%".to_string(),
            1 => "90%".to_string(),
            2 => "99%".to_string(),
            more => format!("99.{}%", "9".repeat(more as usize - 2)),
        };
        let at = |nines: u32| i64::from(nines) * DECADE as i64;
        Self { low: 0, high: at(nines), marks: (0..=nines).map(|nines| (at(nines), label(nines))).collect() }
    }

    /// Where a value stands on a logarithmic axis.
    pub(super) fn log(value: u64) -> i64 {
        (libm::log10(value.max(1) as f64) * DECADE).round() as i64
    }

    /// Where a share below 1 stands on an axis of shares.
    pub(super) fn nines(share: f64) -> i64 {
        (-libm::log10(1.0 - share) * DECADE).round() as i64
    }

    /// The end of the axis.
    pub(super) fn high(&self) -> i64 {
        self.high
    }

    /// The same axis, ending at `high`.
    pub(super) fn until(mut self, high: u64) -> Self {
        self.high = (high as i64).max(self.low + 1);
        self.marks.retain(|(at, _)| *at <= self.high);
        self
    }

    /// The room that the marks' texts take, in letters.
    pub(super) fn letters(&self) -> usize {
        self.marks.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0)
    }

    fn linear(low: u64, high: u64, step: u64, text: impl Fn(u64) -> String) -> Self {
        let (low, high) = (low / step, high.div_ceil(step).max(low / step + 1));
        let marks = (low..=high).map(|at| ((at * step) as i64, text(at * step))).collect();
        Self { low: (low * step) as i64, high: (high * step) as i64, marks }
    }
}

/// The smallest round step of time that is at least so long.
fn step_of_time(least: u64) -> u64 {
    const ROUND: [u64; 22] = [
        SECOND,
        2 * SECOND,
        5 * SECOND,
        10 * SECOND,
        15 * SECOND,
        30 * SECOND,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        3 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        30 * DAY,
        90 * DAY,
    ];
    if least <= SECOND / 2 {
        return step_of_count(least);
    }
    ROUND.iter().find(|&&step| step >= least).copied().unwrap_or(DAY * 360)
}

/// The smallest of 1, 2, 5, 10, 20, ... that is at least so large.
fn step_of_count(least: u64) -> u64 {
    let decades = (0..19).map(|power| 10_u64.pow(power));
    let steps = decades.flat_map(|decade| [1, 2, 5].map(|digit| decade.saturating_mul(digit)));
    steps.into_iter().find(|&step| step >= least).unwrap_or(least)
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i64;

    fn map(&self, value: &i64, (first, last): (i32, i32)) -> i32 {
        let (offset, length) = (i128::from(value - self.low), i128::from(self.high - self.low));
        let pixels = i128::from(last - first);
        // Rounded to the nearest pixel.
        let moved = (2 * offset * pixels + length).div_euclid(2 * length);
        (i128::from(first) + moved) as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<i64> {
        self.marks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<i64> {
        self.low..self.high
    }
}

impl ValueFormatter<i64> for Axis {
    fn format_ext(&self, value: &i64) -> String {
        let mark = self.marks.iter().find(|(at, _)| at == value);
        mark.map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.marks.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn marks_are_round() {
        assert_eq!(texts(&Axis::times(0, 50 * MINUTE)), ["0", "10m", "20m", "30m", "40m", "50m"]);
        assert_eq!(texts(&Axis::times(95 * SECOND, 130 * SECOND))[..2], ["1m 30s", "1m 40s"]);
        assert_eq!(texts(&Axis::times(0, 50 * MINUTE).until(29 * MINUTE)), ["0", "10m", "20m"]);
        assert_eq!(
            texts(&Axis::differences(-7_500_000, 12_000_000)),
            ["-10s", "-5s", "0", "+5s", "+10s", "+15s"]
        );
        assert_eq!(texts(&Axis::counts(0, 1501)), ["0", "500", "1,000", "1,500", "2,000"]);
        assert_eq!(texts(&Axis::counts(0, 0)), ["0", "1"]);
        assert_eq!(texts(&Axis::log_times(3_000, 2_000_000)), ["1ms", "10ms", "100ms", "1s", "10s"]);
        assert_eq!(texts(&Axis::shares(4)), ["0%", "90%", "99%", "99.9%", "99.99%"]);
    }

    #[test]
    fn values_are_mapped_to_the_nearest_pixel_either_way_round() {
        let axis = Axis::counts(0, 10);
        assert_eq!([0, 4, 10].map(|value| axis.map(&value, (100, 200))), [100, 140, 200]);
        assert_eq!([0, 4, 10].map(|value| axis.map(&value, (200, 100))), [200, 160, 100]);
    }
}
