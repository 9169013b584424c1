use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use http::Uri;
use picup_delivery as delivery;
use picup_objects as objects;
use picup_service::{
    auth::TokenVerifier,
    config::{ConfigError, Reader, Source},
};
use secrecy::SecretString;

use crate::web::WebSettings;

/// Requests a minute from one address without an access token.
const ACCESS_REQUESTS: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// Requests a second of one account.
const ACCOUNT_REQUESTS: NonZeroU32 = NonZeroU32::new(500).unwrap();
const REQUESTS_AT_ONCE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();
const LONGEST_DEADLINE_SECONDS: NonZeroU64 = NonZeroU64::new(30).unwrap();

/// All that the gateway can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where command-svc listens.
    pub command_url: String,
    /// Where projection-svc listens.
    pub projection_url: String,
    /// Where operations-svc listens.
    pub operations_url: String,
    /// Verifies access tokens: an Ed25519 public key in PEM.
    pub token_public_key: String,
    /// Origins of web apps that may call it from a browser.
    pub web_origins: Vec<String>,
    /// Proxies in front of it whose `X-Forwarded-For` is believed.
    pub trusted_hops: usize,
    /// Requests a minute from one address without an access token.
    pub access_requests_per_minute: NonZeroU32,
    /// Requests a second of one account.
    pub account_requests_per_second: NonZeroU32,
    /// Requests under way at once; more are refused.
    pub requests_at_once: usize,
    /// The longest deadline that a request may have.
    pub longest_deadline: Duration,
    /// What it takes to deliver objects; `None` where somebody else does.
    pub edge: Option<EdgeSettings>,
    /// The web app; `None` where somebody else serves it.
    pub web: Option<WebSettings>,
}

/// What it takes to deliver objects.
#[derive(Clone, Debug)]
pub struct EdgeSettings {
    /// Verifies signed URLs.
    pub delivery: delivery::EdgeSettings,
    /// The bucket.
    pub objects: objects::Settings,
    /// What our own services show each other.
    pub service_key: SecretString,
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
        let command_url = service_url(&mut reader, "PICUP_COMMAND_URL");
        let projection_url = service_url(&mut reader, "PICUP_PROJECTION_URL");
        let operations_url = service_url(&mut reader, "PICUP_OPERATIONS_URL");
        let token_public_key = public_key(&mut reader, "PICUP_TOKEN_PUBLIC_KEY");
        let web_origins = origins(&mut reader, "PICUP_WEB_ORIGINS");
        let trusted_hops = reader.optional("PICUP_TRUSTED_HOPS", 0, "a number of proxies");
        let mut rate = |name, default| reader.optional(name, default, "a number above 0");
        let access_requests_per_minute = rate("PICUP_ACCESS_REQUESTS_PER_MINUTE", ACCESS_REQUESTS);
        let account_requests_per_second =
            rate("PICUP_ACCOUNT_REQUESTS_PER_SECOND", ACCOUNT_REQUESTS);
        let requests_at_once = reader.optional(
            "PICUP_REQUESTS_AT_ONCE",
            REQUESTS_AT_ONCE,
            "a number of requests above 0",
        );
        let seconds = reader.optional(
            "PICUP_LONGEST_DEADLINE_SECONDS",
            LONGEST_DEADLINE_SECONDS,
            "a number of seconds above 0",
        );
        let edge = edge(&mut reader);
        let web = web(&mut reader, edge.as_ref());
        reader.finish(|| {
            Some(Self {
                edge,
                web,
                address,
                command_url: command_url?,
                projection_url: projection_url?,
                operations_url: operations_url?,
                token_public_key: token_public_key?,
                web_origins,
                trusted_hops,
                access_requests_per_minute,
                account_requests_per_second,
                requests_at_once: requests_at_once.get(),
                longest_deadline: Duration::from_secs(seconds.get()),
            })
        })
    }
}

/// There is an edge where it is said where objects are delivered from.
fn edge(reader: &mut Reader<'_>) -> Option<EdgeSettings> {
    let url: String = reader.optional("PICUP_CDN_URL", String::new(), "a URL");
    if url.is_empty() {
        return None;
    }
    let delivery = delivery::EdgeSettings::read(reader);
    let objects = objects::Settings::read(reader);
    let service_key = reader.secret("PICUP_SERVICE_KEY");
    Some(EdgeSettings {
        delivery: delivery?,
        objects: objects?,
        service_key: service_key?,
    })
}

/// There is a web app where it is said where its files are.
fn web(reader: &mut Reader<'_>, edge: Option<&EdgeSettings>) -> Option<WebSettings> {
    let folder: PathBuf = reader.optional("PICUP_WEB_FOLDER", PathBuf::new(), "a folder");
    let mut storage_origins = origins(reader, "PICUP_WEB_STORAGE_ORIGINS");
    if let (true, Some(edge)) = (storage_origins.is_empty(), edge) {
        let objects = &edge.objects;
        let of_aws = || {
            format!(
                "https://{}.s3.{}.amazonaws.com",
                objects.bucket, objects.region
            )
        };
        let s3 = objects.endpoint.clone().unwrap_or_else(of_aws);
        let urls = [s3, edge.delivery.base_url.to_string()];
        storage_origins = urls.iter().filter_map(|url| origin_of(url)).collect();
    }
    (!folder.as_os_str().is_empty()).then_some(WebSettings {
        folder,
        storage_origins,
    })
}

fn origin_of(url: &str) -> Option<String> {
    let uri: Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

fn service_url(reader: &mut Reader<'_>, name: &str) -> Option<String> {
    let expected = "a URL such as http://host:port";
    let url: Uri = reader.required(name, expected)?;
    let plain = url.path() == "/" && url.query().is_none();
    if !plain || !matches!(url.scheme_str(), Some("http" | "https")) {
        reader.mistake(name, expected);
    }
    Some(url.to_string())
}

fn public_key(reader: &mut Reader<'_>, name: &str) -> Option<String> {
    let key = reader.text(name)?;
    if TokenVerifier::from_public_key_pem(&key).is_err() {
        reader.mistake(name, "an Ed25519 public key in PEM");
    }
    Some(key)
}

/// Browsers send an origin without a path, and it is compared as it is: one that could never match, or that
/// would match all, is a mistake.
fn origins(reader: &mut Reader<'_>, name: &str) -> Vec<String> {
    let text: String = reader.optional(name, String::new(), "origins with commas between them");
    let origins = text.split(',').map(str::trim);
    let origins: Vec<String> = origins
        .filter(|origin| !origin.is_empty())
        .map(str::to_owned)
        .collect();
    if !origins.iter().all(|origin| is_origin(origin)) {
        let expected = "a list of origins such as https://photos.example.org, without a path";
        reader.mistake(name, expected);
    }
    origins
}

fn is_origin(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| {
        let (scheme, authority) = (uri.scheme_str(), uri.authority());
        let origin = scheme.zip(authority);
        origin.is_some_and(|(scheme, authority)| {
            matches!(scheme, "http" | "https") && text == format!("{scheme}://{authority}")
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn all_mistakes_are_named_at_once_before_anything_starts() {
        let source = [
            ("PICUP_COMMAND_URL", "command-svc:8081"),
            ("PICUP_TOKEN_PUBLIC_KEY", "a key"),
            ("PICUP_WEB_ORIGINS", "https://photos.example.org, *"),
            ("PICUP_ACCESS_REQUESTS_PER_MINUTE", "0"),
            ("PICUP_REQUESTS_AT_ONCE", "0"),
            ("PICUP_LONGEST_DEADLINE_SECONDS", "0"),
        ];
        let source: HashMap<String, String> = source
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let mistakes = Settings::read(&source).unwrap_err().to_string();
        for name in source.keys() {
            assert!(mistakes.contains(name), "{name}: {mistakes}");
        }
        assert!(mistakes.contains("PICUP_PROJECTION_URL"), "{mistakes}");
    }

    #[test]
    fn an_origin_that_could_never_match_is_a_mistake() {
        assert!(is_origin("https://photos.example.org"));
        assert!(is_origin("http://localhost:5173"));
        for wrong in ["*", "https://photos.example.org/", "photos.example.org", ""] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }
}
