//! The search for the highest rate that meets demands: doubled until it does not, then halved in between. Each rate is tried
//! several times, for luck; what came of single tries gives the interval.

use std::collections::BTreeMap;

use serde::Serialize;

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The demands were met.
    Met,
    /// They were not.
    Missed,
    /// The generator could not keep up, so that nothing is known of the endpoint.
    Void,
}

/// A try.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Try {
    /// Requests a second.
    pub rate: f64,
    /// What came of it.
    pub outcome: Outcome,
}

/// The search. It is told what came of each try, and says which is next.
#[derive(Clone, Debug)]
pub struct Search {
    first: f64,
    most: f64,
    precision: f64,
    repeats: u32,
    tries: Vec<Try>,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The highest rate at which most tries met the demands; `None` when the lowest did not.
    pub rate: Option<f64>,
    /// Up to this rate all tries met them.
    pub low: Option<f64>,
    /// From this rate on no try met them; `None` when the search ended before.
    pub high: Option<f64>,
    /// Whether it was the generator, and not the endpoint, that went no higher.
    pub limited_by_generator: bool,
    /// All tries in their order.
    pub tries: Vec<Try>,
}

impl Search {
    /// A search from `first` to at most `most` requests a second, until the best rate is known to a share of `precision`.
    pub fn new(first: f64, most: f64, precision: f64, repeats: u32) -> Self {
        Self { first, most, precision, repeats, tries: Vec::new() }
    }

    /// The rate to try next.
    pub fn next(&self) -> Option<f64> {
        let rates = self.rates();
        let open = rates.values().find(|outcomes| self.majority(outcomes).is_none());
        if open.is_some() {
            return self.tries.last().map(|last| last.rate);
        }
        let good = rates.iter().rev().find(|(_, outcomes)| self.majority(outcomes) == Some(true));
        let bad = rates.iter().find(|(_, outcomes)| self.majority(outcomes) == Some(false));
        let rate = |(bits, _): (&u64, &Vec<Outcome>)| f64::from_bits(*bits);
        match (good.map(rate), bad.map(rate)) {
            (None, None) => Some(self.first.min(self.most)),
            (Some(good), None) => (good < self.most).then(|| (good * 2.0).min(self.most)),
            // Below a hundredth of the first rate nothing is looked for.
            (None, Some(bad)) => (bad > self.first / 100.0).then_some(bad / 2.0),
            (Some(good), Some(bad)) => (bad - good > self.precision * good).then_some((good + bad) / 2.0),
        }
    }

    /// What came of the try at the rate that was next.
    pub fn tell(&mut self, rate: f64, outcome: Outcome) {
        self.tries.push(Try { rate, outcome });
    }

    /// What it came to.
    pub fn found(self) -> Found {
        let rates = self.rates();
        let all = |wanted: fn(Outcome) -> bool| {
            move |(bits, outcomes): (&u64, &Vec<Outcome>)| {
                outcomes.iter().all(|outcome| wanted(*outcome)).then(|| f64::from_bits(*bits))
            }
        };
        let met = |outcome| outcome == Outcome::Met;
        let not_met = |outcome| outcome != Outcome::Met;
        let rate = rates.iter().rev().find(|(_, outcomes)| self.majority(outcomes) == Some(true));
        let low = rates.iter().map_while(all(met)).last();
        let high = rates.iter().rev().map_while(all(not_met)).last();
        let rate = rate.map(|(bits, _)| f64::from_bits(*bits));
        let above = self.tries.iter().filter(|one| rate.is_none_or(|rate| one.rate > rate));
        let limited_by_generator = above.clone().any(|one| one.outcome == Outcome::Void)
            && above.clone().all(|one| one.outcome != Outcome::Missed);
        Found { rate, low, high, limited_by_generator, tries: self.tries }
    }

    /// The outcomes by rate; of positive floats the bits have the order of the numbers.
    fn rates(&self) -> BTreeMap<u64, Vec<Outcome>> {
        let mut rates: BTreeMap<u64, Vec<Outcome>> = BTreeMap::new();
        for Try { rate, outcome } in &self.tries {
            rates.entry(rate.to_bits()).or_default().push(*outcome);
        }
        rates
    }

    /// Whether most tries met the demands, as soon as that is settled.
    fn majority(&self, outcomes: &[Outcome]) -> Option<bool> {
        let met = outcomes.iter().filter(|outcome| **outcome == Outcome::Met).count() as u32;
        let missed = outcomes.len() as u32 - met;
        match self.repeats {
            repeats if met * 2 > repeats => Some(true),
            repeats if missed * 2 >= repeats => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(limit: f64, beyond: Outcome) -> Found {
        let mut search = Search::new(10.0, 100_000.0, 0.02, 3);
        while let Some(rate) = search.next() {
            search.tell(rate, if rate <= limit { Outcome::Met } else { beyond });
            assert!(search.tries.len() < 200);
        }
        search.found()
    }

    #[test]
    fn the_limit_is_found_to_its_precision() {
        for limit in [1.0, 10.0, 777.0, 12_345.0] {
            let found = search(limit, Outcome::Missed);
            let rate = found.rate.unwrap();
            assert!(rate <= limit && rate >= limit * 0.97, "{limit}: {rate}");
            assert_eq!(found.low, found.rate);
            assert!(found.high.unwrap() > limit && found.high.unwrap() < limit * 1.04);
            assert!(!found.limited_by_generator);
        }
    }

    #[test]
    fn nothing_good_ends_and_nothing_bad_ends() {
        assert_eq!(search(0.0, Outcome::Missed).rate, None);
        let all = search(f64::INFINITY, Outcome::Missed);
        assert_eq!((all.rate, all.high), (Some(100_000.0), None));
        assert!(search(500.0, Outcome::Void).limited_by_generator);
    }

    /// Where single tries differ, the interval is wider than the precision.
    #[test]
    fn luck_widens_the_interval() {
        let mut search = Search::new(100.0, 1e5, 0.01, 3);
        while let Some(rate) = search.next() {
            let lucky = search.tries.len().is_multiple_of(3);
            let met = rate < 900.0 || rate < 1100.0 && lucky;
            search.tell(rate, if met { Outcome::Met } else { Outcome::Missed });
        }
        let found = search.found();
        assert!(found.low.unwrap() < 1100.0 && found.high.unwrap() >= found.rate.unwrap());
        assert!(found.low <= found.rate);
    }
}
