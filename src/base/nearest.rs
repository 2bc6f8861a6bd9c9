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

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(nearest("cuont", ["count", "name"]), Some("count"));
        assert_eq!(nearest("Slow-Start", ["slow_start", "gate"]), Some("slow_start"));
        assert_eq!(nearest("colour", ["count", "name"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
