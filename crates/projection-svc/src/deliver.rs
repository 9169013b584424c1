//! Signs what an account may fetch: one policy for all of its objects, one signature a window (and address). For guests
//! of a share each object is signed alone, so that a link shows nothing but what it shares. A signature is looked for in
//! this process, then in Redis, and made where neither has it.

use std::{net::IpAddr, sync::Arc, time::Duration};

use moka::future::Cache;
use picup_delivery::{
    BaseUrl, Binding, Granted, Invalid, Policy, SignedQuery, SigningSettings, Visitor,
    account_resource,
};
use picup_proto::queries::v1::Delivery;
use picup_service::errors::{ErrorCode, Fault};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::signatures::Signatures;

/// Signatures that a process remembers of accounts, and as many of single objects, at most; each with its policy takes
/// less than a kilobyte.
const REMEMBERED: u64 = 20_000;
/// How long at most; which policy is meant follows from the time, so an old one is never asked for.
const REMEMBERED_FOR: Duration = Duration::from_hours(24);

/// Gives out signed URLs.
pub struct Deliveries {
    settings: SigningSettings,
    of_accounts: Cache<String, Arc<str>>,
    of_objects: Cache<String, Arc<str>>,
    /// One for each core: whoever asks for much waits, and leaves the threads to others.
    turns: Semaphore,
    shared: Signatures,
}

impl Deliveries {
    /// Signs with these settings and shares signatures with other processes.
    pub fn new(settings: SigningSettings, shared: Signatures) -> Self {
        let remembered = || {
            Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build()
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            settings,
            of_accounts: remembered(),
            of_objects: remembered(),
            turns: Semaphore::new(cores),
            shared,
        }
    }

    /// Where objects are delivered from.
    pub fn base_url(&self) -> &BaseUrl {
        &self.settings.base_url
    }

    /// How this account fetches its objects from this address.
    pub async fn of(&self, account: Uuid, client: Option<IpAddr>) -> Result<Delivery, Fault> {
        let resource = account_resource(&self.settings.base_url, &account.to_string());
        let expires_at = self.expiry();
        let remembered = &self.of_accounts;
        let query = self.query(remembered, resource, expires_at, client).await?;
        Ok(Delivery {
            base_url: self.settings.base_url.to_string(),
            query,
            expires_at_micros: micros(expires_at),
        })
    }

    /// When what is signed now ends, in seconds since 1970.
    pub fn expiry(&self) -> u64 {
        self.settings.window.expiry(now())
    }

    /// What makes the URL of one object work: `key` names it as in S3. In a pattern `*` stands for anything, and a URL
    /// may carry a query of anybody's making, so a pattern is for those who may fetch whatever fits it.
    pub async fn of_object(
        &self,
        key: &str,
        expires_at: u64,
        client: Option<IpAddr>,
    ) -> Result<String, Fault> {
        let resource = format!("{}/{key}", self.settings.base_url);
        let remembered = &self.of_objects;
        self.query(remembered, resource, expires_at, client).await
    }

    async fn query(
        &self,
        remembered: &Cache<String, Arc<str>>,
        resource: String,
        expires_at: u64,
        client: Option<IpAddr>,
    ) -> Result<String, Fault> {
        let network = match (self.settings.binding, client) {
            (Binding::Nobody, _) => None,
            (binding, Some(client)) => binding.network_of(client),
            // Rather no URL than one that works everywhere.
            (_, None) => {
                let message =
                    "URLs are bound to addresses, and the gateway has not told the client's";
                return Err(Fault::new(ErrorCode::Internal, message));
            }
        };
        let policy = Policy {
            resource,
            expires_at,
            not_before: None,
            network,
        };
        let signature = self.signature(remembered, &policy).await?;
        let key_pair_id = self.settings.signer.key_pair_id().to_owned();
        Ok(SignedQuery::of(&policy, signature.to_string(), key_pair_id).to_string())
    }

    /// Whether a URL is valid, whoever it is of.
    pub fn check(&self, url: &str, address: Option<IpAddr>) -> Result<Granted, Invalid> {
        let visitor = Visitor {
            address,
            now: now(),
        };
        self.settings.verifier.verify(url, visitor)
    }

    /// The policy of a query whose signature is right, valid or not.
    pub fn signed_policy(&self, signed: &SignedQuery) -> Option<Policy> {
        let json = self.settings.verifier.verify_signature(signed).ok()?;
        Policy::from_json(&json)
    }

    async fn signature(
        &self,
        remembered: &Cache<String, Arc<str>>,
        policy: &Policy,
    ) -> Result<Arc<str>, Fault> {
        let signature = remembered.try_get_with(policy.to_json(), async {
            let json = policy.to_json();
            let key_pair_id = self.settings.signer.key_pair_id();
            if let Some(known) = self.shared.find(key_pair_id, &json).await {
                let query = SignedQuery::of(policy, known.clone(), key_pair_id.to_owned());
                // What lies in Redis is believed as little as what comes from anywhere else.
                if self.settings.verifier.verify_signature(&query).is_ok() {
                    return Ok(Arc::from(known));
                }
            }
            let turn = self.turns.acquire().await;
            let (signer, unsigned) = (self.settings.signer.clone(), policy.clone());
            let query = tokio::task::spawn_blocking(move || signer.sign(&unsigned)).await;
            drop(turn);
            let failed = |why: String| Fault::new(ErrorCode::Internal, why);
            let query = query.map_err(|error| failed(error.to_string()))?;
            let query = query.map_err(|error| failed(error.to_string()))?;
            metrics::counter!("picup_signatures_total").increment(1);
            let left = policy.expires_at.saturating_sub(now());
            let lifetime = Duration::from_secs(left.max(1));
            let shared = &self.shared;
            shared
                .keep(key_pair_id, &json, &query.signature, lifetime)
                .await;
            Ok(Arc::from(query.signature))
        });
        signature
            .await
            .map_err(|fault: Arc<Fault>| Fault::new(ErrorCode::Internal, fault.to_string()))
    }
}

/// Seconds since 1970 as the contract carries times.
pub fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1_000_000)).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
fn now() -> u64 {
    u64::try_from(OffsetDateTime::now_utc().unix_timestamp()).unwrap_or(0)
}
