//! Multipart uploads with presigned parts.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::crypto::{Checksum as _, Sha256};

use crate::bench::{BUCKET, Bench, KEY, headers, sha256};
use crate::web;

#[tokio::test]
async fn a_multipart_upload_is_checked_part_by_part_and_has_the_checksum_of_its_parts() {
    let bench = Bench::new().await;
    // An older object must not lend its checksum to the new one.
    let put = bench.presigned_put(KEY, 3, &sha256(b"old")).await;
    assert_eq!(
        web::send("PUT", put.uri(), &headers(&put), b"old").status,
        200
    );
    let created = bench
        .client
        .create_multipart_upload()
        .bucket(BUCKET)
        .key(KEY)
        .content_type("video/mp4")
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .send()
        .await
        .unwrap();
    let upload = created.upload_id().unwrap();
    let bodies = [vec![1; 5 << 20], vec![2; 1000]];
    let mut parts = Vec::new();
    for (number, body) in (1..).zip(&bodies) {
        let signed = bench
            .client
            .upload_part()
            .bucket(BUCKET)
            .key(KEY)
            .upload_id(upload)
            .part_number(number)
            .content_length(i64::try_from(body.len()).unwrap())
            .checksum_sha256(sha256(body))
            .presigned(PresigningConfig::expires_in(Duration::from_mins(1)).unwrap())
            .await
            .unwrap();
        let mut forged = body.clone();
        forged[0] = 9;
        let refused = web::send("PUT", signed.uri(), &headers(&signed), &forged);
        assert_eq!(refused.status, 400, "{}", refused.text());
        let accepted = web::send("PUT", signed.uri(), &headers(&signed), body);
        assert_eq!(accepted.status, 200, "{}", accepted.text());
        let part = CompletedPart::builder()
            .part_number(number)
            .e_tag(accepted.header("etag").unwrap())
            .checksum_sha256(sha256(body));
        parts.push(part.build());
    }
    let complete = |parts: Vec<CompletedPart>| {
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts))
            .build();
        let request = bench
            .client
            .complete_multipart_upload()
            .bucket(BUCKET)
            .key(KEY);
        request.upload_id(upload).multipart_upload(parts).send()
    };
    let mut wrong = parts.clone();
    wrong[1] = CompletedPart::builder()
        .part_number(2)
        .e_tag("\"0\"")
        .build();
    assert!(complete(wrong).await.is_err());
    complete(parts).await.unwrap();

    let mut sums = Sha256::new();
    for body in &bodies {
        sums.update(&Sha256::checksum(body));
    }
    let expected = format!("{}-2", STANDARD.encode(sums.finalize()));
    let head = bench.client.head_object().bucket(BUCKET).key(KEY);
    let head = head
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length(), Some((5 << 20) + 1000));
    assert_eq!(head.content_type(), Some("video/mp4"));
    assert_eq!(head.checksum_sha256(), Some(expected.as_str()));
    let parts = bench
        .client
        .list_parts()
        .bucket(BUCKET)
        .key(KEY)
        .upload_id(upload)
        .send()
        .await;
    assert_eq!(
        parts.unwrap_err().into_service_error().meta().code(),
        Some("NoSuchUpload")
    );
}
