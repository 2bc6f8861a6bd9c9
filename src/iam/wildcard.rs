//! Patterns with `*` for any run of characters and `?` for one (S12.10).

/// A compiled pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(Vec<Glyph>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Glyph {
    /// Any run of characters.
    Any,
    /// Any run of characters without a colon.
    Within,
    /// Any character.
    One,
    Only(char),
}

impl Pattern {
    /// Adds text in which `*` and `?` are wildcards.
    pub fn push(&mut self, text: &str) {
        self.0.extend(text.chars().map(|letter| match letter {
            '*' => Glyph::Any,
            '?' => Glyph::One,
            other => Glyph::Only(other),
        }));
    }

    /// Adds text that means itself.
    pub fn push_literal(&mut self, text: &str) {
        self.0.extend(text.chars().map(Glyph::Only));
    }

    /// The pattern for ARNs: a `*` reaches beyond the segment between colons that it stands in only at that segment's end
    /// (IAM user guide, page of the element Resource). The last of the six segments may have colons of its own.
    pub fn for_arn(mut self) -> Self {
        let mut colons = 0;
        for at in 0..self.0.len() {
            match self.0[at] {
                Glyph::Only(':') => colons += 1,
                Glyph::Any if colons < 5 => {
                    let is_last = matches!(self.0.get(at + 1), None | Some(Glyph::Only(':')));
                    self.0[at] = if is_last { Glyph::Any } else { Glyph::Within };
                }
                _ => {}
            }
        }
        self
    }

    /// Whether the whole text is matched. Time is at most the product of the lengths.
    pub fn matches(&self, text: &str) -> bool {
        // The set of places in the pattern that the text so far can have led to.
        let glyphs = &self.0;
        let mut places = vec![false; glyphs.len() + 1];
        places[0] = true;
        skip_runs(glyphs, &mut places);
        for letter in text.chars() {
            let mut next = vec![false; glyphs.len() + 1];
            for (at, glyph) in glyphs.iter().enumerate().filter(|(at, _)| places[*at]) {
                match glyph {
                    Glyph::Any => next[at] = true,
                    Glyph::Within => next[at] = letter != ':',
                    Glyph::One => next[at + 1] = true,
                    Glyph::Only(own) => next[at + 1] |= *own == letter,
                }
            }
            skip_runs(glyphs, &mut next);
            places = next;
        }
        places[glyphs.len()]
    }
}

/// A run may be empty.
fn skip_runs(glyphs: &[Glyph], places: &mut [bool]) {
    for (at, glyph) in glyphs.iter().enumerate() {
        if places[at] && matches!(glyph, Glyph::Any | Glyph::Within) {
            places[at + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let mut compiled = Pattern::default();
        compiled.push(pattern);
        compiled.matches(text)
    }

    #[test]
    fn stars_match_runs_and_question_marks_one_character() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a:b/c", true),
            ("a*", "a", true),
            ("a*b", "axxb", true),
            ("a*b", "axxbc", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "ä", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("Web*", "web1", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_literal_is_no_wildcard() {
        let mut pattern = Pattern::default();
        pattern.push("a*");
        pattern.push_literal("*?");
        assert!(pattern.matches("axx*?") && !pattern.matches("axxbc"));
    }

    /// IAM user guide, Resource: only a star at the end of a segment goes beyond it.
    #[test]
    fn stars_in_arns_stay_in_their_segment_unless_they_end_it() {
        let arn = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1:2";
        for (pattern, expected) in [
            ("*", true),
            ("arn:aws:ec2:*", true),
            ("arn:aws:ec2:*:instance/i-1:2", true),
            ("arn:aws:ec2:*:*:instance/*", true),
            ("arn:aws:e*2:eu-west-1:123456789012:instance/i-1:2", true),
            ("arn:aws:e*1:123456789012:instance/i-1:2", false),
            ("arn:aws:ec2:eu-west-1:123456789012:i*2", true),
        ] {
            let mut compiled = Pattern::default();
            compiled.push(pattern);
            assert_eq!(compiled.for_arn().matches(arn), expected, "{pattern}");
        }
    }
}
