//! The request that carries a message to a web server.

use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::Full;
use hyper::{
    Request, Uri,
    body::Bytes,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    http::uri::{Authority, Parts},
};

use super::{outcome::Failure, signer::is_raw};
use crate::service::Outgoing;

/// The request for a message whose body is ready.
///
/// # Errors
///
/// [`Failure::Never`] when the endpoint is no URL of the web, or a value has no place in a header.
pub fn request(outgoing: &Outgoing, body: Bytes) -> Result<Request<Full<Bytes>>, Failure> {
    let (uri, credentials) = target(&outgoing.endpoint)?;
    let mut headers = headers(outgoing)?;
    if let Some(credentials) = credentials {
        let value = format!("Basic {}", STANDARD.encode(credentials));
        headers.insert(AUTHORIZATION, header_value(&value)?);
    }
    let mut request = Request::post(uri).body(Full::new(body)).map_err(never)?;
    *request.headers_mut() = headers;
    Ok(request)
}

fn headers(outgoing: &Outgoing) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    let subscription = outgoing.subscription_arn.as_deref();
    for (name, value) in outgoing.envelope.http_headers(subscription, is_raw(outgoing)) {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(never)?;
        headers.insert(name, header_value(&value)?);
    }
    if let Some(content_type) = &outgoing.content_type {
        headers.insert(CONTENT_TYPE, header_value(content_type)?);
    }
    Ok(headers)
}

/// The URL without its user, and `user:password` as it is written there.
fn target(endpoint: &str) -> Result<(Uri, Option<String>), Failure> {
    let uri: Uri = endpoint.parse().map_err(never)?;
    let Parts { scheme, authority, path_and_query, .. } = uri.into_parts();
    let is_web = scheme.as_ref().is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https"));
    let (Some(authority), true) = (authority, is_web) else {
        return Err(Failure::Never(format!("`{}` is no URL of a web server", shown(endpoint))));
    };
    let (credentials, host) = match authority.as_str().rsplit_once('@') {
        Some((credentials, host)) => (Some(credentials.to_string()), host.parse::<Authority>()),
        None => (None, Ok(authority)),
    };
    let mut parts = Parts::default();
    parts.scheme = scheme;
    parts.authority = Some(host.map_err(never)?);
    parts.path_and_query = path_and_query;
    Ok((Uri::from_parts(parts).map_err(never)?, credentials))
}

/// An endpoint as it may be told to everybody: without the user and password of a URL.
pub fn shown(endpoint: &str) -> String {
    let hide = || {
        let (scheme, rest) = endpoint.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (_, host) = rest[..end].rsplit_once('@')?;
        Some(format!("{scheme}://{host}{}", &rest[end..]))
    };
    hide().unwrap_or_else(|| endpoint.into())
}

fn header_value(value: &str) -> Result<HeaderValue, Failure> {
    HeaderValue::from_str(value).map_err(never)
}

fn never(error: impl std::fmt::Display) -> Failure {
    Failure::Never(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_of_a_url_becomes_a_header() {
        let (uri, credentials) = target("https://me:secret@hooks.test:8443/a?b=c").unwrap();
        assert_eq!(uri.to_string(), "https://hooks.test:8443/a?b=c");
        assert_eq!(credentials.as_deref(), Some("me:secret"));
        assert_eq!(target("http://hooks.test").unwrap().0.to_string(), "http://hooks.test/");
    }

    #[test]
    fn nobody_is_told_a_password() {
        assert_eq!(shown("https://me:secret@hooks.test/a@b"), "https://hooks.test/a@b");
        assert_eq!(shown("https://hooks.test/?to=a@b"), "https://hooks.test/?to=a@b");
        assert_eq!(shown("ops@example.com"), "ops@example.com");
        let Err(Failure::Never(reason)) = target("ftp://me:secret@hooks.test/") else { panic!() };
        assert!(!reason.contains("secret"), "{reason}");
    }

    #[test]
    fn what_is_no_url_of_the_web_is_never_tried() {
        for endpoint in
            ["", "/path", "hooks.test", "file:///etc/passwd", "ftp://a.test/", "http://", "http://a b/"]
        {
            assert!(matches!(target(endpoint), Err(Failure::Never(_))), "{endpoint}");
        }
    }
}
