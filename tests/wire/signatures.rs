//! The official vectors of Signature Version 4, header and query.

use fleetsim::wire::{
    dialect::{Protocol, Service},
    http::Request,
    sigv4::{Paths, Refusal, Secret, Signer, verify},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::lines;

/// A request taken apart, so that parts of it can be changed.
#[derive(Clone)]
struct Parts {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A signed request, and when, how and by whom it was signed.
struct Vector {
    name: String,
    parts: Parts,
    now: Timestamp,
    paths: Paths,
    secret: Secret,
    signer: Signer,
}

impl Parts {
    /// A request in the form of the vectors: a line, headers that may be folded, an empty line, a body.
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
        let (target, _) = rest.rsplit_once(' ').unwrap();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            match line.split_once(':').filter(|_| !line.starts_with(' ')) {
                Some((name, value)) => headers.push((name.into(), value.into())),
                None => headers.last_mut().unwrap().1.extend(["\n", line]),
            }
        }
        Self { method: method.into(), target: target.into(), headers, body: body.into() }
    }

    fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap().1
    }
}

impl Vector {
    fn new(vector: &Value, kind: &str) -> Self {
        let context = &vector["context"];
        let text = |name: &str| context[name].as_str().unwrap().to_string();
        let credentials = &context["credentials"];
        let token = credentials["token"].as_str().map(str::to_string);
        Self {
            name: format!("{} ({kind})", vector["name"]),
            parts: Parts::parse(vector[kind]["signed_request"].as_str().unwrap()),
            now: text("timestamp").parse().unwrap(),
            paths: if context["normalize"] == true { Paths::Normalised } else { Paths::AsWritten },
            secret: Secret {
                key: credentials["secret_access_key"].as_str().unwrap().into(),
                session_token: token,
            },
            signer: Signer {
                access_key_id: credentials["access_key_id"].as_str().unwrap().into(),
                region: text("region"),
                service: text("service"),
            },
        }
    }

    fn verify_at(&self, parts: &Parts, now: Timestamp) -> Result<Signer, Refusal> {
        let request = Request {
            method: &parts.method,
            target: &parts.target,
            headers: &parts.headers,
            body: &parts.body,
        };
        verify(&request, now, self.paths, |id| (id == self.signer.access_key_id).then(|| self.secret.clone()))
    }

    fn verify(&self, parts: &Parts) -> Result<Signer, Refusal> {
        self.verify_at(parts, self.now)
    }

    fn is_presigned(&self) -> bool {
        self.parts.target.contains("X-Amz-Signature")
    }

    fn changed(&self, change: impl Fn(&mut Parts)) -> Result<Signer, Refusal> {
        let mut parts = self.parts.clone();
        change(&mut parts);
        self.verify(&parts)
    }
}

fn vectors() -> Vec<Vector> {
    let lines = lines("sigv4/sigv4.jsonl");
    lines.iter().flat_map(|vector| ["header", "query"].map(|kind| Vector::new(vector, kind))).collect()
}

#[test]
fn every_signature_of_the_suite_is_verified() {
    let vectors = vectors();
    assert!(vectors.is_empty() || vectors.len() == 76, "{}", vectors.len());
    for vector in vectors {
        assert_eq!(vector.verify(&vector.parts).as_ref(), Ok(&vector.signer), "{}", vector.name);
    }
}

/// The last digit of the signature with one bit changed, wherever it stands.
fn spoil_signature(parts: &mut Parts) {
    let text = match parts.target.contains("X-Amz-Signature=") {
        true => &mut parts.target,
        false => parts.header("Authorization"),
    };
    let at = text.find("Signature=").unwrap() + "Signature=".len() + 63;
    let digit = u8::from_str_radix(&text[at..=at], 16).unwrap() ^ 1;
    text.replace_range(at..=at, &format!("{digit:x}"));
}

#[test]
fn what_was_changed_afterwards_is_refused() {
    for vector in vectors() {
        let refused = |what: &str, result: Result<Signer, Refusal>| {
            assert_eq!(result, Err(Refusal::Mismatch), "{}: {what}", vector.name);
        };
        refused("signature", vector.changed(spoil_signature));
        refused("method", vector.changed(|parts| parts.method = "PUT".into()));
        refused("body", vector.changed(|parts| parts.body.push(b'!')));
        if !vector.parts.body.is_empty() {
            refused("a bit of the body", vector.changed(|parts| parts.body[0] ^= 1));
        }
        refused("host", vector.changed(|parts| parts.header("host").push('m')));
        refused(
            "path",
            vector.changed(|parts| {
                let end = parts.target.find('?').unwrap_or(parts.target.len());
                parts.target.insert(end, 'a');
            }),
        );
        refused(
            "query",
            vector.changed(|parts| {
                let mark = if parts.target.contains('?') { "&" } else { "?" };
                parts.target.extend([mark, "a=b"]);
            }),
        );
        let other = Secret { key: format!("{}x", vector.secret.key), session_token: None };
        let vector = Vector { secret: other, ..vector };
        assert_eq!(vector.verify(&vector.parts), Err(Refusal::Mismatch), "{}: secret", vector.name);
    }
}

#[test]
fn a_signature_is_good_for_a_time() {
    for vector in vectors() {
        let at =
            |seconds: i64| vector.verify_at(&vector.parts, vector.now + SignedDuration::from_secs(seconds));
        assert!(at(-300).is_ok(), "{}", vector.name);
        assert!(matches!(at(-301), Err(Refusal::OutOfTime(text)) if text.contains("not yet current")));
        if vector.is_presigned() {
            assert!(at(3600).is_ok(), "{}", vector.name);
            assert_eq!(at(3601), Err(Refusal::Expired), "{}", vector.name);
        } else {
            assert!(at(300).is_ok(), "{}", vector.name);
            assert!(
                matches!(at(301), Err(Refusal::OutOfTime(text)) if text.starts_with("Signature expired: 2015"))
            );
        }
    }
}

#[test]
fn a_signature_is_for_one_service_and_region() {
    let signer = |service: &str| Signer {
        access_key_id: "AKIDEXAMPLE".into(),
        region: "eu-west-1".into(),
        service: service.into(),
    };
    assert_eq!(signer("sns").check_scope(Service::Sns, Some("eu-west-1")), Ok(()));
    assert_eq!(signer("sns").check_scope(Service::Sns, None), Ok(()));
    assert!(matches!(signer("sqs").check_scope(Service::Sns, None), Err(Refusal::Scope(_))));
    let other = signer("sns").check_scope(Service::Sns, Some("us-east-1")).unwrap_err();
    assert_eq!(other.fault(Protocol::Json11).code, "InvalidSignatureException");
}

/// The names of the errors depend on the protocol.
#[test]
fn what_is_missing_is_named() {
    let Some(vector) = vectors().into_iter().find(|vector| vector.name.starts_with("\"post-vanilla\""))
    else {
        return;
    };
    let code =
        |change: &dyn Fn(&mut Parts), protocol| vector.changed(change).unwrap_err().fault(protocol).code;
    let replace = |from: &'static str, to: &'static str| {
        move |parts: &mut Parts| {
            let text = parts.header("Authorization").replace(from, to);
            *parts.header("Authorization") = text;
        }
    };
    for (change, json, query) in [
        (
            &(|parts: &mut Parts| parts.headers.retain(|(name, _)| name != "Authorization"))
                as &dyn Fn(&mut Parts),
            "MissingAuthenticationTokenException",
            "MissingAuthenticationToken",
        ),
        (&replace("Signature=", "Signatur="), "IncompleteSignatureException", "IncompleteSignature"),
        (&replace("host;", ""), "IncompleteSignatureException", "IncompleteSignature"),
        (&replace("/aws4_request", ""), "IncompleteSignatureException", "IncompleteSignature"),
        (&replace("AKIDEXAMPLE", "AKIDOTHER"), "UnrecognizedClientException", "InvalidClientTokenId"),
        (&replace("us-east-1", "us-east-2"), "InvalidSignatureException", "SignatureDoesNotMatch"),
        (&replace("/20150830/", "/20150831/"), "InvalidSignatureException", "SignatureDoesNotMatch"),
    ] {
        assert_eq!(code(change, Protocol::Json11), json);
        assert_eq!(code(change, Protocol::Query), query);
    }
}
