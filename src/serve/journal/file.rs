//! The file of a journal: opened, and written by a thread that may block.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::record::{self, Broken, Content, FORMAT, Header, Record};

/// A journal that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The file, at its end, locked against other processes.
    pub file: File,
    /// The records behind the header; none where the journal is new.
    pub records: Vec<Record<'static>>,
    /// Whether it has its header.
    pub is_old: bool,
    /// What the user should know of it.
    pub note: Option<String>,
}

/// What is to be written at once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Whether all that was written before goes.
    pub afresh: bool,
    /// The lines.
    pub bytes: Vec<u8>,
}

/// Opens a journal, and makes it where there is none.
///
/// # Errors
///
/// In words for the user: when it cannot be read or written, another process has it, it is broken, or belongs to
/// something else.
pub fn open(path: &Path, header: &Header) -> Result<Opened, String> {
    let shown = path.display();
    let failed = |error: io::Error| format!("cannot open the journal {shown}: {error}");
    let is_there = path.exists();
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(format!("another process writes the journal {shown}; stop it, or name another file"));
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    if !is_there {
        keep_name(path).map_err(failed)?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    let Content { mut records, length } = record::read(&bytes).map_err(|Broken { line }| {
        format!(
            "line {line} of the journal {shown} is broken, and records stand behind it: what follows cannot be trusted; \
             restore the file from a copy, or move it away to begin anew"
        )
    })?;
    if length == 0 && !bytes.is_empty() && !is_begun(&bytes) {
        return Err(format!("{shown} is no journal; name another file"));
    }
    let note = (length < bytes.len()).then(|| {
        let lost = bytes.len() - length;
        format!("the journal {shown} ended in a write that was not finished: {lost} bytes cut off, nothing acknowledged is lost")
    });
    file.set_len(length as u64).map_err(failed)?;
    file.seek(SeekFrom::End(0)).map_err(failed)?;
    let is_old = !records.is_empty();
    if is_old {
        let Record::Header(found) = records.remove(0) else {
            return Err(format!("{shown} is no journal; name another file"));
        };
        fits(&found, header).map_err(|what| format!("the journal {shown} {what}"))?;
    }
    Ok(Opened { file, records, is_old, note })
}

/// Whether bytes without a whole record may be the beginning of a first line.
fn is_begun(bytes: &[u8]) -> bool {
    let sum = bytes.iter().take(16).all(u8::is_ascii_hexdigit);
    let rest = bytes.get(16..).unwrap_or_default();
    let start: &[u8] = b" 0 {\"header\":";
    bytes.iter().all(|byte| *byte == 0)
        || sum && rest.iter().zip(start).all(|(found, expected)| found == expected)
}

/// The name of a new file is not safe before its folder is.
fn keep_name(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether a journal belongs to what is served; if not, what to do.
fn fits(found: &Header, expected: &Header) -> Result<(), String> {
    let anew = "or name another file to begin anew";
    if found.format != FORMAT {
        return Err(format!(
            "has format {}, and this program reads {FORMAT}; use the program that wrote it, {anew}",
            found.format
        ));
    }
    if found.scenario != expected.scenario || found.seed != expected.seed {
        return Err(format!("belongs to another scenario or seed; serve that one, {anew}"));
    }
    if found.program != expected.program {
        let Header { program, .. } = found;
        return Err(format!(
            "was written by fleetsim {program}, whose results may differ; use that version, {anew}"
        ));
    }
    if found.settings != expected.settings {
        let (was, now) = (&found.settings, &expected.settings);
        return Err(format!("was written with other settings ({was}; now {now}); use the same, {anew}"));
    }
    Ok(())
}

/// Writes a batch and waits until it is on disk.
///
/// # Errors
///
/// Those of the file.
pub fn write(file: &mut File, batch: &Batch) -> io::Result<()> {
    if batch.afresh {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
    }
    file.write_all(&batch.bytes)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SimTime;

    fn header() -> Header {
        Header { format: FORMAT, program: "1".into(), scenario: "s".into(), seed: 1, settings: "a".into() }
    }

    fn journal(folder: &Path, records: &[Record]) -> std::path::PathBuf {
        let path = folder.join("journal");
        let mut bytes = Vec::new();
        for (number, record) in (0..).zip(records) {
            record.write(number, &mut bytes);
        }
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn a_torn_end_is_cut_off_with_a_note() {
        let folder = tempfile::tempdir().unwrap();
        let time = Record::Time { until: SimTime(5) };
        let path = journal(folder.path(), &[Record::Header(header()), time.clone(), time.clone()]);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let opened = open(&path, &header()).unwrap();
            let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!((opened.is_old, opened.records.len()), (lines > 0, lines.saturating_sub(1)));
            let is_torn = cut > 0 && whole[cut - 1] != b'\n';
            assert_eq!(opened.note.is_some(), is_torn, "{cut}");
            // What is written then stands where a record may stand.
            let mut opened = opened;
            let mut bytes = Vec::new();
            time.write(lines as u64, &mut bytes);
            write(&mut opened.file, &Batch { afresh: false, bytes }).unwrap();
            drop(opened);
            assert_eq!(record::read(&std::fs::read(&path).unwrap()).unwrap().records.len(), lines + 1);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = journal(folder.path(), &[Record::Header(header()), Record::Delivered { id: 1 }]);
        let refusal = |header: &Header| open(&path, header).unwrap_err();
        assert!(refusal(&Header { seed: 2, ..header() }).contains("another scenario or seed"));
        assert!(refusal(&Header { scenario: "t".into(), ..header() }).contains("another scenario or seed"));
        assert!(refusal(&Header { program: "2".into(), ..header() }).contains("by fleetsim 1"));
        assert!(refusal(&Header { settings: "b".into(), ..header() }).contains("other settings (a; now b)"));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[30] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(refusal(&header()).contains("line 1 of the journal"));
        let other = folder.path().join("notes.txt");
        std::fs::write(&other, "Dear diary").unwrap();
        assert!(open(&other, &header()).unwrap_err().contains("is no journal"));
        assert_eq!(std::fs::read(&other).unwrap(), b"Dear diary");
        let old = journal(folder.path(), &[Record::Header(Header { format: 9, ..header() })]);
        assert!(open(&old, &header()).unwrap_err().contains("has format 9"));
    }

    #[test]
    fn two_processes_do_not_share_a_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let first = open(&path, &header()).unwrap();
        assert!(open(&path, &header()).unwrap_err().contains("another process"));
        drop(first);
        assert!(open(&path, &header()).is_ok());
    }
}
