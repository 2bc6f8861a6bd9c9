//! The journal: every call that changes something is on disk before it is answered, and so is a watermark that no answered
//! time is behind of. After a crash the calls are made again at their times, and time goes on at the watermark.
//!
//! One thread appends, and never waits; a blocking thread writes and syncs what has come together meanwhile. An answer
//! waits at its [`Gate`] for all that it may rest on: the calls before it, whosever they are, and its own time.
//! Pauses and the speed are not kept: a server begins with those of its command line.

mod file;
mod record;

use std::{cell::RefCell, collections::VecDeque, fs::File, path::Path, rc::Rc};

use tokio::sync::{Notify, watch};

use crate::base::{SimDuration, SimTime};
use file::Batch;

pub use record::{Entry, FORMAT, Header, Record};

/// More than this is written even when nobody waits for it.
const IDLE_BYTES: usize = 1 << 16;

/// The appending end of a journal.
#[derive(Debug)]
pub struct Journal {
    header: Header,
    state: RefCell<State>,
    wake: Notify,
    progress: watch::Sender<Progress>,
}

/// How far the file is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many records are on disk, of all that were ever appended.
    pub synced: u64,
    /// How often the disk was waited for.
    pub syncs: u64,
    /// Why nothing is written any more.
    pub failure: Option<String>,
    is_closed: bool,
}

#[derive(Debug, Default)]
struct State {
    batch: Batch,
    /// The number of the next line.
    number: u64,
    /// How many records were appended.
    appended: u64,
    /// The position behind the last record that answers rest on.
    vital: u64,
    /// The latest time among the records on disk.
    safe: SimTime,
    /// The latest time among all records.
    reserved: SimTime,
    /// Times that are on their way, with the positions behind their records.
    coming: VecDeque<(u64, SimTime)>,
    is_closing: bool,
}

/// What an answer waits for.
#[derive(Debug)]
pub struct Gate {
    position: u64,
    progress: watch::Receiver<Progress>,
}

/// The journal does not work any more; nothing may be acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

/// What stood in the file.
#[derive(Debug)]
pub struct Past {
    /// The records behind the header.
    pub records: Vec<Record<'static>>,
    /// What the user should know.
    pub note: Option<String>,
}

impl Gate {
    /// Waits until everything is on disk.
    ///
    /// # Errors
    ///
    /// When that does not happen any more.
    pub async fn pass(mut self) -> Result<(), Lost> {
        let is_decided = |progress: &Progress| progress.synced >= self.position || progress.failure.is_some();
        let progress = self.progress.wait_for(is_decided).await.map_err(|_| Lost)?;
        if progress.synced >= self.position { Ok(()) } else { Err(Lost) }
    }
}

impl Journal {
    /// Opens the journal at `path`; [`Journal::keep`] writes it.
    ///
    /// # Errors
    ///
    /// In words for the user: when it cannot be opened, is broken or belongs to something else.
    pub fn open(path: &Path, header: Header) -> Result<(Rc<Self>, File, Past), String> {
        let opened = file::open(path, &header)?;
        let journal = Self {
            header,
            state: RefCell::default(),
            wake: Notify::new(),
            progress: watch::Sender::default(),
        };
        if opened.is_old {
            let mut state = journal.state.borrow_mut();
            state.number = opened.records.len() as u64 + 1;
            state.safe = opened.records.iter().filter_map(Record::time).max().unwrap_or_default();
            state.reserved = state.safe;
        } else {
            journal.append(&Record::Header(journal.header.clone()), true);
        }
        Ok((Rc::new(journal), opened.file, Past { records: opened.records, note: opened.note }))
    }

    fn append(&self, record: &Record, is_vital: bool) {
        let state = &mut *self.state.borrow_mut();
        record.write(state.number, &mut state.batch.bytes);
        state.number += 1;
        state.appended += 1;
        if let Some(time) = record.time().filter(|time| *time > state.reserved) {
            state.reserved = time;
            state.coming.push_back((state.appended, time));
        }
        if is_vital {
            state.vital = state.appended;
        }
        if is_vital || state.batch.bytes.len() > IDLE_BYTES {
            self.wake.notify_one();
        }
    }

    /// Appends a call, which must be in the journal before it is answered.
    pub fn note_call(&self, entry: Entry) {
        self.append(&Record::Call(entry), true);
    }

    /// Appends that a message was given up, which later answers show.
    pub fn note_burial(&self, time: SimTime, id: u64) {
        self.append(&Record::Buried { time, id }, true);
    }

    /// Appends that a fault was asked for.
    pub fn note_fault(&self, time: SimTime, request: &str) {
        self.append(&Record::Fault { time, request: request.into() }, true);
    }

    /// Appends that a fault was ended.
    pub fn note_fault_end(&self, time: SimTime, id: u32) {
        self.append(&Record::FaultEnd { time, id }, true);
    }

    /// Appends that a message has left. Nothing waits for this: what is lost of it leaves a second time.
    pub fn note_delivery(&self, id: u64) {
        self.append(&Record::Delivered { id }, false);
    }

    /// The latest time that clients may be told of without waiting. When less than half of `ahead` is left from `time` on, more is
    /// on its way.
    pub fn reach(&self, time: SimTime, ahead: SimDuration) -> SimTime {
        let (safe, reserved) = {
            let state = self.state.borrow();
            (state.safe, state.reserved)
        };
        if time + SimDuration(ahead.0 / 2) > reserved {
            self.append(&Record::Time { until: time + ahead }, false);
            self.wake.notify_one();
        }
        safe
    }

    /// What an answer that tells of `time` has to wait for; nothing when all of it is on disk.
    pub fn gate(&self, time: SimTime) -> Option<Gate> {
        if self.state.borrow().reserved < time {
            self.append(&Record::Time { until: time }, true);
        }
        let state = self.state.borrow();
        let told = state.coming.iter().find(|(_, coming)| *coming >= time);
        let told = told.filter(|_| state.safe < time).map_or(0, |(position, _)| *position);
        let position = state.vital.max(told);
        let progress = self.progress.subscribe();
        let is_open = { progress.borrow().synced >= position };
        (!is_open).then_some(Gate { position, progress })
    }

    /// Forgets everything: the journal begins anew at time 0.
    pub fn reset(&self) {
        {
            let state = &mut *self.state.borrow_mut();
            state.batch = Batch { afresh: true, bytes: Vec::new() };
            state.number = 0;
            (state.safe, state.reserved) = (SimTime::ZERO, SimTime::ZERO);
            state.coming.clear();
        }
        self.append(&Record::Header(self.header.clone()), true);
    }

    /// How far the file is.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Waits until the file does not work any more.
    pub async fn failure(&self) -> String {
        let mut progress = self.progress.subscribe();
        match progress.wait_for(|progress| progress.failure.is_some()).await {
            Ok(progress) => progress.failure.clone().unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Writes what comes together until the journal is closed. `woken` is told after every sync.
    pub async fn keep(self: Rc<Self>, mut file: File, woken: impl Fn()) {
        loop {
            self.wake.notified().await;
            while let Some((batch, position)) = self.take() {
                let write = tokio::task::spawn_blocking(move || {
                    let result = file::write(&mut file, &batch);
                    (file, result)
                });
                let Ok((returned, result)) = write.await else {
                    return self.fail("the writing thread is gone");
                };
                file = returned;
                match result {
                    Ok(()) => self.note_sync(position),
                    Err(error) => return self.fail(&error.to_string()),
                }
                woken();
            }
            if self.state.borrow().is_closing {
                self.progress.send_modify(|progress| progress.is_closed = true);
                return;
            }
        }
    }

    /// What is to be written, and the position behind it.
    fn take(&self) -> Option<(Batch, u64)> {
        let state = &mut *self.state.borrow_mut();
        let batch = std::mem::take(&mut state.batch);
        (!batch.bytes.is_empty()).then_some((batch, state.appended))
    }

    fn note_sync(&self, position: u64) {
        {
            let state = &mut *self.state.borrow_mut();
            while let Some((_, time)) = state.coming.pop_front_if(|(coming, _)| *coming <= position) {
                state.safe = state.safe.max(time);
            }
        }
        self.progress.send_modify(|progress| {
            progress.synced = position;
            progress.syncs += 1;
        });
    }

    fn fail(&self, why: &str) {
        self.progress.send_modify(|progress| progress.failure = Some(why.into()));
    }

    /// Writes what is left, and waits for it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub async fn close(&self) -> Result<(), Lost> {
        self.state.borrow_mut().is_closing = true;
        self.wake.notify_one();
        let mut progress = self.progress.subscribe();
        let is_decided = |progress: &Progress| progress.is_closed || progress.failure.is_some();
        let progress = progress.wait_for(is_decided).await.map_err(|_| Lost)?;
        if progress.failure.is_none() { Ok(()) } else { Err(Lost) }
    }
}

#[cfg(test)]
mod tests;
