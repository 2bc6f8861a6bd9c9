//! Fields of answers, read one by one: what is not there is a finding, not a failure.

use serde_json::Value;

/// A text; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A number.
pub(super) fn number(value: &Value, field: &str) -> Option<f64> {
    value.get(field).and_then(Value::as_f64)
}

/// A whole number.
pub(super) fn count(value: &Value, field: &str) -> Option<i64> {
    value.get(field).and_then(Value::as_i64)
}

/// The elements of a list; none where there is no list.
pub(super) fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts of a list.
pub(super) fn texts(value: &Value, field: &str) -> Vec<String> {
    list(value, field).iter().filter_map(Value::as_str).map(String::from).collect()
}

/// `Status/StatusDetails` as people write them; details that say nothing else are left out.
pub(super) fn state(value: &Value) -> String {
    let (status, details) = (text(value, "Status"), text(value, "StatusDetails"));
    if status == details || details.is_empty() { status.into() } else { format!("{status}/{details}") }
}

/// Puts the fields of `more` into an object.
pub(super) fn with(mut value: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, more) {
        fields.extend(more);
    }
    value
}
