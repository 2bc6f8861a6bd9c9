//! The command-line program.

#![forbid(unsafe_code)]

use std::panic;

use fleetsim::cli::{self, Exit};

fn main() -> Exit {
    // A panic is a defect of this program; the default hook has printed it when it arrives here.
    panic::catch_unwind(cli::main).unwrap_or(Exit::Internal)
}
