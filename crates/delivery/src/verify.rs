use std::{collections::HashMap, fmt, net::IpAddr, sync::Arc};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY};
use rsa::{
    RsaPublicKey, pkcs1::EncodeRsaPublicKey as _, pkcs8::DecodePublicKey as _,
    traits::PublicKeyParts as _,
};

use crate::{
    KeyError, Network, Policy,
    encoding::decode,
    keys::KEY_BITS,
    signed::{SignedQuery, query_of},
    wildcard::fits,
};

/// The longest URL that is looked at, in bytes.
pub const LONGEST_URL: usize = 4096;

/// Who shows a URL, and when.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// From where; `None` leaves that question out.
    pub address: Option<IpAddr>,
    /// Seconds since 1970.
    pub now: u64,
}

/// Why a URL is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It is longer than any of ours.
    #[error("the URL is longer than {LONGEST_URL} bytes")]
    TooLong,
    /// A parameter is not there.
    #[error("the URL has no {0}: it is not signed, or was cut off")]
    Missing(&'static str),
    /// A parameter is there twice.
    #[error("the URL has {0} more than once")]
    Repeated(&'static str),
    /// The key pair is none of ours, or none of ours any more.
    #[error(
        "the key pair {0:?} is not one that is trusted: it was rotated out, or the URL is another's"
    )]
    UnknownKey(String),
    /// A parameter is not in CloudFront's base64.
    #[error("{0} is not in CloudFront's base64: the URL was changed or cut off")]
    NotEncoded(&'static str),
    /// The signature is not of this policy by this key.
    #[error(
        "the signature is not that of this policy: the URL was changed, or the key pair's public key is another"
    )]
    WrongSignature,
    /// What was signed is no policy.
    #[error("what was signed is no policy that is understood whole")]
    NoPolicy,
    /// The policy is about other URLs.
    #[error("the policy is about {resource}, not about this URL")]
    OtherResource {
        /// What it is about.
        resource: String,
    },
    /// It does not work yet.
    #[error("it works from {from} on (seconds since 1970), and it is {now}")]
    TooEarly {
        /// From when on it does.
        from: u64,
        /// When it was shown.
        now: u64,
    },
    /// It does not work any more.
    #[error("it ended at {at} (seconds since 1970), and it is {now}: ask for the listing again")]
    Expired {
        /// When it ended.
        at: u64,
        /// When it was shown.
        now: u64,
    },
    /// It is for somebody else.
    #[error("it is for {network} only, and this is {address}")]
    OtherAddress {
        /// For whom it is.
        network: Network,
        /// Who showed it.
        address: IpAddr,
    },
}

impl Invalid {
    /// The reason in one word, for programs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLong => "TOO_LONG",
            Self::Missing(_) => "NOT_SIGNED",
            Self::Repeated(_) => "REPEATED_PARAMETER",
            Self::UnknownKey(_) => "UNKNOWN_KEY",
            Self::NotEncoded(_) => "NOT_ENCODED",
            Self::WrongSignature => "WRONG_SIGNATURE",
            Self::NoPolicy => "NO_POLICY",
            Self::OtherResource { .. } => "OTHER_RESOURCE",
            Self::TooEarly { .. } => "TOO_EARLY",
            Self::Expired { .. } => "EXPIRED",
            Self::OtherAddress { .. } => "OTHER_ADDRESS",
        }
    }
}

/// What a valid URL allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The policy.
    pub policy: Policy,
    /// The key pair that signed it.
    pub key_pair_id: String,
}

/// Verifies signed URLs with the public keys of all key pairs that are trusted. Cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    keys: Arc<HashMap<String, ParsedPublicKey>>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.keys.keys()).finish()
    }
}

impl Verifier {
    /// Takes key pair ids, each with its public key in PEM.
    pub fn new<'a>(keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, KeyError> {
        let keys = keys.into_iter().map(|(id, pem)| {
            let key = RsaPublicKey::from_public_key_pem(pem).map_err(|_| KeyError::Unreadable)?;
            let bits = key.size() * 8;
            if bits != KEY_BITS {
                return Err(KeyError::Length(bits));
            }
            let key = key.to_pkcs1_der().map_err(|_| KeyError::Unreadable)?;
            let algorithm = &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY;
            let key = ParsedPublicKey::new(algorithm, key.as_bytes());
            Ok((id.to_owned(), key.map_err(|_| KeyError::Unreadable)?))
        });
        Ok(Self {
            keys: Arc::new(keys.collect::<Result<_, _>>()?),
        })
    }

    /// Whether a signature is that of its policy, by one of the trusted keys.
    pub fn verify_signature(&self, signed: &SignedQuery) -> Result<Vec<u8>, Invalid> {
        let key = self.keys.get(&signed.key_pair_id);
        let key = key.ok_or_else(|| Invalid::UnknownKey(signed.key_pair_id.clone()))?;
        let policy = decode(&signed.policy).ok_or(Invalid::NotEncoded("Policy"))?;
        let signature = decode(&signed.signature).ok_or(Invalid::NotEncoded("Signature"))?;
        let verified = key.verify_sig(&policy, &signature);
        verified.map_err(|_| Invalid::WrongSignature)?;
        Ok(policy)
    }

    /// What a URL allows whom it is shown by, or why it does not.
    pub fn verify(&self, url: &str, visitor: Visitor) -> Result<Granted, Invalid> {
        if url.len() > LONGEST_URL {
            return Err(Invalid::TooLong);
        }
        let (url, signed) = query_of(url)?;
        let policy = self.verify_signature(&signed)?;
        let policy = Policy::from_json(&policy).ok_or(Invalid::NoPolicy)?;
        if !fits(&policy.resource, &url) {
            let resource = policy.resource;
            return Err(Invalid::OtherResource { resource });
        }
        let now = visitor.now;
        if let Some(from) = policy.not_before.filter(|from| now <= *from) {
            return Err(Invalid::TooEarly { from, now });
        }
        if now >= policy.expires_at {
            let at = policy.expires_at;
            return Err(Invalid::Expired { at, now });
        }
        if let (Some(network), Some(address)) = (policy.network, visitor.address)
            && !network.contains(address)
        {
            return Err(Invalid::OtherAddress { network, address });
        }
        Ok(Granted {
            policy,
            key_pair_id: signed.key_pair_id,
        })
    }
}
