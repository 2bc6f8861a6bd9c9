//! Web pages of others must not reach the endpoint through the browser of its user: what a request says of where it comes
//! from. Clients that are no browsers say nothing of it, and are let in.

use std::net::IpAddr;

use crate::wire::http::Request;

/// Why a request is refused.
const ELSEWHERE: &str = "the request comes from another origin than this server's own page";
const STRANGE_HOST: &str = "the Host of the request is neither an address nor a loopback name, nor one given with --allow-host: \
                            a page of another site may have been pointed here";

/// The names under which the endpoint may be reached besides addresses and loopback names.
#[derive(Clone, Debug, Default)]
pub struct Names(pub Vec<String>);

impl Names {
    /// Checks that no page of another origin has sent a request: neither across origins nor after its own name was pointed at
    /// this server.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    pub fn check(&self, request: &Request) -> Result<(), &'static str> {
        self.check_origin(request)?;
        self.check_host(request)
    }

    /// The same for a request that browsers never send without an origin: a POST. Hosts of others are no concern then.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    pub fn check_post(&self, request: &Request) -> Result<(), &'static str> {
        match request.header("origin").is_some() || request.header("sec-fetch-site").is_some() {
            true => self.check(request),
            false => Ok(()),
        }
    }

    fn check_origin(&self, request: &Request) -> Result<(), &'static str> {
        let host = request.header("host").unwrap_or_default();
        let is_ours = |origin: &str| {
            let bare = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            bare.is_some_and(|bare| bare.eq_ignore_ascii_case(host))
        };
        let is_foreign = request.header("origin").is_some_and(|origin| !is_ours(origin));
        let site = request.header("sec-fetch-site").unwrap_or("none");
        if is_foreign || !["none", "same-origin"].contains(&site) { Err(ELSEWHERE) } else { Ok(()) }
    }

    fn check_host(&self, request: &Request) -> Result<(), &'static str> {
        let host = without_port(request.header("host").unwrap_or_default());
        let is_known = host.eq_ignore_ascii_case("localhost")
            || host.to_ascii_lowercase().ends_with(".localhost")
            || self.0.iter().any(|name| name.eq_ignore_ascii_case(host));
        if is_known || is_address(host) { Ok(()) } else { Err(STRANGE_HOST) }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

fn is_address(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)]) -> (bool, bool) {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let request = Request { method: "POST", target: "/", headers: &headers, body: b"" };
        let names = Names(vec!["fleet.test".into()]);
        (names.check(&request).is_ok(), names.check_post(&request).is_ok())
    }

    #[test]
    fn only_the_own_page_and_programs_get_in() {
        for (headers, expected) in [
            (&[("Host", "127.0.0.1:8008")][..], (true, true)),
            (&[("Host", "localhost:8008"), ("Origin", "http://localhost:8008")], (true, true)),
            (
                &[("Host", "[::1]:8008"), ("Origin", "http://[::1]:8008"), ("Sec-Fetch-Site", "same-origin")],
                (true, true),
            ),
            (&[("Host", "[::1]")], (true, true)),
            (&[("Host", "FLEET.test")], (true, true)),
            // A form on another page.
            (&[("Host", "127.0.0.1:8008"), ("Origin", "http://evil.test")], (false, false)),
            (&[("Host", "127.0.0.1:8008"), ("Origin", "null")], (false, false)),
            (&[("Host", "127.0.0.1:8008"), ("Origin", "http://127.0.0.1:9999")], (false, false)),
            // An image on another page.
            (&[("Host", "127.0.0.1:8008"), ("Sec-Fetch-Site", "cross-site")], (false, false)),
            (&[("Host", "127.0.0.1:8008"), ("Sec-Fetch-Site", "same-site")], (false, false)),
            // A page whose name was pointed here after it was loaded.
            (&[("Host", "evil.test:8008"), ("Origin", "http://evil.test:8008")], (false, false)),
            (&[("Host", "127.0.0.1.evil.test")], (false, true)),
            (&[("Host", "")], (false, true)),
            (&[], (false, true)),
            // A program that reaches the endpoint by the name of its container.
            (&[("Host", "fleetsim:8008")], (false, true)),
        ] {
            assert_eq!(check(headers), expected, "{headers:?}");
        }
    }
}
