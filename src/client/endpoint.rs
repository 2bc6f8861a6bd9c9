//! Where calls go. Nobody's real account is reached by a default: an endpoint that is not on this machine has to be named a
//! second time, and keys have to be given for it.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
};

use hyper::{Uri, header::HeaderValue};

use crate::wire::{http, sign::Keys};

/// An endpoint that may be called: `http://host:port` or `https://host`.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(super) url: Uri,
    pub(super) host: HeaderValue,
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) keys: Keys,
    pub(super) region: String,
}

impl Endpoint {
    /// The endpoint at `url`, if it may be called: it is on this machine, or `remote` names its host and keys are given.
    /// Its name is resolved now and never again.
    ///
    /// # Errors
    ///
    /// In words, what is wrong with the URL, or what would allow it.
    pub fn new(url: &str, remote: &[String], keys: Option<Keys>, region: &str) -> Result<Self, String> {
        let resolve = |host: &str, port| Ok((host, port).to_socket_addrs()?.collect());
        Self::with_resolver(url, remote, keys, region, resolve)
    }

    /// The same with a resolver of one's own.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn with_resolver(
        url: &str,
        remote: &[String],
        keys: Option<Keys>,
        region: &str,
        resolve: impl FnOnce(&str, u16) -> io::Result<Vec<SocketAddr>>,
    ) -> Result<Self, String> {
        let wrong = || format!("`{url}` is no endpoint; write http://host:port or https://host");
        let parsed: Uri = url.parse().map_err(|_| wrong())?;
        let usual = match parsed.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(wrong()),
        };
        let authority = parsed.authority().filter(|one| !one.as_str().contains('@')).ok_or_else(wrong)?;
        if parsed.path() != "/" || parsed.query().is_some() {
            return Err(wrong());
        }
        if region.is_empty() || !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(format!("`{region}` is no Region"));
        }
        if keys.as_ref().is_some_and(|keys| !keys.is_printable()) {
            return Err("the keys have other characters than keys have".into());
        }
        let host = plain(authority.host());
        let port = http::port(authority.as_str(), authority.host(), usual).ok_or_else(wrong)?;
        let named = remote.iter().any(|name| plain(name) == host);
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => {
                resolve(&host, port).map_err(|error| format!("the name {host} is not resolved: {error}"))?
            }
        };
        let elsewhere = addresses.iter().find(|address| !address.ip().to_canonical().is_loopback());
        match elsewhere {
            Some(address) if !named => {
                let ip = address.ip();
                let is = if ip.to_string() == host {
                    String::new()
                } else {
                    format!(" has the address {ip}, which")
                };
                return Err(format!(
                    "{host}{is} is not on this machine; --allow-remote {host} would allow it"
                ));
            }
            Some(_) if keys.is_none() => {
                return Err(format!(
                    "{host} is not on this machine; give the keys for it with --credentials"
                ));
            }
            None if addresses.is_empty() => return Err(format!("{host} has no address")),
            _ => {}
        }
        let host = HeaderValue::from_str(authority.as_str()).map_err(|_| wrong())?;
        Ok(Self { url: parsed, host, addresses, keys: keys.unwrap_or_default(), region: region.into() })
    }

    /// The Region that requests are signed for.
    pub fn region(&self) -> &str {
        &self.region
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.url.scheme_str().unwrap_or("http"), self.host.to_str().unwrap_or_default())
    }
}

/// A host in the one way in which hosts are compared: in lower case, without a dot at its end or brackets, and a mapped
/// address of version 4 as what it is.
fn plain(host: &str) -> String {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => bare.strip_suffix('.').unwrap_or(bare).to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str, remote: &[&str], keys: bool, ips: &[&str]) -> Result<Endpoint, String> {
        let remote: Vec<String> = remote.iter().map(ToString::to_string).collect();
        let resolve =
            |_: &str, port| Ok(ips.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), port)).collect());
        Endpoint::with_resolver(url, &remote, keys.then(Keys::default), "us-east-1", resolve)
    }

    #[test]
    fn this_machine_is_called_without_ado() {
        for url in
            ["http://127.0.0.1:8008", "http://[::1]:8008", "http://127.9.9.9", "http://[::ffff:127.0.0.1]:1"]
        {
            assert!(endpoint(url, &[], false, &["192.0.2.1"]).is_ok(), "{url}");
        }
        assert!(endpoint("http://localhost:8008", &[], false, &["127.0.0.1", "::1"]).is_ok());
    }

    #[test]
    fn elsewhere_needs_its_name_and_keys() {
        let url = "https://ssm.us-east-1.amazonaws.com";
        let host = "ssm.us-east-1.amazonaws.com";
        let refused = |remote: &[&str], keys| endpoint(url, remote, keys, &["192.0.2.1"]).unwrap_err();
        assert!(refused(&[], true).contains("--allow-remote ssm.us-east-1.amazonaws.com"));
        assert!(refused(&["amazonaws.com"], true).contains("--allow-remote"));
        assert!(refused(&[host], false).contains("--credentials"));
        assert!(endpoint(url, &["SSM.us-east-1.amazonaws.com."], true, &["192.0.2.1"]).is_ok());
        // An address is another name than the name, and the metadata service is not on this machine.
        assert!(endpoint("http://192.0.2.1", &[host], true, &[]).is_err());
        assert!(endpoint("http://169.254.169.254", &[], true, &[]).is_err());
        assert!(endpoint("http://0.0.0.0:8008", &[], true, &[]).is_err());
    }

    #[test]
    fn one_address_elsewhere_refuses_the_name() {
        let refused = endpoint("http://mixed.test", &[], true, &["127.0.0.1", "192.0.2.1"]).unwrap_err();
        assert!(refused.contains("has the address 192.0.2.1"), "{refused}");
        assert!(endpoint("http://none.test", &[], true, &[]).unwrap_err().contains("no address"));
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for url in [
            "",
            "127.0.0.1:8008",
            "ftp://127.0.0.1",
            "http://a@127.0.0.1",
            "http://127.0.0.1/x",
            "http://127.0.0.1/?a",
            "http://127.0.0.1:65536",
        ] {
            assert!(endpoint(url, &[], true, &["127.0.0.1"]).is_err(), "{url}");
        }
    }
}
