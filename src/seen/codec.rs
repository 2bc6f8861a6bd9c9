//! The sightings history as a file: JSON lines. The first one is a header, each other one a sighting (`docs/records.md`).

use std::{
    fmt,
    io::{self, BufRead, Write},
};

use serde::{Deserialize, Serialize};

use super::Sighting;

mod line;

use line::{Line, Told};

/// The version of the file format.
pub const FORMAT: u32 = 1;

/// What a record says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Whether somebody listened to the commands' notifications from the request until long after the end, so that one that is
    /// not there was not sent; then the beginnings that the record tells of are those of notifications.
    pub notifications: bool,
    /// Whether all calls of SendCommand and CancelCommand about these commands are in it.
    pub requests: bool,
    /// By so many milliseconds the clocks behind the times may differ: the client's, the service's and the instances'.
    pub clock_error_ms: u32,
}

/// The header as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine {
    fleetsim_sightings: u32,
    #[serde(default)]
    notifications: bool,
    #[serde(default)]
    requests: bool,
    #[serde(default)]
    clock_error_ms: u32,
}

/// What the first line has in every format.
#[derive(Deserialize)]
struct Format {
    fleetsim_sightings: u32,
}

/// Whether the first line of a file says that it holds sightings.
pub fn is_header(line: &str) -> bool {
    let fields = line.trim_start().strip_prefix('{');
    fields.is_some_and(|fields| fields.trim_start().starts_with("\"fleetsim_sightings\""))
}

/// A header as a line, without the line's end.
pub fn header_line(header: &Header) -> String {
    let line = HeaderLine {
        fleetsim_sightings: FORMAT,
        notifications: header.notifications,
        requests: header.requests,
        clock_error_ms: header.clock_error_ms,
    };
    serde_json::to_string(&line).expect("a header is plain data")
}

/// A sighting as a line, without the line's end.
pub fn to_line(sighting: &Sighting) -> String {
    serde_json::to_string(&Line::of(sighting)).expect("a sighting is plain data")
}

/// Writes a sighting as a line, with the line's end.
///
/// # Errors
///
/// Those of the output.
pub fn write_line(sighting: &Sighting, mut output: impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut output, &Line::of(sighting)).map_err(io::Error::from)?;
    output.write_all(b"\n")
}

/// Writes a sightings history.
#[derive(Debug)]
pub struct SightingWriter<W: Write> {
    output: W,
}

impl<W: Write> SightingWriter<W> {
    /// Begins a history.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn new(header: &Header, mut output: W) -> io::Result<Self> {
        output.write_all(header_line(header).as_bytes())?;
        output.write_all(b"\n")?;
        Ok(Self { output })
    }

    /// Writes a sighting.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn write(&mut self, sighting: &Sighting) -> io::Result<()> {
        write_line(sighting, &mut self.output)
    }

    /// Writes out what is held back.
    ///
    /// # Errors
    ///
    /// Those of the output.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}

/// Why a sightings history cannot be read.
#[derive(Debug)]
pub struct SightingError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for SightingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for SightingError {}

/// Reads a sightings history, sighting by sighting; memory does not grow with its length.
#[derive(Debug)]
pub struct SightingReader<R> {
    input: R,
    line: u64,
    buffer: String,
    /// What the first line says.
    pub header: Header,
}

impl<R: BufRead> SightingReader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    ///
    /// When it is no header of this format.
    pub fn new(mut input: R) -> Result<Self, SightingError> {
        let mut buffer = String::new();
        let error = |message| SightingError { line: 1, message };
        input.read_line(&mut buffer).map_err(|e| error(e.to_string()))?;
        if let Ok(Format { fleetsim_sightings: found }) = serde_json::from_str(&buffer)
            && found != FORMAT
        {
            return Err(error(format!("sightings format {found}; this version reads format {FORMAT}")));
        }
        let header: HeaderLine = serde_json::from_str(&buffer).map_err(|e| {
            error(format!(
                "this is no record of sightings ({e}); the first line of one is {{\"fleetsim_sightings\":{FORMAT},...}}, \
                 as `fleetsim import` writes it"
            ))
        })?;
        let header = Header {
            notifications: header.notifications,
            requests: header.requests,
            clock_error_ms: header.clock_error_ms,
        };
        Ok(Self { input, line: 1, buffer, header })
    }

    /// The next sighting; `None` at the end.
    ///
    /// # Errors
    ///
    /// When the line is no sighting, or cannot be read.
    pub fn next_sighting(&mut self) -> Result<Option<Sighting>, SightingError> {
        self.buffer.clear();
        self.line += 1;
        let read = self.input.read_line(&mut self.buffer);
        if read.map_err(|error| self.error(error.to_string()))? == 0 {
            return Ok(None);
        }
        let line: Line<'_> = serde_json::from_str(&self.buffer)
            .map_err(|error| self.error(format!("this is no sighting: {error}")))?;
        line.into_sighting().map(Some).map_err(|fault| self.error(fault))
    }

    fn error(&self, message: String) -> SightingError {
        SightingError { line: self.line, message }
    }
}

/// The times of a sighting: either those of a poll or those of a beginning.
fn when_of(times: &Told) -> Result<super::When, String> {
    use super::{When, Window};
    let when = match *times {
        Told { asked: Some(asked), answered: Some(answered), after: None, until: None } => {
            When::Polled { asked: asked.0, answered: answered.0 }
        }
        Told { asked: None, answered: None, after, until: Some(until) } => {
            When::Began(Window { after: after.map(|after| after.0), until: until.0 })
        }
        _ => {
            return Err(
                "a sighting has the times `asked` and `answered`, or `until` and perhaps `after`".into()
            );
        }
    };
    if when.earliest() > when.latest() {
        return Err("the later of its two times comes first".into());
    }
    Ok(when)
}

#[cfg(test)]
mod tests;
