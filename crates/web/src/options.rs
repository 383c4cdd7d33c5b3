//! What the operator may set of the server, with defaults that suit one clinic on one machine.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;

/// Settings of the HTTP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Addresses to listen on; with `tls` they speak TLS.
    pub listen: Vec<SocketAddr>,
    /// A plain listener that answers every request with a redirect to https; only with `tls`.
    pub redirect: Option<SocketAddr>,
    /// Certificate and key; plain HTTP when absent.
    pub tls: Option<Tls>,
    /// Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Nobody else's are.
    pub trusted_proxies: Vec<Network>,
    /// Origins that browsers may call `/api` and `/fhir` from: `https://app.example.org`.
    pub cors: Vec<String>,
    /// How much may be asked, how large and how long.
    pub limits: Limits,
    /// Send `Strict-Transport-Security` over TLS.
    pub hsts: bool,
    /// Serve `/api/docs` and `/api/openapi.json`.
    pub docs: bool,
    /// Who may read `/metrics`.
    pub metrics_from: Vec<Network>,
}

/// Files of a certificate chain and its key, both PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key: PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// How much may be asked. Rates are requests a minute, and 0 switches one off.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Attempts to sign in, by address.
    pub sign_in: u32,
    /// Calls of nobody who is signed in, by address.
    pub anonymous: u32,
    /// All calls of a signed-in user.
    pub user: u32,
    /// Writes of a signed-in user; they count as calls too.
    pub write: u32,
    /// Bundles of a signed-in user.
    pub import: u32,
    /// Bytes of a body sent to `/api` or a page.
    pub api_bytes: usize,
    /// Bytes of a body sent to `/fhir`.
    pub fhir_bytes: usize,
    /// Seconds an answer of `/api` or a page may take.
    pub api_seconds: u64,
    /// Seconds an answer of `/fhir` may take.
    pub fhir_seconds: u64,
    /// Objects and arrays within each other.
    pub depth: usize,
    /// Headers of a request.
    pub headers: usize,
}

impl Default for Options {
    fn default() -> Self {
        let loopback = ["127.0.0.0/8", "::1"].iter().filter_map(|text| text.parse().ok()).collect();
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))],
            redirect: None,
            tls: None,
            trusted_proxies: Vec::new(),
            cors: Vec::new(),
            limits: Limits::default(),
            hsts: true,
            docs: true,
            metrics_from: loopback,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in: 20,
            anonymous: 20,
            user: 1200,
            write: 600,
            import: 30,
            api_bytes: 1 << 20,
            fhir_bytes: 32 << 20,
            api_seconds: 30,
            fhir_seconds: 300,
            depth: 64,
            headers: 64,
        }
    }
}

/// An address or a block of them: `10.0.0.0/8`, `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

/// A text that is no address and no block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANetwork;

impl std::fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not an address such as 192.0.2.1, nor a block such as 10.0.0.0/8")
    }
}

impl std::error::Error for NotANetwork {}

impl Network {
    /// Whether an address is in the block. An IPv4 address written as IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (base, bits) = text.split_once('/').map_or((text, None), |(base, bits)| (base, Some(bits)));
        let base: IpAddr = base.parse().map_err(|_| NotANetwork)?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| NotANetwork)?;
        if bits > most { Err(NotANetwork) } else { Ok(Self { base, bits }) }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_block_holds_its_addresses_and_no_others() {
        assert!(within("10.0.0.0/8", "10.255.0.1") && !within("10.0.0.0/8", "11.0.0.1"));
        assert!(within("0.0.0.0/0", "203.0.113.9") && within("127.0.0.1", "127.0.0.1"));
        assert!(within("127.0.0.0/8", "::ffff:127.0.0.1") && !within("0.0.0.0/0", "::1"));
        assert!(within("::/0", "2001:db8::1") && within("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!within("2001:db8::/32", "2001:db9::1"));
        for wrong in ["", "10.0.0.0/33", "10.0.0", "::/129", "host", "10.0.0.0/", "10.0.0.0/-1"] {
            assert_eq!(wrong.parse::<Network>(), Err(NotANetwork), "{wrong}");
        }
    }
}
