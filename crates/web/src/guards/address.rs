//! Where a request comes from. Only proxies the operator named are believed about somebody else's address.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use http::HeaderMap;

use crate::Options;

/// The caller's address, and whether they came over TLS.
pub(super) fn of(options: &Options, request: &Request) -> (Option<IpAddr>, bool) {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    let tls = options.tls.is_some();
    match peer {
        Some(peer) if trusted(options, peer) => {
            let headers = request.headers();
            let secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes() == b"https");
            (Some(forwarded(options, headers).unwrap_or(peer)), tls || secure)
        }
        peer => (peer, tls),
    }
}

fn trusted(options: &Options, address: IpAddr) -> bool {
    options.trusted_proxies.iter().any(|network| network.contains(address))
}

/// The last address of `X-Forwarded-For` that is no proxy of ours: what stands before it, anybody may have written.
fn forwarded(options: &Options, headers: &HeaderMap) -> Option<IpAddr> {
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").into_iter().map(|value| value.to_str().unwrap_or_default()).collect();
    let mut nearest = None;
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let address: IpAddr = hop.trim().parse().ok()?;
        nearest = Some(address.to_canonical());
        if !trusted(options, address) {
            break;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn seen(peer: [u8; 4], forwarded: &[&str]) -> String {
        let options = Options { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Options::default() };
        let mut request = Request::new(Body::empty());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((peer, 1))));
        for line in forwarded {
            request.headers_mut().append("x-forwarded-for", line.parse().unwrap());
        }
        request.headers_mut().insert("x-forwarded-proto", "https".parse().unwrap());
        let (address, secure) = of(&options, &request);
        format!("{} {secure}", address.unwrap())
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(seen([192, 0, 2, 1], &["198.51.100.7"]), "192.0.2.1 false");
        assert_eq!(seen([10, 0, 0, 1], &["198.51.100.7"]), "198.51.100.7 true");
        assert_eq!(seen([10, 0, 0, 1], &["1.1.1.1, 198.51.100.7, 10.0.0.9"]), "198.51.100.7 true");
        assert_eq!(seen([10, 0, 0, 1], &["1.1.1.1", "198.51.100.7"]), "198.51.100.7 true");
        assert_eq!(seen([10, 0, 0, 1], &["nonsense"]), "10.0.0.1 true");
        assert_eq!(seen([10, 0, 0, 1], &[]), "10.0.0.1 true");
    }
}
