//! Copies at the CDN: what was removed from S3 is invalidated there before its purge is recorded.

mod settings;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_sdk_cloudfront::{
    Client,
    config::{Builder, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata as _, SdkError},
    operation::create_invalidation::CreateInvalidationError,
    types::{InvalidationBatch, Paths},
};
use picup_objects::{account_prefix, media_prefix};
use secrecy::ExposeSecret as _;
use uuid::Uuid;

pub use settings::Settings;

/// CloudFront works on so many paths with a wildcard at a time, and refuses what would be more.
const PATHS_IN_PROGRESS: usize = 15;
/// Tries of one invalidation before its messages come back later: about a minute in all.
const TRIES: u32 = 7;
/// The pause before the second try; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Namespace of the references by which CloudFront knows an invalidation again.
const REFERENCES: Uuid = Uuid::from_u128(0x5b0c_6a1e_94a7_4d0d_8c39_1f6e_2f52_77aa);

/// An item whose objects were removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Removed {
    /// The event that asked for it.
    pub event: Uuid,
    /// Whose item it was.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
}

/// Items that go into one invalidation, with the paths that cover them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Batch {
    paths: Vec<String>,
    items: Vec<Removed>,
}

/// The CDN did not take an invalidation.
#[derive(Clone, Debug, thiserror::Error)]
#[error("CloudFront does not take an invalidation: {why}")]
pub struct InvalidationError {
    why: String,
    passing: bool,
}

impl InvalidationError {
    /// Whether trying again later helps: it is busy or away, and nobody has made a mistake.
    pub fn is_passing(&self) -> bool {
        self.passing
    }
}

/// CloudFront, or no CDN at all. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Invalidations {
    cloudfront: Option<(Client, String)>,
    first_pause: Duration,
}

impl Invalidations {
    /// Prepares a client; nothing is sent yet. Without settings there is no CDN, and nothing is invalidated.
    pub async fn connect(settings: Option<&Settings>) -> Self {
        let cloudfront = match settings {
            None => None,
            Some(settings) => Some((client(settings).await, settings.distribution.clone())),
        };
        Self {
            cloudfront,
            first_pause: FIRST_PAUSE,
        }
    }

    /// Has the CDN forget what it holds of these items, and answers the invalidation of each, by its event; the id is
    /// empty where there is no CDN. Done again for the same items, it is the same invalidation. An item whose
    /// invalidation is not taken keeps only those of the same request.
    pub async fn invalidate(
        &self,
        items: &[Removed],
    ) -> BTreeMap<Uuid, Result<String, InvalidationError>> {
        let Some((client, distribution)) = &self.cloudfront else {
            return items
                .iter()
                .map(|item| (item.event, Ok(String::new())))
                .collect();
        };
        let mut invalidated = BTreeMap::new();
        for batch in batches(items) {
            let id = self.create(client, distribution, &batch).await;
            invalidated.extend(batch.items.iter().map(|item| (item.event, id.clone())));
        }
        invalidated
    }

    async fn create(
        &self,
        client: &Client,
        distribution: &str,
        batch: &Batch,
    ) -> Result<String, InvalidationError> {
        let mut tried = 0;
        loop {
            tried += 1;
            match create_once(client, distribution, batch).await {
                Err(error) if error.passing && tried < TRIES => {
                    tracing::warn!(%error, tried, "an invalidation has to wait");
                    tokio::time::sleep(pause(self.first_pause, tried)).await;
                }
                created => {
                    let outcome = if created.is_ok() { "created" } else { "failed" };
                    metrics::counter!("picup_invalidations_total", "outcome" => outcome)
                        .increment(1);
                    return created;
                }
            }
        }
    }
}

async fn client(settings: &Settings) -> Client {
    let mut builder = match &settings.credentials {
        Some((access_key, secret_key)) => {
            let secret_key = secret_key.expose_secret();
            let credentials = Credentials::new(access_key, secret_key, None, None, "picup");
            Builder::new()
                .behavior_version_latest()
                .credentials_provider(credentials)
        }
        None => Builder::from(&aws_config::load_from_env().await),
    };
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.endpoint_url(endpoint);
    }
    let config = builder
        // CloudFront is one service for the whole world, and that is where it is.
        .region(Region::new("us-east-1"))
        // Trying again is seen to here, with longer pauses than the SDK's.
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(3))
                .operation_timeout(Duration::from_secs(15))
                .build(),
        )
        .build();
    Client::from_conf(config)
}

async fn create_once(
    client: &Client,
    distribution: &str,
    batch: &Batch,
) -> Result<String, InvalidationError> {
    let mistaken = |error: &dyn std::error::Error| InvalidationError {
        why: error.to_string(),
        passing: false,
    };
    let paths = Paths::builder()
        .quantity(i32::try_from(batch.paths.len()).unwrap_or(i32::MAX))
        .set_items(Some(batch.paths.clone()))
        .build()
        .map_err(|error| mistaken(&error))?;
    let invalidation = InvalidationBatch::builder()
        .paths(paths)
        .caller_reference(reference(&batch.items))
        .build()
        .map_err(|error| mistaken(&error))?;
    let created = client
        .create_invalidation()
        .distribution_id(distribution)
        .invalidation_batch(invalidation)
        .send()
        .await
        .map_err(|error| refused(&error))?;
    let created = created
        .invalidation()
        .map(|created| created.id().to_owned());
    created.ok_or_else(|| InvalidationError {
        why: "it answers without an id".to_owned(),
        passing: true,
    })
}

fn refused(error: &SdkError<CreateInvalidationError>) -> InvalidationError {
    let passing = match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::ServiceError(service) => {
            let busy = [
                "TooManyInvalidationsInProgress",
                "Throttling",
                "ThrottlingException",
            ];
            let status = service.raw().status().as_u16();
            let code = service.err().code().unwrap_or_default();
            busy.contains(&code) || status == 429 || status >= 500
        }
        // Time-outs, broken connections, answers that are none.
        _ => true,
    };
    let said = error.as_service_error().map(|service| {
        let code = service.code().unwrap_or("an error without a code");
        format!("{code}: {}", service.message().unwrap_or_default())
    });
    InvalidationError {
        why: said.unwrap_or_else(|| error.to_string()),
        passing,
    }
}

/// By what CloudFront knows an invalidation again. It follows from the events alone, and so do the paths: CloudFront
/// refuses a known reference with other paths.
fn reference(items: &[Removed]) -> String {
    let events: BTreeSet<Uuid> = items.iter().map(|item| item.event).collect();
    let bytes: Vec<u8> = events.iter().flat_map(|event| *event.as_bytes()).collect();
    Uuid::new_v5(&REFERENCES, &bytes).to_string()
}

/// One path an item, in as few invalidations as CloudFront has room for.
///
/// Of an account with more than 15 items in one batch, all pictures are invalidated by one path. Its items alone would
/// not fit into one invalidation, and each path costs the same, so one is cheaper than 16, and does not wait for a
/// round to end before the next can begin. Its price is that the account's other pictures are fetched from S3 once
/// more, which somebody who deletes so many at once will hardly see. With 15 items or fewer nothing would be saved
/// that is worth that.
fn batches(items: &[Removed]) -> Vec<Batch> {
    let mut by_account: BTreeMap<Uuid, BTreeSet<Removed>> = BTreeMap::new();
    for item in items {
        by_account.entry(item.account).or_default().insert(*item);
    }
    let mut whole = Vec::new();
    for (account, items) in by_account {
        let items: Vec<Removed> = items.into_iter().collect();
        if items.len() > PATHS_IN_PROGRESS {
            let path = format!("/{}m/*", account_prefix(account));
            whole.push((path, items));
        } else {
            whole.extend(items.into_iter().map(|item| {
                let path = format!("/{}*", media_prefix(item.account, item.media));
                (path, vec![item])
            }));
        }
    }
    let chunks = whole.chunks(PATHS_IN_PROGRESS).map(|chunk| Batch {
        paths: chunk.iter().map(|(path, _)| path.clone()).collect(),
        items: chunk.iter().flat_map(|(_, items)| items.clone()).collect(),
    });
    chunks.collect()
}

/// Twice as long each time, and up to half of it less, so that several purgers do not come back together.
fn pause(first: Duration, tried: u32) -> Duration {
    let whole = first * 2_u32.pow(tried.saturating_sub(1));
    let chance = Uuid::new_v4().as_u128() % 512;
    let less = u32::try_from(chance).unwrap_or(0);
    whole.saturating_sub(whole * less / 1024)
}

#[cfg(test)]
mod tests;
