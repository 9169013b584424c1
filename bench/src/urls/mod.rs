//! Signed URLs for a page of 200 media: one signature for all of them, beside one for each, with the same key and
//! the same code.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use picup::up::Secrets;
use picup_delivery::{Policy, Signer, Verifier, Visitor};
use uuid::Uuid;

use crate::{
    report::Figure,
    statistics::{Pairs, Spread},
};

/// Media on a page.
const PAGE: usize = 200;
/// How long one measurement takes, at least.
const ROUND: Duration = Duration::from_secs(1);
const BASE_URL: &str = "https://d111111abcdef8.cloudfront.net";
const KEY_PAIR_ID: &str = "K2JCJMDEHXQW5F";
/// Seconds since 1970.
const EXPIRES_AT: u64 = 1_767_232_800;

/// Measures both sides in turns.
pub async fn measure(pairs: u32) -> anyhow::Result<Vec<Figure>> {
    eprintln!("urls: {pairs} pairs of {ROUND:?} each, pages of {PAGE}");
    tokio::task::spawn_blocking(move || measure_here(pairs)).await?
}

fn measure_here(pairs: u32) -> anyhow::Result<Vec<Figure>> {
    let secrets = Secrets::generate()?;
    let signer = Signer::from_pem(KEY_PAIR_ID, &secrets.cdn_private_key.into())?;
    let verifier = Verifier::new([(KEY_PAIR_ID, secrets.cdn_public_key.as_str())])?;
    let page = Page::new();
    let (mut signing, mut verifying) = (Pairs::default(), Vec::new());
    for pair in 1..=pairs {
        let ours = per_second(|| page.with_one_signature(&signer))?;
        let bare = per_second(|| page.with_one_each(&signer))?;
        signing.add(ours, bare);
        let urls = page.with_one_signature(&signer)?;
        verifying.push(per_second(|| verify(&verifier, &urls))?);
        eprintln!("urls: pair {pair}: {ours:.0} and {bare:.0}/s");
    }
    let what = "a page of 200 URLs by one wildcard signature, made anew for each page; bare: a signature each";
    Ok(vec![
        Figure::of_pairs("urls signed", what, "URLs/s", &signing),
        Figure::alone(
            "urls verified",
            "what the edge does for each request: signature, policy, time",
            "URLs/s",
            Spread::of(&verifying),
        ),
    ])
}

struct Page {
    account: Uuid,
    media: Vec<Uuid>,
}

impl Page {
    fn new() -> Self {
        Self {
            account: Uuid::now_v7(),
            media: (0..PAGE).map(|_| Uuid::now_v7()).collect(),
        }
    }

    fn paths(&self) -> impl Iterator<Item = String> {
        let account = self.account;
        self.media
            .iter()
            .map(move |media| format!("{BASE_URL}/u/{account}/m/{media}/grid.webp"))
    }

    fn with_one_signature(&self, signer: &Signer) -> anyhow::Result<Vec<String>> {
        let policy = policy(format!("{BASE_URL}/u/{}/*", self.account));
        let query = signer.sign(&policy)?.to_string();
        Ok(self.paths().map(|path| format!("{path}?{query}")).collect())
    }

    fn with_one_each(&self, signer: &Signer) -> anyhow::Result<Vec<String>> {
        self.paths()
            .map(|path| {
                let query = signer.sign(&policy(path.clone()))?;
                Ok(format!("{path}?{query}"))
            })
            .collect()
    }
}

fn policy(resource: String) -> Policy {
    Policy {
        resource,
        expires_at: EXPIRES_AT,
        not_before: None,
        network: None,
    }
}

fn verify(verifier: &Verifier, urls: &[String]) -> anyhow::Result<Vec<String>> {
    let visitor = Visitor {
        address: None,
        now: EXPIRES_AT - 1,
    };
    for url in urls {
        verifier.verify(url, visitor)?;
    }
    Ok(urls.to_vec())
}

/// URLs a second, over whole pages.
fn per_second(mut page: impl FnMut() -> anyhow::Result<Vec<String>>) -> anyhow::Result<f64> {
    let start = Instant::now();
    let mut urls = 0;
    while start.elapsed() < ROUND {
        urls += page()?.len();
    }
    let urls = u32::try_from(urls).context("more URLs than can be counted")?;
    Ok(f64::from(urls) / start.elapsed().as_secs_f64())
}
