use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// Addresses that share so many leading bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network of an address; `None` where the address has fewer bits.
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let address = match address {
            IpAddr::V4(four) if prefix <= 32 => IpAddr::V4(Ipv4Addr::from_bits(
                four.to_bits() & mask(prefix, 32).truncated(),
            )),
            IpAddr::V6(six) if prefix <= 128 => {
                IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & mask(prefix, 128).0))
            }
            _ => return None,
        };
        Some(Self { address, prefix })
    }

    /// Whether an address lies in it. An IPv4 address is the same on both kinds of socket.
    pub fn contains(&self, address: IpAddr) -> bool {
        Self::new(address.to_canonical(), self.prefix) == Some(*self)
    }
}

struct Mask(u128);

impl Mask {
    fn truncated(self) -> u32 {
        u32::try_from(self.0 & u128::from(u32::MAX)).unwrap_or(u32::MAX)
    }
}

/// So many of `bits` bits set, from the left.
fn mask(prefix: u8, bits: u32) -> Mask {
    let clear = bits.saturating_sub(u32::from(prefix));
    Mask(u128::MAX.checked_shl(clear).unwrap_or(0))
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.prefix)
    }
}

/// It is no `address/bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no network such as 192.0.2.1/32")]
pub struct NoNetwork;

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        // CloudFront takes an address without bits for that one address.
        let network = match text.split_once('/') {
            Some((address, prefix)) => {
                let address = address.parse().map_err(|_| NoNetwork)?;
                Self::new(address, prefix.parse().map_err(|_| NoNetwork)?)
            }
            None => {
                let address: IpAddr = text.parse().map_err(|_| NoNetwork)?;
                Self::new(address, if address.is_ipv4() { 32 } else { 128 })
            }
        };
        network.ok_or(NoNetwork)
    }
}

/// Whom a URL works for.
///
/// CloudFront documents the condition for IPv4 alone, and advises against IPv6 on a distribution whose policies
/// carry it. So with CloudFront bind IPv4 only, and let neither it nor the gateway have an IPv6 address: a
/// client that reaches the one by IPv4 and the other by IPv6 would be refused. Our own edge takes both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Binding {
    /// For whoever holds it.
    #[default]
    Nobody,
    /// For the IPv4 address that asked for it; for whoever holds it where that was an IPv6 address.
    Ipv4,
    /// For the address that asked for it; of IPv6 so many bits count.
    Everybody {
        /// 64 for a household, 128 for a machine.
        ipv6_prefix: u8,
    },
}

impl Binding {
    /// The addresses that a URL for this client works for; `None` for all.
    pub fn network_of(self, client: IpAddr) -> Option<Network> {
        match (self, client.to_canonical()) {
            (Self::Nobody, _) | (Self::Ipv4, IpAddr::V6(_)) => None,
            (_, four @ IpAddr::V4(_)) => Network::new(four, 32),
            (Self::Everybody { ipv6_prefix }, six) => Network::new(six, ipv6_prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_holds_its_own_addresses_and_no_others() {
        let home = network("2001:db8:1:2::/64");
        assert!(home.contains("2001:db8:1:2::7".parse().unwrap()));
        assert!(!home.contains("2001:db8:1:3::7".parse().unwrap()));
        let one = network("192.0.2.1/32");
        assert!(one.contains("192.0.2.1".parse().unwrap()));
        assert!(one.contains("::ffff:192.0.2.1".parse().unwrap()));
        assert!(!one.contains("192.0.2.2".parse().unwrap()));
        assert!(!one.contains("2001:db8::1".parse().unwrap()));
        assert!(network("0.0.0.0/0").contains("203.0.113.9".parse().unwrap()));
        assert!(!network("0.0.0.0/0").contains("2001:db8::1".parse().unwrap()));
        assert_eq!(network("192.0.2.77/24").to_string(), "192.0.2.0/24");
        for wrong in ["192.0.2.1/33", "2001:db8::/129", "a/8", "192.0.2.1/", ""] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_client_is_bound_as_configured() {
        let (four, six) = (
            "192.0.2.1".parse().unwrap(),
            "2001:db8::1:0:0:7".parse().unwrap(),
        );
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        let bound = |binding: Binding, client| {
            let network = binding.network_of(client);
            network.map_or_else(String::new, |network| network.to_string())
        };
        assert_eq!(bound(Binding::Nobody, four), "");
        assert_eq!(bound(Binding::Ipv4, four), "192.0.2.1/32");
        assert_eq!(bound(Binding::Ipv4, mapped), "192.0.2.1/32");
        assert_eq!(bound(Binding::Ipv4, six), "");
        let household = Binding::Everybody { ipv6_prefix: 64 };
        assert_eq!(bound(household, six), "2001:db8::/64");
        let machine = Binding::Everybody { ipv6_prefix: 128 };
        assert_eq!(bound(machine, six), "2001:db8::1:0:0:7/128");
        assert_eq!(bound(machine, mapped), "192.0.2.1/32");
    }
}
