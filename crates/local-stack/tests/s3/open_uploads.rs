//! Which multipart uploads are open, and what is no part of them.

use std::time::Duration;

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use crate::bench::{BUCKET, Bench, headers, sha256};
use crate::web;

async fn open(bench: &Bench, key: &str) -> String {
    let created = bench
        .client
        .create_multipart_upload()
        .bucket(BUCKET)
        .key(key);
    let created = created.send().await.unwrap();
    created.upload_id().unwrap().to_owned()
}

async fn listed(bench: &Bench, prefix: &str) -> Vec<(String, String)> {
    let (mut found, mut key, mut upload) = (Vec::new(), None, None);
    loop {
        let page = bench
            .client
            .list_multipart_uploads()
            .bucket(BUCKET)
            .prefix(prefix)
            .max_uploads(2)
            .set_key_marker(key)
            .set_upload_id_marker(upload)
            .send()
            .await
            .unwrap();
        for upload in page.uploads() {
            assert!(upload.initiated().is_some());
            found.push((
                upload.key().unwrap().to_owned(),
                upload.upload_id().unwrap().to_owned(),
            ));
        }
        if page.is_truncated() != Some(true) {
            return found;
        }
        key = page.next_key_marker().map(str::to_owned);
        upload = page.next_upload_id_marker().map(str::to_owned);
    }
}

async fn part(
    bench: &Bench,
    key: &str,
    upload: &str,
    number: i32,
    body: &[u8],
) -> PresignedRequest {
    bench
        .client
        .upload_part()
        .bucket(BUCKET)
        .key(key)
        .upload_id(upload)
        .part_number(number)
        .content_length(i64::try_from(body.len()).unwrap())
        .checksum_sha256(sha256(body))
        .presigned(PresigningConfig::expires_in(Duration::from_mins(1)).unwrap())
        .await
        .unwrap()
}

async fn abort(bench: &Bench, key: &str, upload: &str) -> Result<(), Option<String>> {
    let abort = bench.client.abort_multipart_upload();
    let aborted = abort.bucket(BUCKET).key(key).upload_id(upload).send().await;
    aborted.map(drop).map_err(|error| {
        error
            .as_service_error()
            .and_then(|error| error.code().map(str::to_owned))
    })
}

#[tokio::test]
async fn open_uploads_are_listed_by_prefix_page_by_page_until_they_end() {
    let bench = Bench::new().await;
    let mut expected = Vec::new();
    for key in ["u/a/1", "u/a/2", "u/a/2", "u/b/1", "u/a/3"] {
        expected.push((key.to_owned(), open(&bench, key).await));
    }
    expected.sort();
    assert_eq!(listed(&bench, "").await, expected);
    let below: Vec<_> = expected
        .iter()
        .filter(|(key, _)| key.starts_with("u/a/"))
        .cloned()
        .collect();
    assert_eq!(listed(&bench, "u/a/").await, below);
    assert_eq!(listed(&bench, "u/c").await, []);

    let (key, upload) = &expected[0];
    assert_eq!(
        abort(&bench, "u/another", upload).await,
        Err(Some("NoSuchUpload".to_owned()))
    );
    abort(&bench, key, upload).await.unwrap();
    assert_eq!(
        abort(&bench, key, upload).await,
        Err(Some("NoSuchUpload".to_owned()))
    );
    assert_eq!(listed(&bench, "").await, expected[1..]);
}

#[tokio::test]
async fn what_is_cut_short_or_under_another_key_is_no_part_and_parts_come_in_order() {
    let bench = Bench::new().await;
    let upload = open(&bench, "u/a").await;
    let body = vec![3; 5 << 20];
    let signed = part(&bench, "u/a", &upload, 1, &body).await;
    let cut = web::open("PUT", signed.uri(), &headers(&signed));
    drop(cut);
    let elsewhere = part(&bench, "u/b", &upload, 1, &body).await;
    assert_eq!(
        web::send("PUT", elsewhere.uri(), &headers(&elsewhere), &body).status,
        404
    );
    let beyond = part(&bench, "u/a", &upload, 10_001, &body).await;
    assert_eq!(
        web::send("PUT", beyond.uri(), &headers(&beyond), &body).status,
        400
    );
    let parts = |after: Option<&str>| {
        let list = bench
            .client
            .list_parts()
            .bucket(BUCKET)
            .key("u/a")
            .upload_id(&upload);
        list.set_part_number_marker(after.map(str::to_owned))
            .max_parts(2)
            .send()
    };
    assert_eq!(parts(None).await.unwrap().parts(), []);

    let mut e_tags = Vec::new();
    for number in 1..=3 {
        let signed = part(&bench, "u/a", &upload, number, &body).await;
        let answer = web::send("PUT", signed.uri(), &headers(&signed), &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        e_tags.push(answer.header("etag").unwrap().to_owned());
    }
    let first = parts(None).await.unwrap();
    let numbers: Vec<_> = first
        .parts()
        .iter()
        .filter_map(aws_sdk_s3::types::Part::part_number)
        .collect();
    assert_eq!((numbers, first.is_truncated()), (vec![1, 2], Some(true)));
    let rest = parts(first.next_part_number_marker()).await.unwrap();
    let numbers: Vec<_> = rest
        .parts()
        .iter()
        .filter_map(aws_sdk_s3::types::Part::part_number)
        .collect();
    assert_eq!((numbers, rest.is_truncated()), (vec![3], Some(false)));

    let complete = |order: [i32; 3]| {
        let parts = order.map(|number| {
            let e_tag = &e_tags[usize::try_from(number).unwrap() - 1];
            CompletedPart::builder()
                .part_number(number)
                .e_tag(e_tag)
                .build()
        });
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts.into()))
            .build();
        let request = bench
            .client
            .complete_multipart_upload()
            .bucket(BUCKET)
            .key("u/a");
        request.upload_id(&upload).multipart_upload(parts).send()
    };
    let refused = complete([2, 1, 3]).await.unwrap_err().into_service_error();
    assert_eq!(refused.meta().code(), Some("InvalidPartOrder"));
    complete([1, 2, 3]).await.unwrap();
    assert_eq!(listed(&bench, "").await, []);
}
