//! Whatever comes over the wire is answered, and nothing panics.

use fleetsim::wire::{
    call::Call,
    dialect::Service,
    ec2, events,
    http::Request,
    sigv4::{Paths, Secret, verify},
    sns, sqs, ssm,
};
use jiff::Timestamp;
use proptest::prelude::*;

/// Pieces that the parsers look at, in any order.
fn pieces(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => prop::sample::select(pieces).prop_map(str::to_string), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

const FORM: &[&str] = &[
    "Action=Publish",
    "Action=SendMessage",
    "&",
    "=",
    ".",
    "1",
    "entry.",
    "member.",
    "key",
    "value",
    "Name",
    "Attribute",
    "MessageAttributes.entry.1.Name=a",
    "Tag.1.",
    "%41",
    "%",
    "+",
    "é",
    "Version=2012-11-05",
    "99999999999",
];
const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"Targets\"",
    "\"Entries\"",
    "\"Id\"",
    "\"a\"",
    "1",
    "1e400",
    "null",
    "true",
    "{}",
    "\"Attributes\"",
    "\"QueueUrl\"",
    "\"Filters\"",
    "\"\\u0000\"",
    "\"InstanceIds\"",
    "\"CommandId\"",
];
const SIGNATURE: &[&str] = &[
    "AWS4-HMAC-SHA256 ",
    "Credential=",
    "a/20150830/us-east-1/ssm/aws4_request",
    ", ",
    "SignedHeaders=",
    "host",
    ";",
    "Signature=",
    "0123456789abcdef",
    "/",
    "é",
    "20150830",
];
const TARGET: &[&str] = &[
    "/",
    "..",
    ".",
    "?",
    "&",
    "=",
    "%2",
    "%41",
    "X-Amz-Signature=00",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "X-Amz-Expires=60",
    "X-Amz-Credential=a/20150830/r/s/aws4_request",
    "X-Amz-Date=20150830T123600Z",
    "X-Amz-SignedHeaders=host",
    "é",
];

/// Goes the whole way that a request goes, and looks at the answer.
fn answer(request: &Request) {
    let secret = Secret { key: "k".into(), session_token: None };
    let refused =
        verify(request, Timestamp::UNIX_EPOCH, Paths::Normalised, |_| Some(secret.clone())).unwrap_err();
    let (dialect, operation, fault) = match Call::read(request) {
        Err(none) => (none.dialect, String::new(), none.fault),
        Ok(call) => {
            let fault = match call.dialect.service {
                Service::Ssm => ssm::Request::read(&call).err(),
                Service::Sns => sns::Request::read(&call).err(),
                Service::Sqs => sqs::Request::read(&call).err(),
                Service::Events => events::Request::read(&call).err(),
                Service::Ec2 => ec2::Request::read(&call).err(),
            };
            (call.dialect, call.operation, fault.unwrap_or_else(|| refused.fault(call.dialect.protocol)))
        }
    };
    let response = dialect.refuse(&operation, &fault, "id");
    assert!((400..=503).contains(&response.status));
    assert!(std::str::from_utf8(&response.body).is_ok());
}

proptest! {
    #[test]
    fn anything_is_answered(
        form in pieces(FORM), json in pieces(JSON), signature in pieces(SIGNATURE), target in pieces(TARGET),
        operation in 0_usize..40,
    ) {
        let headers = [("Authorization", signature.as_str()), ("X-Amz-Date", "20150830T123600Z"), ("Host", "h")];
        let mut headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        answer(&Request { method: "POST", target: &target, headers: &headers, body: form.as_bytes() });
        headers.remove(0);
        answer(&Request { method: "GET", target: &target, headers: &headers, body: b"" });
        let all = [ssm::Request::OPERATIONS, sqs::Request::OPERATIONS, events::Request::OPERATIONS];
        for (service, names) in ["AmazonSSM", "AmazonSQS", "AWSEvents"].iter().zip(all) {
            let mut headers = headers.clone();
            headers.push(("X-Amz-Target".into(), format!("{service}.{}", names[operation % names.len()])));
            answer(&Request { method: "POST", target: "/", headers: &headers, body: json.as_bytes() });
            let object = format!("{{\"QueueUrl\": {json}}}");
            answer(&Request { method: "POST", target: "/", headers: &headers, body: object.as_bytes() });
        }
    }
}
