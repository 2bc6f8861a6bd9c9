//! Measured values from a column of a CSV file.

use super::{review::Review, source::join};
use crate::base::nearest;

/// The most rows of a file of measured values.
const MOST_ROWS: usize = 1_000_000;

/// The values of one column times `scale`; faults go to the review, at the distribution's `pointer`.
pub(super) fn read(
    file: &str,
    column: &str,
    scale: f64,
    pointer: &str,
    review: &mut Review<'_>,
) -> Option<Vec<f64>> {
    let text = review.read_beside(file, &join(pointer, "file"))?;
    match column_values(&text, column, scale) {
        Ok(values) => Some(values),
        Err(Wrong { field, message, help }) => {
            review.error(&join(pointer, field), format!("{file}: {message}"), help);
            None
        }
    }
}

/// What is wrong with the file, and the field of the distribution that leads there.
struct Wrong {
    field: &'static str,
    message: String,
    help: String,
}

fn column_values(text: &str, column: &str, scale: f64) -> Result<Vec<f64>, Wrong> {
    let file = |message: String, help: &str| Wrong { field: "file", message, help: help.into() };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| file(error.to_string(), ""))?.clone();
    let Some(index) = headers.iter().position(|header| header == column) else {
        let known = headers.iter().collect::<Vec<_>>().join(", ");
        let help = match nearest(column, &headers) {
            Some(name) => format!("did you mean `{name}`? The columns are: {known}"),
            None => format!("the columns are: {known}"),
        };
        return Err(Wrong { field: "column", message: format!("no column `{column}`"), help });
    };
    let mut values = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| file(error.to_string(), ""))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = record[index].trim();
        match cell.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => values.push(value * scale),
            _ => {
                return Err(file(
                    format!("line {line}: `{cell}` in column `{column}`"),
                    "each value is a number from 0",
                ));
            }
        }
        if values.len() > MOST_ROWS {
            return Err(file("too many rows".into(), "at most 1,000,000 rows are read"));
        }
    }
    if values.is_empty() {
        return Err(file("no rows below the header".into(), "at least one value is needed"));
    }
    Ok(values)
}
