use std::{fmt, num::NonZeroU64};

use picup_service::config::Reader;

use crate::{Binding, Signer, Verifier, Window};

/// The window where nothing is said: long enough for browsers' caches, short enough for what leaks.
const WINDOW_SECONDS: NonZeroU64 = NonZeroU64::new(3600).unwrap();
/// The longest window: a week.
const LONGEST_WINDOW_SECONDS: u64 = 7 * 24 * 3600;
const END_OF_KEY: &str = "-----END PUBLIC KEY-----";

/// Where objects are delivered from: scheme and host, perhaps a path, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Takes one that can stand at the begin of a policy's resource; `None` for any other.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"*?#&%\\\"<>".contains(&byte);
        let is_one = !rest.is_empty() && !rest.starts_with('/') && text.bytes().all(plain);
        is_one.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What it takes to verify URLs.
#[derive(Clone, Debug)]
pub struct EdgeSettings {
    /// Where objects are delivered from.
    pub base_url: BaseUrl,
    /// Knows all key pairs that are trusted.
    pub verifier: Verifier,
}

/// What it takes to sign URLs.
#[derive(Clone, Debug)]
pub struct SigningSettings {
    /// Where objects are delivered from.
    pub base_url: BaseUrl,
    /// Signs with the first key pair.
    pub signer: Signer,
    /// Knows all key pairs that are trusted.
    pub verifier: Verifier,
    /// How long URLs stay equal.
    pub window: Window,
    /// For whom they work.
    pub binding: Binding,
}

impl EdgeSettings {
    /// Reads `PICUP_CDN_URL`, `PICUP_CDN_KEY_PAIR_IDS` and `PICUP_CDN_PUBLIC_KEYS`. Mistakes are left in the
    /// reader.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let base_url = base_url(reader);
        let ids = key_pair_ids(reader);
        let verifier = verifier(reader, ids.as_deref());
        Some(Self {
            base_url: base_url?,
            verifier: verifier?,
        })
    }
}

impl SigningSettings {
    /// Reads the same and also `PICUP_CDN_PRIVATE_KEY`, `PICUP_CDN_WINDOW_SECONDS`, `PICUP_CDN_BIND_ADDRESS` and
    /// `PICUP_CDN_IPV6_PREFIX`. Mistakes are left in the reader.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let base_url = base_url(reader);
        let ids = key_pair_ids(reader);
        let verifier = verifier(reader, ids.as_deref());
        let key = reader.secret("PICUP_CDN_PRIVATE_KEY");
        let expected = format!("a number of seconds from 1 to {LONGEST_WINDOW_SECONDS}");
        let window = reader.optional("PICUP_CDN_WINDOW_SECONDS", WINDOW_SECONDS, &expected);
        if window.get() > LONGEST_WINDOW_SECONDS {
            reader.mistake("PICUP_CDN_WINDOW_SECONDS", &expected);
        }
        let binding = binding(reader);
        let (base_url, ids, verifier) = (base_url?, ids?, verifier?);
        let Ok(signer) = Signer::from_pem(ids.first()?, &key?) else {
            let expected = "an RSA private key of 2048 bits in PEM";
            reader.mistake("PICUP_CDN_PRIVATE_KEY", expected);
            return None;
        };
        if !belongs(&signer, &verifier) {
            let expected = "the private key of the first of PICUP_CDN_PUBLIC_KEYS";
            reader.mistake("PICUP_CDN_PRIVATE_KEY", expected);
        }
        Some(Self {
            base_url,
            signer,
            verifier,
            window: Window::new(window),
            binding: binding?,
        })
    }
}

fn base_url(reader: &mut Reader<'_>) -> Option<BaseUrl> {
    let expected = "a URL such as https://d111111abcdef8.cloudfront.net, without a query";
    let text: String = reader.required("PICUP_CDN_URL", expected)?;
    let base_url = BaseUrl::new(&text);
    if base_url.is_none() {
        reader.mistake("PICUP_CDN_URL", expected);
    }
    base_url
}

fn key_pair_ids(reader: &mut Reader<'_>) -> Option<Vec<String>> {
    let expected = "ids of key pairs with commas between them; the first one signs";
    let text: String = reader.required("PICUP_CDN_KEY_PAIR_IDS", expected)?;
    let ids: Vec<String> = text.split(',').map(|id| id.trim().to_owned()).collect();
    let is_id = |id: &String| {
        (1..=128).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    if sorted.len() != ids.len() || !ids.iter().all(is_id) {
        reader.mistake("PICUP_CDN_KEY_PAIR_IDS", expected);
        return None;
    }
    Some(ids)
}

fn verifier(reader: &mut Reader<'_>, ids: Option<&[String]>) -> Option<Verifier> {
    let text = reader.text("PICUP_CDN_PUBLIC_KEYS")?;
    let pems: Vec<String> = text
        .split_inclusive(END_OF_KEY)
        .filter(|pem| !pem.trim().is_empty())
        .map(|pem| format!("{}\n", pem.trim()))
        .collect();
    let ids = ids?;
    let pairs = ids.iter().zip(&pems);
    let verifier = Verifier::new(pairs.map(|(id, pem)| (id.as_str(), pem.as_str())));
    if ids.len() != pems.len() || verifier.is_err() {
        let expected = "RSA public keys of 2048 bits in PEM, one for each of PICUP_CDN_KEY_PAIR_IDS, in their order";
        reader.mistake("PICUP_CDN_PUBLIC_KEYS", expected);
    }
    verifier.ok()
}

fn binding(reader: &mut Reader<'_>) -> Option<Binding> {
    let bind = reader.optional("PICUP_CDN_BIND_ADDRESS", "none".to_owned(), "a word");
    let ipv6_prefix: u8 = reader.optional("PICUP_CDN_IPV6_PREFIX", 64, "64 or 128");
    if !matches!(ipv6_prefix, 64 | 128) {
        reader.mistake("PICUP_CDN_IPV6_PREFIX", "64 or 128");
    }
    match bind.as_str() {
        "none" => Some(Binding::Nobody),
        "ipv4" => Some(Binding::Ipv4),
        "all" => Some(Binding::Everybody { ipv6_prefix }),
        _ => {
            reader.mistake("PICUP_CDN_BIND_ADDRESS", "none, ipv4 or all");
            None
        }
    }
}

/// Whether what this signs is what that verifies: otherwise every URL that we give out would be refused.
fn belongs(signer: &Signer, verifier: &Verifier) -> bool {
    let sample = crate::Policy {
        resource: String::new(),
        expires_at: 0,
        not_before: None,
        network: None,
    };
    let query = signer.sign(&sample);
    query.is_ok_and(|query| verifier.verify_signature(&query).is_ok())
}
