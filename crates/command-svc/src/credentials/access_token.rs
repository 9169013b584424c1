use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use picup_service::{
    auth::{ACCESS_TOKEN_AUDIENCE, Claims, Guest, GuestClaims, Role},
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

    /// Signs a token for an account that has signed in, valid from `now` on.
    pub fn sign(
        &self,
        account: Uuid,
        role: Role,
        session: Uuid,
        now: OffsetDateTime,
    ) -> Result<String, Fault> {
        self.encode(&Claims {
            sub: account,
            aud: ACCESS_TOKEN_AUDIENCE.to_owned(),
            iat: now.unix_timestamp(),
            exp: (now + self.lifetime).unix_timestamp(),
            role,
            session: Some(session),
            guest: None,
        })
    }

    /// Signs a token for a guest whose share ends at a time, and says for how many seconds it works.
    pub fn sign_guest(
        &self,
        guest: &Guest,
        now: OffsetDateTime,
        share_ends: OffsetDateTime,
    ) -> Result<(String, u32), Fault> {
        let (now, share_ends) = (now.unix_timestamp(), share_ends.unix_timestamp());
        let ends = share_ends.min(now + i64::from(self.seconds()));
        let token = self.encode(&Claims {
            sub: guest.share,
            aud: ACCESS_TOKEN_AUDIENCE.to_owned(),
            iat: now,
            exp: ends,
            role: Role::Guest,
            session: None,
            guest: Some(GuestClaims {
                account: guest.account,
                album: guest.album,
                downloads: guest.downloads,
                uploads: guest.uploads,
            }),
        })?;
        Ok((token, u32::try_from(ends - now).unwrap_or(0)))
    }

    fn encode(&self, claims: &Claims) -> Result<String, Fault> {
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), claims, &self.key)
            .map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))
    }

    /// How long a token works, in seconds.
    pub fn seconds(&self) -> u32 {
        u32::try_from(self.lifetime.as_secs()).unwrap_or(u32::MAX)
    }
}
