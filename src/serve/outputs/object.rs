//! `PutObject` of S3, by the path of the bucket.

use hyper::{Method, body::Bytes};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use crate::{
    serve::delivery::{
        api::{ApiEndpoint, Draft},
        outcome::Failure,
        web::Web,
    },
    wire::{attribute::hex, sign::path},
};

/// Puts an object (S11.4).
///
/// # Errors
///
/// Why it is not there.
pub async fn put(
    web: &Web,
    endpoint: &ApiEndpoint,
    region: &str,
    (bucket, key): (&str, &str),
    body: Bytes,
) -> Result<(), Failure> {
    let whole = body.clone();
    let digest = spawn_blocking(move || Sha256::digest(&whole)).await;
    let digest = digest.map_err(|error| Failure::Again(error.to_string()))?;
    let draft = Draft {
        service: "s3",
        region,
        method: Method::PUT,
        path: &path(std::iter::once(bucket).chain(key.split('/'))),
        headers: &[("content-type", "text/plain"), ("x-amz-content-sha256", &hex(&digest))],
        body,
        digest: &digest,
    };
    match web.ask(endpoint.request(draft, Timestamp::now())?).await? {
        (200..=299, _) => Ok(()),
        (status, answer) => Err(Failure::Never(refusal(status, &answer))),
    }
}

fn refusal(status: u16, answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let code = text.split_once("<Code>").and_then(|(_, rest)| Some(rest.split_once("</Code>")?.0));
    match code {
        Some(code) => format!("it answered with status {status}, {code}"),
        None => format!("it answered with status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_its_code() {
        let answer =
            b"<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>none</Message></Error>";
        assert_eq!(refusal(404, answer), "it answered with status 404, NoSuchBucket");
        assert_eq!(refusal(503, b"busy"), "it answered with status 503");
    }
}
