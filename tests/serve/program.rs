//! The program in a process of its own, which can be killed.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

/// The program, as users start it.
pub struct Program {
    pub child: Child,
    pub address: SocketAddr,
}

impl Program {
    pub fn start(folder: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fleetsim"))
            .args([
                "serve",
                "served.toml",
                "--listen",
                "127.0.0.1:0",
                "--speed",
                "60",
                "--journal",
                "journal",
            ])
            .args(more)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on http://").and_then(|rest| rest.split(';').next());
        Self { child, address: address.unwrap_or_else(|| panic!("{line:?}")).parse().unwrap() }
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// It ends with the test, however the test ends.
impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended by itself cannot be ended once more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
