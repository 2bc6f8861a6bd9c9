//! From inputs to a sightings history.

use std::io::{self, Read, Write};

use jiff::Timestamp;

use super::{
    item::{self, Format, Found, Item},
    order::{Fate, Order},
    split::{Piece, Splitter},
};
use crate::seen::{Header, Sighting, codec};

/// How to take inputs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// What they hold; `None`: their contents say so.
    pub format: Option<Format>,
    /// When answers were asked for; `None`: at the latest date inside or after, and before `now`.
    pub asked_at: Option<Timestamp>,
    /// When the inputs were there.
    pub now: Timestamp,
}

/// An input, to be read from its beginning, twice if need be.
pub trait Source {
    /// The input from its beginning.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>>;
}

/// What came of the inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Objects that were looked at.
    pub objects: u64,
    /// Sightings written.
    pub written: u64,
    /// Sightings that were there more than once.
    pub doubles: u64,
    /// Sightings that came too late to be put in order.
    pub stragglers: u64,
    /// Objects about something other than Run Command.
    pub others: u64,
    /// Lines and objects that could not be understood.
    pub broken: u64,
    /// The first few of them: the input's number, the line, and what is wrong.
    pub shown: Vec<(usize, u64, String)>,
}

/// So many broken lines are shown.
const SHOWN: usize = 5;

/// Takes the inputs in, in their order, and writes a sightings history. `advance` is told of bytes as they are read;
/// `is_strict` ends it at the first broken line.
///
/// # Errors
///
/// Those of inputs and output, with the number of the input they are about, if any.
pub fn import(
    sources: &mut [Box<dyn Source>],
    settings: &Settings,
    (header, is_strict): (&Header, bool),
    order: &mut dyn Order,
    mut output: impl Write,
    advance: &dyn Fn(u64),
) -> Result<Totals, (Option<usize>, io::Error)> {
    let mut importer =
        Importer { settings, order, output: &mut output, line: Vec::new(), totals: Totals::default() };
    let line = codec::header_line(header);
    importer.output.write_all(line.as_bytes()).map_err(|error| (None, error))?;
    importer.output.write_all(b"\n").map_err(|error| (None, error))?;
    for (number, source) in sources.iter_mut().enumerate() {
        importer.take(number, source.as_mut(), is_strict, advance).map_err(|error| (Some(number), error))?;
        if is_strict && importer.totals.broken > 0 {
            return Ok(importer.totals);
        }
    }
    importer.order.end().and_then(|()| importer.drain()).map_err(|error| (None, error))?;
    let totals = importer.totals;
    output.flush().map_err(|error| (None, error))?;
    Ok(totals)
}

struct Importer<'a, W: Write> {
    settings: &'a Settings,
    order: &'a mut dyn Order,
    output: &'a mut W,
    line: Vec<u8>,
    totals: Totals,
}

impl<W: Write> Importer<'_, W> {
    fn take(
        &mut self,
        number: usize,
        source: &mut dyn Source,
        is_strict: bool,
        advance: &dyn Fn(u64),
    ) -> io::Result<()> {
        let dates = match self.settings.asked_at {
            Some(_) => Vec::new(),
            None => latest_dates(source.open()?)?,
        };
        let mut splitter = Splitter::new(Watched { input: source.open()?, advance });
        while let Some(piece) = splitter.next_piece()? {
            self.totals.objects += 1;
            let asked = self.settings.asked_at.or_else(|| dates.get(piece.document).copied().flatten());
            match self.understand(&piece, asked) {
                Ok(Found::Other) => self.totals.others += 1,
                Ok(Found::Sighting(sighting)) => self.put(&sighting)?,
                Err(fault) => {
                    self.totals.broken += 1;
                    if self.totals.shown.len() < SHOWN {
                        self.totals.shown.push((number, piece.line, fault));
                    }
                    if is_strict {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn understand(&self, piece: &Piece<'_>, asked: Option<Timestamp>) -> Result<Found, String> {
        if piece.is_broken {
            return Err("it breaks off, or is no JSON object".into());
        }
        let item = item::parse(piece.text)?;
        // An answer that stands by itself was given at its own latest date or after.
        let asked = asked.or_else(|| item.latest_date());
        let answered = |asked: Timestamp| self.settings.asked_at.unwrap_or(self.settings.now.max(asked));
        item.sighting(asked.map(|asked| (asked, answered(asked))), self.settings.format)
    }

    fn put(&mut self, sighting: &Sighting) -> io::Result<()> {
        self.line.clear();
        codec::write_line(sighting, &mut self.line)?;
        let at = sighting.when().order().as_microsecond();
        match self.order.push((at, self.line.as_slice().into()))? {
            Fate::Taken => {}
            Fate::Double => self.totals.doubles += 1,
            Fate::Straggler => self.totals.stragglers += 1,
        }
        self.drain()
    }

    fn drain(&mut self) -> io::Result<()> {
        while let Some(line) = self.order.pop()? {
            self.output.write_all(&line)?;
            self.totals.written += 1;
        }
        Ok(())
    }
}

/// The latest date of each answer that is a list, by the number of its document; nothing for inputs that have none.
fn latest_dates(input: impl Read) -> io::Result<Vec<Option<Timestamp>>> {
    let mut splitter = Splitter::new(input);
    let (mut dates, mut count, mut has_answers) = (Vec::new(), 0, false);
    while let Some(piece) = splitter.next_piece()? {
        let item = item::parse(piece.text).unwrap_or_default();
        has_answers |= piece.is_listed && item.is_answer();
        count += 1;
        if !has_answers && count > LOOKED_AT {
            return Ok(Vec::new());
        }
        dates.resize(dates.len().max(piece.document + 1), None);
        if piece.is_listed && item.is_answer() {
            let latest = &mut dates[piece.document];
            *latest = (*latest).max(item.latest_date());
        }
    }
    Ok(dates)
}

/// After so many objects without an answer among them there is none, and no need to read them all twice.
const LOOKED_AT: u32 = 1000;

/// An input that tells how far it is.
struct Watched<'a, R> {
    input: R,
    advance: &'a dyn Fn(u64),
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        (self.advance)(read as u64);
        Ok(read)
    }
}

/// Reads one object for itself, as the tests of formats do.
impl Item<'_> {
    /// What it tells at its own latest date.
    ///
    /// # Errors
    ///
    /// As [`Item::sighting`].
    pub fn alone(&self) -> Result<Found, String> {
        self.sighting(self.latest_date().map(|date| (date, date)), None)
    }
}
