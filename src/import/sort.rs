//! A sort that needs no more memory than one run of it: sorted runs go to files without a name, and are merged.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

use super::order::{Fate, Order, Timed};

/// So many bytes are sorted at once.
const RUN: usize = 64 << 20;
/// So many runs are merged at once: each needs an open file.
const FAN: usize = 64;

/// Sorts lines by time, and tells each once.
#[derive(Debug)]
pub struct Sorter {
    run: usize,
    lines: Vec<Timed>,
    bytes: usize,
    runs: Vec<File>,
    merge: Option<Merge>,
    /// How many lines were there more than once.
    pub doubles: u64,
}

#[derive(Debug)]
struct Merge {
    readers: Vec<BufReader<File>>,
    heads: BinaryHeap<Reverse<(Timed, usize)>>,
    before: Option<Timed>,
    doubles: u64,
}

impl Default for Sorter {
    fn default() -> Self {
        Self::new(RUN)
    }
}

impl Sorter {
    /// A sorter that keeps about so many bytes in memory.
    pub fn new(run: usize) -> Self {
        Self { run, lines: Vec::new(), bytes: 0, runs: Vec::new(), merge: None, doubles: 0 }
    }

    fn spill(&mut self) -> io::Result<()> {
        self.lines.sort_unstable();
        let count = self.lines.len();
        self.lines.dedup();
        self.doubles += (count - self.lines.len()) as u64;
        self.bytes = 0;
        let lines = self.lines.drain(..).map(Ok);
        self.runs.push(write_run(lines)?);
        if self.runs.len() == FAN {
            let mut merge = Merge::new(std::mem::take(&mut self.runs))?;
            self.runs.push(write_run(std::iter::from_fn(|| merge.next().transpose()))?);
            self.doubles += merge.doubles;
        }
        Ok(())
    }
}

impl Order for Sorter {
    fn push(&mut self, line: Timed) -> io::Result<Fate> {
        self.bytes += line.1.len() + size_of::<Timed>();
        self.lines.push(line);
        if self.bytes > self.run {
            self.spill()?;
        }
        Ok(Fate::Taken)
    }

    fn pop(&mut self) -> io::Result<Option<Box<[u8]>>> {
        let Some(merge) = &mut self.merge else { return Ok(None) };
        let next = merge.next()?;
        if next.is_none() {
            self.doubles += std::mem::take(&mut merge.doubles);
        }
        Ok(next.map(|(_, line)| line))
    }

    fn end(&mut self) -> io::Result<()> {
        self.spill()?;
        self.merge = Some(Merge::new(std::mem::take(&mut self.runs))?);
        Ok(())
    }
}

impl Merge {
    fn new(runs: Vec<File>) -> io::Result<Self> {
        let readers: Vec<_> = runs.into_iter().map(BufReader::new).collect();
        let mut merge = Self { readers, heads: BinaryHeap::new(), before: None, doubles: 0 };
        for number in 0..merge.readers.len() {
            merge.load(number)?;
        }
        Ok(merge)
    }

    fn load(&mut self, number: usize) -> io::Result<()> {
        if let Some(line) = read_line(&mut self.readers[number])? {
            self.heads.push(Reverse((line, number)));
        }
        Ok(())
    }

    fn next(&mut self) -> io::Result<Option<Timed>> {
        while let Some(Reverse((line, number))) = self.heads.pop() {
            self.load(number)?;
            if self.before.as_ref() == Some(&line) {
                self.doubles += 1;
                continue;
            }
            self.before = Some(line.clone());
            return Ok(Some(line));
        }
        Ok(None)
    }
}

fn write_run(lines: impl Iterator<Item = io::Result<Timed>>) -> io::Result<File> {
    let mut output = BufWriter::with_capacity(1 << 16, tempfile::tempfile()?);
    for line in lines {
        let (at, text) = line?;
        output.write_all(&at.to_le_bytes())?;
        output.write_all(&(text.len() as u64).to_le_bytes())?;
        output.write_all(&text)?;
    }
    let mut file = output.into_inner()?;
    file.rewind()?;
    Ok(file)
}

fn read_line(input: &mut impl Read) -> io::Result<Option<Timed>> {
    let mut number = [0; 8];
    match input.read_exact(&mut number) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let at = i64::from_le_bytes(number);
    input.read_exact(&mut number)?;
    let mut text = vec![0; usize::try_from(u64::from_le_bytes(number)).map_err(io::Error::other)?];
    input.read_exact(&mut text)?;
    Ok(Some((at, text.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_on_disk_come_out_as_one_sorted_list_without_doubles() {
        // So small that there are more runs than are merged at once.
        let mut sorter = Sorter::new(200);
        let lines: Vec<Timed> = (0..2_000_i64)
            .map(|n| (n * 7919 % 1000, format!("line {}", n * 7919 % 1000).as_bytes().into()))
            .collect();
        for line in &lines {
            sorter.push(line.clone()).unwrap();
        }
        sorter.end().unwrap();
        let mut sorted = Vec::new();
        while let Some(line) = sorter.pop().unwrap() {
            sorted.push(String::from_utf8(line.into()).unwrap());
        }
        let expected: Vec<String> = (0..1000).map(|n| format!("line {n}")).collect();
        assert_eq!(sorted, expected);
        assert_eq!(sorter.doubles, 1000);
    }
}
