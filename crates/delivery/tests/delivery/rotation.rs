use std::{collections::HashMap, num::NonZeroU64};

use picup_delivery::{Policy, SigningSettings, Verifier, Visitor, Window};
use picup_service::config::Reader;

use crate::keys::{Pair, openssl, pairs, policy};

fn variables(pairs: &[(&str, &Pair)]) -> HashMap<String, String> {
    let ids: Vec<&str> = pairs.iter().map(|(id, _)| *id).collect();
    let public: String = pairs
        .iter()
        .map(|(_, pair)| pair.public_pem.as_str())
        .collect();
    [
        ("PICUP_CDN_URL", "https://photos.example.org/".to_owned()),
        ("PICUP_CDN_KEY_PAIR_IDS", ids.join(",")),
        ("PICUP_CDN_PUBLIC_KEYS", public),
        ("PICUP_CDN_PRIVATE_KEY", pairs[0].1.private_pem.clone()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn settings(source: &HashMap<String, String>) -> Result<SigningSettings, String> {
    let mut reader = Reader::new(source);
    let read = SigningSettings::read(&mut reader);
    reader.finish(|| read).map_err(|error| error.to_string())
}

fn works(verifier: &Verifier, settings: &SigningSettings) -> bool {
    let policy = policy();
    let url = format!(
        "{}?{}",
        policy.resource,
        settings.signer.sign(&policy).unwrap()
    );
    let visitor = Visitor {
        address: None,
        now: policy.expires_at - 1,
    };
    verifier.verify(&url, visitor).is_ok()
}

#[test]
fn while_keys_are_rotated_urls_of_both_work_and_new_ones_are_signed_by_the_first() {
    let [old, new] = pairs();
    let before = settings(&variables(&[("OLD", old)])).unwrap();
    let during = settings(&variables(&[("NEW", new), ("OLD", old)])).unwrap();
    let after = settings(&variables(&[("NEW", new)])).unwrap();
    assert_eq!(during.signer.key_pair_id(), "NEW");
    assert_eq!(during.base_url.to_string(), "https://photos.example.org");
    assert!(works(&during.verifier, &before), "an old URL works");
    assert!(works(&during.verifier, &during) && works(&after.verifier, &during));
    assert!(!works(&after.verifier, &before), "the old key has gone");
    assert!(
        !works(&before.verifier, &during),
        "the new key is not known everywhere yet"
    );
}

#[test]
fn what_would_sign_urls_that_nobody_takes_is_a_mistake_at_the_start() {
    let [one, other] = pairs();
    let good = variables(&[("K1", one)]);
    let short = openssl(&["genrsa", "1024"], "");
    for (name, value) in [
        ("PICUP_CDN_PRIVATE_KEY", other.private_pem.as_str()),
        ("PICUP_CDN_PRIVATE_KEY", "a key"),
        ("PICUP_CDN_PRIVATE_KEY", &short),
        ("PICUP_CDN_PUBLIC_KEYS", "a key"),
        ("PICUP_CDN_KEY_PAIR_IDS", "K1,K2"),
        ("PICUP_CDN_KEY_PAIR_IDS", "K1&Policy"),
        ("PICUP_CDN_URL", "photos.example.org"),
        ("PICUP_CDN_URL", "https://photos.example.org/*"),
        ("PICUP_CDN_URL", "https://photos.example.org/?a=b"),
        ("PICUP_CDN_WINDOW_SECONDS", "0"),
        ("PICUP_CDN_WINDOW_SECONDS", "9999999"),
        ("PICUP_CDN_BIND_ADDRESS", "some"),
        ("PICUP_CDN_IPV6_PREFIX", "48"),
    ] {
        let mut wrong = good.clone();
        wrong.insert(name.to_owned(), value.to_owned());
        let mistakes = settings(&wrong).unwrap_err();
        assert!(
            mistakes.contains("PICUP_CDN_"),
            "{name}={value}: {mistakes}"
        );
        assert!(!mistakes.contains("PRIVATE KEY-----"), "{mistakes}");
    }
}

#[test]
fn urls_are_equal_within_a_window_and_differ_in_the_next() {
    let signer = pairs()[0].signer("K1");
    let window = Window::new(NonZeroU64::new(600).unwrap());
    let url_at = |now| {
        let policy = Policy {
            expires_at: window.expiry(now),
            ..policy()
        };
        signer.sign(&policy).unwrap().to_string()
    };
    assert_eq!(url_at(1_767_225_600), url_at(1_767_226_199));
    assert_ne!(url_at(1_767_225_600), url_at(1_767_226_200));
}
