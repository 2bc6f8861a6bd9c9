//! Instances that stand beside each other in the fleet.

use serde::{Deserialize, Serialize};

/// Consecutive instances of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceRange {
    /// The index of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
}

impl InstanceRange {
    /// Adds instances behind those of `ranges`.
    pub fn push(ranges: &mut Vec<Self>, first: u32, count: u32) {
        match ranges.last_mut() {
            Some(last) if last.end() == first => last.count += count,
            _ => ranges.push(Self { first, count }),
        }
    }

    /// Whether an instance is in one of `ranges`, which are in order.
    pub fn hold(ranges: &[Self], instance: u32) -> bool {
        let before = ranges.partition_point(|range| range.first <= instance);
        before.checked_sub(1).is_some_and(|at| instance < ranges[at].end())
    }

    /// Consecutive instances cut where they enter and leave `ranges`, which are in order; each part with whether it is
    /// inside.
    pub fn cut(ranges: &[Self], whole: Self) -> Vec<(Self, bool)> {
        let mut parts = Vec::new();
        let mut at = whole.first;
        let mut part = |to: u32, is_inside| {
            if at < to {
                parts.push((Self { first: at, count: to - at }, is_inside));
                at = to;
            }
        };
        for range in ranges.iter().filter(|range| range.end() > whole.first && range.first < whole.end()) {
            part(range.first, false);
            part(range.end().min(whole.end()), true);
        }
        part(whole.end(), false);
        parts
    }

    /// The index behind the last.
    pub fn end(self) -> u32 {
        self.first + self.count
    }

    /// Each of them.
    pub fn instances(self) -> std::ops::Range<u32> {
        self.first..self.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every range of ten instances against every set of them.
    #[test]
    fn what_is_cut_and_held_is_what_was_pushed() {
        for set in 0_u32..1 << 10 {
            let mut ranges = Vec::new();
            (0..10).filter(|at| set >> at & 1 == 1).for_each(|at| InstanceRange::push(&mut ranges, at, 1));
            let is_in = |at: u32| set >> at & 1 == 1;
            assert!((0..12).all(|at| InstanceRange::hold(&ranges, at) == is_in(at)), "{set:b}");
            for (first, count) in [(0, 10), (3, 4), (5, 0), (9, 3), (0, 1)] {
                let parts = InstanceRange::cut(&ranges, InstanceRange { first, count });
                let each = parts
                    .iter()
                    .flat_map(|(part, inside)| (part.first..part.end()).map(move |at| (at, *inside)));
                assert!(each.eq((first..first + count).map(|at| (at, is_in(at)))), "{set:b} {first} {count}");
                assert!(parts.windows(2).all(|two| two[0].1 != two[1].1));
            }
        }
    }
}
