//! IP addresses and CIDR blocks.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of a CIDR block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    network: IpAddr,
    bits: u32,
}

/// An address in the forms that patterns know: four decimal numbers, or hexadecimal groups with colons. An IPv6 address
/// that only wraps an IPv4 one is that one.
pub fn address(text: &str) -> Option<IpAddr> {
    if looks_like_v4(text) {
        return (text.len() <= 15).then(|| v4(text)).flatten();
    }
    let found: Ipv6Addr = looks_like_v6(text).then(|| text.parse().ok()).flatten()?;
    Some(found.to_ipv4_mapped().map_or(IpAddr::V6(found), IpAddr::V4))
}

fn looks_like_v4(text: &str) -> bool {
    let mut parts = text.split('.');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.clone().count() == 4 && parts.all(digits)
}

fn looks_like_v6(text: &str) -> bool {
    text.contains(':') && text.bytes().all(|byte| byte == b':' || byte.is_ascii_hexdigit())
}

/// Leading zeros do not make a number octal.
fn v4(text: &str) -> Option<IpAddr> {
    let mut bytes = [0u8; 4];
    for (byte, part) in bytes.iter_mut().zip(text.split('.')) {
        *byte = part.parse().ok()?;
    }
    Some(IpAddr::V4(Ipv4Addr::from(bytes)))
}

impl Block {
    /// Reads `ADDRESS/BITS`. The error is AWS's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Slashes at the end count for nothing.
        let mut parts = text.trim_end_matches('/').split('/');
        let (Some(ip), Some(bits), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err("Malformed CIDR, one '/' required".into());
        };
        let bits: i32 = bits.parse().map_err(|_| "Malformed CIDR, mask bits must be an integer")?;
        let bits = u32::try_from(bits).map_err(|_| "Malformed CIDR, mask bits must not be negative")?;
        let Some(network) = address(ip) else {
            let shaped = looks_like_v4(ip) || looks_like_v6(ip);
            return Err(format!("{} IP address: {ip}", if shaped { "Invalid" } else { "Nonstandard" }));
        };
        match network {
            IpAddr::V4(_) if bits > 31 => Err("IPv4 mask bits must be < 32".into()),
            IpAddr::V6(_) if bits > 127 => Err("IPv6 mask bits must be < 128".into()),
            _ => Ok(Self { network, bits }),
        }
    }

    /// Whether an address of the same kind has the block's leading bits.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.network, ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let differing = u32::from(network) ^ u32::from(ip);
                differing.leading_zeros() >= self.bits
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let differing = u128::from(network) ^ u128::from(ip);
                differing.leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_what_shares_its_leading_bits() {
        let block = Block::parse("10.0.2.7/23").unwrap();
        for (ip, inside) in
            [("10.0.1.255", false), ("10.0.2.0", true), ("10.0.3.255", true), ("10.0.4.0", false)]
        {
            assert_eq!(block.contains(address(ip).unwrap()), inside, "{ip}");
        }
        assert!(!block.contains(address("::1").unwrap()));
        assert!(Block::parse("0.0.0.0/0").unwrap().contains(address("255.1.2.3").unwrap()));
    }

    #[test]
    fn addresses_have_two_forms() {
        assert_eq!(address("010.0.0.1"), address("10.0.0.1"));
        assert_eq!(address("::3"), address("0:0:0:0:0:0:0:3"));
        assert_eq!(address("::ffff:a00:1"), address("10.0.0.1"));
        for text in ["10.0.0.256", "10.0.0", "08:23", "host", "", "1.2.3.4.5"] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    #[test]
    fn malformed_blocks_have_the_texts_of_aws() {
        for (text, error) in [
            ("bad-filter", "Malformed CIDR, one '/' required"),
            ("10.0.0.0/x", "Malformed CIDR, mask bits must be an integer"),
            ("10.0.0.0/-1", "Malformed CIDR, mask bits must not be negative"),
            ("xx.11.xx/8", "Nonstandard IP address: xx.11.xx"),
            ("10.0.0.256/8", "Invalid IP address: 10.0.0.256"),
            ("10.0.0.0/32", "IPv4 mask bits must be < 32"),
            ("::/128", "IPv6 mask bits must be < 128"),
        ] {
            assert_eq!(Block::parse(text), Err(error.into()), "{text}");
        }
    }
}
