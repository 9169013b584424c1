use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use picup_service::{
    auth::{ACCESS_TOKEN_AUDIENCE, Claims, Role},
    errors::{ErrorCode, Fault},
};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use uuid::Uuid;

/// Signs access tokens: JWTs with Ed25519. The private key is nowhere but here.
#[derive(Clone)]
pub struct AccessTokens {
    key: EncodingKey,
    lifetime: Duration,
}

impl AccessTokens {
    /// Takes a private key in PKCS#8 PEM.
    pub fn new(private_key: &SecretString, lifetime: Duration) -> anyhow::Result<Self> {
        let key =
            EncodingKey::from_ed_pem(private_key.expose_secret().as_bytes()).map_err(|_| {
                anyhow::anyhow!("PICUP_TOKEN_PRIVATE_KEY is no Ed25519 key in PKCS#8 PEM")
            })?;
        Ok(Self { key, lifetime })
    }

    /// Signs a token for an account, valid from `now` on.
    pub fn sign(&self, account: Uuid, role: Role, now: OffsetDateTime) -> Result<String, Fault> {
        let claims = Claims {
            sub: account,
            aud: ACCESS_TOKEN_AUDIENCE.to_owned(),
            iat: now.unix_timestamp(),
            exp: (now + self.lifetime).unix_timestamp(),
            role,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.key)
            .map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))
    }

    /// How long a token works, in seconds.
    pub fn seconds(&self) -> u32 {
        u32::try_from(self.lifetime.as_secs()).unwrap_or(u32::MAX)
    }
}
