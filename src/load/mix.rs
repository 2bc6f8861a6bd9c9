//! What is called: operations with weights. Which one the n-th request is follows from its number and the seed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::base::{nearest, philox::philox4x64};

/// What the words of choices are for, in the generator's key.
const CHOICES: u64 = 0x6c6f_6164_2d6d_6978;

/// An operation that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// Sends a command, whose course is then polled.
    SendCommand,
    /// Asks for one invocation of a command sent before.
    GetCommandInvocation,
    /// Asks for all invocations of a command sent before.
    ListCommandInvocations,
    /// Asks for a command sent before.
    ListCommands,
    /// Cancels a command sent before.
    CancelCommand,
    /// Asks for the instances.
    DescribeInstanceInformation,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SendCommand,
        Self::GetCommandInvocation,
        Self::ListCommandInvocations,
        Self::ListCommands,
        Self::CancelCommand,
        Self::DescribeInstanceInformation,
    ];

    /// Its name as the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SendCommand => "SendCommand",
            Self::GetCommandInvocation => "GetCommandInvocation",
            Self::ListCommandInvocations => "ListCommandInvocations",
            Self::ListCommands => "ListCommands",
            Self::CancelCommand => "CancelCommand",
            Self::DescribeInstanceInformation => "DescribeInstanceInformation",
        }
    }

    /// Whether there has to be a command before it can be called.
    pub fn needs_command(self) -> bool {
        !matches!(self, Self::SendCommand | Self::DescribeInstanceInformation)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Operation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|operation| operation.name() == text).ok_or_else(|| {
            let names = || Self::ALL.iter().map(|operation| operation.name());
            let guess = nearest(text, names()).map(|name| format!("; did you mean `{name}`?"));
            let known = names().collect::<Vec<_>>().join(", ");
            format!("`{text}` is no operation{}, one of {known}", guess.unwrap_or_default())
        })
    }
}

/// An operation with its weight: `SendCommand` or `SendCommand=3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighted {
    /// The operation.
    pub operation: Operation,
    /// How often, beside the others.
    pub weight: u32,
}

impl FromStr for Weighted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, weight) = text.split_once('=').unwrap_or((text, "1"));
        let weight = weight.trim().parse().ok().filter(|weight| (1..=1_000_000).contains(weight));
        let weight = weight.ok_or_else(|| format!("`{text}` has no weight from 1 to 1000000"))?;
        Ok(Self { operation: name.trim().parse()?, weight })
    }
}

/// Operations in proportion to their weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix {
    weighted: Vec<Weighted>,
    sum: u64,
    seed: u64,
}

impl Mix {
    /// A mix of at least one operation.
    pub fn new(weighted: Vec<Weighted>, seed: u64) -> Self {
        let sum = weighted.iter().map(|one| u64::from(one.weight)).sum();
        Self { weighted, sum, seed }
    }

    /// The operations.
    pub fn operations(&self) -> impl Iterator<Item = Operation> + '_ {
        self.weighted.iter().map(|one| one.operation)
    }

    /// The operation of a request.
    pub fn of(&self, number: u64) -> Operation {
        if let [only] = self.weighted[..] {
            return only.operation;
        }
        let word = philox4x64([number, 0, 0, 0], [self.seed, CHOICES])[0];
        let mut left = ((u128::from(word) * u128::from(self.sum)) >> 64) as u64;
        let chosen = self.weighted.iter().find(|one| {
            let hit = left < u64::from(one.weight);
            left = left.saturating_sub(u64::from(one.weight));
            hit
        });
        chosen.map_or(Operation::SendCommand, |one| one.operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_come_as_often_as_their_weights_say() {
        let weighted = ["SendCommand=1", "GetCommandInvocation=3"].map(|text| text.parse().unwrap());
        let mix = Mix::new(weighted.to_vec(), 5);
        let all = 40_000;
        let sends = (0..all).filter(|&number| mix.of(number) == Operation::SendCommand).count();
        // Four standard deviations of a binomial variable.
        assert!((sends as f64 - 10_000.0).abs() < 4.0 * 86.6, "{sends}");
        assert!((0..100).map(|n| mix.of(n)).eq((0..100).map(|n| mix.of(n))));
    }

    #[test]
    fn what_is_no_operation_is_told() {
        assert!("SendComand".parse::<Weighted>().unwrap_err().contains("did you mean `SendCommand`"));
        assert!("SendCommand=0".parse::<Weighted>().is_err());
    }
}
