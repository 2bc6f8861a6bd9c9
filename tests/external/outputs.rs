//! Outputs that leave for an S3 and a CloudWatch Logs outside: those of moto's server, read back with boto3 by `outputs.py`.

use std::process::Command;

use crate::{ROOT, python, succeed};

#[test]
fn moto_takes_outputs_and_boto3_reads_them() {
    let Some(python) = python() else { return };
    let place = tempfile::TempDir::new().unwrap();
    let script = format!("{ROOT}/tests/external/outputs.py");
    let mut command = Command::new(python);
    let command = command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script);
    succeed(command.arg(env!("CARGO_BIN_EXE_fleetsim")).arg(place.path()));
}
