use serde::{Deserialize, Serialize};

use crate::Network;

/// What a signature allows: CloudFront's custom policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The URLs that it is about; `*` stands for any characters, `?` for any one.
    pub resource: String,
    /// When it ends, in seconds since 1970.
    pub expires_at: u64,
    /// Before when it does not work yet, in seconds since 1970.
    pub not_before: Option<u64>,
    /// For whom it works; `None` for everybody.
    pub network: Option<Network>,
}

/// The document as it is signed. The order of its parts is that of AWS's own signers, so that equal policies are
/// equal bytes whoever writes them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "Statement")]
    statements: [Statement; 1],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Resource")]
    resource: String,
    #[serde(rename = "Condition")]
    condition: Condition,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    #[serde(rename = "DateLessThan")]
    expires_at: Time,
    #[serde(rename = "IpAddress", skip_serializing_if = "Option::is_none", default)]
    address: Option<Address>,
    #[serde(
        rename = "DateGreaterThan",
        skip_serializing_if = "Option::is_none",
        default
    )]
    not_before: Option<Time>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    #[serde(rename = "AWS:EpochTime")]
    seconds: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    #[serde(rename = "AWS:SourceIp")]
    network: String,
}

impl Policy {
    /// The JSON that is signed: without any white space.
    pub fn to_json(&self) -> String {
        let document = Document {
            statements: [Statement {
                resource: self.resource.clone(),
                condition: Condition {
                    expires_at: Time {
                        seconds: self.expires_at,
                    },
                    address: self.network.map(|network| Address {
                        network: network.to_string(),
                    }),
                    not_before: self.not_before.map(|seconds| Time { seconds }),
                },
            }],
        };
        // Strings and numbers always have a JSON form.
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// Reads a policy: one statement, and nothing in it that we would not heed.
    pub fn from_json(json: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(json).ok()?;
        let [
            Statement {
                resource,
                condition,
            },
        ] = document.statements;
        let network = match condition.address {
            Some(address) => Some(address.network.parse().ok()?),
            None => None,
        };
        Some(Self {
            resource,
            expires_at: condition.expires_at.seconds,
            not_before: condition.not_before.map(|time| time.seconds),
            network,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_what_aws_asks_for_and_reads_back() {
        let mut policy = Policy {
            resource: "https://d111111abcdef8.cloudfront.net/u/7/*".to_owned(),
            expires_at: 1_767_225_600,
            not_before: None,
            network: None,
        };
        let short = r#"{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/u/7/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767225600}}}]}"#;
        assert_eq!(policy.to_json(), short);
        assert_eq!(Policy::from_json(short.as_bytes()), Some(policy.clone()));
        policy.network = "192.0.2.1/32".parse().ok();
        policy.not_before = Some(1_767_225_000);
        let long = policy.to_json();
        assert!(long.ends_with(r#"{"DateLessThan":{"AWS:EpochTime":1767225600},"IpAddress":{"AWS:SourceIp":"192.0.2.1/32"},"DateGreaterThan":{"AWS:EpochTime":1767225000}}}]}"#), "{long}");
        assert_eq!(Policy::from_json(long.as_bytes()), Some(policy));
    }

    #[test]
    fn what_would_not_be_heeded_is_no_policy() {
        for wrong in [
            r#"{"Statement":[]}"#,
            r#"{"Statement":[{"Resource":"*","Condition":{}}]}"#,
            r#"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1}}},{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}"#,
            r#"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1},"Referer":"x"}}]}"#,
            r#"{"Statement":[{"Resource":"*","Resource":"x","Condition":{"DateLessThan":{"AWS:EpochTime":1}}}]}"#,
            r#"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":-1}}}]}"#,
            r#"{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1},"IpAddress":{"AWS:SourceIp":"here"}}}]}"#,
            "",
        ] {
            assert_eq!(Policy::from_json(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
