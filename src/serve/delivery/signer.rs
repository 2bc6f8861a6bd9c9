//! Envelopes as they leave: signed, and where the certificate is.

use std::sync::{Arc, OnceLock};

use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{
    service::{CERTIFICATE_PATH, Outgoing},
    wire::{
        http::Response,
        sns::{
            envelope::{Envelope, NOTIFICATION},
            signature::{Signatory, SignatureVersion},
        },
    },
};

/// Signs envelopes. Its key is made when it is first needed, and works on a thread of its own.
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    seed: u64,
    certificate_url: String,
    signatory: OnceLock<Signatory>,
    /// One signature at a time: a storm of messages leaves the other cores to the server.
    turn: Semaphore,
}

impl Signer {
    /// The signer of a seed, for a server that is reached at `base_url`, which has no slash at its end.
    pub fn new(seed: u64, base_url: &str) -> Self {
        let certificate_url = format!("{}{CERTIFICATE_PATH}", base_url.trim_end_matches('/'));
        let (signatory, turn) = (OnceLock::new(), Semaphore::new(1));
        Self(Arc::new(Inner { seed, certificate_url, signatory, turn }))
    }

    /// The answer to who asks for the certificate.
    pub async fn certificate(&self) -> Response {
        let body = self.work(|signatory| signatory.certificate().to_string()).await;
        Response {
            status: 200,
            headers: vec![("Content-Type", "application/x-pem-file".into())],
            body: body.into_bytes(),
        }
    }

    /// Signs an envelope and tells it where the certificate is.
    pub async fn sign(&self, mut envelope: Envelope, version: SignatureVersion) -> Envelope {
        envelope.signing_cert_url.clone_from(&self.0.certificate_url);
        self.work(move |signatory| {
            signatory.sign(&mut envelope, version);
            envelope
        })
        .await
    }

    /// What is sent of a message: its text alone, or the signed envelope as JSON.
    pub async fn body(&self, outgoing: &Outgoing) -> String {
        if is_raw(outgoing) {
            return outgoing.envelope.message.clone();
        }
        let envelope = self.sign(outgoing.envelope.clone(), outgoing.signature_version).await;
        serde_json::to_string(&envelope).expect("an envelope is JSON")
    }

    async fn work<R: Send + 'static>(&self, work: impl FnOnce(&Signatory) -> R + Send + 'static) -> R {
        let _turn = self.0.turn.acquire().await.expect("nobody closes it");
        let inner = self.0.clone();
        let work = move || work(inner.signatory.get_or_init(|| Signatory::new(inner.seed)));
        spawn_blocking(work).await.expect("signing does not panic")
    }
}

/// Whether the envelope is left out: never of what asks for a confirmation.
pub fn is_raw(outgoing: &Outgoing) -> bool {
    outgoing.raw && outgoing.envelope.kind == NOTIFICATION
}
