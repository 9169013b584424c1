//! A query that carries a command's token sees that command's effect.

use std::time::Duration;

use picup_proto::{commands::v1::RenameAlbumRequest, queries::v1::GetAlbumRequest};
use picup_tests::{Person, SlowLine, System, reason, shared_servers};
use uuid::Uuid;

/// An installation whose relay and consumers reach the broker over a slow line.
async fn slow_system(delay: Duration) -> System {
    let servers = shared_servers();
    let vhost = format!("slow{}", Uuid::new_v4().simple());
    let added = tokio::task::spawn_blocking({
        let vhost = vhost.clone();
        move || {
            servers
                .rabbitmq()
                .expect("our own broker")
                .add_vhost(&vhost)
        }
    });
    let url = added.await.expect("a thread").expect("a broker host");
    let (before, rest) = url.split_once('@').expect("a password");
    let (target, path) = rest.split_once('/').expect("a path");
    let line = SlowLine::to(target.parse().expect("an address"), delay).await;
    let url = format!("{before}@{}/{path}", line.address);
    System::start(servers, &[("PICUP_AMQP_URL", &url)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_queries_with_the_token_of_the_command_before_all_see_its_effect() {
    let system = slow_system(Duration::from_millis(3)).await;
    let people = 10;
    let mut tasks = Vec::new();
    for _ in 0..people {
        let person = Person::sign_up(&system).await;
        tasks.push(tokio::spawn(async move {
            let (album_id, _) = person.create_album("0").await;
            for round in 1..=100 {
                let title = round.to_string();
                let command_id = Uuid::new_v4().to_string();
                let album_id = album_id.clone();
                let rename = RenameAlbumRequest {
                    command_id,
                    album_id: album_id.clone(),
                    title: title.clone(),
                };
                let renamed = person
                    .album_commands()
                    .rename_album(person.request(rename))
                    .await;
                let token = renamed.expect("it is renamed").into_inner().token;
                let query = person.request(GetAlbumRequest { token, album_id });
                let seen = person
                    .album_queries()
                    .get_album(query)
                    .await
                    .expect("an answer");
                assert_eq!(seen.into_inner().album.expect("an album").title, title);
            }
        }));
    }
    for task in tasks {
        task.await.expect("every query saw its command");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_the_slow_line_shows_so_the_test_above_can_fail() {
    let system = slow_system(Duration::from_millis(200)).await;
    let person = Person::sign_up(&system).await;
    let (album_id, _) = person.create_album("Album").await;
    let query = person.request(GetAlbumRequest {
        token: None,
        album_id,
    });
    assert!(
        person.album_queries().get_album(query).await.is_err(),
        "it cannot be there yet"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_never_reached_is_answered_in_time_with_when_to_ask_again() {
    let system = System::start(shared_servers(), &[]).await;
    let person = Person::sign_up(&system).await;
    let (album_id, token) = person.create_album("Album").await;
    let mut future = token;
    future.streams[0].version += 1000;
    let query = person.request(GetAlbumRequest {
        token: Some(future),
        album_id,
    });
    let behind = person
        .album_queries()
        .get_album(query)
        .await
        .expect_err("it is behind");
    assert_eq!(reason(&behind), "READ_MODEL_BEHIND");
}
