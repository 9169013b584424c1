//! Who is asking: access tokens of people, and the key of our own services.

use std::time::Duration;

use aws_lc_rs::constant_time;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tonic::{Request, metadata::MetadataMap};
use uuid::Uuid;

use crate::errors::{ErrorCode, Fault};

/// Whom access tokens are for.
pub const ACCESS_TOKEN_AUDIENCE: &str = "picup";
/// How far the clocks of our machines may be apart, in seconds.
const LEEWAY: u64 = 5;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Use their own account.
    User,
    /// Also see to the system.
    Operator,
}

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The account.
    pub sub: Uuid,
    /// [`ACCESS_TOKEN_AUDIENCE`].
    pub aud: String,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// What the account may do.
    pub role: Role,
}

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Their account.
    pub account: Uuid,
    /// What they may do.
    pub role: Role,
}

/// Verifies access tokens: Ed25519 signatures only.
#[derive(Clone)]
pub struct TokenVerifier {
    key: DecodingKey,
    validation: Validation,
}

impl TokenVerifier {
    /// Takes a public key in PEM.
    pub fn from_public_key_pem(pem: &str) -> anyhow::Result<Self> {
        let key = DecodingKey::from_ed_pem(pem.as_bytes())
            .map_err(|_| anyhow::anyhow!("it is no Ed25519 public key in PEM"))?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[ACCESS_TOKEN_AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        validation.leeway = LEEWAY;
        Ok(Self { key, validation })
    }

    /// What a token says, if it is one of ours and still works.
    pub fn verify(&self, token: &str) -> Result<Claims, Fault> {
        jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation)
            .map(|token| token.claims)
            .map_err(|error| {
                let expired = matches!(
                    error.kind(),
                    jsonwebtoken::errors::ErrorKind::ExpiredSignature
                );
                let reason = if expired {
                    "TOKEN_EXPIRED"
                } else {
                    "TOKEN_INVALID"
                };
                Fault::new(
                    ErrorCode::Unauthenticated,
                    "the access token does not work: sign in",
                )
                .with_reason(reason)
            })
    }

    /// Who sent a request with this metadata.
    pub fn caller(&self, metadata: &MetadataMap) -> Result<Caller, Fault> {
        let token = bearer(metadata).ok_or_else(|| {
            Fault::new(
                ErrorCode::Unauthenticated,
                "this needs an access token: sign in",
            )
            .with_reason("TOKEN_MISSING")
        })?;
        let claims = self.verify(token)?;
        Ok(Caller {
            account: claims.sub,
            role: claims.role,
        })
    }
}

impl Caller {
    /// Refuses everybody but operators.
    pub fn must_be_operator(self) -> Result<Self, Fault> {
        match self.role {
            Role::Operator => Ok(self),
            Role::User => Err(Fault::new(
                ErrorCode::PermissionDenied,
                "this is for operators: sign in with the operator's account",
            )
            .with_reason("OPERATOR_ONLY")),
        }
    }
}

/// What our own services show each other.
#[derive(Clone)]
pub struct ServiceKey(SecretString);

impl ServiceKey {
    /// Takes the key.
    pub fn new(key: SecretString) -> Self {
        Self(key)
    }

    /// Refuses a request that does not carry the key.
    pub fn check(&self, metadata: &MetadataMap) -> Result<(), Fault> {
        let shown = bearer(metadata).unwrap_or_default();
        let key = self.0.expose_secret();
        let same = constant_time::verify_slices_are_equal(shown.as_bytes(), key.as_bytes());
        if same.is_ok() && !key.is_empty() {
            Ok(())
        } else {
            Err(Fault::new(
                ErrorCode::PermissionDenied,
                "this is for Pic-up's own services",
            ))
        }
    }

    /// Puts the key into a request.
    pub fn attach<T>(&self, request: &mut Request<T>) {
        let value = format!("Bearer {}", self.0.expose_secret());
        if let Ok(mut value) = value.parse::<tonic::metadata::AsciiMetadataValue>() {
            value.set_sensitive(true);
            request.metadata_mut().insert("authorization", value);
        }
    }

    /// A request in the name of one of our own services, which may take so long.
    pub fn request<T>(&self, message: T, deadline: Duration) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(deadline);
        self.attach(&mut request);
        request
    }
}

fn bearer(metadata: &MetadataMap) -> Option<&str> {
    metadata
        .get("authorization")?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

#[cfg(test)]
mod tests;
