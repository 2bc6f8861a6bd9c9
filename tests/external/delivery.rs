//! What is delivered, into servers that others wrote: Python's web server and aiosmtpd, as `sinks.py` starts them.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use fleetsim::{
    base::SimTime,
    serve::delivery::{Deliveries, Settings, guard::Guard, outcome::Outcome, signer::Signer},
    service::Outgoing,
    sns::Protocol,
    wire::sns::{
        envelope::{Envelope, NOTIFICATION},
        signature::SignatureVersion,
    },
};
use serde_json::Value;
use tokio::task::LocalSet;

use crate::{ROOT, python, wire::is_verified_by_openssl};

const TEXT: &str = "{\"commandId\": \"c\", \"status\": \"InProgress\"}\n.\nÄrger";

fn outgoing(id: u64, protocol: Protocol, endpoint: String, signature_version: SignatureVersion) -> Outgoing {
    Outgoing {
        id,
        due: SimTime::ZERO,
        subscription_arn: Some(format!("arn:aws:sns:eu-west-1:123456789012:fleet:{id}")),
        protocol,
        endpoint,
        raw: false,
        envelope: Envelope {
            kind: NOTIFICATION.into(),
            message_id: format!("id-{id}"),
            topic_arn: "arn:aws:sns:eu-west-1:123456789012:fleet".into(),
            message: TEXT.into(),
            timestamp: "2026-01-01T00:00:00.000Z".into(),
            ..Envelope::default()
        },
        signature_version,
        retries: protocol.retry_policy(),
        max_receives_per_second: None,
        content_type: None,
        dead_letter: None,
    }
}

/// Delivers these messages, all of which have to be taken at the first attempt, and gives back the certificate.
fn deliver(smtp: &str, messages: Vec<Outgoing>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let signer = Signer::new(1, "http://127.0.0.1:8008");
        let mut settings = Settings::new(Guard::new(Vec::new(), None), signer.clone());
        settings.smtp = Some(smtp.parse().unwrap());
        let (deliveries, mut reports) = Deliveries::start(settings, Box::new(|_| Duration::MAX)).unwrap();
        let count = messages.len();
        for message in messages {
            deliveries.hand(message, 0).unwrap();
        }
        for _ in 0..count {
            let report = reports.recv().await.unwrap();
            assert!(matches!(report.outcome, Outcome::Delivered { .. }), "{report:?}");
        }
        assert!(deliveries.stop(Duration::ZERO).await.is_empty());
        String::from_utf8(signer.certificate().await.body).unwrap()
    })
}

#[test]
fn foreign_servers_take_what_is_delivered() {
    let Some(python) = python() else { return };
    let mut sinks = Command::new(python)
        .arg(format!("{ROOT}/tests/external/sinks.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(sinks.stdout.take().unwrap()).lines();
    let mut said = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let ports = said.next().unwrap();
    let (url, smtp) =
        (format!("http://localhost:{}/hook", ports["http"]), format!("smtp://127.0.0.1:{}", ports["smtp"]));
    let address = || "ops@example.com".to_string();
    let certificate = deliver(
        &smtp,
        vec![
            outgoing(1, Protocol::Http, url.clone(), SignatureVersion::One),
            outgoing(2, Protocol::Http, url, SignatureVersion::Two),
            outgoing(3, Protocol::Email, address(), SignatureVersion::One),
            outgoing(4, Protocol::EmailJson, address(), SignatureVersion::Two),
        ],
    );
    drop(sinks.stdin.take());
    let said: Vec<_> = said.collect();
    assert!(sinks.wait().unwrap().success());

    let mut envelopes = BTreeMap::new();
    let mut put = |text: &Value| {
        let envelope: Envelope = serde_json::from_str(text.as_str().unwrap()).unwrap();
        envelopes.insert(envelope.message_id.clone(), envelope);
    };
    for one in &said {
        if one["what"] == "request" {
            assert_eq!(one["headers"]["x-amz-sns-message-type"], "Notification");
            put(&one["body"]);
            continue;
        }
        assert_eq!(one["defects"], serde_json::json!([]));
        assert_eq!(one["headers"]["Subject"], "AWS Notification Message");
        assert_eq!((&one["to"][0], &one["headers"]["To"]), (&address().into(), &address().into()));
        if one["headers"]["Message-ID"] == "<id-3@sns.fleetsim.invalid>" {
            assert_eq!(one["text"].as_str().unwrap().replace("\r\n", "\n").trim_end(), TEXT);
        } else {
            put(&one["text"]);
        }
    }
    assert_eq!((said.len(), envelopes.len()), (4, 3));
    for envelope in envelopes.values() {
        assert_eq!(envelope.message, TEXT);
        assert!(is_verified_by_openssl(envelope, &certificate), "{envelope:?}");
    }
}
