//! Ctrl-C, and the signal with which schedulers end a program.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{console, exit::Exit};

/// Whether the user, or a scheduler, wants the program to end.
#[derive(Clone, Debug)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the first interrupt only asks to end soon, and the second ends the program at once.
    pub(super) fn listen() -> Self {
        let came = Arc::new(AtomicBool::new(false));
        let flag = came.clone();
        // Where no handler can be set an interrupt ends the program, as it would without.
        let _ = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                process::exit(Exit::Interrupted as i32);
            }
            console::complain("interrupted: finishing the replications under way; once more ends at once");
        });
        Self(came)
    }

    /// Whether an interrupt came.
    pub(super) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
