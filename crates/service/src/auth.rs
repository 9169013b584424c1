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
    /// Look at one shared album.
    Guest,
}

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The account; of a guest, the share.
    pub sub: Uuid,
    /// [`ACCESS_TOKEN_AUDIENCE`].
    pub aud: String,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// What its bearer may do.
    pub role: Role,
    /// The sign-in that it came of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Uuid>,
    /// What a guest was let in to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<GuestClaims>,
}

/// What a guest's token says besides.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GuestClaims {
    /// Whose album it is.
    pub account: Uuid,
    /// The album.
    pub album: Uuid,
    /// Whether the guest may fetch originals.
    pub downloads: bool,
    /// Whether the guest may add something.
    pub uploads: bool,
}

/// Who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Their account.
    pub account: Uuid,
    /// What they may do.
    pub role: Role,
    /// Their sign-in, where their token tells.
    pub session: Option<Uuid>,
}

/// A guest of a shared album.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The share that let them in.
    pub share: Uuid,
    /// Whose album it is.
    pub account: Uuid,
    /// The album.
    pub album: Uuid,
    /// Whether they may fetch originals.
    pub downloads: bool,
    /// Whether they may add something.
    pub uploads: bool,
}

/// Who adds something to what an account holds: the account itself, or a guest of an album of its.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploader {
    /// Whose it becomes.
    pub account: Uuid,
    /// The guest, where it is one.
    pub guest: Option<Guest>,
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

    /// Who sent a request with this metadata: an account. Guests are refused.
    pub fn caller(&self, metadata: &MetadataMap) -> Result<Caller, Fault> {
        let claims = self.claims(metadata)?;
        match claims.role {
            Role::User | Role::Operator => Ok(Caller {
                account: claims.sub,
                role: claims.role,
                session: claims.session,
            }),
            Role::Guest => Err(guests_may_not()),
        }
    }

    /// The guest who sent a request with this metadata. Accounts are refused.
    pub fn guest(&self, metadata: &MetadataMap) -> Result<Guest, Fault> {
        let claims = self.claims(metadata)?;
        guest(&claims).ok_or_else(|| {
            let message = "this is for guests: open the link of a shared album";
            Fault::new(ErrorCode::PermissionDenied, message).with_reason("GUESTS_ONLY")
        })
    }

    /// The account, or the guest, who sent a request that adds something.
    pub fn uploader(&self, metadata: &MetadataMap) -> Result<Uploader, Fault> {
        let claims = self.claims(metadata)?;
        match guest(&claims) {
            None if claims.role == Role::Guest => Err(guests_may_not()),
            None => Ok(Uploader {
                account: claims.sub,
                guest: None,
            }),
            Some(guest) if !guest.uploads => Err(guests_may_not()),
            Some(guest) => Ok(Uploader {
                account: guest.account,
                guest: Some(guest),
            }),
        }
    }

    /// What the token in this metadata says, whoever shows it.
    pub fn claims(&self, metadata: &MetadataMap) -> Result<Claims, Fault> {
        let token = bearer(metadata).ok_or_else(|| {
            Fault::new(
                ErrorCode::Unauthenticated,
                "this needs an access token: sign in",
            )
            .with_reason("TOKEN_MISSING")
        })?;
        self.verify(token)
    }
}

fn guest(claims: &Claims) -> Option<Guest> {
    let guest = claims.guest.filter(|_| claims.role == Role::Guest)?;
    Some(Guest {
        share: claims.sub,
        account: guest.account,
        album: guest.album,
        downloads: guest.downloads,
        uploads: guest.uploads,
    })
}

fn guests_may_not() -> Fault {
    let message = "guests of a shared album may not do this";
    Fault::new(ErrorCode::PermissionDenied, message).with_reason("GUESTS_MAY_NOT")
}

impl Caller {
    /// Refuses everybody but operators.
    pub fn must_be_operator(self) -> Result<Self, Fault> {
        match self.role {
            Role::Operator => Ok(self),
            Role::User | Role::Guest => Err(Fault::new(
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
