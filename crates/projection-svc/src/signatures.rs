//! Signatures in Redis, so that each is made once for all processes. Redis is for speed only: without it, and
//! while it is slow, every process signs for itself.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use picup_service::redis::OptionalRedis;
use redis::{Cmd, RedisError};

/// Signatures that processes share.
pub struct Signatures {
    redis: OptionalRedis,
    installation: String,
}

impl Signatures {
    /// Takes Redis' URL and the installation's name. It connects when it is first needed.
    pub fn new(redis_url: &str, installation: &str) -> Result<Self, RedisError> {
        Ok(Self {
            redis: OptionalRedis::new(redis_url)?,
            installation: installation.to_owned(),
        })
    }

    /// The signature of a policy by a key pair, if somebody has left it.
    pub async fn find(&self, key_pair_id: &str, policy: &str) -> Option<String> {
        let get = Cmd::get(self.key(key_pair_id, policy));
        self.redis.ask::<Option<String>>(&get).await?
    }

    /// Leaves a signature for others, for so long.
    pub async fn keep(&self, key_pair_id: &str, policy: &str, signature: &str, lifetime: Duration) {
        let key = self.key(key_pair_id, policy);
        let set = Cmd::set_ex(key, signature, lifetime.as_secs().max(1));
        self.redis.ask::<()>(&set).await;
    }

    /// A policy may name an address: Redis gets to see its digest alone.
    fn key(&self, key_pair_id: &str, policy: &str) -> String {
        let digest = digest(&SHA256, policy.as_bytes());
        let digits = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
        let digits: String = digits.collect();
        format!("{}:signature:{key_pair_id}:{digits}", self.installation)
    }
}
