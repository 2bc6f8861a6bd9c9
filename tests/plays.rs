//! Interaction plays for the rate-control machine: what happens, and what it wants done, as text.
//!
//! A file in `tests/plays/` holds plays. `new` begins one: counts, and readings by name. A line with `>` is a
//! command; the lines up to the next empty or command line are what comes of it. Inputs say nothing by themselves.
//!
//! ```text
//! new targets=10 concurrency=3 errors=0 sendable=9 gate=complete
//! > ack 0 1 at 1s            acknowledged          > poll 1s     everything that is to be done now
//! > end 0 ok at 2s           ended well            > next        when the timeout is due
//! > end 1-3 error at 2s      ended with an error   > errors      the errors received
//! > withdraw 5 at 2s  > cancel at 2s  > expire at 2s  > timeout at 30s
//! ```
//!
//! `FLEETSIM_BLESS=1` writes what the machine says into the files. They were first written by hand from
//! `docs/semantics.md`; read every difference.

use std::{collections::BTreeMap, fs, path::Path};

use fleetsim::{
    base::{SimDuration, SimTime},
    control::{Dispatch, Halt, Input, Output},
    ssm::{
        Readings,
        limits::{parse_max_concurrency, parse_max_errors},
    },
};

#[test]
fn every_play_goes_as_written() {
    let bless = std::env::var_os("FLEETSIM_BLESS").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plays");
    let mut plays = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let written = fs::read_to_string(&path).unwrap();
        let played = perform(&written);
        plays += written.lines().filter(|line| line.starts_with("new ")).count();
        if bless {
            fs::write(&path, &played).unwrap();
        } else {
            let differs = written.lines().zip(played.lines()).position(|(written, played)| written != played);
            let line = differs.unwrap_or(written.lines().count().min(played.lines().count()));
            let said = played.lines().nth(line).unwrap_or("nothing");
            assert!(played == written, "{}:{}: the machine says `{said}`", path.display(), line + 1);
        }
    }
    assert!(plays >= 30, "only {plays} plays were found");
}

/// The text with everything the machine says put where it belongs.
fn perform(text: &str) -> String {
    let mut machine = None;
    let mut played = String::new();
    let mut in_answer = false;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("> ") {
            let machine = machine.as_mut().expect("a play begins with `new`");
            let answers = obey(machine, &command.split_whitespace().collect::<Vec<_>>());
            played += &format!("{line}\n{answers}");
            in_answer = true;
            continue;
        }
        if let Some(values) = line.strip_prefix("new ") {
            machine = Some(begin(values));
        }
        in_answer &= !line.is_empty() && !line.starts_with('#');
        if !in_answer {
            played += &format!("{line}\n");
        }
    }
    played
}

fn begin(values: &str) -> Dispatch {
    let mut values: BTreeMap<&str, &str> =
        values.split_whitespace().map(|value| value.split_once('=').expect("name=value")).collect();
    let targets = values.remove("targets").expect("targets").parse().unwrap();
    let sendable = values.remove("sendable").map_or(targets, |text| text.parse().unwrap());
    let concurrency = parse_max_concurrency(values.remove("concurrency").expect("concurrency")).unwrap();
    let errors = parse_max_errors(values.remove("errors").expect("errors")).unwrap();
    let readings: Readings = serde_json::from_value(serde_json::to_value(values).unwrap()).unwrap();
    Dispatch::new(concurrency, errors, targets, sendable, &readings)
}

fn obey(machine: &mut Dispatch, command: &[&str]) -> String {
    let mut input = |time: &str, input| {
        machine.handle(moment(time), input);
        String::new()
    };
    match *command {
        ["poll", time] => drain(machine, moment(time)),
        ["next"] => {
            machine.next_timeout().map_or("never\n".into(), |time| format!("{}\n", SimDuration(time.0)))
        }
        ["errors"] => {
            format!("{}{}\n", machine.errors(), if machine.is_exceeded() { " exceeded" } else { "" })
        }
        ["cancel", "at", time] => input(time, Input::Cancel),
        ["expire", "at", time] => input(time, Input::Expire),
        ["alarm", "at", time] => input(time, Input::Alarm),
        ["timeout", "at", time] => input(time, Input::Timeout),
        ["ack", ref which @ .., "at", time] => {
            each(which, |ordinal| input(time, Input::Acknowledged { ordinal }))
        }
        ["withdraw", ref which @ .., "at", time] => {
            each(which, |ordinal| input(time, Input::Withdraw { ordinal }))
        }
        ["end", ref which @ .., how @ ("ok" | "error"), "at", time] => {
            each(which, |ordinal| input(time, Input::Ended { ordinal, error: how == "error" }))
        }
        _ => panic!("no such command: {command:?}"),
    }
}

fn each(which: &[&str], mut input: impl FnMut(u32) -> String) -> String {
    let range = |text: &&str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        first.parse::<u32>().unwrap()..=last.parse().unwrap()
    };
    which.iter().flat_map(range).map(&mut input).collect()
}

/// Everything the machine wants done, like things on one line.
fn drain(machine: &mut Dispatch, now: SimTime) -> String {
    let mut lines: Vec<(&str, Vec<u32>)> = Vec::new();
    while let Some(output) = machine.poll(now) {
        let (what, ordinal) = match output {
            Output::Send { ordinal } => ("send", Some(ordinal)),
            Output::Drop { ordinal, halt: Halt::Stopped } => ("drop stopped", Some(ordinal)),
            Output::Drop { ordinal, halt: Halt::Cancelled } => ("drop cancelled", Some(ordinal)),
            Output::Drop { ordinal, halt: Halt::Expired } => ("drop expired", Some(ordinal)),
            Output::Drop { ordinal, halt: Halt::Alarmed } => ("drop alarmed", Some(ordinal)),
            Output::Done => ("done", None),
        };
        match lines.last_mut() {
            Some((last, ordinals)) if *last == what && ordinal.is_some() => ordinals.extend(ordinal),
            _ => lines.push((what, ordinal.into_iter().collect())),
        }
    }
    lines.iter().map(|(what, ordinals)| format!("{what}{}\n", ranges(ordinals))).collect()
}

/// Ordinals as text, three or more in a row as a range.
fn ranges(ordinals: &[u32]) -> String {
    let runs = ordinals.chunk_by(|a, b| a + 1 == *b);
    runs.map(|run| match run {
        [first, _, .., last] => format!(" {first}-{last}"),
        few => few.iter().map(|ordinal| format!(" {ordinal}")).collect(),
    })
    .collect()
}

fn moment(text: &str) -> SimTime {
    SimTime::ZERO + text.parse::<SimDuration>().unwrap()
}
