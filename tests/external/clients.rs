//! The walkthrough of Run Command with boto3 and the AWS CLI, as `clients.py` does it. `FLEETSIM_SERVER` names another
//! program that is called as `fleetsim` would be.

use std::{env, process::Command};

use crate::{ROOT, python, succeed};

#[test]
fn boto3_and_the_aws_cli_walk_through_run_command() {
    let Some(python) = python() else { return };
    let program = env::var("FLEETSIM_SERVER").unwrap_or_else(|_| env!("CARGO_BIN_EXE_fleetsim").into());
    let script = format!("{ROOT}/tests/external/clients.py");
    succeed(Command::new(python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(program));
}
