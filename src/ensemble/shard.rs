//! A part of a run, for machines that know nothing of each other: which replications it has, and which shards make up a run.

use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};

use super::checks::Checks;

/// A scheduler's array has fewer tasks than this.
pub const MOST_SHARDS: u64 = 1_000_000;

/// Shard `number`, from 1, of `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, from 1 to `of`.
    pub number: u64,
    /// How many there are.
    pub of: u64,
}

/// What all shards of one run have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The program's version: another one may simulate otherwise.
    pub version: String,
    /// The hash of the resolved plan.
    pub plan: String,
    /// The root of all luck.
    pub seed: u64,
    /// How many replications the run has, over all shards.
    pub replications: u64,
    /// Which of them the rules judge.
    pub checks: Checks,
    /// How many shards it has.
    pub shards: u64,
}

impl Shard {
    /// Shard `number` of `of`, if there is such a one.
    pub fn new(number: u64, of: u64) -> Result<Self, String> {
        match (1..=of).contains(&number) && of <= MOST_SHARDS {
            true => Ok(Self { number, of }),
            false => Err(format!(
                "there is no shard {number} of {of}: it is I/N with I from 1 to N, and N at most {MOST_SHARDS}"
            )),
        }
    }

    /// The replications that it has of a run of so many: neighbours, and as many as every other shard has, or one more.
    pub fn replications(self, of_run: u64) -> Range<u64> {
        let bound = |before: u64| (u128::from(of_run) * u128::from(before) / u128::from(self.of)) as u64;
        bound(self.number - 1)..bound(self.number)
    }

    /// The name of its file, such as `003-of-128.shard`; those of one run sort by number.
    pub fn file_name(self) -> String {
        let width = self.of.to_string().len();
        format!("{:0width$}-of-{}.shard", self.number, self.of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} of {}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers =
            text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        let (number, of) = numbers.ok_or_else(|| format!("`{text}` is no shard; write I/N, as in 3/16"))?;
        Self::new(number, of)
    }
}

impl Job {
    /// What makes this another run than `other`, in words; `None` where nothing does.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let fields = [
            ("version", self.version.clone(), other.version.clone()),
            ("plan", self.plan.clone(), other.plan.clone()),
            ("seed", self.seed.to_string(), other.seed.to_string()),
            ("number of replications", self.replications.to_string(), other.replications.to_string()),
            ("choice of checks", format!("{:?}", self.checks), format!("{:?}", other.checks)),
            ("number of shards", self.shards.to_string(), other.shards.to_string()),
        ];
        let differ = |(what, mine, theirs): (&str, String, String)| {
            (mine != theirs).then(|| format!("its {what} is {mine}, not {theirs}"))
        };
        fields.into_iter().find_map(differ)
    }
}

/// What keeps these shards, each with the name of its file, from being one run, a line each; nothing when they are. The run
/// is the one that most of them belong to.
pub fn faults(shards: &[(String, Job, Shard)]) -> Vec<String> {
    let mut runs: Vec<(&str, &Job, usize)> = Vec::new();
    for (name, job, _) in shards {
        match runs.iter_mut().find(|(_, known, _)| *known == job) {
            Some((.., count)) => *count += 1,
            None => runs.push((name, job, 1)),
        }
    }
    // Of several with as many shards the first.
    let Some(&(first, job, _)) = runs.iter().rev().max_by_key(|(.., count)| *count) else {
        return vec!["there is no shard".into()];
    };
    let foreign = shards.iter().filter_map(|(name, other, _)| {
        Some(format!("{name} is a shard of another run than {first}: {}", other.difference(job)?))
    });
    let mut faults: Vec<String> = foreign.collect();
    let ours = shards.iter().filter(|(_, other, _)| other == job);
    let mut sorted: Vec<(Shard, &str)> = ours.map(|(name, _, shard)| (*shard, name.as_str())).collect();
    sorted.sort_unstable();
    let doubled = sorted.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    faults
        .extend(doubled.map(|pair| format!("{} is there twice: {} and {}", pair[0].0, pair[0].1, pair[1].1)));
    let missing = missing(sorted.iter().map(|(shard, _)| shard.number), job.shards);
    if !missing.is_empty() {
        let ranges: Vec<String> = missing
            .iter()
            .map(|range| match range.end - range.start {
                1 => range.start.to_string(),
                _ => format!("{} to {}", range.start, range.end - 1),
            })
            .collect();
        let count: u64 = missing.iter().map(|range| range.end - range.start).sum();
        let (what, are) = if count == 1 { ("shard", "is") } else { ("shards", "are") };
        faults.push(format!("{what} {} of {} {are} missing", ranges.join(", "), job.shards));
    }
    faults
}

/// The numbers from 1 to `most` that do not occur among these, which are sorted.
fn missing(numbers: impl Iterator<Item = u64>, most: u64) -> Vec<Range<u64>> {
    let mut missing = Vec::new();
    let mut next = 1;
    for number in numbers.chain([most + 1]) {
        if number > next {
            missing.push(next..number);
        }
        next = number + 1;
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_the_replications_out() {
        for (replications, of) in [(1000, 16), (5, 8), (1, 1), (7, 7), (u64::from(u32::MAX), 1000)] {
            let mut next = 0;
            for number in 1..=of {
                let range = Shard::new(number, of).unwrap().replications(replications);
                assert_eq!(range.start, next);
                assert!((replications / of..=replications / of + 1).contains(&(range.end - range.start)));
                next = range.end;
            }
            assert_eq!(next, replications);
        }
    }

    #[test]
    fn shards_are_written_as_i_of_n() {
        assert_eq!("3/16".parse(), Ok(Shard { number: 3, of: 16 }));
        assert_eq!(Shard { number: 3, of: 128 }.file_name(), "003-of-128.shard");
        for wrong in ["", "3", "0/4", "5/4", "a/4", "1/0", "-1/4", "1/2/3", "1/1000001"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    fn job(seed: u64) -> Job {
        let (version, plan) = ("1".into(), "p".into());
        Job { version, plan, seed, replications: 10, checks: Checks::Sample, shards: 9 }
    }

    #[test]
    fn what_is_missing_doubled_or_foreign_is_named() {
        let shard = |number| (format!("{number}.shard"), job(1), Shard { number, of: 9 });
        let all: Vec<_> = (1..=9).rev().map(shard).collect();
        assert_eq!(faults(&all), [""; 0]);
        let mut some: Vec<_> = [1, 3, 7, 9].map(shard).into();
        some.push(("again".into(), job(1), Shard { number: 7, of: 9 }));
        some.insert(0, ("other".into(), job(2), Shard { number: 2, of: 9 }));
        assert_eq!(
            faults(&some),
            [
                "other is a shard of another run than 1.shard: its seed is 2, not 1",
                "shard 7 of 9 is there twice: 7.shard and again",
                "shards 2, 4 to 6, 8 of 9 are missing",
            ]
        );
        assert_eq!(faults(&all[..8]), ["shard 1 of 9 is missing"]);
        assert_eq!(faults(&[]), ["there is no shard"]);
    }
}
