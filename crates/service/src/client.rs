//! How one of our services reaches another.

use std::time::Duration;

use anyhow::Context as _;
use tonic::transport::{Channel, Endpoint};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A channel to the service at this URL. It connects when it is used first, and again whenever that is needed.
pub fn channel(url: &str) -> anyhow::Result<Channel> {
    let endpoint =
        Endpoint::from_shared(url.to_owned()).with_context(|| format!("{url} is no URL"))?;
    Ok(endpoint.connect_timeout(CONNECT_TIMEOUT).connect_lazy())
}
