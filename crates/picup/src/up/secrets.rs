use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::Context as _;
use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der},
    rand,
    rsa::KeySize,
    signature::{Ed25519KeyPair, KeyPair as _, RsaKeyPair},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

/// The secrets of one installation. They are made at its first start and never change: without the
/// master key nobody can read its log's personal text again.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// Wraps the accounts' keys; 32 bytes in base64.
    pub master_key: String,
    /// Signs access tokens; PKCS#8 PEM.
    pub token_private_key: String,
    /// Verifies access tokens; PEM.
    pub token_public_key: String,
    /// What the services show each other.
    pub service_key: String,
    /// Signs URLs; RSA, PKCS#8 PEM. Empty in what older versions have kept.
    #[serde(default)]
    pub cdn_private_key: String,
    /// Verifies URLs; PEM.
    #[serde(default)]
    pub cdn_public_key: String,
}

impl Secrets {
    /// Makes new ones.
    pub fn generate() -> anyhow::Result<Self> {
        let no_randomness = |_| anyhow::anyhow!("this machine has no randomness to give");
        let pair = Ed25519KeyPair::generate().map_err(no_randomness)?;
        let private = pair.to_pkcs8v1().map_err(no_randomness)?;
        let public = pair.public_key().as_der().map_err(no_randomness)?;
        let (cdn_private_key, cdn_public_key) = cdn_keys()?;
        Ok(Self {
            cdn_private_key,
            cdn_public_key,
            master_key: random()?,
            token_private_key: pem("PRIVATE KEY", private.as_ref()),
            token_public_key: pem("PUBLIC KEY", public.as_ref()),
            service_key: random()?,
        })
    }

    /// Those kept in a file, which is made with new ones at the first start, readable by its owner only.
    pub fn keep(file: &Path) -> anyhow::Result<Self> {
        if file.exists() {
            let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            let mut secrets: Self = serde_json::from_slice(&text).with_context(|| {
                format!("{} is damaged: restore it from a backup", file.display())
            })?;
            if secrets.cdn_private_key.is_empty() {
                (secrets.cdn_private_key, secrets.cdn_public_key) = cdn_keys()?;
                secrets.write(file)?;
            }
            return Ok(secrets);
        }
        let secrets = Self::generate()?;
        secrets.write(file)?;
        Ok(secrets)
    }

    fn write(&self, file: &Path) -> anyhow::Result<()> {
        let half = file.with_extension("new");
        let mut writer = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&half)
            .with_context(|| format!("cannot write {}", half.display()))?;
        writer.write_all(&serde_json::to_vec_pretty(self)?)?;
        writer.sync_all()?;
        Ok(fs::rename(&half, file)?)
    }
}

/// A key pair for signed URLs, as CloudFront takes them.
fn cdn_keys() -> anyhow::Result<(String, String)> {
    let no_randomness = |_| anyhow::anyhow!("this machine has no randomness to give");
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(no_randomness)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(no_randomness)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(no_randomness)?;
    let private = pem("PRIVATE KEY", private.as_ref());
    Ok((private, pem("PUBLIC KEY", public.as_ref())))
}

/// 32 random bytes in base64.
fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes)
        .map_err(|_| anyhow::anyhow!("this machine has no randomness to give"))?;
    Ok(BASE64_STANDARD.encode(bytes))
}

/// A password kept in a file that only its owner can read; made when there is none yet.
pub fn keep_password(file: &Path) -> anyhow::Result<String> {
    if let Ok(password) = fs::read_to_string(file) {
        return Ok(password.trim().to_owned());
    }
    let password = random()?;
    let mut writer = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    writeln!(writer, "{password}")?;
    Ok(password)
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let encoded = BASE64_STANDARD.encode(der);
    for line in encoded.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}
