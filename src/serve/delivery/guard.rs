//! Where deliveries may go: to this machine, and to hosts that were named. A call of `Subscribe` must not turn the server into
//! a proxy into somebody's network.
//!
//! A name is resolved once for each connection; every address that it has is checked, and the connection goes to an address
//! that was checked, so that a second answer of the resolver changes nothing.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket},
    pin::Pin,
    str::FromStr,
    sync::Arc,
};

use tokio::net::{TcpStream, lookup_host};

use super::outcome::Failure;

/// What a resolver gives back.
pub type Resolved = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Turns a name and a port into addresses.
pub type Resolve = Arc<dyn Fn(String, u16) -> Resolved + Send + Sync>;

/// A host that deliveries may go to, with one port or with all: `hooks.example.com`, `10.0.0.7:8080`, `[2001:db8::1]:443`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    host: String,
    port: Option<u16>,
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no host; write a name or an address, with `:port` if it is one port");
        let is_address = text.parse::<IpAddr>().is_ok();
        let (host, port) = match text.rsplit_once(':').filter(|(host, _)| !is_address && !host.is_empty()) {
            Some((host, port)) if !text.ends_with(']') => (host, Some(port.parse().map_err(|_| wrong())?)),
            _ => (text, None),
        };
        let host = plain(host);
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        let fits = host.parse::<IpAddr>().is_ok() || !host.is_empty() && host.chars().all(allowed);
        if fits { Ok(Self { host, port }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, " port {port}"))
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

/// Lets deliveries through, or not.
#[derive(Clone)]
pub struct Guard {
    allowed: Vec<Allowed>,
    own: Option<SocketAddr>,
    resolve: Resolve,
}

impl Guard {
    /// A guard of a server that listens at `own`, with the resolver of the system.
    pub fn new(allowed: Vec<Allowed>, own: Option<SocketAddr>) -> Self {
        let resolve = |host: String, port| -> Resolved {
            Box::pin(async move { Ok(lookup_host((host, port)).await?.collect()) })
        };
        Self::with_resolver(allowed, own, Arc::new(resolve))
    }

    /// The same with a resolver of one's own.
    pub fn with_resolver(allowed: Vec<Allowed>, own: Option<SocketAddr>, resolve: Resolve) -> Self {
        Self { allowed, own, resolve }
    }

    /// A connection to an address of a host that may be reached.
    ///
    /// # Errors
    ///
    /// [`Failure::Never`] when it may not, [`Failure::Again`] when nothing comes about.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Failure> {
        let mut last = None;
        for address in self.addresses(host, port).await? {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    // A message is one write; it only matters for what follows on the same connection.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Err(error) => last = Some(format!("no connection to {address}: {error}")),
            }
        }
        Err(Failure::Again(last.unwrap_or_else(|| format!("{host} has no address"))))
    }

    /// The addresses of a host, each of which may be reached.
    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let host = plain(host);
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => {
                let found = (self.resolve)(host.clone(), port).await;
                found.map_err(|error| Failure::Again(format!("the name {host} is not resolved: {error}")))?
            }
        };
        for address in &addresses {
            self.check(&host, *address).map_err(Failure::Never)?;
        }
        Ok(addresses)
    }

    /// Whether a host may be reached at all, found out at once. A name that was given with the option is taken as it is.
    ///
    /// # Errors
    ///
    /// Why not, and what would allow it.
    pub fn admits(&self, host: &str, port: u16) -> Result<(), String> {
        let host = plain(host);
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => match (host.as_str(), port).to_socket_addrs() {
                Ok(addresses) => addresses.collect(),
                Err(_) if self.allowed.iter().any(|allowed| allowed.host == host) => Vec::new(),
                Err(error) => return Err(format!("the name {host} is not resolved: {error}")),
            },
        };
        addresses.into_iter().try_for_each(|address| self.check(&host, address))
    }

    fn check(&self, host: &str, address: SocketAddr) -> Result<(), String> {
        let named = |allowed: &Allowed| {
            allowed.host == host && allowed.port.is_none_or(|port| port == address.port())
        };
        if self.is_own(address) {
            return Err(format!("{address} is this server itself"));
        }
        if address.ip().to_canonical().is_loopback() || self.allowed.iter().any(named) {
            return Ok(());
        }
        let ip = address.ip();
        let is = if ip.to_string() == host { String::new() } else { format!(" has the address {ip}, which") };
        Err(format!("{host}{is} is not on this machine; --allow-delivery {host} would allow it"))
    }

    fn is_own(&self, address: SocketAddr) -> bool {
        let Some(own) = self.own.filter(|own| own.port() == address.port()) else { return false };
        let (own, ip) = (own.ip().to_canonical(), address.ip().to_canonical());
        ip == own || ip.is_unspecified() || own.is_unspecified() && is_of_this_machine(ip)
    }
}

/// Whether an interface of this machine has the address: only then can a socket be bound to it.
fn is_of_this_machine(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::{
        net::TcpListener,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    /// A guard whose names have these addresses, one set of them for each time that it is asked.
    fn guard(allowed: &[&str], answers: &'static [&'static [&'static str]]) -> Guard {
        let asked = AtomicUsize::new(0);
        let resolve = move |_: String, port| -> Resolved {
            let at = asked.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
            let addresses = answers[at].iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), port)).collect();
            Box::pin(async move { Ok(addresses) })
        };
        let allowed = allowed.iter().map(|text| text.parse().unwrap()).collect();
        Guard::with_resolver(allowed, Some("127.0.0.1:8008".parse().unwrap()), Arc::new(resolve))
    }

    #[test]
    fn literal_addresses_pass_when_they_are_of_the_loopback() {
        let guard = guard(&[], &[&["192.0.2.1"]]);
        for host in ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "[::ffff:127.0.0.1]", "::ffff:7f00:1"] {
            assert!(block_on(guard.addresses(host, 80)).is_ok(), "{host}");
        }
        for host in [
            "192.0.2.1",
            "10.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "[::]",
            "[::ffff:169.254.169.254]",
            "[fe80::1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
        ] {
            let refused = block_on(guard.addresses(host, 80));
            assert!(matches!(refused, Err(Failure::Never(_))), "{host}: {refused:?}");
        }
    }

    /// Forms that a resolver of the system takes for addresses come from it as such, and are checked as such.
    #[test]
    fn numbers_in_disguise_are_judged_by_what_they_come_to() {
        let guard = Guard::new(Vec::new(), None);
        for host in ["3232235521", "0xa9fea9fe", "192.168.1"] {
            let refused = block_on(guard.addresses(host, 80));
            assert!(refused.is_err(), "{host}: {refused:?}");
        }
    }

    #[test]
    fn one_address_elsewhere_refuses_the_name() {
        let refused = block_on(guard(&[], &[&["127.0.0.1", "192.0.2.1"]]).addresses("mixed.test", 80));
        let Err(Failure::Never(reason)) = refused else { panic!("{refused:?}") };
        assert_eq!(
            reason,
            "mixed.test has the address 192.0.2.1, which is not on this machine; --allow-delivery mixed.test \
             would allow it"
        );
    }

    /// The first answer is checked and connected to; the second would lead elsewhere.
    #[test]
    fn the_address_that_was_checked_is_the_one_that_is_reached() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let guard = guard(&[], &[&["127.0.0.1"], &["192.0.2.1"]]);
        let connect = || {
            block_on(async {
                let stream = guard.connect("rebind.test", port).await?;
                Ok(stream.peer_addr().unwrap())
            })
        };
        assert_eq!(connect(), Ok(listener.local_addr().unwrap()));
        assert!(matches!(connect(), Err::<SocketAddr, _>(Failure::Never(_))));
    }

    #[test]
    fn a_host_that_was_named_may_be_anywhere() {
        let addresses = |allowed: &str, host: &str, port| {
            block_on(guard(&[allowed], &[&["192.0.2.1"]]).addresses(host, port)).is_ok()
        };
        assert!(addresses("hooks.test", "hooks.test", 80));
        assert!(addresses("hooks.test", "HOOKS.test.", 80));
        assert!(addresses("hooks.test:80", "hooks.test", 80));
        assert!(!addresses("hooks.test:80", "hooks.test", 81));
        assert!(!addresses("hooks.test", "more.hooks.test", 80));
        // A name and its address are two hosts.
        assert!(!addresses("hooks.test", "192.0.2.1", 80));
        assert!(addresses("192.0.2.1", "192.0.2.1", 80));
        assert!(addresses("[2001:db8::1]:443", "[2001:DB8:0::1]", 443));
        assert!(addresses("2001:db8::1", "[2001:db8::1]", 443));
    }

    #[test]
    fn the_server_itself_is_refused_under_every_name() {
        let guard = guard(&["self.test"], &[&["::ffff:127.0.0.1"]]);
        for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "self.test", "0.0.0.0"] {
            let refused = block_on(guard.addresses(host, 8008));
            assert!(matches!(&refused, Err(Failure::Never(why)) if why.contains("itself")), "{refused:?}");
        }
        assert!(block_on(guard.addresses("127.0.0.1", 8009)).is_ok());
        let everywhere = Guard::new(Vec::new(), Some("0.0.0.0:8008".parse().unwrap()));
        assert!(block_on(everywhere.addresses("127.0.0.1", 8008)).is_err());
    }

    #[test]
    fn what_is_no_host_is_not_allowed() {
        for text in
            ["", "http://a.test", "a.test:", "a.test:http", "a.test/x", "*.a.test", ":80", "a b", "[::1"]
        {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
        assert_eq!("[::1]".parse::<Allowed>().unwrap().to_string(), "::1");
        assert_eq!("A.test:80".parse::<Allowed>().unwrap().to_string(), "a.test port 80");
    }
}
