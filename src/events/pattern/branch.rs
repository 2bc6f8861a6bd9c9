//! One branch of a pattern against an event.

use std::collections::BTreeSet;

use super::{
    Field,
    event::{Elements, Event, Leaf},
};

/// How many values of a field an explanation shows.
const MOST_VALUES: usize = 3;

/// Fields that must all match, as indices, in the order of their paths.
#[derive(Clone, Debug)]
pub struct Branch(pub Vec<usize>);

impl Branch {
    /// Whether every field matches, and their leaves agree on the elements of the arrays they share.
    pub fn matches(&self, fields: &[Field], event: &Event) -> bool {
        self.0.iter().all(|field| one_matches(&fields[*field], event))
            && (event.is_flat() || self.is_consistent(fields, event))
    }

    /// Why it does not match; empty when it does.
    pub fn why_not(&self, fields: &[Field], event: &Event) -> Vec<String> {
        let failing = self.0.iter().map(|field| &fields[*field]).filter(|field| !one_matches(field, event));
        let reasons: Vec<String> = failing.map(|field| reason(field, event)).collect();
        if !reasons.is_empty() || self.matches(fields, event) {
            return reasons;
        }
        let paths: Vec<&str> = self.0.iter().map(|field| fields[*field].path.as_str()).collect();
        vec![format!(
            "{}: each matches, but not all of them in the same element of an array",
            paths.join(", ")
        )]
    }

    /// Follows the fields in the order of their paths. What is kept from one to the next are the elements in which all
    /// fields so far were found, as far as a later field can still disagree with them.
    fn is_consistent(&self, fields: &[Field], event: &Event) -> bool {
        let mut found: BTreeSet<Elements> = BTreeSet::from([Vec::new()]);
        for (ordinal, field) in self.0.iter().enumerate() {
            let field = &fields[*field];
            let later: BTreeSet<u32> = self.0[ordinal + 1..]
                .iter()
                .flat_map(|field| event.leaves(&fields[*field].path))
                .flat_map(|leaf| leaf.elements.iter().map(|(array, _)| *array))
                .collect();
            let leaves = event.leaves(&field.path);
            let mut next = BTreeSet::new();
            for elements in &found {
                let near: Vec<(&Leaf, Elements)> = leaves
                    .iter()
                    .filter_map(|leaf| Some((leaf, joined(elements, &leaf.elements)?)))
                    .collect();
                if near.is_empty() && field.may_be_absent() {
                    next.insert(kept(elements, &later));
                }
                let matching = near.iter().filter(|(leaf, _)| leaf_matches(field, leaf));
                next.extend(matching.map(|(_, joined)| kept(joined, &later)));
            }
            found = next;
        }
        !found.is_empty()
    }
}

fn leaf_matches(field: &Field, leaf: &Leaf) -> bool {
    field.matchers.iter().any(|matcher| matcher.matches(&leaf.value))
}

/// A field by itself: `exists: false` may hold in one element of an array though another has the field.
fn one_matches(field: &Field, event: &Event) -> bool {
    let leaves = event.leaves(&field.path);
    leaves.iter().any(|leaf| leaf_matches(field, leaf)) || (field.may_be_absent() && may_be_absent(leaves))
}

/// Whether there is nothing, or nothing but what lies in some element of an array.
fn may_be_absent(leaves: &[Leaf]) -> bool {
    leaves.iter().all(|leaf| !leaf.elements.is_empty())
}

/// Both elements together, or None where they name different elements of one array.
fn joined(a: &Elements, b: &Elements) -> Option<Elements> {
    let agrees = |(array, index): &(u32, u32)| a.iter().all(|(other, at)| other != array || at == index);
    if !b.iter().all(agrees) {
        return None;
    }
    let all: BTreeSet<(u32, u32)> = a.iter().chain(b).copied().collect();
    Some(all.into_iter().collect())
}

fn kept(elements: &Elements, later: &BTreeSet<u32>) -> Elements {
    elements.iter().filter(|(array, _)| later.contains(array)).copied().collect()
}

fn reason(field: &Field, event: &Event) -> String {
    let leaves = event.leaves(&field.path);
    if leaves.is_empty() {
        return format!("{}: the event has no such value; the pattern wants {}", field.path, field.text);
    }
    let mut values: Vec<String> =
        leaves.iter().take(MOST_VALUES).map(|leaf| leaf.value.to_string()).collect();
    if leaves.len() > MOST_VALUES {
        values.push(format!("and {} more", leaves.len() - MOST_VALUES));
    }
    format!("{}: {} does not match {}", field.path, values.join(", "), field.text)
}
