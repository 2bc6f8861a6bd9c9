//! What is held out, to be predicted.

use std::str::FromStr;

use super::records::Row;

/// Which part is held out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Split {
    /// The share that is held out, between 0 and 1; 0: nothing is.
    pub share: f64,
    /// Which one.
    pub by: HoldOut,
}

/// Which invocations are held out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HoldOut {
    /// The latest: does the past tell the future?
    #[default]
    Latest,
    /// In turn, spread evenly over time: does the model tell the sample?
    InTurn,
}

impl FromStr for HoldOut {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "latest" => Ok(Self::Latest),
            "in-turn" => Ok(Self::InTurn),
            _ => Err("give latest or in-turn".into()),
        }
    }
}

impl Split {
    /// The rows to fit to, and those held out, of rows in order of time.
    pub(super) fn apply(&self, rows: &[Row]) -> (Vec<Row>, Option<Vec<Row>>) {
        if self.share <= 0.0 {
            return (rows.to_vec(), None);
        }
        let whole = |part: usize| (part as f64 * self.share).floor();
        let first = rows.len() - whole(rows.len()) as usize;
        let is_held = |at: usize| match self.by {
            HoldOut::Latest => at >= first,
            HoldOut::InTurn => whole(at + 1) > whole(at),
        };
        let part = |held: bool| {
            rows.iter().enumerate().filter(move |(at, _)| is_held(*at) == held).map(|(_, row)| *row).collect()
        };
        (part(false), Some(part(true)))
    }
}
