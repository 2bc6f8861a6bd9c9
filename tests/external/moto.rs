//! moto's own tests of Run Command and of events that reach queues, against `serve --compat moto`. The lists of them and
//! the script that fetches moto are in `../shared/moto-tests`; without it the test says so and is skipped.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{ROOT, asked_for, succeed};

/// Ends the server with the test, however the test ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself cannot be ended once more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A fleet of three in this Region, behind an endpoint whose URL is told.
fn serve(region: &str, place: &Path) -> (Server, String) {
    let scenario = place.join("fleet.toml");
    let text = format!("version = 1\nregion = \"{region}\"\n[[group]]\nname = \"web\"\ncount = 3\n");
    fs::write(&scenario, text + "execution = \"10s\"\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleetsim"));
    command.arg("serve").arg(&scenario).args([
        "--listen",
        "127.0.0.1:0",
        "--speed",
        "max",
        "--compat",
        "moto",
    ]);
    let mut server = Server(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.split([' ', ';']).find(|word| word.starts_with("http://"));
    let url = url.unwrap_or_else(|| panic!("no address in {line}")).to_string();
    (server, url)
}

/// One endpoint is one Region, and the events of moto's tests are in this one.
#[test]
fn tests_of_moto_pass() {
    let lists = Path::new(ROOT).join("../shared/moto-tests");
    if !lists.join("run").exists() {
        eprintln!("skipped: there is no {}", lists.display());
        return;
    }
    if !asked_for() {
        return;
    }
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto");
    for (list, region, tests) in
        [("A_run_command.txt", "us-east-1", 4), ("E_eventbridge_to_sqs.txt", "eu-central-1", 5)]
    {
        let names = fs::read_to_string(lists.join(list)).unwrap();
        let place = tempfile::TempDir::new().unwrap();
        let (_server, url) = serve(region, place.path());
        let mut run = Command::new(lists.join("run"));
        let output = succeed(run.env("WORK", &work).arg(url).args(names.split_whitespace()));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(&format!("{tests} passed")), "{list}: {said}");
    }
}
