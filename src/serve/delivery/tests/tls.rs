//! HTTPS, with an authority of the test's own.

use std::{io::Read, net::SocketAddr, sync::Arc, thread};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::{outgoing, test};
use crate::{
    serve::delivery::outcome::Outcome,
    sns::{Protocol, RetryPolicy},
};

/// A web server for `localhost`, and the certificate of its authority in PEM.
fn server() -> (SocketAddr, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_string()]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            let mut start = [0; 4];
            if stream.read_exact(&mut start).is_ok() && &start == b"POST" {
                let _ =
                    std::io::Write::write_all(&mut stream, b"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n");
            }
        }
    });
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(authority.der())
    );
    (address, pem)
}

fn to(host: &str, address: SocketAddr) -> crate::service::Outgoing {
    let mut message = outgoing(1, Protocol::Https, &format!("https://{host}:{}/", address.port()));
    message.retries = RetryPolicy { num_retries: 0, ..RetryPolicy::HTTP };
    message
}

#[test]
fn an_authority_that_was_given_is_trusted_for_its_names() {
    let (address, authority) = server();
    test(
        |settings| settings.authorities = Some(authority.into_bytes()),
        async |mut test| {
            test.hand(to("localhost", address));
            assert_eq!(test.outcome().await, "204");
            test.hand(to("127.0.0.1", address));
            let Outcome::GivenUp { reason, .. } = test.report().await.outcome else { panic!() };
            assert!(reason.contains("certificate not valid for name"), "{reason}");
        },
    );
}

#[test]
fn an_unknown_authority_is_not_trusted() {
    let (address, _) = server();
    test(
        |_| {},
        async |mut test| {
            test.hand(to("localhost", address));
            let Outcome::GivenUp { reason, .. } = test.report().await.outcome else { panic!() };
            assert!(reason.contains("UnknownIssuer"), "{reason}");
        },
    );
}
