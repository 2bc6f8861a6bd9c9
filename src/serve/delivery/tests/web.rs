//! HTTP: what arrives, what is repeated, what is refused.

use std::time::Duration;

use super::{
    SIGNER,
    listener::{Answer, Listener},
    outgoing, short, test,
};
use crate::{
    serve::delivery::{Bounds, guard::Guard, outcome::Outcome},
    service::Outgoing,
    sns::{Protocol, RetryPolicy},
    wire::sns::{
        envelope::{Envelope, SUBSCRIPTION_CONFIRMATION},
        signature::{SignatureVersion, is_signed_by},
    },
};

fn http(id: u64, endpoint: &str) -> Outgoing {
    outgoing(id, Protocol::Http, endpoint)
}

fn with_retries(id: u64, endpoint: &str, num_retries: u32) -> Outgoing {
    Outgoing { retries: RetryPolicy { num_retries, ..RetryPolicy::HTTP }, ..http(id, endpoint) }
}

#[test]
fn a_signed_envelope_arrives_with_its_headers() {
    let listener = Listener::start(&[Answer::Status(200)]);
    test(
        |_| {},
        async |mut test| {
            let endpoint = listener.url("/hook?a=b");
            let certificate = SIGNER.certificate().await;
            let certificate = String::from_utf8(certificate.body).unwrap();
            for (id, version) in [(1, SignatureVersion::One), (2, SignatureVersion::Two)] {
                test.hand(Outgoing { signature_version: version, ..http(id, &endpoint) });
                assert_eq!(test.outcome().await, "200");
                let request = listener.requests().pop().unwrap();
                assert_eq!(request.line, "POST /hook?a=b HTTP/1.1");
                assert_eq!(request.header("host"), Some(listener.address.to_string().as_str()));
                assert_eq!(request.header("x-amz-sns-message-type"), Some("Notification"));
                assert_eq!(request.header("x-amz-sns-message-id"), Some(format!("message-{id}").as_str()));
                assert_eq!(request.header("content-type"), Some("text/plain; charset=UTF-8"));
                assert_eq!(request.header("x-amz-sns-rawdelivery"), None);
                let envelope: Envelope = serde_json::from_str(&request.body).unwrap();
                assert_eq!(envelope.signature_version, version.name());
                assert_eq!(envelope.signing_cert_url, "http://127.0.0.1:8008/_fleetsim/certificate.pem");
                assert!(is_signed_by(&envelope, &certificate));
            }
        },
    );
}

/// A raw message is the text alone; what asks for a confirmation always has its envelope.
#[test]
fn raw_messages_leave_the_envelope_out() {
    let listener = Listener::start(&[Answer::Status(200)]);
    test(
        |_| {},
        async |mut test| {
            let content_type = Some("application/json".into());
            test.hand(Outgoing { raw: true, content_type, ..http(1, &listener.url("/")) });
            assert_eq!(test.outcome().await, "200");
            let request = listener.requests().pop().unwrap();
            assert_eq!(request.body, "message 1");
            assert_eq!(request.header("x-amz-sns-rawdelivery"), Some("true"));
            assert_eq!(request.header("content-type"), Some("application/json"));

            let mut confirmation =
                Outgoing { raw: true, subscription_arn: None, ..http(2, &listener.url("/")) };
            confirmation.envelope.kind = SUBSCRIPTION_CONFIRMATION.into();
            test.hand(confirmation);
            assert_eq!(test.outcome().await, "200");
            let request = listener.requests().pop().unwrap();
            assert!(request.body.contains("\"Type\":\"SubscriptionConfirmation\""));
            assert_eq!(request.header("x-amz-sns-subscription-arn"), None);
            assert_eq!(request.header("x-amz-sns-rawdelivery"), None);
        },
    );
}

/// The body is signed once, so that every attempt has the same bytes (S9.17).
#[test]
fn failures_are_repeated_until_a_404() {
    let listener =
        Listener::start(&[Answer::Status(500), Answer::Close, Answer::Late(500), Answer::Status(404)]);
    test(
        |settings| settings.patience = Duration::from_millis(100),
        async |mut test| {
            test.hand(http(1, &listener.url("/")));
            for (attempt, outcome) in [(1, "again"), (2, "again"), (3, "again"), (4, "404")] {
                let report = test.report().await;
                assert_eq!(report.mark, 42);
                assert_eq!(
                    (report.id, report.attempt, short(&report.outcome).as_str()),
                    (1, attempt, outcome)
                );
            }
            let requests = listener.requests();
            assert_eq!(requests.len(), 4);
            assert!(requests.iter().all(|request| request.body == requests[0].body));
        },
    );
}

#[test]
fn what_fails_to_the_end_is_given_up_with_the_message() {
    let listener = Listener::start(&[Answer::Status(503)]);
    test(
        |settings| settings.most_messages = 5,
        async |mut test| {
            test.hand(with_retries(7, &listener.url("/"), 2));
            assert_eq!(test.deliveries.room(), 4);
            assert_eq!(test.outcome().await, "again");
            assert_eq!(test.outcome().await, "again");
            let report = test.report().await;
            let Outcome::GivenUp { reason, outgoing } = report.outcome else { panic!("{report:?}") };
            assert_eq!((reason.as_str(), outgoing.id), ("it answered with status 503", 7));
            assert_eq!((report.attempt, test.deliveries.room()), (3, 5));
            assert_eq!(listener.requests().len(), 3);
        },
    );
}

#[test]
fn nobody_listens() {
    test(
        |_| {},
        async |mut test| {
            let address = Listener::start(&[Answer::Close]).address;
            let free = std::net::TcpListener::bind((address.ip(), 0)).unwrap().local_addr().unwrap();
            test.hand(with_retries(1, &format!("http://{free}/"), 0));
            let Outcome::GivenUp { reason, .. } = test.report().await.outcome else { panic!() };
            assert!(reason.starts_with(&format!("no connection to {free}: ")), "{reason}");
        },
    );
}

/// One attempt, no connection, one note for all messages.
#[test]
fn what_is_not_allowed_is_given_up_at_once() {
    let own = Listener::start(&[Answer::Status(200)]);
    test(
        |settings| settings.guard = Guard::new(Vec::new(), Some(own.address)),
        async |mut test| {
            for endpoint in
                ["http://192.0.2.1/", "http://[::ffff:192.0.2.1]/", "https://192.0.2.1/", &own.url("/")]
            {
                for id in [1, 2] {
                    test.hand(http(id, endpoint));
                    let report = test.report().await;
                    assert_eq!((report.attempt, short(&report.outcome).as_str()), (1, "never"), "{endpoint}");
                }
            }
            assert_eq!(own.connections(), 0);
            let notes = test.notes.borrow();
            assert_eq!(notes.len(), 4, "{notes:?}");
            assert!(notes[0].contains("--allow-delivery 192.0.2.1"), "{notes:?}");
            assert!(notes[3].ends_with("is this server itself"), "{notes:?}");
        },
    );
}

/// The listener's redirect leads to a port where nobody listens.
#[test]
fn redirects_are_not_followed() {
    let listener = Listener::start(&[Answer::Status(302)]);
    test(
        |_| {},
        async |mut test| {
            test.hand(http(1, &listener.url("/")));
            assert_eq!(test.outcome().await, "302");
            assert_eq!(listener.requests().len(), 1);
        },
    );
}

#[test]
fn connections_are_used_again() {
    let listener = Listener::start(&[Answer::Status(200)]);
    test(
        |settings| settings.bounds = Bounds { lane: 1, all: 1 },
        async |mut test| {
            for id in 0..50 {
                test.hand(http(id, &listener.url("/")));
            }
            for _ in 0..50 {
                assert_eq!(test.outcome().await, "200");
            }
            assert!(listener.connections() <= 5, "{}", listener.connections());
        },
    );
}

#[test]
fn so_many_attempts_run_at_the_same_time() {
    let listener = Listener::start(&[Answer::Late(50)]);
    test(
        |settings| settings.bounds = Bounds { lane: 3, all: 5 },
        async |mut test| {
            // Numbers may come again after a reset.
            for id in 0..12 {
                test.hand(http(id / 2, &listener.url("/")));
            }
            for _ in 0..12 {
                assert_eq!(test.outcome().await, "200");
            }
            assert_eq!(listener.most_running(), 3);
        },
    );
}

#[test]
fn an_endpoint_that_hangs_holds_nobody_up() {
    let (hanging, other) =
        (Listener::start(&[Answer::Late(60_000)]), Listener::start(&[Answer::Status(200)]));
    test(
        |settings| settings.bounds = Bounds { lane: 2, all: 4 },
        async |mut test| {
            for id in 0..10 {
                test.hand(http(id, &hanging.url("/")));
            }
            test.hand(http(10, &other.url("/")));
            let report = test.report().await;
            assert_eq!((report.id, short(&report.outcome).as_str()), (10, "200"));
            let rest = test.deliveries.stop(Duration::from_millis(20)).await;
            let ids: Vec<_> = rest.iter().map(|outgoing| outgoing.id).collect();
            assert_eq!(ids, (0..10).collect::<Vec<_>>());
        },
    );
}

#[test]
fn a_stop_lets_attempts_end() {
    let listener = Listener::start(&[Answer::Late(100)]);
    test(
        |settings| settings.bounds = Bounds { lane: 2, all: 2 },
        async |mut test| {
            for id in 0..4 {
                test.hand(http(id, &listener.url("/")));
            }
            while listener.requests().len() < 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let rest = test.deliveries.stop(Duration::from_secs(10)).await;
            let ids: Vec<_> = rest.iter().map(|outgoing| outgoing.id).collect();
            assert_eq!(ids, [2, 3]);
            let mut delivered = Vec::new();
            while let Some(report) = test.reports.recv().await {
                delivered.push((report.id, short(&report.outcome)));
            }
            delivered.sort();
            assert_eq!(delivered, [(0, "200".into()), (1, "200".into())]);
        },
    );
}

#[test]
fn what_there_is_no_room_for_comes_back() {
    let listener = Listener::start(&[Answer::Late(50), Answer::Status(200)]);
    test(
        |settings| settings.most_messages = 2,
        async |mut test| {
            for id in [1, 2] {
                test.hand(http(id, &listener.url("/")));
            }
            assert_eq!(test.deliveries.room(), 0);
            let back = test.deliveries.hand(http(3, &listener.url("/")), 0).unwrap_err();
            assert_eq!(back.id, 3);
            test.outcome().await;
            test.outcome().await;
            assert_eq!(test.deliveries.room(), 2);
        },
    );
}
