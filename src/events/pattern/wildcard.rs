//! The wildcard matcher: `*` stands for any number of characters, `\*` and `\\` for themselves.

use std::collections::BTreeSet;

/// The most beginnings of a wildcard that one text may match at a time. AWS names no number; between 8, which it
/// accepts, and 11, which it refuses, this one is ours.
const MOST_BEGINNINGS: usize = 10;

/// The most sets of beginnings that are looked at before a wildcard counts as too complex.
const MOST_SETS: usize = 2000;

/// A compiled wildcard: bytes, and None for `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wildcard(Vec<Option<u8>>);

impl Wildcard {
    /// Reads a wildcard. The error is AWS's text; its positions count from the opening quote on.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut bytes = text.bytes().enumerate().peekable();
        while let Some((at, byte)) = bytes.next() {
            let next = bytes.peek().map(|(_, next)| *next);
            pieces.push(match (byte, next) {
                (b'*', Some(b'*')) => {
                    return Err(format!("Consecutive wildcard characters at pos {}", at + 1));
                }
                (b'*', _) => None,
                (b'\\', Some(b'*' | b'\\')) => bytes.next().map(|(_, escaped)| escaped),
                (b'\\', _) => return Err(format!("Invalid escape character at pos {}", at + 1)),
                _ => Some(byte),
            });
        }
        Ok(Self(pieces))
    }

    /// Whether the whole of a text fits.
    pub fn matches(&self, text: &str) -> bool {
        let (pieces, text) = (&self.0, text.as_bytes());
        let (mut piece, mut at) = (0, 0);
        // Where to go on when a guess was wrong: behind the last `*`, one byte later.
        let mut retry = None;
        while at < text.len() || piece < pieces.len() {
            match pieces.get(piece) {
                Some(None) => {
                    piece += 1;
                    retry = Some((piece, at));
                }
                Some(Some(byte)) if text.get(at) == Some(byte) => {
                    piece += 1;
                    at += 1;
                }
                _ => match retry {
                    Some((behind, from)) if from < text.len() => {
                        retry = Some((behind, from + 1));
                        (piece, at) = (behind, from + 1);
                    }
                    _ => return false,
                },
            }
        }
        true
    }

    /// Whether one text can match too many beginnings of this wildcard at a time.
    pub fn is_too_complex(&self) -> bool {
        let stars = self.0.iter().filter(|piece| piece.is_none()).count();
        if stars == 0 {
            return false;
        }
        let alphabet: BTreeSet<Option<u8>> = self.0.iter().filter(|piece| piece.is_some()).copied().collect();
        let mut seen = BTreeSet::new();
        let mut open = vec![self.closed(BTreeSet::from([0]))];
        while let Some(set) = open.pop() {
            if set.len() > MOST_BEGINNINGS || seen.len() > MOST_SETS {
                return true;
            }
            if seen.insert(set.clone()) {
                open.extend(alphabet.iter().map(|byte| self.closed(self.after(&set, *byte))));
            }
        }
        false
    }

    /// The beginnings that match once a byte more is read.
    fn after(&self, set: &BTreeSet<usize>, byte: Option<u8>) -> BTreeSet<usize> {
        let step = |&at: &usize| match self.0.get(at) {
            Some(None) => Some(at),
            Some(piece) if *piece == byte => Some(at + 1),
            _ => None,
        };
        set.iter().filter_map(step).collect()
    }

    /// A `*` may stand for nothing.
    fn closed(&self, mut set: BTreeSet<usize>) -> BTreeSet<usize> {
        let behind: Vec<usize> = set.iter().filter(|at| self.0.get(**at) == Some(&None)).copied().collect();
        set.extend(behind.into_iter().map(|at| at + 1));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (wildcard, text, fits) in [
            ("*bc", "abcbc", true),
            ("d*f", "dexefx", false),
            ("12*4*", "12345", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            (r"a\*\\b", r"a*\b", true),
            (r"a\*", "ab", false),
            ("*データ*", "x_データ", true),
        ] {
            assert_eq!(Wildcard::parse(wildcard).unwrap().matches(text), fits, "{wildcard} {text}");
        }
    }

    #[test]
    fn faults_name_the_position_behind_the_quote() {
        assert_eq!(Wildcard::parse("foo**bar"), Err("Consecutive wildcard characters at pos 4".into()));
        assert_eq!(Wildcard::parse(r"a\b"), Err("Invalid escape character at pos 2".into()));
    }

    #[test]
    fn what_repeats_behind_many_stars_is_too_complex() {
        let complex = |text| Wildcard::parse(text).unwrap().is_too_complex();
        assert!(complex("*:*:*:*:*:event-bus/*"));
        assert!(!complex("/Users/*/dir/dir/dir/dir/dir/doc.txt"));
        assert!(!complex("arn:aws:events:us-east-1:*:event-bus/*"));
    }
}
