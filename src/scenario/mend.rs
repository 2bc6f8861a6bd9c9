//! Going on behind faults of structure: without the fields at fault, the rest of a scenario may still be read, and its
//! faults of meaning told together with them.

use serde::Deserialize;
use serde_json::Value;

use super::{
    Fault, Read,
    document::Scenario,
    resolve::{self, Wanted},
    source::Parsed,
};

/// The faults of meaning in what is left of `input` when the fields with faults of structure are taken away; none where
/// what is left cannot be read. What a missing field alone may have caused is left out.
pub(super) fn faults_behind(input: &Parsed, structural: &[Fault], read: Read<'_>) -> Vec<Fault> {
    let mut rest = input.clone();
    let pointers: Vec<&str> = structural.iter().map(|fault| fault.place.pointer.as_str()).collect();
    for pointer in &pointers {
        remove_field(&mut rest.value, pointer);
    }
    let Ok(scenario) = Scenario::deserialize(&rest.value) else { return Vec::new() };
    let wanted = Wanted { release: None, commands: false };
    let Err(faults) = resolve::resolve(&scenario, wanted, &rest, read) else { return Vec::new() };
    let caused = |fault: &Fault| {
        let at = fault.place.pointer.as_str();
        pointers.iter().any(|pointer| is_within(pointer, at) || is_within(at, pointer))
    };
    faults.0.into_iter().filter(|fault| !caused(fault)).collect()
}

/// Takes a field away; an item of a list stays, so that the pointers to the others hold.
fn remove_field(value: &mut Value, pointer: &str) {
    let Some((table, key)) = pointer.rsplit_once('/') else { return };
    if let Some(Value::Object(table)) = value.pointer_mut(table) {
        table.shift_remove(&key.replace("~1", "/").replace("~0", "~"));
    }
}

/// Whether one JSON pointer leads to the place of another or below it.
fn is_within(pointer: &str, place: &str) -> bool {
    pointer.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
