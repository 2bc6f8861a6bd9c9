//! Readers that others wrote, on what fleetsim writes; only with `FLEETSIM_TEST_EXTERNAL=1`. They are Python packages, which
//! the first test installs below `target`, and Chromium and OpenSSL, which have to be there.

#[path = "../wire/answers.rs"]
mod answers;
mod browser;
mod clients;
mod console;
mod delivery;
mod devtools;
mod moto;
mod outputs;
mod wire;

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};

const VARIABLE: &str = "FLEETSIM_TEST_EXTERNAL";
const PACKAGES: [&str; 8] = [
    "aiosmtpd",
    "awscli",
    "boto3",
    "botocore",
    "cryptography",
    "hdrhistogram",
    "jsonschema",
    "moto[s3,server]",
];
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A Python that has the packages; `None` when these tests were not asked for.
fn python() -> Option<&'static Path> {
    static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| {
        let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("venv");
        let python = venv.join("bin/python3");
        let has_all = || {
            let names = PACKAGES.map(|package| package.split('[').next().unwrap_or_default());
            let imports = format!("import {}", names.join(", ").replace("hdrhistogram", "hdrh"));
            Command::new(&python).args(["-c", &imports]).output().is_ok_and(|output| output.status.success())
        };
        if !has_all() {
            succeed(Command::new("python3").args(["-m", "venv"]).arg(&venv));
            succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES));
        }
        python
    });
    asked_for().then(|| PYTHON.as_path())
}

/// Whether these tests were asked for.
fn asked_for() -> bool {
    let asked = env::var(VARIABLE).as_deref() == Ok("1");
    if !asked {
        eprintln!("skipped: {VARIABLE} is not 1");
    }
    asked
}

/// The job file for Slurm, run by a Slurm that the script starts. It needs root and Debian's packages `slurm-wlm` and `munge`.
#[test]
fn slurm_computes_the_shards() {
    if env::var(VARIABLE).as_deref() != Ok("1") {
        eprintln!("skipped: {VARIABLE} is not 1");
        return;
    }
    let script = format!("{ROOT}/tests/external/slurm.sh");
    let output = Command::new(script).arg(env!("CARGO_BIN_EXE_fleetsim")).output().expect("bash");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        // Past the capture of a test's output, so that nobody takes it for a pass.
        Some(77) => io::stderr().write_all(out.as_bytes()).expect("standard error"),
        code => assert_eq!(code, Some(0), "{out}\n{err}"),
    }
}

#[track_caller]
fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
    output
}

#[test]
fn the_interval_log_is_read_by_hdrhistogram_for_python() {
    let Some(python) = python() else { return };
    let place = tempfile::TempDir::new().unwrap();
    let out = place.path().join("out");
    for scenario in ["bad-release", "patch-night", "cancel-midway"] {
        let path = format!("{ROOT}/scenarios/{scenario}.toml");
        let mut run = Command::new(env!("CARGO_BIN_EXE_fleetsim"));
        let code = run.args(["run", &path, "--force", "-o"]).arg(&out).output().unwrap().status.code();
        assert!(matches!(code, Some(0 | 1)), "{scenario}: {code:?}");
        let script = format!("{ROOT}/tests/external/read_hlog.py");
        let said = succeed(Command::new(python).arg(script).arg(&out));
        assert_eq!(String::from_utf8(said.stdout).unwrap().trim(), "delivery execution sojourn wait");
    }
}

#[test]
fn the_schema_takes_every_shipped_scenario_and_refuses_faults() {
    let Some(python) = python() else { return };
    let script = format!("{ROOT}/tests/external/validate.py");
    let schema = format!("{ROOT}/docs/scenario.schema.json");
    let mut scenarios: Vec<PathBuf> = fs::read_dir(format!("{ROOT}/scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    scenarios.sort();
    assert!(scenarios.len() >= 8, "{scenarios:?}");
    succeed(Command::new(python).args([&script, &schema]).args(&scenarios));
    let place = tempfile::TempDir::new().unwrap();
    let good = fs::read_to_string(&scenarios[0]).unwrap();
    for (from, to) in
        [("version = 1", "version = \"1\""), ("count = ", "cuont = "), ("[[command]]", "[[comand]]")]
    {
        let bad = place.path().join("bad.toml");
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        fs::write(&bad, text).unwrap();
        let output = Command::new(python).args([&script, &schema]).arg(&bad).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{to}");
    }
}
