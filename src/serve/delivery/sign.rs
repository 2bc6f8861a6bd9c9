//! Signature Version 4 of the one kind of request that is sent to AWS's like: a POST to `/` without a query.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{Timestamp, tz::Offset};
use sha2::{Digest, Sha256};

use crate::wire::attribute::hex;

/// Keys to sign with.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The access key's id.
    pub access_key_id: String,
    /// The secret key.
    pub secret: String,
    /// The token of a temporary key.
    pub session_token: Option<String>,
}

/// The keys that emulators are given by custom.
impl Default for Keys {
    fn default() -> Self {
        Self { access_key_id: "test".into(), secret: "test".into(), session_token: None }
    }
}

/// The secret is not for logs.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// A moment as the header `x-amz-date` has it.
pub fn date(now: Timestamp) -> String {
    Offset::UTC.to_datetime(now).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// The header `authorization` of a POST to `/`. All of `headers` are signed: their names are in lower case and in order, and
/// `x-amz-date` is one of them.
pub fn authorization(
    keys: &Keys,
    region: &str,
    service: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> String {
    let date = headers.iter().find(|(name, _)| *name == "x-amz-date").map_or("", |(_, value)| *value);
    let day = date.split('T').next().unwrap_or_default();
    let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let request = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(body)));
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(request)));
    let first = format!("AWS4{}", keys.secret).into_bytes();
    let key = [day, region, service, "aws4_request"].iter().fold(first, |key, part| mac(&key, part));
    let signature = hex(&mac(&key, &text));
    let id = &keys.access_key_id;
    format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
