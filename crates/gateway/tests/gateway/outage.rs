use std::time::{Duration, Instant};

use picup_proto::queries::v1::{
    GetUsageRequest, ListAlbumsRequest, account_queries_client::AccountQueriesClient,
    album_queries_client::AlbumQueriesClient,
};
use picup_service::errors::reason;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::{
    support::{Gateway, authorize, until},
    upstream::{NEVER, Upstream, bounded},
};

#[tokio::test]
async fn while_a_service_is_down_its_requests_are_refused_fast_and_then_they_work_again() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    gateway.create_album("before").await.unwrap();
    let address = commands.kill();

    for _ in 0..3 {
        let begun = Instant::now();
        let status = gateway.create_album("during").await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status}");
        assert_eq!(reason(&status).as_deref(), Some("UNAVAILABLE"));
        assert!(status.get_details_retry_info().is_some());
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
    // The other service is not touched by it.
    let mut usage = Request::new(GetUsageRequest::default());
    authorize(&mut usage, &gateway.keys.token(60));
    let mut client = AccountQueriesClient::new(gateway.channel().await);
    bounded(client.get_usage(usage)).await.unwrap();

    let _again = Upstream::commands_again(address);
    until(async || gateway.create_album("after").await.ok()).await;
}

#[tokio::test]
async fn a_service_that_dies_during_a_request_is_unavailable() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let seen = commands.seen.clone();
    let kill = async {
        seen.one_waits().await;
        commands.kill();
    };
    let (answer, ()) = tokio::join!(gateway.create_album(NEVER), kill);
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert_eq!(reason(&status).as_deref(), Some("UNAVAILABLE"));
}

#[tokio::test]
async fn a_service_that_dies_during_its_answer_is_unavailable() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let mut request = Request::new(ListAlbumsRequest::default());
    authorize(&mut request, &gateway.keys.token(60));
    let mut client = AlbumQueriesClient::new(gateway.channel().await);
    let seen = queries.seen.clone();
    let kill = async {
        seen.one_waits().await;
        queries.kill();
    };
    let (answer, ()) = tokio::join!(bounded(client.list_albums(request)), kill);
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
}
