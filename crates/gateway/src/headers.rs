//! What a request's headers say of where it comes from, and what the service behind gets to see of them.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use picup_service::trace::{self, Trace};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Where the services find the client's address.
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("x-picup-client-address");
/// These are between two neighbours and not for those behind (RFC 9110, 7.6.1), or would be believed there.
const DROPPED: [HeaderName; 10] = [
    header::CONNECTION,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::FORWARDED,
    FORWARDED_FOR,
];

/// The peer's address, or what the outermost of so many trusted proxies says it is.
pub fn client_address(headers: &HeaderMap, peer: IpAddr, trusted_hops: usize) -> IpAddr {
    if trusted_hops == 0 {
        return peer.to_canonical();
    }
    let values = headers.get_all(FORWARDED_FOR);
    let hops: Vec<&str> = values
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .collect();
    // Each trusted proxy appends whom it heard from; what stands further left anybody could write. So hops
    // are counted before they are read: one that cannot be read must not let the next one move up.
    let hop = hops.len().checked_sub(trusted_hops).map(|at| hops[at]);
    hop.and_then(address_of).unwrap_or(peer).to_canonical()
}

/// Some proxies write an address, some one with a port.
fn address_of(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let with_port = || hop.parse().ok().map(|address: SocketAddr| address.ip());
    hop.parse().ok().or_else(with_port)
}

/// Leaves out what is not for the service behind and adds the client's address and the trace.
pub fn prepare(headers: &mut HeaderMap, client: IpAddr) {
    let ours = headers.keys().filter(|name| is_ours(name)).cloned();
    let ours: Vec<HeaderName> = ours.collect();
    for name in named_by_connection(headers).iter().chain(&ours) {
        headers.remove(name);
    }
    for name in DROPPED {
        headers.remove(name);
    }
    let traced = headers.get(trace::HEADER);
    let traced = traced.and_then(|value| Trace::parse(value.to_str().ok()?));
    let traced = traced.unwrap_or_else(Trace::begin).to_string();
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    for (name, value) in [
        (HeaderName::from_static(trace::HEADER), traced),
        (CLIENT_ADDRESS, client.to_string()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// Headers that services believe because only the gateway sets them.
fn is_ours(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-picup-")
}

fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION);
    let names = values
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','));
    names.filter_map(|name| name.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(forwarded_for: &[&'static str], trusted_hops: usize) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(value));
        }
        let peer = IpAddr::from([192, 0, 2, 1]);
        client_address(&headers, peer, trusted_hops).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        assert_eq!(seen(&["203.0.113.9"], 0), "192.0.2.1");
        assert_eq!(seen(&["203.0.113.9, 198.51.100.7"], 1), "198.51.100.7");
        assert_eq!(seen(&["203.0.113.9", "198.51.100.7"], 1), "198.51.100.7");
        assert_eq!(seen(&["203.0.113.9,198.51.100.7"], 2), "203.0.113.9");
        assert_eq!(seen(&["203.0.113.9,198.51.100.7"], 3), "192.0.2.1");
        assert_eq!(seen(&[], 1), "192.0.2.1");
    }

    #[test]
    fn a_hop_that_cannot_be_read_does_not_let_a_forged_one_move_up() {
        assert_eq!(seen(&["203.0.113.9, unknown"], 1), "192.0.2.1");
        assert_eq!(seen(&["203.0.113.9, 198.51.100.7:80"], 1), "198.51.100.7");
        assert_eq!(seen(&["203.0.113.9, [2001:db8::7]:80"], 1), "2001:db8::7");
    }

    #[test]
    fn an_ipv4_address_looks_the_same_on_both_kinds_of_socket() {
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        let address = client_address(&HeaderMap::new(), mapped, 0);
        assert_eq!(address.to_string(), "192.0.2.1");
    }

    #[test]
    fn what_connection_names_is_dropped_too() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONNECTION, HeaderValue::from_static("x-hop, close"));
        headers.insert("x-hop", HeaderValue::from_static("1"));
        headers.insert("x-kept", HeaderValue::from_static("1"));
        prepare(&mut headers, IpAddr::from([192, 0, 2, 1]));
        assert!(!headers.contains_key("x-hop") && !headers.contains_key(header::CONNECTION));
        assert!(headers.contains_key("x-kept"));
    }
}
