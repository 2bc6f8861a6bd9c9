//! Sorted numbers and how often each occurs, written short: the distance to the number before, the count, and so on.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes numbers that grow, each with its count.
pub(super) fn serialize<S: Serializer>(
    counts: impl Iterator<Item = (u64, u64)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut last = 0;
    let gaps = counts.flat_map(|(number, count)| {
        let gap = number - last;
        last = number;
        [gap, count]
    });
    serializer.collect_seq(gaps)
}

/// Reads them again, each number at most `most`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
    most: u64,
) -> Result<Vec<(u64, u64)>, D::Error> {
    let gaps = Vec::<u64>::deserialize(deserializer)?;
    let mut last = 0_u64;
    let counts = gaps.chunks(2).map(|pair| {
        let &[gap, count] = pair else { return Err(D::Error::custom("a number has no count")) };
        last = last
            .checked_add(gap)
            .filter(|number| *number <= most)
            .ok_or_else(|| D::Error::custom("a number is too large"))?;
        Ok((last, count))
    });
    counts.collect()
}
