//! A call as it goes over the wire: made once, signed each time that it is sent.

use http_body_util::Full;
use hyper::{
    Request,
    body::Bytes,
    header::{HeaderName, HeaderValue},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::wire::{
    dialect::{Protocol, Service},
    sign::{Signer, Unsigned},
};

/// A call of one operation with its body.
#[derive(Clone, Debug)]
pub struct Prepared {
    service: &'static str,
    content_type: &'static str,
    target: Option<String>,
    body: Bytes,
    digest: [u8; 32],
}

impl Prepared {
    /// A call of `operation`. `body` is JSON, or of SNS, which speaks Query alone, the form without `Action` and `Version`.
    pub fn new(service: Service, operation: &str, body: impl Into<Bytes>) -> Self {
        let protocol = match service {
            Service::Ssm | Service::Events => Protocol::Json11,
            Service::Sqs => Protocol::Json10,
            Service::Sns | Service::Ec2 => Protocol::Query,
        };
        let (content_type, target, body) = match protocol {
            Protocol::Json10 => ("application/x-amz-json-1.0", target(service, operation), body.into()),
            Protocol::Json11 => ("application/x-amz-json-1.1", target(service, operation), body.into()),
            Protocol::Query => {
                let form = form(service, operation, &body.into());
                ("application/x-www-form-urlencoded; charset=utf-8", None, form)
            }
        };
        let digest = Sha256::digest(&body).into();
        Self { service: service.signing_name(), content_type, target, body, digest }
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The request, signed as of now.
    pub(super) fn request(
        &self,
        host: &HeaderValue,
        signer: &Signer,
        now: Timestamp,
    ) -> Request<Full<Bytes>> {
        const DATE: HeaderName = HeaderName::from_static("x-amz-date");
        const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
        const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
        let date = signer.date(now);
        let mut signed = Vec::with_capacity(5);
        signed.push(("content-type", self.content_type));
        signed.push(("host", host.to_str().unwrap_or_default()));
        signed.push(("x-amz-date", &date));
        signed.extend(signer.token().map(|token| ("x-amz-security-token", token)));
        signed.extend(self.target.as_deref().map(|target| ("x-amz-target", target)));
        let unsigned = Unsigned { method: "POST", path: "/", headers: &signed, digest: &self.digest };
        let authorization = signer.authorization(self.service, unsigned, now);
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = hyper::Method::POST;
        let headers = request.headers_mut();
        headers.reserve(8);
        headers.insert(hyper::header::HOST, host.clone());
        headers.insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(DATE, value(date));
        if let Some(token) = signer.token() {
            headers.insert(TOKEN, value(token.into()));
        }
        if let Some(target) = &self.target {
            headers.insert(TARGET, value(target.clone()));
        }
        headers.insert(hyper::header::AUTHORIZATION, value(authorization));
        request
    }
}

fn target(service: Service, operation: &str) -> Option<String> {
    service.target_prefix().map(|prefix| format!("{prefix}.{operation}"))
}

fn form(service: Service, operation: &str, rest: &[u8]) -> Bytes {
    let mut form =
        format!("Action={operation}&Version={}", service.version().unwrap_or_default()).into_bytes();
    if !rest.is_empty() {
        form.push(b'&');
        form.extend(rest);
    }
    form.into()
}

/// A header's value of what was checked to be one when it came in: keys, the Region, names of operations.
fn value(text: String) -> HeaderValue {
    HeaderValue::from_maybe_shared(Bytes::from(text)).unwrap_or(HeaderValue::from_static("-"))
}
