use std::fmt;

use crate::{Invalid, Policy, encoding::encode};

/// What is added to a URL: policy, signature, and the id of the key pair, as they stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedQuery {
    /// The policy, encoded.
    pub policy: String,
    /// The signature, encoded.
    pub signature: String,
    /// The key pair's id.
    pub key_pair_id: String,
}

impl fmt::Display for SignedQuery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            policy,
            signature,
            key_pair_id,
        } = self;
        write!(
            formatter,
            "Policy={policy}&Signature={signature}&Key-Pair-Id={key_pair_id}"
        )
    }
}

impl SignedQuery {
    /// Of a signature that was kept, encoded.
    pub fn of(policy: &Policy, signature: String, key_pair_id: String) -> Self {
        Self {
            policy: encode(policy.to_json().as_bytes()),
            signature,
            key_pair_id,
        }
    }
}

/// Splits a signed URL into what the policy is about (the URL without the three parameters) and those three.
pub fn query_of(url: &str) -> Result<(String, SignedQuery), Invalid> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let [mut policy, mut signature, mut key_pair_id] = [None, None, None];
    let mut others = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (place, name) = match name {
            "Policy" => (&mut policy, "Policy"),
            "Signature" => (&mut signature, "Signature"),
            "Key-Pair-Id" => (&mut key_pair_id, "Key-Pair-Id"),
            _ => {
                others.push(pair);
                continue;
            }
        };
        if place.replace(value.to_owned()).is_some() {
            return Err(Invalid::Repeated(name));
        }
    }
    let signed = SignedQuery {
        policy: policy.ok_or(Invalid::Missing("Policy"))?,
        signature: signature.ok_or(Invalid::Missing("Signature"))?,
        key_pair_id: key_pair_id.ok_or(Invalid::Missing("Key-Pair-Id"))?,
    };
    let resource = if others.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", others.join("&"))
    };
    Ok((resource, signed))
}
