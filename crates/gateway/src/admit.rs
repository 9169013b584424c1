//! Whether a request is let through, and how it looks when it is.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, header};
use picup_service::{
    auth::TokenVerifier,
    errors::{ErrorCode, Fault},
};
use tonic::metadata::MetadataMap;

use crate::{deadline, headers, limits::Limits};

/// Which service answers a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// command-svc.
    Commands,
    /// projection-svc.
    Projections,
    /// operations-svc.
    Operations,
}

/// Where a path leads, and whether it is open to those without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Route {
    upstream: Upstream,
    open: bool,
}

/// Goes by the package alone. What is internal has no way through.
fn route(path: &str) -> Option<Route> {
    let package = path.strip_prefix('/')?;
    let (upstream, open) = if package.starts_with("picup.access.v1.") {
        (Upstream::Commands, true)
    } else if package.starts_with("picup.commands.") {
        (Upstream::Commands, false)
    } else if package.starts_with("picup.queries.") {
        (Upstream::Projections, false)
    } else if package.starts_with("picup.operations.v1.Projections/")
        || package.starts_with("picup.operations.v1.Streams/")
    {
        // These see to the read models themselves.
        (Upstream::Projections, false)
    } else if package.starts_with("picup.operations.v1.") {
        (Upstream::Operations, false)
    } else {
        return None;
    };
    Some(Route { upstream, open })
}

/// Decides over requests.
pub struct Admission {
    pub verifier: TokenVerifier,
    pub limits: Arc<Limits>,
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
        let Route { upstream, open } = route(path).ok_or_else(|| {
            Fault::new(
                ErrorCode::Unimplemented,
                format!("there is no RPC {path} here"),
            )
        })?;
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        let client = headers::client_address(request.headers(), peer, self.trusted_hops);
        if open {
            self.limits.address(client)?;
        } else {
            self.authenticate(request.headers(), client)?;
        }
        let deadline = deadline::of(request.headers(), self.longest_deadline)?;
        headers::prepare(request.headers_mut(), client);
        deadline::pass_on(request.headers_mut(), deadline);
        Ok(Admitted { upstream, deadline })
    }

    fn authenticate(&self, headers: &HeaderMap, client: IpAddr) -> Result<(), Fault> {
        let mut authorization = HeaderMap::new();
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            authorization.insert(header::AUTHORIZATION, value.clone());
        }
        let authorization = MetadataMap::from_headers(authorization);
        match self.verifier.claims(&authorization) {
            Ok(claims) => self.limits.account(claims.sub),
            Err(fault) => {
                // Guessing tokens costs as much as guessing passwords.
                self.limits.address(client)?;
                Err(fault)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_internal_has_no_way_through() {
        let to = |path| route(path).map(|route| (route.upstream, route.open));
        let create = to("/picup.commands.v1.AlbumCommands/CreateAlbum");
        assert_eq!(create, Some((Upstream::Commands, false)));
        let sign_in = to("/picup.access.v1.Access/SignIn");
        assert_eq!(sign_in, Some((Upstream::Commands, true)));
        let list = to("/picup.queries.v1.AlbumQueries/ListAlbums");
        assert_eq!(list, Some((Upstream::Projections, false)));
        let letters = to("/picup.operations.v1.DeadLetters/ListLetters");
        assert_eq!(letters, Some((Upstream::Operations, false)));
        for path in [
            "/picup.operations.v1.Projections/List",
            "/picup.operations.v1.Streams/List",
        ] {
            assert_eq!(to(path), Some((Upstream::Projections, false)), "{path}");
        }
        for path in [
            "/picup.internal.v1.Reactions/RecordPurge",
            "//picup.commands.v1.AlbumCommands/CreateAlbum",
            "/PICUP.commands.v1.X/Y",
            "/",
            "",
        ] {
            assert_eq!(to(path), None, "{path}");
        }
    }
}
