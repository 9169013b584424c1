use std::{collections::HashMap, time::Duration};

use picup::up::Secrets;
use picup_proto::queries::v1::{CheckUrlRequest, GetMediaRequest, GetOriginalRequest};
use picup_tests::{Person, Service, System, send, shared_servers};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tonic::Code;

use super::Shown;

/// Asks Redis as a person at a terminal does.
async fn redis(system: &System, command: &str) -> String {
    let url = system.variable("PICUP_REDIS_URL");
    let rest = url
        .strip_prefix("redis://:")
        .expect("a URL with a password");
    let (password, host) = rest.split_once('@').expect("a URL with a password");
    let mut stream = TcpStream::connect(host).await.expect("Redis answers");
    let lines = format!("AUTH {password}\r\n{command}\r\nQUIT\r\n");
    stream
        .write_all(lines.as_bytes())
        .await
        .expect("it is sent");
    let mut answer = String::new();
    let read = timeout(Duration::from_secs(10), stream.read_to_string(&mut answer));
    read.await.expect("an answer in time").expect("an answer");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn urls_are_equal_within_a_window_whatever_asks_and_whoever_answers() {
    let variables = [("PICUP_CDN_WINDOW_SECONDS", "604800")];
    let mut system = System::start(shared_servers(), &variables).await;
    let shown = Shown::in_system(&system).await;
    let delivery = shown.delivery.clone();
    assert_eq!(shown.again().await, delivery);
    let request = shown.person.request(GetMediaRequest {
        token: None,
        media_id: shown.media.clone(),
    });
    let item = shown.person.album_queries().get_media(request).await;
    assert_eq!(
        item.expect("an item").into_inner().delivery,
        Some(delivery.clone())
    );
    let request = shown.person.request(GetOriginalRequest {
        token: None,
        media_id: shown.media.clone(),
    });
    let original = shown.person.album_queries().get_original(request).await;
    let original = original.expect("a URL").into_inner();
    assert_eq!(
        original.url,
        format!("{}{}", delivery.base_url, shown.path())
    );
    assert!(
        original.expires_in_seconds > 604_800,
        "at least a window more"
    );

    // Another process finds the signature in Redis, and believes it as little as anything else.
    let name = system.variable("PICUP_DATABASE").to_owned();
    let keys = redis(&system, &format!("KEYS {name}:signature:*")).await;
    let key = keys.lines().find(|line| line.contains(":signature:"));
    let key = key.expect("the signature is shared").to_owned();
    let life = redis(&system, &format!("TTL {key}")).await;
    let life = life.lines().find_map(|line| line.strip_prefix(':'));
    let life: i64 = life.expect("a number").parse().expect("a number");
    assert!((1..=2 * 604_800).contains(&life), "it ends: {life}");
    redis(&system, &format!("SET {key} nonsense")).await;
    system.stop_service(Service::Projection).await;
    system.start_service(Service::Projection).await;
    assert_eq!(shown.again().await, delivery);
    assert_eq!(shown.get(&[]).await.status, 200);

    let another = Shown::in_system(&system).await;
    assert_ne!(another.delivery.query, delivery.query);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_urls_are_signed_all_the_same() {
    let variables = [("PICUP_REDIS_URL", "redis://127.0.0.1:9")];
    let system = System::start(shared_servers(), &variables).await;
    let shown = Shown::in_system(&system).await;
    assert_eq!(shown.get(&[]).await.status, 200);
    assert_eq!(shown.again().await, shown.delivery);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_without_a_url_that_stops_working() {
    let mut system = System::start(shared_servers(), &[]).await;
    let shown = Shown::in_system(&system).await;
    let old = system.variable("PICUP_CDN_PUBLIC_KEYS").to_owned();
    let new = Secrets::generate().expect("randomness");
    // First the new key is trusted everywhere, then it signs, and when the old URLs have ended the old one goes.
    let both = format!("{}{old}", new.cdn_public_key);
    system.set_variable("PICUP_CDN_KEY_PAIR_IDS", "LOCAL2,LOCAL1");
    system.set_variable("PICUP_CDN_PUBLIC_KEYS", &both);
    system.set_variable("PICUP_CDN_PRIVATE_KEY", &new.cdn_private_key);
    for service in [Service::Gateway, Service::Projection] {
        system.stop_service(service).await;
        system.start_service(service).await;
        assert_eq!(shown.get(&[]).await.status, 200, "the old URL works");
    }
    let delivery = shown.again().await;
    assert!(
        delivery.query.ends_with("&Key-Pair-Id=LOCAL2"),
        "the first one signs"
    );
    let renewed = Shown { delivery, ..shown };
    assert_eq!(renewed.get(&[]).await.status, 200, "the new URL works");

    system.stop_service(Service::Gateway).await;
    system.set_variable("PICUP_CDN_KEY_PAIR_IDS", "LOCAL2");
    system.set_variable("PICUP_CDN_PUBLIC_KEYS", &new.cdn_public_key);
    system.start_service(Service::Gateway).await;
    assert_eq!(renewed.get(&[]).await.status, 200);
    let url = system.url();
    let old = renewed.path().replace("LOCAL2", "LOCAL1");
    let refused = send("GET", &url, &old, &[]).await;
    assert!(
        String::from_utf8_lossy(&refused.body).contains("rotated out"),
        "{refused:?}"
    );
}

async fn check(person: &Person, url: String, address: &str) -> Result<(bool, String), Code> {
    let request = person.request(CheckUrlRequest {
        url,
        address: address.to_owned(),
    });
    let answer = person.album_queries().check_url(request).await;
    let answer = answer.map_err(|status| status.code())?.into_inner();
    Ok((answer.valid, answer.reason))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_is_explained_to_its_owner_and_to_operators_alone() {
    let system = System::start(shared_servers(), &[]).await;
    let shown = Shown::in_system(&system).await;
    let url = format!("{}{}", shown.delivery.base_url, shown.path());
    let valid = Ok((true, String::new()));
    assert_eq!(check(&shown.person, url.clone(), "").await, valid);
    let operator = system.operator().await;
    assert_eq!(check(&operator, url.clone(), "192.0.2.1").await, valid);
    let stranger = Person::sign_up(&system).await;
    assert_eq!(check(&stranger, url.clone(), "").await, Err(Code::NotFound));
    assert_eq!(
        check(&shown.person, url.clone(), "here").await,
        Err(Code::InvalidArgument)
    );
    for (changed, expected) in [
        (url.replace("Policy=", "policy="), "NOT_SIGNED"),
        (
            url.replace("Signature=", "Signature=AAAA"),
            "WRONG_SIGNATURE",
        ),
        (url.replace("LOCAL1", "K1"), "UNKNOWN_KEY"),
    ] {
        let told = check(&shown.person, changed, "").await;
        assert_eq!(told, Ok((false, expected.to_owned())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_explains_a_url_with_nothing_but_the_public_key() {
    let system = System::start(shared_servers(), &[]).await;
    let shown = Shown::in_system(&system).await;
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("cdn.pem");
    std::fs::write(&key, system.variable("PICUP_CDN_PUBLIC_KEYS")).expect("a key");
    let key = key.to_string_lossy().into_owned();
    let config = folder.path().join("config").to_string_lossy().into_owned();
    let url = format!("{}{}", shown.delivery.base_url, shown.path());
    let mut said = HashMap::new();
    for (name, url, at) in [
        ("good", url.clone(), "2020-01-01T00:00:00Z"),
        ("over", url.clone(), "2222-01-01T00:00:00Z"),
        (
            "changed",
            url.replace("/m/", "/n/").replace("/u/", "/v/"),
            "2020-01-01T00:00:00Z",
        ),
    ] {
        let line = [
            "picup",
            "--config-dir",
            &config,
            "cdn",
            "check",
            &url,
            "--public-key",
            &key,
            "--at",
            at,
            "--json",
        ];
        let cli = <picup::Cli as clap::Parser>::try_parse_from(line).expect("a command line");
        said.insert(name, picup::run(cli).await.is_ok());
    }
    assert_eq!(
        said,
        HashMap::from([("good", true), ("over", false), ("changed", false)])
    );
    let refused = check(&shown.person, "http://elsewhere/".to_owned(), "").await;
    assert_eq!(refused, Err(Code::NotFound));
}
