//! The canonical request: what was signed, rebuilt.

use sha2::{Digest, Sha256};

use super::claim::Claim;
use crate::wire::{attribute::hex, http::Request};

/// What a service does to a path before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// Dots and empty segments are resolved: every service but S3.
    Normalised,
    /// Nothing.
    AsWritten,
}

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// The canonical request. `skip_token` leaves the session token out of the query.
pub fn canonical_request(request: &Request, claim: &Claim, paths: Paths, skip_token: bool) -> String {
    let payload = match request.header("x-amz-content-sha256") {
        Some(UNSIGNED) => UNSIGNED.to_string(),
        _ => hex(&Sha256::digest(request.body)),
    };
    let skipped: &[&str] = match (claim.presigned, skip_token) {
        (None, _) => &[],
        (Some(_), false) => &["X-Amz-Signature"],
        (Some(_), true) => &["X-Amz-Signature", "X-Amz-Security-Token"],
    };
    [
        request.method,
        &path(request.path(), paths),
        &query(request.query(), skipped),
        &headers(request, &claim.signed_headers),
        &claim.signed_headers.join(";"),
        &payload,
    ]
    .join("\n")
}

fn path(path: &str, paths: Paths) -> String {
    let path = match paths {
        Paths::Normalised => normalised(path),
        Paths::AsWritten => path.to_string(),
    };
    let encoded: Vec<_> = path.split('/').map(|segment| encoded(segment.as_bytes())).collect();
    let joined = encoded.join("/");
    if joined.is_empty() { "/".into() } else { joined }
}

/// A path without empty segments, `.` and `..`.
fn normalised(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    let end = if path.ends_with('/') && !segments.is_empty() { "/" } else { "" };
    format!("/{}{end}", segments.join("/"))
}

/// The parameters, decoded and encoded anew in the one way that counts, in the order of their names and values.
fn query(query: &str, skipped: &[&str]) -> String {
    let pair = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (encoded(&decoded(name)), encoded(&decoded(value)))
    };
    let mut pairs: Vec<_> = query.split('&').filter(|text| !text.is_empty()).map(pair).collect();
    pairs.retain(|(name, _)| !skipped.contains(&name.as_str()));
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// The signed headers, one a line with a line end of its own; those that come several times joined by commas.
fn headers(request: &Request, names: &[String]) -> String {
    let line = |name: &String| {
        let same = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let values: Vec<String> =
            same.map(|(_, value)| value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")).collect();
        format!("{name}:{}\n", values.join(","))
    };
    names.iter().map(line).collect()
}

/// Everything but unreserved characters as `%XX`.
fn encoded(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

/// The bytes that `%XX` stand for; a plus sign is one.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|digits| *first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let digits = code.and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    bytes
}
