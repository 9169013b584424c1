use std::fmt;

use rsa::{
    RsaPrivateKey,
    pkcs1::DecodeRsaPrivateKey as _,
    pkcs1v15::SigningKey,
    pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, LineEnding},
    rand_core::OsRng,
    signature::{RandomizedSigner as _, SignatureEncoding as _},
    traits::PublicKeyParts as _,
};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;

use crate::{Policy, SignedQuery, encoding::encode};

/// The only length that CloudFront takes.
pub(crate) const KEY_BITS: usize = 2048;

/// A key that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It cannot be read.
    #[error("it is no RSA key in PEM (PKCS#8 or PKCS#1)")]
    Unreadable,
    /// CloudFront would not take it.
    #[error("it is an RSA key of {0} bits; CloudFront takes 2048")]
    Length(usize),
    /// It does not sign.
    #[error("it does not sign")]
    Broken,
}

/// Signs policies with one private key. aws-lc-rs would be faster, but signs nothing with SHA-1, which is the only
/// digest that every CloudFront signer and tool knows.
#[derive(Clone)]
pub struct Signer {
    key_pair_id: String,
    key: SigningKey<Sha1>,
    public_pem: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Signer")
            .field("key_pair_id", &self.key_pair_id)
            .finish_non_exhaustive()
    }
}

impl Signer {
    /// Takes the id that CloudFront (or we) gave the key pair, and its private key in PEM.
    pub fn from_pem(key_pair_id: &str, private_pem: &SecretString) -> Result<Self, KeyError> {
        let pem = private_pem.expose_secret();
        let key = RsaPrivateKey::from_pkcs8_pem(pem)
            .or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem).map_err(|_| KeyError::Unreadable))?;
        let bits = key.size() * 8;
        if bits != KEY_BITS {
            return Err(KeyError::Length(bits));
        }
        let public_pem = key.to_public_key().to_public_key_pem(LineEnding::LF);
        Ok(Self {
            key_pair_id: key_pair_id.to_owned(),
            key: SigningKey::new(key),
            public_pem: public_pem.map_err(|_| KeyError::Unreadable)?,
        })
    }

    /// The key pair's id.
    pub fn key_pair_id(&self) -> &str {
        &self.key_pair_id
    }

    /// The public half, in PEM.
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// Signs a policy. The same policy gives the same signature; chance is only used to blind the computation, so
    /// that its time tells nothing of the key.
    pub fn sign(&self, policy: &Policy) -> Result<SignedQuery, KeyError> {
        let json = policy.to_json();
        let signature = self.key.try_sign_with_rng(&mut OsRng, json.as_bytes());
        let signature = signature.map_err(|_| KeyError::Broken)?;
        Ok(SignedQuery {
            policy: encode(json.as_bytes()),
            signature: encode(&signature.to_bytes()),
            key_pair_id: self.key_pair_id.clone(),
        })
    }
}
