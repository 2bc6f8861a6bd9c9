//! Plain durations from a column of a CSV file.

use std::path::Path;

use crate::{
    calibrate::Records,
    cli::console::{self, Failure},
    fit::observation::microseconds,
    report::{human, text::printable},
};

/// So many broken rows are shown.
const SHOWN: u64 = 5;

/// Reads a column whose unit is so many seconds; `instances` is the column that names the instance.
pub(super) fn read(
    path: &Path,
    column: &str,
    unit: f64,
    instances: Option<&str>,
) -> Result<Records, Failure> {
    let name = path.display();
    let cannot = |error: csv::Error| Failure::new(&format!("cannot read {name}: {error}"));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(cannot)?;
    let header = reader.headers().map_err(cannot)?.clone();
    let place = |column: &str| {
        let place = header.iter().position(|name| name.trim() == column);
        place.ok_or_else(|| {
            let columns = header.iter().collect::<Vec<_>>().join(", ");
            Failure::new(&format!("{name} has no column {column}; its first row has {columns}"))
        })
    };
    let (durations, instances) = (place(column)?, instances.map(place).transpose()?);
    let (mut records, mut broken, mut zeros) = (Records::default(), 0_u64, 0_u64);
    let mut row = csv::StringRecord::new();
    loop {
        let line = reader.position().line();
        let read = match reader.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) if row.len() > header.len() => {
                let (found, due) = (row.len(), header.len());
                Err(format!(
                    "the row has {found} fields, the first one {due}; quote what has a comma, and write 1234.5"
                ))
            }
            Ok(true) => duration(&row, durations, unit),
            Err(error) if error.is_io_error() => return Err(cannot(error)),
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(micros) => {
                zeros += u64::from(micros == 0);
                records.add_duration(micros.max(1), instances.and_then(|place| row.get(place)));
            }
            Err(fault) => {
                broken += 1;
                if broken <= SHOWN {
                    console::complain(&printable(&format!("warning: {name}: line {line}: {fault}")));
                }
            }
        }
    }
    if broken > SHOWN {
        console::complain(&format!("warning: {} more rows that are broken", human::count(broken - SHOWN)));
    }
    if zeros > 0 {
        console::complain(&format!("warning: {} durations of 0 count as 1us", human::count(zeros)));
    }
    if records.count() == 0 {
        return Err(Failure::new(&format!("{name} has no durations in the column {column}")));
    }
    Ok(records)
}

fn duration(row: &csv::StringRecord, place: usize, unit: f64) -> Result<u64, String> {
    let text = row.get(place).ok_or("the row is too short")?.trim();
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    microseconds(number * unit)
}
