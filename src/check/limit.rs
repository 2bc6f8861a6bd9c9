//! The two rate controls, read from the raw text of the request and compared without ever being rounded to a number.

use crate::base::Rounding;

/// `MaxConcurrency` or `MaxErrors` as the request spells it (S4.1, S4.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// So many.
    Count(u64),
    /// So many of a hundred targets.
    Percent(u64),
}

impl Limit {
    /// The limit that `text` spells; `None` when it is neither a count nor a percentage up to 100.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (digits, percent) = text.strip_suffix('%').map_or((text, false), |digits| (digits, true));
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u64 = digits.parse().ok()?;
        if percent { (number <= 100).then_some(Self::Percent(number)) } else { Some(Self::Count(number)) }
    }

    /// Whether one more may be in flight beside `in_flight` (Settled 5, O-13). The first always may.
    pub(crate) fn has_room(self, in_flight: u32, total: u32, rounding: Rounding) -> bool {
        let (n, total) = (u64::from(in_flight), u64::from(total));
        match self {
            _ if n == 0 => true,
            Self::Count(count) => n < count,
            Self::Percent(p) => match rounding {
                Rounding::Ceil => 100 * n < p * total,
                Rounding::Floor => 100 * (n + 1) <= p * total,
                Rounding::HalfUp => 100 * (n + 1) <= p * total + 50,
            },
        }
    }

    /// Whether `n` is more than the limit (Settled 5, O-13).
    pub(crate) fn is_exceeded_by(self, n: u32, total: u32, rounding: Rounding) -> bool {
        let (n, total) = (u64::from(n), u64::from(total));
        match self {
            Self::Count(count) => n > count,
            Self::Percent(p) => match rounding {
                Rounding::Floor => 100 * n > p * total,
                Rounding::Ceil => 100 * n >= p * total + 100,
                Rounding::HalfUp => 100 * n > p * total + 50,
            },
        }
    }

    /// Whether the `n`th error is the last that a percentage tolerates, the Automation guide's boundary (O-11).
    pub(crate) fn is_met_by(self, n: u32, total: u32) -> bool {
        match self {
            Self::Count(count) => u64::from(n) > count,
            Self::Percent(p) => n >= 1 && 100 * u64::from(n) >= p * u64::from(total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest number in flight that the limit allows, found by counting.
    fn window(text: &str, total: u32, rounding: Rounding) -> u32 {
        let limit = Limit::parse(text).unwrap();
        (0..=total).take_while(|&n| limit.has_room(n, total, rounding)).count() as u32
    }

    /// The first error that exceeds the limit.
    fn trip(text: &str, total: u32, rounding: Rounding) -> Option<u32> {
        let limit = Limit::parse(text).unwrap();
        (1..=total).find(|&n| limit.is_exceeded_by(n, total, rounding))
    }

    #[test]
    fn rows_of_section_4_6() {
        for (total, concurrency, errors, in_flight, tripping) in [
            (50, "50", "0", 50, Some(1)),
            (50, "10", "10%", 10, Some(6)),
            (50, "1", "10%", 1, Some(6)),
            (10, "25%", "25%", 3, Some(3)),
            (3, "10%", "10%", 1, Some(1)),
            (1000, "5%", "1", 50, Some(2)),
            (1000, "100%", "100%", 1000, None),
            (7, "50%", "50%", 4, Some(4)),
        ] {
            assert_eq!(window(concurrency, total, Rounding::Ceil), in_flight, "{concurrency} of {total}");
            assert_eq!(trip(errors, total, Rounding::Floor), tripping, "{errors} of {total}");
        }
    }

    #[test]
    fn other_roundings_by_hand() {
        // O-13: 50 % of 7 is 3.5, 25 % of 10 is 2.5, 10 % of 3 is 0.3 (and one may always be sent).
        assert_eq!(window("50%", 7, Rounding::Floor), 3);
        assert_eq!(window("50%", 7, Rounding::HalfUp), 4);
        assert_eq!(window("10%", 3, Rounding::Floor), 1);
        assert_eq!(trip("25%", 10, Rounding::Ceil), Some(4));
        assert_eq!(trip("25%", 10, Rounding::HalfUp), Some(4));
        assert_eq!(trip("10%", 3, Rounding::Ceil), Some(2));
        assert_eq!(trip("10%", 3, Rounding::HalfUp), Some(1));
    }

    #[test]
    fn the_automation_guide_stops_one_earlier() {
        // O-11, S4.19: the fifth instead of the sixth of 10 % of 50; counts stay as they are.
        let tenth = Limit::Percent(10);
        assert!(!tenth.is_met_by(4, 50) && tenth.is_met_by(5, 50));
        assert!(!Limit::Percent(0).is_met_by(0, 50) && Limit::Percent(0).is_met_by(1, 50));
        assert!(!Limit::Count(3).is_met_by(3, 50) && Limit::Count(3).is_met_by(4, 50));
    }

    #[test]
    fn only_counts_and_percentages_are_limits() {
        for text in ["", "%", "-1", "+5", "101%", "5 %", "ten"] {
            assert_eq!(Limit::parse(text), None, "{text}");
        }
    }
}
