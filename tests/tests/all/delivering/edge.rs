use picup_objects::Original;
use picup_tests::{System, put_behind, send, shared_servers};
use uuid::Uuid;

use super::Shown;

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_url_gives_the_object_with_all_that_browsers_must_be_told() {
    let variables = [("PICUP_WEB_ORIGINS", "https://photos.example.org")];
    let system = System::start(shared_servers(), &variables).await;
    let shown = Shown::in_system(&system).await;
    let origin = ("origin", "https://photos.example.org");
    let whole = shown.get(&[origin]).await;
    assert_eq!(whole.status, 200, "{whole:?}");
    assert!(whole.body == shown.bytes, "byte for byte");
    let length = shown.bytes.len().to_string();
    for (name, expected) in [
        ("content-type", "image/jpeg"),
        ("content-length", length.as_str()),
        ("content-disposition", "inline"),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
        ("access-control-allow-origin", "https://photos.example.org"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(whole.header(name), expected, "{name}");
    }
    let caching = whole.header("cache-control");
    let age = caching.strip_prefix("private, immutable, max-age=");
    let age: u64 = age.expect(caching).parse().expect("a number");
    assert!(
        (1..=7200).contains(&age),
        "to the end of the next window: {age}"
    );
    assert!(whole.header("content-security-policy").contains("sandbox"));
    assert!(
        whole
            .header("access-control-expose-headers")
            .contains("content-range")
    );
    assert!(!whole.header("last-modified").is_empty() && whole.header("etag").starts_with('"'));

    let head = send("HEAD", &system.url(), &shown.path(), &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["content-length", "content-type", "etag", "last-modified"] {
        assert_eq!(head.header(name), whole.header(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_given_and_what_a_client_has_is_not_sent_again() {
    let system = System::start(shared_servers(), &[]).await;
    let shown = Shown::in_system(&system).await;
    let length = shown.bytes.len();
    for (range, begin, end) in [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, length),
        ("bytes=-7", length - 7, length),
        ("bytes=5-99999999", 5, length),
    ] {
        let part = shown.get(&[("range", range)]).await;
        assert_eq!(part.status, 206, "{range}");
        assert!(part.body == shown.bytes[begin..end], "{range}");
        let expected = format!("bytes {begin}-{}/{length}", end - 1);
        assert_eq!(part.header("content-range"), expected, "{range}");
    }
    let range = format!("bytes={length}-");
    let beyond = shown.get(&[("range", range.as_str())]).await;
    let told = (beyond.status, beyond.header("content-range").to_owned());
    assert_eq!(told, (416, format!("bytes */{length}")));
    let several = shown.get(&[("range", "bytes=0-1,3-4")]).await;
    assert_eq!((several.status, several.body.len()), (200, length));

    let whole = shown.get(&[]).await;
    let (tag, date) = (whole.header("etag"), whole.header("last-modified"));
    for (name, value) in [("if-none-match", tag), ("if-modified-since", date)] {
        let known = shown.get(&[(name, value)]).await;
        assert_eq!((known.status, known.body.len()), (304, 0), "{name}");
        assert_eq!(known.header("etag"), tag);
        assert!(
            known
                .header("cache-control")
                .starts_with("private, immutable")
        );
    }
    let other = shown.get(&[("if-none-match", "\"another\"")]).await;
    assert_eq!((other.status, other.body.len()), (200, length));
    let stale = shown
        .get(&[("range", "bytes=0-0"), ("if-range", "\"another\"")])
        .await;
    assert_eq!((stale.status, stale.body.len()), (200, length));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_for_or_not_written_in_the_one_way_is_refused() {
    let system = System::start(shared_servers(), &[]).await;
    let (shown, other) = (
        Shown::in_system(&system).await,
        Shown::in_system(&system).await,
    );
    let query = &shown.delivery.query;
    let url = system.url();
    let status = async |path: String| {
        let answer = send("GET", &url, &path, &[]).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            !text.contains("<Error>") && !text.contains("<?xml"),
            "{path}: {text}"
        );
        assert_ne!(answer.body, shown.bytes, "{path}");
        answer.status
    };
    let good = shown.bare("original");
    for path in [
        good.clone(),
        format!("{good}?{}", query.replace("Signature=", "Signature=A")),
        format!("{good}?{query}&Policy=x"),
        format!("{good}?{}", query.replace("LOCAL1", "LOCAL2")),
        // Somebody else's picture with one's own signature.
        format!("{}?{query}", other.bare("original")),
    ] {
        assert_eq!(status(path.clone()).await, 403, "{path}");
    }
    let theirs = other.bare("original").split_off(1);
    for wrong in [
        good.replace("original", "%6friginal"),
        good.replace("original", "%2e%2e/original"),
        good.replace("original", "../original"),
        good.replace("original", "..%2foriginal"),
        good.replace("original", "%2foriginal"),
        good.replace("original", "..\\original"),
        good.replace("original", "/original"),
        good.replace("original", "original%00"),
        good.replace("original", &format!("../../../../{theirs}")),
        good.replace("original", &format!("..%2f..%2f..%2f..%2f{theirs}")),
        good.replace("/m/", "//m/"),
        good.replace("/m/", "/./m/"),
        shown.bare("no-such-object.webp"),
        shown.bare(""),
    ] {
        assert_eq!(status(format!("{wrong}?{query}")).await, 404, "{wrong}");
    }
    let long = format!("{good}?{query}&x={}", "y".repeat(5000));
    assert_eq!(status(long).await, 414);
    for method in ["POST", "PUT", "DELETE"] {
        let answer = send(method, &url, &shown.path(), &[("content-length", "0")]).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, "GET, HEAD"),
            "{method}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_stored_can_run_as_a_page_of_ours() {
    let system = System::start(shared_servers(), &[]).await;
    let shown = Shown::in_system(&system).await;
    let objects = system.objects().await;
    let script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for told in [
        "image/svg+xml",
        "text/html",
        "application/xhtml+xml",
        "IMAGE/SVG+XML; x=y",
    ] {
        let media = Uuid::now_v7();
        let original = Original {
            bytes: script.len() as u64,
            sha256: aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, script)
                .as_ref()
                .to_vec(),
            content_type: told.to_owned(),
        };
        let put = objects
            .presign_put(shown.person.account, media, &original)
            .await;
        put_behind(&put.expect("a URL"), script).await;
        let path = format!(
            "/u/{}/m/{media}/original?{}",
            shown.person.account, shown.delivery.query
        );
        let answer = send("GET", &system.url(), &path, &[]).await;
        assert_eq!(answer.status, 200, "{told}");
        assert_eq!(
            answer.header("content-type"),
            "application/octet-stream",
            "{told}"
        );
        assert!(
            answer
                .header("content-disposition")
                .starts_with("attachment;"),
            "{told}"
        );
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.ends_with("sandbox"),
            "{policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_s3_the_edge_says_so_in_its_own_words() {
    let mut system = System::start(shared_servers(), &[]).await;
    let shown = Shown::in_system(&system).await;
    system.stop_service(picup_tests::Service::Gateway).await;
    system.set_variable("PICUP_S3_ENDPOINT", "http://127.0.0.1:9");
    system.start_service(picup_tests::Service::Gateway).await;
    let answer = shown.get(&[]).await;
    assert_eq!(answer.status, 503);
    assert!(!answer.header("retry-after").is_empty());
    let text = String::from_utf8_lossy(&answer.body);
    assert!(
        text.contains("try again") && !text.contains("127.0.0.1"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_for_one_address_works_there_alone_behind_trusted_proxies() {
    for (bind, prefix) in [("all", "64"), ("all", "128"), ("ipv4", "64")] {
        let variables = [
            ("PICUP_CDN_BIND_ADDRESS", bind),
            ("PICUP_CDN_IPV6_PREFIX", prefix),
            ("PICUP_TRUSTED_HOPS", "1"),
        ];
        let system = System::start(shared_servers(), &variables).await;
        let four = Shown::from_address(&system, Some("203.0.113.9")).await;
        let six = Shown::from_address(&system, Some("2001:db8:1:2::7")).await;
        let status =
            async |shown: &Shown, hops: &str| shown.get(&[("x-forwarded-for", hops)]).await.status;
        assert_eq!(status(&four, "203.0.113.9").await, 200);
        // What the client itself writes stands further left and is not believed.
        assert_eq!(status(&four, "198.51.100.7, 203.0.113.9").await, 200);
        assert_eq!(status(&four, "203.0.113.9, 198.51.100.7").await, 403);
        assert_eq!(status(&four, "2001:db8:1:2::7").await, 403);
        assert_eq!(status(&six, "2001:db8:1:2::7").await, 200);
        let neighbour = if prefix == "64" { 200 } else { 403 };
        assert_eq!(
            status(&six, "2001:db8:1:2::8").await,
            neighbour,
            "{bind} {prefix}"
        );
        let stranger = if bind == "all" { 403 } else { 200 };
        assert_eq!(
            status(&six, "2001:db8:1:3::7").await,
            stranger,
            "{bind} {prefix}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_is_over_says_so_and_who_lists_again_gets_another() {
    let variables = [("PICUP_CDN_WINDOW_SECONDS", "1")];
    let system = System::start(shared_servers(), &variables).await;
    let shown = Shown::in_system(&system).await;
    picup_tests::eventually(std::time::Duration::from_secs(20), &403, || async {
        shown.get(&[]).await.status
    })
    .await;
    let answer = shown.get(&[]).await;
    assert!(
        String::from_utf8_lossy(&answer.body).contains("ended"),
        "{answer:?}"
    );
    // Who asks again gets another.
    picup_tests::eventually(std::time::Duration::from_secs(20), &200, || async {
        let delivery = shown.again().await;
        let path = format!("{}?{}", shown.bare("original"), delivery.query);
        send("GET", &delivery.base_url, &path, &[]).await.status
    })
    .await;
}
