//! Presigned uploads.

use std::io::Write as _;
use std::time::{Duration, Instant};

use aws_sdk_s3::types::ChecksumMode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::crypto::{Checksum as _, Sha256};

use crate::bench::{BUCKET, Bench, KEY, headers, headers_but, sha256};
use crate::web;

#[tokio::test]
async fn a_presigned_put_is_accepted_and_described_by_head() {
    let bench = Bench::new().await;
    let body = b"a picture";
    let put = bench.presigned_put(KEY, body.len(), &sha256(body)).await;
    let answer = web::send("PUT", put.uri(), &headers(&put), body);
    assert_eq!(answer.status, 200, "{}", answer.text());

    let head = bench.client.head_object().bucket(BUCKET).key(KEY);
    let told = head
        .clone()
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(told.content_length(), Some(9));
    assert_eq!(told.content_type(), Some("image/jpeg"));
    assert_eq!(told.checksum_sha256(), Some(sha256(body).as_str()));
    let untold = head.send().await.unwrap();
    assert_eq!(
        untold.checksum_sha256(),
        None,
        "S3 tells only those who ask"
    );
}

#[tokio::test]
async fn a_body_that_is_not_what_was_signed_is_refused_and_leaves_no_object() {
    let bench = Bench::new().await;
    let body = b"a picture";
    let put = bench.presigned_put(KEY, body.len(), &sha256(body)).await;

    let other = web::send("PUT", put.uri(), &headers(&put), b"a forgery");
    assert_eq!(other.status, 400, "{}", other.text());
    assert!(other.text().contains("BadDigest"), "{}", other.text());
    let longer = headers_but(&put, "content-length", "10");
    assert_eq!(
        web::send("PUT", put.uri(), &longer, b"a picture!").status,
        403
    );
    let shorter = headers_but(&put, "content-length", "8");
    assert_eq!(
        web::send("PUT", put.uri(), &shorter, b"a pictur").status,
        403
    );
    let page = headers_but(&put, "content-type", "text/html");
    assert_eq!(web::send("PUT", put.uri(), &page, body).status, 403);
    let forged = sha256(b"a forgery");
    let forged = headers_but(&put, "x-amz-checksum-sha256", &forged);
    assert_eq!(
        web::send("PUT", put.uri(), &forged, b"a forgery").status,
        403
    );
    let without: Vec<_> = put
        .headers()
        .filter(|(name, _)| *name == "content-length")
        .collect();
    assert_eq!(web::send("PUT", put.uri(), &without, body).status, 403);
    let mut chunked: Vec<_> = put
        .headers()
        .filter(|(name, _)| *name != "content-length")
        .collect();
    chunked.push(("transfer-encoding", "chunked"));
    let answer = web::send("PUT", put.uri(), &chunked, b"9\r\na picture\r\n0\r\n\r\n");
    assert!(
        [400, 403, 411].contains(&answer.status),
        "{}",
        answer.status
    );
    let elsewhere = put.uri().replace("original", "another");
    assert_eq!(
        web::send("PUT", &elsewhere, &headers(&put), body).status,
        403
    );

    assert_eq!(bench.keys("").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_body_leaves_the_older_object_as_it_was() {
    let bench = Bench::new().await;
    bench.put(KEY, b"the older one").await;
    let put = bench.presigned_put(KEY, 9, &sha256(b"a picture")).await;
    assert_eq!(
        web::send("PUT", put.uri(), &headers(&put), b"a forgery").status,
        400
    );
    let got = bench
        .client
        .get_object()
        .bucket(BUCKET)
        .key(KEY)
        .send()
        .await
        .unwrap();
    assert_eq!(
        got.body.collect().await.unwrap().into_bytes().as_ref(),
        b"the older one"
    );
}

#[tokio::test]
async fn an_aborted_put_leaves_no_object_and_no_bytes() {
    let bench = Bench::new().await;
    let length = 1 << 20;
    let put = bench.presigned_put(KEY, length, &sha256(b"whatever")).await;
    let mut connection = web::open("PUT", put.uri(), &headers(&put));
    connection.write_all(&vec![7; length / 2]).unwrap();
    eventually(|| bytes_below(bench.parent.path()) > 100_000);
    drop(connection);
    eventually(|| bytes_below(bench.parent.path()) < 100_000);
    assert_eq!(bench.keys("").await, Vec::<String>::new());
}

/// Waits, a bounded time, until it is so.
fn eventually(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "it did not come to that");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn bytes_below(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn most_memory_in_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn two_hundred_megabytes_stream_through_bounded_memory() {
    let bench = Bench::new().await;
    let chunk = vec![42; 1 << 20];
    let chunks = 200;
    let mut hasher = Sha256::new();
    (0..chunks).for_each(|_| hasher.update(&chunk));
    let checksum = STANDARD.encode(hasher.finalize());
    let put = bench
        .presigned_put(KEY, chunk.len() * chunks, &checksum)
        .await;
    let before = most_memory_in_kib();
    let mut connection = web::open("PUT", put.uri(), &headers(&put));
    (0..chunks).for_each(|_| connection.write_all(&chunk).unwrap());
    let answer = web::finish(connection);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let grown = most_memory_in_kib() - before;
    assert!(grown < 64 * 1024, "memory grew by {grown} KiB");
}
