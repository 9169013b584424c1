use std::{net::SocketAddr, time::Duration};

use picup_service::config::{ConfigError, Reader, Source};

/// All that the gateway can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where command-svc listens.
    pub command_url: String,
    /// Where projection-svc listens.
    pub projection_url: String,
    /// Verifies access tokens: an Ed25519 public key in PEM.
    pub token_public_key: String,
    /// Origins of web apps that may call it from a browser.
    pub web_origins: Vec<String>,
    /// Proxies in front of it whose `X-Forwarded-For` is believed.
    pub trusted_hops: usize,
    /// Requests a minute from one address without an access token.
    pub access_requests_per_minute: u32,
    /// Requests a second of one account.
    pub account_requests_per_second: u32,
    /// Requests under way at once; more are refused.
    pub requests_at_once: usize,
    /// The longest deadline that a request may have.
    pub longest_deadline: Duration,
}

impl Settings {
    /// Reads the settings and reports all mistakes at once.
    pub fn read(source: &dyn Source) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(source);
        let address = reader.optional(
            "PICUP_GATEWAY_ADDRESS",
            SocketAddr::from(([127, 0, 0, 1], 8080)),
            "an address and port to listen on",
        );
        let command_url = reader.required("PICUP_COMMAND_URL", "the URL of command-svc");
        let projection_url = reader.required("PICUP_PROJECTION_URL", "the URL of projection-svc");
        let token_public_key = reader.text("PICUP_TOKEN_PUBLIC_KEY");
        let origins: String = reader.optional(
            "PICUP_WEB_ORIGINS",
            String::new(),
            "origins with commas between them",
        );
        let trusted_hops = reader.optional("PICUP_TRUSTED_HOPS", 0, "a number of proxies");
        let access_requests_per_minute =
            reader.optional("PICUP_ACCESS_REQUESTS_PER_MINUTE", 60, "a number above 0");
        let account_requests_per_second =
            reader.optional("PICUP_ACCOUNT_REQUESTS_PER_SECOND", 500, "a number above 0");
        let requests_at_once =
            reader.optional("PICUP_REQUESTS_AT_ONCE", 1024, "a number of requests");
        let seconds = reader.optional("PICUP_LONGEST_DEADLINE_SECONDS", 30, "a number of seconds");
        let origins = origins
            .split(',')
            .map(str::trim)
            .filter(|origin| !origin.is_empty());
        let web_origins = origins.map(str::to_owned).collect();
        reader.finish(|| {
            Some(Self {
                address,
                command_url: command_url?,
                projection_url: projection_url?,
                token_public_key: token_public_key?,
                web_origins,
                trusted_hops,
                access_requests_per_minute,
                account_requests_per_second,
                requests_at_once,
                longest_deadline: Duration::from_secs(seconds),
            })
        })
    }
}
