//! The file of a shard: a line of JSON on what it is, one on the plan, one on what its replications came to; then their rows
//! of `replications.csv`; then a checksum of all that.

use std::io::{self, BufRead, BufReader, Read, Write};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::{
    replicate::Ensemble,
    shard::{Job, Shard},
};

/// The version of the form.
const FORM: u32 = 1;
/// The checksum in hexadecimal digits, and the end of its line.
const TRAILER: u64 = 33;

/// What a shard file is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the form.
    fleetsim_shard: u32,
    /// The run.
    pub job: Job,
    /// The part of it.
    pub shard: Shard,
    /// The scenario's file as the user named it.
    pub scenario: String,
    /// How many of its replications are done, from the first on.
    pub done: u64,
    /// The length of the rows.
    rows: u64,
}

/// All of a shard file but the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardFile {
    /// What it is about.
    pub header: Header,
    /// The plan, as JSON.
    pub plan: String,
    /// What its replications came to.
    pub ensemble: Ensemble,
    /// Where its rows begin.
    offset: u64,
}

impl Header {
    /// Of a shard of which so many replications are done.
    pub fn new(job: Job, shard: Shard, scenario: String, done: u64) -> Self {
        Self { fleetsim_shard: FORM, job, shard, scenario, done, rows: 0 }
    }

    /// How many replications the whole shard has.
    pub fn whole(&self) -> u64 {
        let range = self.shard.replications(self.job.replications);
        range.end - range.start
    }
}

impl ShardFile {
    /// A shard before its first replication.
    pub fn empty(header: Header, plan: String) -> Self {
        Self { header, plan, ensemble: Ensemble::default(), offset: 0 }
    }

    /// Writes it, with these rows.
    pub fn write(&mut self, mut rows: impl Read, length: u64, output: impl Write) -> io::Result<()> {
        self.header.rows = length;
        let mut output = Summing { output, sum: Xxh3::new() };
        serde_json::to_writer(&mut output, &self.header)?;
        writeln!(output, "\n{}", self.plan)?;
        serde_json::to_writer(&mut output, &self.ensemble)?;
        output.write_all(b"\n")?;
        let copied = io::copy(&mut rows, &mut output)?;
        if copied != length {
            return Err(io::Error::other("rows have been lost"));
        }
        let sum = output.sum.digest128();
        writeln!(output, "{sum:032x}")?;
        output.flush()
    }

    /// Reads a file, passes over its rows, and proves the checksum; or says what is wrong.
    pub fn read(input: impl Read) -> Result<Self, String> {
        let mut input =
            Summed { input: BufReader::with_capacity(1 << 16, input), sum: Xxh3::new(), passed: 0 };
        let header = input.line("its first line")?;
        let header: Header =
            serde_json::from_str(&header).map_err(|_| "it is no shard file of this program".to_string())?;
        if header.fleetsim_shard != FORM {
            return Err(format!("its form is {}, and this program reads {FORM}", header.fleetsim_shard));
        }
        let plan = input.line("its plan")?;
        let results = input.line("its results")?;
        let offset = input.passed;
        input.skip(header.rows)?;
        input.end()?;
        let ensemble: Ensemble = serde_json::from_str(&results)
            .map_err(|error| format!("its results are of another form: {error}"))?;
        Ok(Self { header, plan, ensemble, offset })
    }

    /// Where its rows are in the file: their beginning and their length.
    pub fn rows(&self) -> (u64, u64) {
        (self.offset, self.header.rows)
    }
}

/// Sums up what is written.
struct Summing<W> {
    output: W,
    sum: Xxh3,
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.output.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// Sums up what is read.
struct Summed<R> {
    input: BufReader<R>,
    sum: Xxh3,
    passed: u64,
}

impl<R: Read> Summed<R> {
    fn line(&mut self, what: &str) -> Result<String, String> {
        let mut line = String::new();
        self.input.read_line(&mut line).map_err(|error| error.to_string())?;
        self.sum.update(line.as_bytes());
        self.passed += line.len() as u64;
        match line.pop() {
            Some('\n') => Ok(line),
            _ => Err(format!("it ends within {what}")),
        }
    }

    fn skip(&mut self, mut length: u64) -> Result<(), String> {
        while length > 0 {
            let bytes = self.input.fill_buf().map_err(|error| error.to_string())?;
            let passed = bytes.len().min(length as usize);
            if passed == 0 {
                return Err("it ends within its rows".into());
            }
            self.sum.update(&bytes[..passed]);
            self.input.consume(passed);
            length -= passed as u64;
        }
        Ok(())
    }

    fn end(self) -> Result<(), String> {
        let mut rest = Vec::new();
        self.input.take(TRAILER + 1).read_to_end(&mut rest).map_err(|error| error.to_string())?;
        let expected = format!("{:032x}\n", self.sum.digest128());
        match rest == expected.as_bytes() {
            true => Ok(()),
            false => Err("it is damaged: its checksum is not that of its content".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Checks;

    fn file() -> Vec<u8> {
        let (version, plan) = ("1".into(), "p".into());
        let job = Job { version, plan, seed: 1, replications: 10, checks: Checks::All, shards: 2 };
        let header = Header::new(job, Shard { number: 2, of: 2 }, "s.toml".into(), 3);
        let mut bytes = Vec::new();
        ShardFile::empty(header, "{}".into()).write(&b"5,a\n6,b\n"[..], 8, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = file();
        let read = ShardFile::read(&bytes[..]).unwrap();
        assert_eq!((read.header.done, read.header.whole()), (3, 5));
        let (offset, length) = read.rows();
        assert_eq!(&bytes[offset as usize..][..length as usize], b"5,a\n6,b\n");
        assert_eq!(read.ensemble, Ensemble::default());
    }

    #[test]
    fn whatever_is_lost_or_changed_is_noticed() {
        let bytes = file();
        for length in 0..bytes.len() {
            assert!(ShardFile::read(&bytes[..length]).is_err(), "{length}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(ShardFile::read(&changed[..]).is_err(), "{at}");
        }
        assert!(ShardFile::read(&[&bytes[..], b"x"].concat()[..]).is_err());
    }
}
