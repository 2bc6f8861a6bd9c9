//! What of HTTP the APIs look at: a request and a response as plain values. Nothing here opens a socket.

use std::borrow::Cow;

/// A request as it came over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST` and so on.
    pub method: &'a str,
    /// The request line's target: the path and, behind a question mark, the query; neither is decoded.
    pub target: &'a str,
    /// The headers in the order in which they came; names in any case, values as they were written.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The first header of this name, without the spaces around its value; the case of names does not matter.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The path, not decoded.
    pub fn path(&self) -> &'a str {
        self.target.split_once('?').map_or(self.target, |(path, _)| path)
    }

    /// The query, not decoded; empty when there is none.
    pub fn query(&self) -> &'a str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The first parameter of this name in the query, decoded.
    pub fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut pairs = form_urlencoded::parse(self.query().as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// A response to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, the length of the body not among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The header of this name as it is spelled here.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// The port that stands behind the host in a URL's authority without user, or the `usual` one where none does. `None` where it is beyond
/// 65535.
pub fn port(authority: &str, host: &str, usual: u16) -> Option<u16> {
    match authority.strip_prefix(host)?.strip_prefix(':') {
        None | Some("") => Some(usual),
        Some(digits) => digits.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn ports_beyond_the_last_are_none() {
        for (authority, host, found) in [
            ("localhost", "localhost", Some(80)),
            ("localhost:", "localhost", Some(80)),
            ("[::1]:8008", "[::1]", Some(8008)),
            ("127.0.0.1:65535", "127.0.0.1", Some(65535)),
            ("127.0.0.1:65536", "127.0.0.1", None),
        ] {
            assert_eq!(port(authority, host, 80), found, "{authority}");
        }
    }
}
