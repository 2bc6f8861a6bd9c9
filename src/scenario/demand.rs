//! What a plan demands of a setting: `2h@95%`, parsed.

use std::fmt;

use serde::{Serialize, Serializer};

use super::share::Share;
use crate::base::{Chance, SimDuration};

/// How surely something must hold that says nothing about it.
pub const DEFAULT_SHARE: Chance = Chance(950_000_000);

/// What a demand is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The healthy release reaches every target.
    Completes,
    /// The healthy release reaches every target and ends in time.
    Within,
    /// A bad release breaks no more instances than so many.
    BlastRadius,
    /// A bad release is stopped in time.
    StopWithin,
}

/// How far it may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// There is nothing to exceed.
    None,
    /// So long.
    Duration(SimDuration),
    /// So many instances.
    Count(u32),
    /// So many of the targets.
    OfTargets(Chance),
}

/// Something that a share of the replications must satisfy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What it is about.
    pub subject: Subject,
    /// How far it may go.
    pub limit: Limit,
    /// The share of the replications that must keep to it; above 0, below 1.
    pub share: Chance,
}

impl Subject {
    /// The name of the field and of the option that make the demand.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completes => "completes",
            Self::Within => "within",
            Self::BlastRadius => "blast_radius",
            Self::StopWithin => "stop_within",
        }
    }

    /// Whether it is about the healthy release; otherwise about each of the bad ones.
    pub fn is_of_healthy(self) -> bool {
        matches!(self, Self::Completes | Self::Within)
    }
}

impl Demand {
    /// The demand that every target is reached in this share of the replications.
    pub fn completes(share: Chance) -> Result<Self, (String, String)> {
        Ok(Self { subject: Subject::Completes, limit: Limit::None, share: checked(share)? })
    }

    /// A demand on `subject` as it is written, or what is wrong and what would be right.
    pub fn parse(subject: Subject, text: &str) -> Result<Self, (String, String)> {
        let (limit, share) = match text.split_once('@') {
            Some((limit, share)) => (limit.trim(), Some(share.trim())),
            None => (text.trim(), None),
        };
        let share = match share {
            Some(share) => {
                let of = Share::parse_percent(share).map_err(|_| {
                    (format!("`{share}` is no percentage"), "write how surely, as in \"@95%\"".to_string())
                })?;
                checked(of.0)?
            }
            None if subject == Subject::Completes => return Self::completes(percent(text)?),
            None => DEFAULT_SHARE,
        };
        Ok(Self { subject, limit: parse_limit(subject, limit)?, share })
    }

    /// The largest value that keeps to the demand, where there are so many targets: microseconds or instances.
    pub fn most(&self, targets: u32) -> u64 {
        match self.limit {
            Limit::None => u64::MAX,
            Limit::Duration(duration) => duration.0,
            Limit::Count(count) => count.into(),
            Limit::OfTargets(share) => u64::from(targets) * u64::from(share.0) / 1_000_000_000,
        }
    }

    /// The share in percent, such as `95%`.
    pub fn surely(&self) -> String {
        show(self.share)
    }
}

fn parse_limit(subject: Subject, text: &str) -> Result<Limit, (String, String)> {
    let help = match subject {
        Subject::Completes => "write a percentage, as in \"95%\"",
        Subject::Within | Subject::StopWithin => "write a duration and how surely, as in \"2h@95%\"",
        Subject::BlastRadius => {
            "write a number of instances or a percentage of the targets, and how surely, as in \"20@99%\""
        }
    };
    let wrong = || (format!("`{text}` is no limit for `{}`", subject.name()), help.to_string());
    match subject {
        Subject::Completes => Err(wrong()),
        Subject::Within | Subject::StopWithin => text.parse().map(Limit::Duration).map_err(|_| wrong()),
        Subject::BlastRadius if text.ends_with('%') => {
            Share::parse_percent(text).map(|share| Limit::OfTargets(share.0)).map_err(|_| wrong())
        }
        Subject::BlastRadius => text.parse().map(Limit::Count).map_err(|_| wrong()),
    }
}

fn percent(text: &str) -> Result<Chance, (String, String)> {
    let wrong = |_| (format!("`{text}` is no percentage"), "write how surely, as in \"95%\"".to_string());
    Share::parse_percent(text.trim()).map(|share| share.0).map_err(wrong)
}

fn checked(share: Chance) -> Result<Chance, (String, String)> {
    if share.0 > 0 && share < Chance::ONE {
        return Ok(share);
    }
    let help = "no number of replications proves a certainty: demand a share such as 99%";
    Err((format!("{} is nothing that a simulation can show", show(share)), help.into()))
}

fn show(share: Chance) -> String {
    let (whole, rest) = (share.0 / 10_000_000, share.0 % 10_000_000);
    let rest = format!("{rest:07}");
    match rest.trim_end_matches('0') {
        "" => format!("{whole}%"),
        fraction => format!("{whole}.{fraction}%"),
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let surely = self.surely();
        match self.limit {
            Limit::None => f.write_str(&surely),
            Limit::Duration(duration) => write!(f, "{duration}@{surely}"),
            Limit::Count(count) => write!(f, "{count}@{surely}"),
            Limit::OfTargets(of) => write!(f, "{}@{surely}", show(of)),
        }
    }
}

impl Serialize for Demand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} {self}", self.subject.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demands_are_read_and_shown_alike() {
        for (subject, text) in [
            (Subject::Within, "2h@95%"),
            (Subject::BlastRadius, "20@99%"),
            (Subject::BlastRadius, "1.5%@99.5%"),
            (Subject::StopWithin, "10m@90%"),
            (Subject::Completes, "97%"),
        ] {
            assert_eq!(Demand::parse(subject, text).unwrap().to_string(), text);
        }
        assert_eq!(Demand::parse(Subject::Within, "2h").unwrap().to_string(), "2h@95%");
        let of_targets = Demand::parse(Subject::BlastRadius, "1%@99%").unwrap();
        assert_eq!([250, 99].map(|targets| of_targets.most(targets)), [2, 0]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (subject, text, found) in [
            (Subject::Within, "2@95%", "`2` is no limit"),
            (Subject::Within, "2h@95", "`95` is no percentage"),
            (Subject::Within, "2h@100%", "nothing that a simulation can show"),
            (Subject::BlastRadius, "2h@99%", "`2h` is no limit"),
            (Subject::BlastRadius, "-3", "`-3` is no limit"),
            (Subject::Completes, "0%", "nothing that a simulation can show"),
            (Subject::Completes, "many", "`many` is no percentage"),
        ] {
            let (message, help) = Demand::parse(subject, text).unwrap_err();
            assert!(message.contains(found) && !help.is_empty(), "{text}: {message}");
        }
    }
}
