//! Whether a request is let through, and how it looks when it is.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use axum::extract::ConnectInfo;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use picup_service::{
    auth::TokenVerifier,
    errors::{ErrorCode, Fault},
    trace::{self, Trace},
};
use tonic::metadata::MetadataMap;

use crate::limits::Limits;

const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Where the services find the client's address.
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("x-picup-client-address");

/// Which service answers a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// command-svc.
    Commands,
    /// projection-svc.
    Projections,
}

/// Goes by the package alone. What is internal has no way through.
pub fn route(path: &str) -> Option<(Upstream, bool)> {
    let package = path.strip_prefix('/')?;
    if package.starts_with("picup.access.v1.") {
        Some((Upstream::Commands, true))
    } else if package.starts_with("picup.commands.") {
        Some((Upstream::Commands, false))
    } else if package.starts_with("picup.queries.") {
        Some((Upstream::Projections, false))
    } else {
        None
    }
}

/// Decides over requests.
pub struct Admission {
    pub verifier: TokenVerifier,
    pub limits: Limits,
    pub trusted_hops: usize,
    pub longest_deadline: Duration,
}

/// A request that may pass.
#[derive(Debug)]
pub struct Admitted {
    /// Who answers it.
    pub upstream: Upstream,
    /// How long the answer may take.
    pub deadline: Duration,
}

impl Admission {
    /// Lets a request through, or says why not, and prepares its headers for the service behind.
    pub fn admit<B>(&self, request: &mut Request<B>) -> Result<Admitted, Fault> {
        let path = request.uri().path();
        let (upstream, open) = route(path).ok_or_else(|| {
            Fault::new(
                ErrorCode::Unimplemented,
                format!("there is no RPC {path} here"),
            )
        })?;
        let address = self.client_address(request);
        if open {
            self.limits.address(address)?;
        } else {
            self.authenticate(request.headers(), address)?;
        }
        let deadline = self.deadline(request.headers())?;
        prepare(request.headers_mut(), address, deadline);
        Ok(Admitted { upstream, deadline })
    }

    fn authenticate(&self, headers: &HeaderMap, address: IpAddr) -> Result<(), Fault> {
        let mut authorization = HeaderMap::new();
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            authorization.insert(header::AUTHORIZATION, value.clone());
        }
        match self
            .verifier
            .caller(&MetadataMap::from_headers(authorization))
        {
            Ok(caller) => self.limits.account(caller.account),
            Err(fault) => {
                // Guessing tokens costs as much as guessing passwords.
                self.limits.address(address)?;
                Err(fault)
            }
        }
    }

    /// The peer's address, or what the outermost proxy that we trust says it is.
    fn client_address<B>(&self, request: &Request<B>) -> IpAddr {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        if self.trusted_hops == 0 {
            return peer;
        }
        let headers = request.headers().get_all(FORWARDED_FOR);
        let hops: Vec<IpAddr> = headers
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|hop| hop.trim().parse().ok())
            .collect();
        // Each trusted proxy appends whom it heard from; what stands further left anybody could write.
        hops.len()
            .checked_sub(self.trusted_hops)
            .map_or(peer, |index| hops[index])
    }

    /// The client's own deadline, but never longer than ours.
    fn deadline(&self, headers: &HeaderMap) -> Result<Duration, Fault> {
        let Some(value) = headers.get(GRPC_TIMEOUT) else {
            return Ok(self.longest_deadline);
        };
        let wanted = value.to_str().ok().and_then(parse_timeout);
        let wanted =
            wanted.ok_or_else(|| Fault::invalid("grpc-timeout", "up to 8 digits and a unit"))?;
        Ok(wanted.min(self.longest_deadline))
    }
}

fn prepare(headers: &mut HeaderMap, address: IpAddr, deadline: Duration) {
    let ours = headers
        .keys()
        .filter(|name| name.as_str().starts_with("x-picup-"));
    let ours: Vec<HeaderName> = ours.cloned().collect();
    for name in ours {
        headers.remove(name);
    }
    for name in [
        header::CONNECTION,
        header::HOST,
        header::UPGRADE,
        FORWARDED_FOR,
    ] {
        headers.remove(name);
    }
    let traced = headers
        .get(trace::HEADER)
        .and_then(|value| value.to_str().ok());
    let traced = traced.and_then(Trace::parse).unwrap_or_else(Trace::begin);
    let milliseconds = format!("{}m", deadline.as_millis().min(99_999_999));
    for (name, value) in [
        (HeaderName::from_static(trace::HEADER), traced.to_string()),
        (CLIENT_ADDRESS, address.to_string()),
        (GRPC_TIMEOUT, milliseconds),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

/// Reads the header of <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>: at most 8 digits
/// and a unit.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_internal_has_no_way_through() {
        let create = route("/picup.commands.v1.AlbumCommands/CreateAlbum");
        assert_eq!(create, Some((Upstream::Commands, false)));
        assert_eq!(
            route("/picup.access.v1.Access/SignIn"),
            Some((Upstream::Commands, true))
        );
        let list = route("/picup.queries.v1.AlbumQueries/ListAlbums");
        assert_eq!(list, Some((Upstream::Projections, false)));
        for path in [
            "/picup.internal.v1.Reactions/RecordPurge",
            "//picup.commands.v1.AlbumCommands/CreateAlbum",
            "/PICUP.commands.v1.X/Y",
            "/",
            "",
        ] {
            assert_eq!(route(path), None, "{path}");
        }
    }

    #[test]
    fn a_timeout_is_read_as_the_protocol_says() {
        assert_eq!(parse_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse_timeout("2S"), Some(Duration::from_secs(2)));
        for wrong in ["", "S", "123456789S", "-1S", "1", "1s", "é"] {
            assert_eq!(parse_timeout(wrong), None, "{wrong}");
        }
    }
}
