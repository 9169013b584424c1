//! A verifier written from AWS's documentation alone, with OpenSSL's command line for the signature: what it
//! takes and refuses, ours takes and refuses.

use std::{collections::HashMap, net::Ipv4Addr, process::Command};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use picup_delivery::{Invalid, Verifier, Visitor};
use serde_json::Value;

use crate::keys::{pairs, policy};

const NOW: u64 = 1_767_229_200;
const CLIENT: &str = "192.0.2.1";

struct Documented {
    public_pem: String,
    key_pair_id: &'static str,
}

impl Documented {
    /// "Use a custom policy": restore the base64, check the signature over the JSON, then the conditions.
    fn accepts(&self, url: &str, client: Ipv4Addr, now: u64) -> bool {
        self.check(url, client, now).is_some()
    }

    fn check(&self, url: &str, client: Ipv4Addr, now: u64) -> Option<()> {
        let (base, query) = url.split_once('?')?;
        let parameters: HashMap<&str, &str> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        if parameters.len() != 3 || *parameters.get("Key-Pair-Id")? != self.key_pair_id {
            return None;
        }
        let restore = |text: &str| {
            BASE64_STANDARD.decode(text.replace('-', "+").replace('_', "=").replace('~', "/"))
        };
        let policy = restore(parameters.get("Policy")?).ok()?;
        let signature = restore(parameters.get("Signature")?).ok()?;
        self.openssl_verifies(&policy, &signature).then_some(())?;
        let policy: Value = serde_json::from_slice(&policy).ok()?;
        let statement = &policy["Statement"][0];
        let condition = &statement["Condition"];
        let resource = statement["Resource"].as_str()?;
        let about = match resource.strip_suffix('*') {
            Some(begin) => base.starts_with(begin),
            None => base == resource,
        };
        let ends = condition["DateLessThan"]["AWS:EpochTime"].as_u64()?;
        let begins = condition["DateGreaterThan"]["AWS:EpochTime"]
            .as_u64()
            .unwrap_or(0);
        let (network, bits) = condition["IpAddress"]["AWS:SourceIp"]
            .as_str()?
            .split_once('/')?;
        let network: Ipv4Addr = network.parse().ok()?;
        let shift = 32 - bits.parse::<u32>().ok()?;
        let near = client.to_bits() >> shift == network.to_bits() >> shift;
        (about && begins < now && now < ends && near).then_some(())
    }

    fn openssl_verifies(&self, policy: &[u8], signature: &[u8]) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let output = Command::new("openssl")
            .args(["dgst", "-sha1", "-verify"])
            .arg(file("key.pem", self.public_pem.as_bytes()))
            .arg("-signature")
            .arg(file("signature", signature))
            .arg(file("policy", policy))
            .output()
            .unwrap();
        output.status.success()
    }
}

fn ours(verifier: &Verifier, url: &str, address: &str, now: u64) -> Result<(), Invalid> {
    let address = Some(address.parse().unwrap());
    verifier.verify(url, Visitor { address, now }).map(drop)
}

fn signed() -> (String, Documented, Verifier) {
    let pair = &pairs()[0];
    let policy = policy();
    let url = format!(
        "{}?{}",
        policy.resource,
        pair.signer("K1").sign(&policy).unwrap()
    );
    let documented = Documented {
        public_pem: pair.public_pem.clone(),
        key_pair_id: "K1",
    };
    (url, documented, pair.verifier("K1"))
}

#[test]
fn a_signed_url_is_taken_and_no_single_byte_of_it_may_change() {
    let (url, documented, verifier) = signed();
    let client = CLIENT.parse().unwrap();
    assert!(documented.accepts(&url, client, NOW));
    assert_eq!(ours(&verifier, &url, CLIENT, NOW), Ok(()));
    for at in 0..url.len() {
        for change in [1, 2, 4, 0x20] {
            let mut bytes = url.clone().into_bytes();
            bytes[at] ^= change;
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(
                ours(&verifier, &changed, CLIENT, NOW).is_err(),
                "{at}: {changed}"
            );
        }
    }
    // Each question to OpenSSL is a process: every ninth byte, in every part of the URL.
    for at in (0..url.len()).step_by(9) {
        let mut bytes = url.clone().into_bytes();
        bytes[at] ^= 1;
        let changed = String::from_utf8(bytes).unwrap();
        assert!(
            !documented.accepts(&changed, client, NOW),
            "{at}: {changed}"
        );
    }
}

#[test]
fn a_byte_that_is_missing_or_too_many_makes_it_invalid() {
    let (url, _, verifier) = signed();
    for at in 0..url.len() {
        let mut shorter = url.clone();
        shorter.remove(at);
        assert!(ours(&verifier, &shorter, CLIENT, NOW).is_err(), "{shorter}");
        let mut longer = url.clone();
        longer.insert(at, 'A');
        assert!(ours(&verifier, &longer, CLIENT, NOW).is_err(), "{longer}");
    }
    let long = format!("{url}&{}", "x".repeat(picup_delivery::LONGEST_URL));
    assert_eq!(ours(&verifier, &long, CLIENT, NOW), Err(Invalid::TooLong));
    let twice = format!("{url}&Key-Pair-Id=K1");
    assert_eq!(
        ours(&verifier, &twice, CLIENT, NOW),
        Err(Invalid::Repeated("Key-Pair-Id"))
    );
}

#[test]
fn a_passed_time_and_another_address_are_refused_by_both() {
    let (url, documented, verifier) = signed();
    let (begin, end) = (policy().not_before.unwrap(), policy().expires_at);
    for (now, reason) in [
        (begin, Some("TOO_EARLY")),
        (begin + 1, None),
        (end - 1, None),
        (end, Some("EXPIRED")),
        (end + 1_000_000, Some("EXPIRED")),
    ] {
        let found = ours(&verifier, &url, CLIENT, now)
            .err()
            .map(|invalid| invalid.reason());
        assert_eq!(found, reason, "{now}");
        assert_eq!(
            documented.accepts(&url, CLIENT.parse().unwrap(), now),
            reason.is_none(),
            "{now}"
        );
    }
    for other in ["192.0.2.2", "192.0.3.1", "64.0.2.1"] {
        let refused = ours(&verifier, &url, other, NOW).unwrap_err();
        assert_eq!(refused.reason(), "OTHER_ADDRESS", "{other}");
        assert!(
            !documented.accepts(&url, other.parse().unwrap(), NOW),
            "{other}"
        );
    }
    let six = ours(&verifier, &url, "2001:db8::1", NOW).unwrap_err();
    assert_eq!(six.reason(), "OTHER_ADDRESS");
}
