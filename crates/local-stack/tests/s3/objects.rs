//! Objects, once they are there, and who may reach them.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use picup_local_stack::{DataFolder, S3Options, S3Server};

use crate::bench::{BUCKET, Bench, KEY, client, headers, sha256};
use crate::web;

#[tokio::test]
async fn ranges_batches_of_deletes_and_listings_work() {
    let bench = Bench::new().await;
    for key in [
        "u/1/m/1/original",
        "u/1/m/1/grid",
        "u/1/m/1/screen",
        "u/1/m/10/original",
    ] {
        bench.put(key, b"0123456789").await;
    }
    let get = bench
        .client
        .get_object()
        .bucket(BUCKET)
        .key("u/1/m/1/grid")
        .range("bytes=2-4");
    let part = get.send().await.unwrap();
    assert_eq!(part.content_range(), Some("bytes 2-4/10"));
    assert_eq!(
        part.body.collect().await.unwrap().into_bytes().as_ref(),
        b"234"
    );

    let item = ["u/1/m/1/grid", "u/1/m/1/original", "u/1/m/1/screen"];
    assert_eq!(bench.keys("u/1/m/1/").await, item);
    let identifiers = item.map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let delete = Delete::builder()
        .set_objects(Some(identifiers.to_vec()))
        .build()
        .unwrap();
    let deleted = bench
        .client
        .delete_objects()
        .bucket(BUCKET)
        .delete(delete)
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.deleted().len(), 3);
    assert!(deleted.errors().is_empty());
    assert_eq!(bench.keys("").await, ["u/1/m/10/original"]);
    let head = bench
        .client
        .head_object()
        .bucket(BUCKET)
        .key(item[0])
        .send()
        .await;
    assert!(head.unwrap_err().into_service_error().is_not_found());
    let folder = bench
        .client
        .head_object()
        .bucket(BUCKET)
        .key("u/1/m")
        .send()
        .await;
    assert!(
        folder.unwrap_err().into_service_error().is_not_found(),
        "a folder is no object"
    );
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_upload_and_another_may_not() {
    let bench = Bench::new().await;
    let body = b"a picture";
    let put = bench.presigned_put(KEY, body.len(), &sha256(body)).await;
    let preflight = |origin: &str| {
        let asked = [
            ("origin", origin),
            ("access-control-request-method", "PUT"),
            (
                "access-control-request-headers",
                "content-type,x-amz-checksum-sha256",
            ),
        ];
        web::send("OPTIONS", put.uri(), &asked, b"")
    };
    let ours = "http://localhost:5173";
    let allowed = preflight(ours);
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some(ours));
    assert!(
        allowed
            .header("access-control-allow-methods")
            .unwrap()
            .contains("PUT")
    );
    let may_send = allowed.header("access-control-allow-headers").unwrap();
    assert!(may_send.contains("x-amz-checksum-sha256"));
    let refused = preflight("http://example.org");
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("access-control-allow-origin"), None);

    let mut sent = headers(&put);
    sent.push(("origin", ours));
    let answer = web::send("PUT", put.uri(), &sent, body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("access-control-allow-origin"), Some(ours));
    assert!(
        answer
            .header("access-control-expose-headers")
            .unwrap()
            .contains("ETag")
    );
}

#[tokio::test]
async fn s3_can_be_away_for_a_while_and_comes_back_with_its_objects() {
    let bench = Bench::new().await;
    bench.put(KEY, b"a picture").await;
    bench.server.stop();
    let address = bench
        .server
        .endpoint()
        .url
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    assert!(std::net::TcpStream::connect(&address).is_err());
    bench.server.start_again().unwrap();
    let got = client(bench.server.endpoint())
        .get_object()
        .bucket(BUCKET)
        .key(KEY)
        .send()
        .await;
    let got = got.unwrap().body.collect().await.unwrap();
    assert_eq!(got.into_bytes().as_ref(), b"a picture");
}

#[tokio::test]
async fn an_unsigned_request_is_refused() {
    let bench = Bench::new().await;
    bench.put(KEY, b"a picture").await;
    let url = format!("{}/{BUCKET}/{KEY}", bench.server.endpoint().url);
    assert_eq!(web::send("GET", &url, &[], b"").status, 403);
}

#[tokio::test]
async fn what_is_kept_is_there_at_the_next_start_on_another_port() {
    let parent = tempfile::tempdir().unwrap();
    let start = || {
        let folder = DataFolder::keep(parent.path()).unwrap();
        S3Server::start(&folder, S3Options::default()).unwrap()
    };
    let first = start();
    let before = client(first.endpoint());
    before.create_bucket().bucket(BUCKET).send().await.unwrap();
    let body = ByteStream::from_static(b"a picture");
    before
        .put_object()
        .bucket(BUCKET)
        .key(KEY)
        .body(body)
        .send()
        .await
        .unwrap();
    drop(first);

    let second = start();
    let got = client(second.endpoint())
        .get_object()
        .bucket(BUCKET)
        .key(KEY)
        .send()
        .await
        .unwrap();
    assert_eq!(
        got.body.collect().await.unwrap().into_bytes().as_ref(),
        b"a picture"
    );
}
