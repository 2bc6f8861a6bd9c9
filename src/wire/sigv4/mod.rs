//! Signature Version 4, the verifying side: is a request signed by who it says, and when? The other side is [`sign`](super::sign).
//!
//! A verifier rebuilds what the signer has signed, from the request as it came: only the headers that the signer names,
//! and the path and query as written on the wire. `now` is an argument.

mod canonical;
mod claim;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp, tz::Offset};
use sha2::{Digest, Sha256};

use super::{
    attribute::hex,
    dialect::{Protocol, Service},
    fault::Fault,
    http::Request,
};
use canonical::canonical_request;
use claim::Claim;

pub use canonical::Paths;

/// How far the signer's clock may be off.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What belongs to an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The secret key.
    pub key: String,
    /// The token that has to come with a temporary key.
    pub session_token: Option<String>,
}

/// Who signed a request, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The access key's id.
    pub access_key_id: String,
    /// The Region that the request was signed for.
    pub region: String,
    /// The service that the request was signed for.
    pub service: String,
}

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    Missing,
    /// Parts of it are missing or malformed; the text says which.
    Incomplete(String),
    /// Nobody has this access key, or its token is another one.
    UnknownKey,
    /// It is not what the key's owner would have signed.
    Mismatch,
    /// It was made at another time than now, or for another day than it says; the text says so.
    OutOfTime(String),
    /// It was good for some time only, which is over.
    Expired,
    /// It was made for another service or Region; the text says so.
    Scope(String),
}

impl Signer {
    /// Checks that the request was signed for this service and, if one is given, this Region.
    ///
    /// # Errors
    ///
    /// [`Refusal::Scope`].
    pub fn check_scope(&self, service: Service, region: Option<&str>) -> Result<(), Refusal> {
        let service = service.signing_name();
        if self.service != service {
            let text = format!("Credential should be scoped to correct service: '{service}'.");
            return Err(Refusal::Scope(text));
        }
        match region {
            Some(region) if self.region != region => {
                let text = format!("Credential should be scoped to a valid Region, not '{}'.", self.region);
                Err(Refusal::Scope(text))
            }
            _ => Ok(()),
        }
    }
}

/// Verifies a request: its signature is in the header `Authorization`, or in the query (a presigned URL).
/// `secret` looks up an access key.
///
/// # Errors
///
/// The first reason to refuse it.
pub fn verify(
    request: &Request,
    now: Timestamp,
    paths: Paths,
    secret: impl Fn(&str) -> Option<Secret>,
) -> Result<Signer, Refusal> {
    let claim = Claim::read(request)?;
    check_time(&claim, now)?;
    let secret = secret(&claim.signer.access_key_id).ok_or(Refusal::UnknownKey)?;
    if secret.session_token.is_some() && secret.session_token != claim.session_token {
        return Err(Refusal::UnknownKey);
    }
    // A token in the query may have been added behind the signer's back.
    let with_token = claim.presigned.is_some() && claim.session_token.is_some();
    let good = |skip_token| {
        let canonical = canonical_request(request, &claim, paths, skip_token);
        is_signature_of(&canonical, &claim, &secret.key)
    };
    if good(false) || with_token && good(true) { Ok(claim.signer) } else { Err(Refusal::Mismatch) }
}

fn is_signature_of(canonical: &str, claim: &Claim, secret: &str) -> bool {
    let day = &claim.date[..8];
    let Signer { region, service, .. } = &claim.signer;
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let digest = hex(&Sha256::digest(canonical));
    let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{digest}", claim.date);
    let first = format!("AWS4{secret}").into_bytes();
    let key = [day, region.as_str(), service.as_str(), "aws4_request"]
        .iter()
        .fold(first, |key, part| mac(&key, part).finalize().into_bytes().to_vec());
    mac(&key, &text).verify_slice(&claim.signature).is_ok()
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text.as_bytes());
    mac
}

fn check_time(claim: &Claim, now: Timestamp) -> Result<(), Refusal> {
    let show = |time: Timestamp| Offset::UTC.to_datetime(time).strftime("%Y%m%dT%H%M%SZ").to_string();
    let (made, at) = (claim.time, &claim.date);
    let latest = now.saturating_add(SKEW).unwrap_or(Timestamp::MAX);
    if made > latest {
        let (latest, now) = (show(latest), show(now));
        let text = format!("Signature not yet current: {at} is still later than {latest} ({now} + 5 min.)");
        return Err(Refusal::OutOfTime(text));
    }
    match claim.presigned {
        Some(seconds) if now.duration_since(made) > SignedDuration::from_secs(seconds) => {
            Err(Refusal::Expired)
        }
        Some(_) => Ok(()),
        None if now.duration_since(made) > SKEW => {
            let earliest = now.saturating_sub(SKEW).unwrap_or(Timestamp::MIN);
            let (earliest, now) = (show(earliest), show(now));
            let text = format!("Signature expired: {at} is now earlier than {earliest} ({now} - 5 min.)");
            Err(Refusal::OutOfTime(text))
        }
        None => Ok(()),
    }
}

impl Refusal {
    /// The error as the services tell it; its name depends on the protocol.
    pub fn fault(&self, protocol: Protocol) -> Fault {
        let (json, query, message) = match self {
            Self::Missing => (
                "MissingAuthenticationTokenException",
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ),
            Self::Incomplete(text) => ("IncompleteSignatureException", "IncompleteSignature", text.as_str()),
            Self::UnknownKey => (
                "UnrecognizedClientException",
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
            Self::Mismatch => (
                "InvalidSignatureException",
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details.",
            ),
            Self::OutOfTime(text) | Self::Scope(text) => {
                ("InvalidSignatureException", "SignatureDoesNotMatch", text.as_str())
            }
            Self::Expired => ("RequestExpired", "RequestExpired", "Request has expired."),
        };
        Fault::new(if protocol == Protocol::Query { query } else { json }, message)
    }
}
