//! Equal spans of simulation time whose number stays bounded: when they run out, neighbours are merged in pairs.

use crate::base::{SimDuration, SimTime};

/// Something kept for each of a bounded number of equal spans of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins<T> {
    width: u64,
    limit: usize,
    bins: Vec<T>,
}

impl<T: Clone + Default> Bins<T> {
    /// At most `limit` bins, each `width` long at first. The limit must be even.
    pub fn new(width: SimDuration, limit: usize) -> Self {
        assert!(limit >= 2 && limit.is_multiple_of(2) && width > SimDuration::ZERO);
        Self { width: width.0, limit, bins: Vec::new() }
    }

    /// The bin that `time` falls into. `merge` joins a bin with the one after it when bins must grow; `fill` makes
    /// the bins between the last one and this from the one before them.
    pub fn at(&mut self, time: SimTime, merge: impl Fn(&mut T, &T), fill: impl Fn(&T) -> T) -> &mut T {
        while time.0 / self.width >= self.limit as u64 {
            self.widen(&merge);
        }
        let at = (time.0 / self.width) as usize;
        while self.bins.len() <= at {
            let next = self.bins.last().map_or_else(T::default, &fill);
            self.bins.push(next);
        }
        &mut self.bins[at]
    }

    /// The bins with the time at which each begins.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, &T)> {
        (0..).map(|i| SimTime(i * self.width)).zip(&self.bins)
    }

    /// How long each bin is.
    pub fn width(&self) -> SimDuration {
        SimDuration(self.width)
    }

    fn widen(&mut self, merge: impl Fn(&mut T, &T)) {
        self.width *= 2;
        self.bins = self
            .bins
            .chunks(2)
            .map(|pair| {
                let mut joined = pair[0].clone();
                if let Some(second) = pair.get(1) {
                    merge(&mut joined, second);
                }
                joined
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_merged_in_pairs_and_lose_nothing() {
        let mut bins: Bins<u32> = Bins::new(SimDuration(10), 4);
        for time in [0, 5, 10, 39, 40, 100, 1000] {
            *bins.at(SimTime(time), |a, b| *a += b, |_| 0) += 1;
        }
        assert_eq!(bins.width(), SimDuration(320));
        let counts: Vec<u32> = bins.iter().map(|(_, &count)| count).collect();
        assert_eq!(counts, [6, 0, 0, 1]);
        assert_eq!(bins.iter().last().unwrap().0, SimTime(960));
    }

    #[test]
    fn a_gap_is_filled_from_the_last_bin() {
        let mut bins: Bins<u32> = Bins::new(SimDuration(1), 8);
        *bins.at(SimTime(0), |a, b| *a = *b, |last| *last) = 7;
        bins.at(SimTime(3), |a, b| *a = *b, |last| *last);
        assert_eq!(bins.iter().map(|(_, &v)| v).collect::<Vec<_>>(), [7, 7, 7, 7]);
    }
}
