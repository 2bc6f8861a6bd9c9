//! An endpoint outside that speaks one of AWS's APIs, and requests to it.

use std::str::FromStr;

use http_body_util::Full;
use hyper::{Method, Request, Uri, body::Bytes};
use jiff::Timestamp;

use super::outcome::Failure;
use crate::wire::{
    http,
    sign::{Keys, Signer, Unsigned},
};

/// Where an API is: `http://host:port` or `https://host`.
#[derive(Clone, Debug)]
pub struct ApiEndpoint {
    url: Uri,
    port: u16,
    keys: Keys,
}

/// A request before it is signed.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// The service, by its name in signatures.
    pub service: &'static str,
    /// The Region that it is signed for.
    pub region: &'a str,
    /// Its method.
    pub method: Method,
    /// Its path, encoded.
    pub path: &'a str,
    /// Headers besides `host`, the date and those of the signature, by their names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// Its body.
    pub body: Bytes,
    /// The SHA-256 of the body.
    pub digest: &'a [u8],
}

impl FromStr for ApiEndpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no endpoint; write http://host:port or https://host");
        let url: Uri = text.parse().map_err(|_| wrong())?;
        let usual = match url.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(wrong()),
        };
        let authority = url.authority().filter(|one| !one.as_str().contains('@')).ok_or_else(wrong)?;
        if url.path() != "/" || url.query().is_some() {
            return Err(wrong());
        }
        let port = http::port(authority.as_str(), authority.host(), usual).ok_or_else(wrong)?;
        Ok(Self { url, port, keys: Keys::default() })
    }
}

impl ApiEndpoint {
    /// The same endpoint with keys that it knows; most emulators take any.
    pub fn with_keys(self, keys: Keys) -> Self {
        Self { keys, ..self }
    }

    /// Scheme, host and port, as it was written.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.url.scheme_str().unwrap_or_default(), self.authority())
    }

    /// The host and the port.
    pub fn host(&self) -> (&str, u16) {
        (self.url.host().unwrap_or_default(), self.port)
    }

    fn authority(&self) -> &str {
        self.url.authority().map_or("", |authority| authority.as_str())
    }

    /// The request, signed now.
    ///
    /// # Errors
    ///
    /// [`Failure::Never`] when a header or the path cannot be sent.
    pub fn request(&self, draft: Draft<'_>, now: Timestamp) -> Result<Request<Full<Bytes>>, Failure> {
        let Draft { service, region, method, path, headers, body, digest } = draft;
        let signer = Signer::new(self.keys.clone(), region.into());
        let date = signer.date(now);
        let mut signed = headers.to_vec();
        signed.extend([("host", self.authority()), ("x-amz-date", date.as_str())]);
        signed.extend(signer.token().map(|token| ("x-amz-security-token", token)));
        signed.sort_unstable();
        let unsigned = Unsigned { method: method.as_str(), path, headers: &signed, digest };
        let signature = signer.authorization(service, unsigned, now);
        let builder = Request::builder().method(method.clone()).uri(format!("{}{path}", self.origin()));
        let builder = builder.header("authorization", signature);
        let builder = signed.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value));
        builder.body(Full::new(body)).map_err(|error| Failure::Never(error.to_string()))
    }
}
