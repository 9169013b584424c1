use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use crate::Error;

/// A free TCP port on loopback that stays ours until this is dropped, also while no server listens
/// on it (a server that was killed comes back on the same port).
///
/// The claim is the UDP socket of the same number: the system lets one process have it, and frees
/// it when that process ends in whatever way.
#[derive(Debug)]
pub struct ReservedPort {
    number: u16,
    _claim: UdpSocket,
}

/// Below the range from which systems choose the ports of outgoing connections, so that none of
/// those takes the place of a server that is away for a moment.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
const ATTEMPTS: usize = 200;

impl ReservedPort {
    /// Claims one.
    pub fn any() -> Result<Self, Error> {
        (0..ATTEMPTS)
            .find_map(|_| Self::claim(FIRST + random() % COUNT))
            .ok_or(Error::NoFreePort)
    }

    fn claim(number: u16) -> Option<Self> {
        let claim = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        Some(Self {
            number,
            _claim: claim,
        })
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// Its address on loopback.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}

fn random() -> u16 {
    let [a, b, ..] = *uuid::Uuid::new_v4().as_bytes();
    u16::from_be_bytes([a, b])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_port_is_given_to_nobody_else_though_nothing_listens_on_it() -> Result<(), Error> {
        let port = ReservedPort::any()?;
        assert!(ReservedPort::claim(port.number()).is_none());
        let number = port.number();
        drop(port);
        assert!(ReservedPort::claim(number).is_some());
        Ok(())
    }
}
