//! The layer `wire` against botocore: it signs and sends real requests of every operation with every field filled, and reads
//! answers with every field filled. `wire_cases.py` makes the cases and judges the answers. An old botocore does so in the
//! Query protocol that SQS had.

use std::{fs, path::Path, process::Command};

use base64::{Engine, engine::general_purpose::STANDARD};
use fleetsim::wire::{
    call::Call,
    dialect::Service,
    events,
    fault::Fault,
    http::{Request, Response},
    sigv4::{Paths, Secret, verify},
    sns::{
        self,
        envelope::{Envelope, NOTIFICATION},
        signature::{Signatory, SignatureVersion, string_to_sign},
    },
    sqs, ssm,
};
use jiff::{civil::DateTime, tz::Offset};
use serde_json::{Value, json};

use crate::{ROOT, answers::answer, asked_for, python, succeed};

/// The last botocore that speaks Query to SQS.
const OLD: &str = "botocore==1.29.165";

/// Botocore makes the cases of these services and judges what comes of them; it is the one in `packages`, if that is given.
fn check(services: &[&str], packages: Option<&Path>) -> Vec<String> {
    let Some(python) = python() else { return Vec::new() };
    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("cases.jsonl");
    let script = |what: &str, services: &[&str]| {
        let script = format!("{ROOT}/tests/external/wire_cases.py");
        let mut command = Command::new(python);
        command.args([&script, what]).arg(&path).args(services).envs(packages.map(|at| ("PYTHONPATH", at)));
        String::from_utf8(succeed(&mut command).stdout).unwrap()
    };
    script("make", services);
    let cases = fs::read_to_string(&path).unwrap();
    let judged: Vec<_> =
        cases.lines().map(|line| case(&serde_json::from_str(line).unwrap()).to_string()).collect();
    fs::write(&path, judged.join("\n")).unwrap();
    assert_eq!(script("judge", &[]).trim(), judged.len().to_string());
    judged
}

#[test]
fn botocore_and_wire_understand_each_other() {
    let judged = check(&["ssm", "sns", "sqs", "events"], None);
    let operations = [
        ssm::Request::OPERATIONS,
        sns::Request::OPERATIONS,
        sqs::Request::OPERATIONS,
        events::Request::OPERATIONS,
    ];
    assert!(!asked_for() || judged.len() == operations.concat().len(), "{}", judged.len());
}

#[test]
fn an_old_botocore_speaks_query_to_sqs() {
    let Some(python) = python() else { return };
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join("old-botocore");
    if !packages.join("botocore").exists() {
        let install = ["-m", "pip", "install", "--quiet", OLD, "--target"];
        succeed(Command::new(python).args(install).arg(&packages));
    }
    let judged = check(&["sqs"], Some(&packages));
    assert!(judged.iter().all(|case| case.contains("<RequestId>request-id</RequestId>")));
    assert_eq!(judged.len(), sqs::Request::OPERATIONS.len());
}

/// Reads the request of a case, and adds what we answer, and an error.
fn case(case: &Value) -> Value {
    let text = |name: &str| case[name].as_str().unwrap();
    let (service, operation) = (text("service"), text("operation"));
    let headers: Vec<(String, String)> =
        serde_json::from_value::<serde_json::Map<String, Value>>(case["headers"].clone())
            .unwrap()
            .into_iter()
            .map(|(name, value)| (name, value.as_str().unwrap().to_string()))
            .collect();
    let request = Request {
        method: text("method"),
        target: text("target"),
        headers: &headers,
        body: text("body").as_bytes(),
    };
    check_signature(&request, service);
    let call = Call::read(&request).unwrap();
    assert_eq!(call.dialect.service.signing_name(), service);
    let read = match call.dialect.service {
        Service::Ssm => ssm::Request::read(&call).map(serde_json::to_value),
        Service::Sns => sns::Request::read(&call).map(serde_json::to_value),
        Service::Sqs => sqs::Request::read(&call).map(serde_json::to_value),
        Service::Events => events::Request::read(&call).map(serde_json::to_value),
        Service::Ec2 => unreachable!("no case calls it"),
    };
    let read = read.unwrap_or_else(|fault| panic!("{operation}: {fault:?}")).unwrap();
    assert_eq!(without_empty(&read[operation]), case["parameters"], "{operation}");

    let output = match &case["output"] {
        Value::Null => Value::Null,
        output => answer(service, operation, output).expect(operation).expect(operation),
    };
    let answered = call.dialect.answer(operation, &output, "request-id");
    let (code, name) = match call.dialect.service {
        Service::Ssm => ("InvalidDocument", "InvalidDocument"),
        Service::Sns => ("NotFoundException", "NotFound"),
        Service::Sqs => ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
        Service::Events | Service::Ec2 => ("ResourceNotFoundException", "ResourceNotFoundException"),
    };
    let refused = call.dialect.refuse(operation, &Fault::new(code, "What & <why>"), "request-id");
    json!({
        "service": service, "operation": operation, "output": case["output"],
        "status": answered.status, "headers": header_names(&answered), "answer": body(&answered),
        "error_status": refused.status, "error_headers": header_names(&refused), "error": body(&refused),
        "error_code": name,
    })
}

/// The fields of a structure but lists and maps that an old SDK does not know, and that are empty therefore.
fn without_empty(fields: &Value) -> Value {
    let is_empty = |value: &Value| [json!([]), json!({})].contains(value);
    let fields = fields.as_object().unwrap().iter().filter(|(_, value)| !is_empty(value));
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn check_signature(request: &Request, service: &str) {
    let date = request.header("x-amz-date").unwrap();
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", date).unwrap();
    let now = Offset::UTC.to_timestamp(time).unwrap();
    let secret = Secret { key: "secret".into(), session_token: Some("token".into()) };
    let signer = verify(request, now, Paths::Normalised, |_| Some(secret.clone())).unwrap();
    assert_eq!((signer.region.as_str(), signer.service.as_str()), ("eu-west-1", service));
}

fn body(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// The headers under names in lower case, as botocore looks them up.
fn header_names(response: &Response) -> Value {
    response.headers.iter().map(|(name, value)| (name.to_lowercase(), Value::from(value.as_str()))).collect()
}

/// The self-signed certificate is read and its signature verified by OpenSSL, and so is that of an envelope.
#[test]
fn openssl_verifies_what_we_sign() {
    if !asked_for() {
        return;
    }
    let place = tempfile::TempDir::new().unwrap();
    let signatory = Signatory::new(7);
    let certificate = place.path().join("certificate.pem").into_os_string().into_string().unwrap();
    fs::write(&certificate, signatory.certificate()).unwrap();
    let subject = openssl(&["x509", "-in", &certificate, "-noout", "-subject"]);
    assert!(subject.contains("sns.fleetsim.invalid"), "{subject}");
    let verified = openssl(&["verify", "-check_ss_sig", "-CAfile", &certificate, &certificate]);
    assert!(verified.trim().ends_with("OK"), "{verified}");
    for version in [SignatureVersion::One, SignatureVersion::Two] {
        let mut envelope =
            Envelope { kind: NOTIFICATION.into(), message: "é".into(), ..Envelope::default() };
        signatory.sign(&mut envelope, version);
        assert!(is_verified_by_openssl(&envelope, signatory.certificate()));
        envelope.message = "e".into();
        assert!(!is_verified_by_openssl(&envelope, signatory.certificate()));
    }
}

/// Whether OpenSSL finds that an envelope was signed with the key of this certificate.
pub fn is_verified_by_openssl(envelope: &Envelope, certificate: &str) -> bool {
    let place = tempfile::TempDir::new().unwrap();
    let file = |name: &str| place.path().join(name).into_os_string().into_string().unwrap();
    fs::write(file("certificate.pem"), certificate).unwrap();
    fs::write(file("key.pem"), openssl(&["x509", "-in", &file("certificate.pem"), "-noout", "-pubkey"]))
        .unwrap();
    fs::write(file("text"), string_to_sign(envelope)).unwrap();
    fs::write(file("signature"), STANDARD.decode(&envelope.signature).unwrap()).unwrap();
    let digest = if envelope.signature_version == "1" { "-sha1" } else { "-sha256" };
    let (key, signature, text) = (file("key.pem"), file("signature"), file("text"));
    let mut verify = Command::new("openssl");
    verify.args(["dgst", digest, "-verify", &key, "-signature", &signature, &text]);
    let said = verify.output().expect("openssl").stdout;
    said == b"Verified OK\n"
}

fn openssl(arguments: &[&str]) -> String {
    let output = succeed(Command::new("openssl").args(arguments));
    String::from_utf8(output.stdout).unwrap()
}
