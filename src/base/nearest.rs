//! The known name nearest to a misspelt one.

/// The name of `known` that differs least from `found`; `None` when even that differs in more than a third.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let far = |name: &str| strsim::damerau_levenshtein(&fold(found), &fold(name));
    let allowed = (found.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (far(name), name))
        .min()
        .filter(|(far, _)| *far <= allowed)
        .map(|(_, name)| name)
}

/// The id of `known` from which `found` differs in one place only. Unlike [`nearest`] it may be asked about a great many.
pub fn slip<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let alike = |one: &str, other: &str| {
        let same =
            |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(one, other)| one == other).count();
        let begin = same(&mut one.bytes().zip(other.bytes()));
        let end = same(&mut one.bytes().rev().zip(other.bytes().rev()));
        // Two neighbours that have changed places are one slip.
        begin + end + 2 >= one.len().max(other.len())
    };
    known.into_iter().find(|known| alike(found, known))
}

#[cfg(test)]
mod tests {
    use super::{nearest, slip};

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(nearest("cuont", ["count", "name"]), Some("count"));
        assert_eq!(nearest("Slow-Start", ["slow_start", "gate"]), Some("slow_start"));
        assert_eq!(nearest("colour", ["count", "name"]), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn one_place_may_differ() {
        let known = ["i-0123456789abcdef0", "i-fedcba98"];
        for found in
            ["i-0123456789abcdef1", "i-0123465789abcdef0", "i-012345678abcdef0", "i-00123456789abcdef0"]
        {
            assert_eq!(slip(found, known), Some(known[0]), "{found}");
        }
        assert_eq!(slip("i-0023456789abcdefff", known), None);
        assert_eq!(slip("i-fedcba89", known), Some(known[1]));
        assert_eq!(slip("i-", []), None);
    }
}
