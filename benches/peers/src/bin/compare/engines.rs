//! The engines: how each is started, at which size, and how much faster fleetsim has to be.

use std::{env, path::Path, process::Command};

/// The project's root.
pub const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The numbers of invocations in flight at most.
pub const CONCURRENCIES: [u32; 2] = [50, 1000];

pub struct Engine {
    /// The name in tables and in the record.
    pub name: &'static str,
    /// What the program that runs it calls it.
    argument: &'static str,
    pub kind: Kind,
    /// How many times as fast fleetsim's full tier has to be, if there is a bar.
    pub bar: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Fleetsim,
    /// In Rust, with the draws that all of these share.
    Rust,
    /// On SimPy, with draws of its own.
    Python,
}

pub const ENGINES: [Engine; 7] = [
    Engine { name: "fleetsim", argument: "fleetsim", kind: Kind::Fleetsim, bar: None },
    Engine { name: "heap of boxed closures", argument: "closures", kind: Kind::Rust, bar: Some(2.0) },
    Engine { name: "simrs", argument: "simrs", kind: Kind::Rust, bar: Some(2.5) },
    Engine { name: "odem-rs", argument: "odem", kind: Kind::Rust, bar: None },
    Engine { name: "NeXosim, one thread", argument: "nexosim", kind: Kind::Rust, bar: Some(8.0) },
    Engine { name: "SimPy callbacks", argument: "callbacks", kind: Kind::Python, bar: Some(45.0) },
    Engine { name: "SimPy processes", argument: "processes", kind: Kind::Python, bar: Some(100.0) },
];

impl Engine {
    /// Instances of a rollout that is timed. Fewer on SimPy, so that a round stays short.
    pub fn instances(&self) -> u32 {
        match self.kind {
            Kind::Python => 5_000,
            Kind::Fleetsim | Kind::Rust => 100_000,
        }
    }

    /// Instances of the two rollouts whose instructions are counted.
    pub fn counted_instances(&self) -> [u32; 2] {
        match self.kind {
            Kind::Python => [1_500, 3_500],
            Kind::Fleetsim | Kind::Rust => [10_000, 40_000],
        }
    }

    /// The program, ready to run the rollout until `seconds` of processor time are used. `wrapper` goes before it.
    pub fn command(&self, wrapper: &[&str], instances: u32, concurrency: u32, seconds: f64) -> Command {
        let mut words: Vec<String> = wrapper.iter().map(ToString::to_string).collect();
        if self.kind == Kind::Python {
            words.push(python());
            words.push(concat!(env!("CARGO_MANIFEST_DIR"), "/simpy_rollout.py").into());
        } else {
            let own = env::current_exe().expect("this program is a file");
            words.push(own.with_file_name("rollout").display().to_string());
        }
        words.push(self.argument.into());
        words.extend([instances.to_string(), concurrency.to_string(), seconds.to_string()]);
        let mut command = Command::new(&words[0]);
        // Or the instructions of Python would change from run to run.
        command.args(&words[1..]).env("PYTHONHASHSEED", "0");
        command
    }
}

/// The interpreter that has SimPy.
pub fn python() -> String {
    Path::new(PROJECT).join("target/peers/venv/bin/python").display().to_string()
}
