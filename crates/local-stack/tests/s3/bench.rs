//! An S3 of our own, a client for it and a bucket.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use picup_local_stack::{DataFolder, S3Endpoint, S3Options, S3Server};
use s3s::crypto::{Checksum as _, Sha256};

pub const BUCKET: &str = "pictures";
pub const KEY: &str = "u/1/m/2/original";

pub struct Bench {
    // In this order they are dropped.
    pub server: S3Server,
    pub client: Client,
    pub parent: tempfile::TempDir,
}

impl Bench {
    pub async fn new() -> Self {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::throw_away(parent.path()).unwrap();
        let server = S3Server::start(&folder, S3Options::default()).unwrap();
        let client = client(server.endpoint());
        client.create_bucket().bucket(BUCKET).send().await.unwrap();
        Self {
            server,
            client,
            parent,
        }
    }

    pub async fn presigned_put(&self, key: &str, length: usize, sha256: &str) -> PresignedRequest {
        self.client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .content_length(i64::try_from(length).unwrap())
            .content_type("image/jpeg")
            .checksum_sha256(sha256)
            .presigned(PresigningConfig::expires_in(Duration::from_mins(1)).unwrap())
            .await
            .unwrap()
    }

    pub async fn keys(&self, prefix: &str) -> Vec<String> {
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(BUCKET)
            .prefix(prefix)
            .max_keys(2)
            .into_paginator()
            .send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            keys.extend(
                page.unwrap()
                    .contents()
                    .iter()
                    .map(|object| object.key().unwrap().to_owned()),
            );
        }
        keys
    }

    pub async fn put(&self, key: &str, body: &'static [u8]) {
        let body = ByteStream::from_static(body);
        self.client
            .put_object()
            .bucket(BUCKET)
            .key(key)
            .body(body)
            .send()
            .await
            .unwrap();
    }
}

pub fn client(endpoint: &S3Endpoint) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new(
            endpoint.access_key.clone(),
            endpoint.secret_key.clone(),
            None,
            None,
            "test",
        ))
        .region(Region::new(endpoint.region.clone()))
        .endpoint_url(endpoint.url.clone())
        .force_path_style(true)
        .build();
    Client::from_conf(config)
}

pub fn sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::checksum(bytes))
}

pub fn headers(request: &PresignedRequest) -> Vec<(&str, &str)> {
    request.headers().collect()
}

/// The signed headers with another value for one of them.
pub fn headers_but<'a>(
    request: &'a PresignedRequest,
    changed: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    assert!(
        request
            .headers()
            .any(|(name, _)| name.eq_ignore_ascii_case(changed)),
        "{changed}"
    );
    let keep = |(name, old): (&'a str, &'a str)| {
        (
            name,
            if name.eq_ignore_ascii_case(changed) {
                value
            } else {
                old
            },
        )
    };
    request.headers().map(keep).collect()
}
