use std::time::{Duration, Instant};

use picup_proto::queries::v1::{ListAlbumsRequest, album_queries_client::AlbumQueriesClient};
use picup_service::errors::reason;
use tonic::{Code, Request};

use crate::{
    support::{Gateway, authorize},
    upstream::{NEVER, Upstream, bounded},
};

const ONE_SECOND: [(&str, &str); 1] = [("PICUP_LONGEST_DEADLINE_SECONDS", "1")];

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up_whatever_deadline_it_asked_for() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::with(&commands, &queries, &ONE_SECOND).await;
    let none = gateway.create_album_request(NEVER);
    let mut long = gateway.create_album_request(NEVER);
    long.set_timeout(Duration::from_hours(1));
    for request in [none, long] {
        let begun = Instant::now();
        let status = gateway.send(request).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
        assert_eq!(reason(&status).as_deref(), Some("DEADLINE_EXCEEDED"));
        let took = begun.elapsed();
        assert!(took >= Duration::from_secs(1), "{took:?}");
        // The work behind it ends too.
        commands.seen.one_was_dropped().await;
    }
}

#[tokio::test]
async fn a_shorter_deadline_of_the_client_is_kept() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let mut request = gateway.create_album_request(NEVER);
    let value = "200m".parse().unwrap();
    request.metadata_mut().insert("grpc-timeout", value);
    let begun = Instant::now();
    gateway.send(request).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(5));
    commands.seen.one_was_dropped().await;
}

#[tokio::test]
async fn an_answer_that_begins_and_does_not_go_on_is_given_up_too() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::with(&commands, &queries, &ONE_SECOND).await;
    let mut request = Request::new(ListAlbumsRequest::default());
    authorize(&mut request, &gateway.keys.token(60));
    let mut client = AlbumQueriesClient::new(gateway.channel().await);
    let status = bounded(client.list_albums(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    assert_eq!(reason(&status).as_deref(), Some("DEADLINE_EXCEEDED"));
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let fits = "x".repeat(3 * 1024 * 1024);
    gateway.create_album(&fits).await.unwrap();
    let status = gateway.create_album(&"x".repeat(5 * 1024 * 1024)).await;
    let status = status.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    assert_eq!(reason(&status).as_deref(), Some("REQUEST_TOO_LARGE"));
    assert_eq!(commands.seen.count(), 1);
}

#[tokio::test]
async fn more_requests_at_once_than_allowed_are_refused_and_not_queued() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let variables = [("PICUP_REQUESTS_AT_ONCE", "1")];
    let gateway = Gateway::with(&commands, &queries, &variables).await;
    let refused = async {
        commands.seen.one_waits().await;
        gateway.create_album("x").await
    };
    let refused = tokio::select! {
        _ = gateway.create_album(NEVER) => panic!("it never ends"),
        refused = refused => refused.unwrap_err(),
    };
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(reason(&refused).as_deref(), Some("UNAVAILABLE"));
    // The client of the first has gone: its place is free again.
    commands.seen.one_was_dropped().await;
    gateway.create_album("x").await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_not_finished_keeps_its_place() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let variables = [("PICUP_REQUESTS_AT_ONCE", "1")];
    let gateway = Gateway::with(&commands, &queries, &variables).await;
    let mut request = Request::new(ListAlbumsRequest::default());
    authorize(&mut request, &gateway.keys.token(60));
    let mut client = AlbumQueriesClient::new(gateway.channel().await);
    let refused = async {
        queries.seen.one_waits().await;
        gateway.create_album("x").await
    };
    let refused = tokio::select! {
        _ = client.list_albums(request) => panic!("it never ends"),
        refused = refused => refused.unwrap_err(),
    };
    assert_eq!(refused.code(), Code::Unavailable);
}
