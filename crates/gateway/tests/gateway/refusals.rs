use picup_proto::{
    access::v1::{SignInRequest, access_client::AccessClient},
    internal::v1::{ListLeftoversRequest, upkeep_client::UpkeepClient},
};
use picup_service::errors::reason;
use tokio_stream::StreamExt as _;
use tonic::{Code, Request};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tonic_types::StatusExt as _;

use crate::{
    support::{Gateway, Keys, authorize, request_without_token},
    upstream::{Upstream, bounded},
};

#[tokio::test]
async fn a_token_that_is_missing_or_expired_or_anothers_is_refused_before_any_service() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    for (token, expected) in [
        (None, "TOKEN_MISSING"),
        (Some(gateway.keys.token(-60)), "TOKEN_EXPIRED"),
        (Some(Keys::generate().token(60)), "TOKEN_INVALID"),
        (Some("nonsense".to_owned()), "TOKEN_INVALID"),
    ] {
        let mut request = request_without_token("x");
        if let Some(token) = token {
            authorize(&mut request, &token);
        }
        let status = gateway.send(request).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert_eq!(reason(&status).as_deref(), Some(expected));
    }
    assert_eq!(commands.seen.count(), 0);
}

#[tokio::test]
async fn what_is_internal_cannot_be_reached_though_the_service_serves_it() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let mut direct = UpkeepClient::connect(commands.url()).await.unwrap();
    direct
        .list_leftovers(ListLeftoversRequest::default())
        .await
        .unwrap();
    assert_eq!(commands.seen.count(), 1);

    let mut request = Request::new(ListLeftoversRequest::default());
    authorize(&mut request, &gateway.keys.token(60));
    let mut client = UpkeepClient::new(gateway.channel().await);
    let status = bounded(client.list_leftovers(request)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(reason(&status).as_deref(), Some("UNIMPLEMENTED"));
    assert_eq!(commands.seen.count(), 1);
}

#[tokio::test]
async fn an_address_that_signs_in_too_often_is_told_when_to_come_back() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let variables = [("PICUP_ACCESS_REQUESTS_PER_MINUTE", "2")];
    let gateway = Gateway::with(&commands, &queries, &variables).await;
    let mut client = AccessClient::new(gateway.channel().await);
    for _ in 0..2 {
        bounded(client.sign_in(SignInRequest::default()))
            .await
            .unwrap();
    }
    let status = bounded(client.sign_in(SignInRequest::default()))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(reason(&status).as_deref(), Some("TOO_MANY_REQUESTS"));
    assert!(status.get_details_retry_info().is_some());
    // Somebody who is signed in behind the same address goes on.
    gateway.create_album("x").await.unwrap();
}

#[tokio::test]
async fn guessing_tokens_is_limited_too() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let variables = [("PICUP_ACCESS_REQUESTS_PER_MINUTE", "2")];
    let gateway = Gateway::with(&commands, &queries, &variables).await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        let mut request = request_without_token("x");
        authorize(&mut request, "a guess");
        codes.push(gateway.send(request).await.unwrap_err().code());
    }
    let refused = Code::Unauthenticated;
    assert_eq!(codes, [refused, refused, Code::ResourceExhausted]);
}

#[tokio::test]
async fn an_account_that_asks_too_often_is_slowed_down() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let variables = [("PICUP_ACCOUNT_REQUESTS_PER_SECOND", "1")];
    let gateway = Gateway::with(&commands, &queries, &variables).await;
    let first = gateway.create_album("x");
    let second = gateway.create_album("x");
    let third = gateway.create_album("x");
    let (first, second, third) = tokio::join!(first, second, third);
    let refused = [first, second, third].into_iter().find_map(Result::err);
    let refused = refused.expect("one a second passes, three at once do not");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.get_details_retry_info().is_some());
}

#[tokio::test]
async fn reflection_lists_the_public_services_only() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let mut client = ServerReflectionClient::new(gateway.channel().await);
    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = client.server_reflection_info(tokio_stream::once(list));
    let mut answers = bounded(answers).await.unwrap().into_inner();
    let answer = bounded(answers.next()).await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(services)) = answer.message_response else {
        panic!("not a list of services")
    };
    let mut names: Vec<_> = services.service.into_iter().map(|one| one.name).collect();
    names.retain(|name| name.starts_with("picup."));
    names.sort();
    assert_eq!(
        names,
        [
            "picup.access.v1.Access",
            "picup.commands.v1.AccountCommands",
            "picup.commands.v1.AlbumCommands",
            "picup.commands.v1.MediaCommands",
            "picup.operations.v1.Audit",
            "picup.operations.v1.DeadLetters",
            "picup.operations.v1.History",
            "picup.operations.v1.Outbox",
            "picup.operations.v1.Projections",
            "picup.operations.v1.Streams",
            "picup.queries.v1.AccountQueries",
            "picup.queries.v1.AlbumQueries",
            "picup.queries.v1.ShareQueries",
        ]
    );
}

#[tokio::test]
async fn health_needs_no_token() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let mut client = HealthClient::new(gateway.channel().await);
    let answer = bounded(client.check(HealthCheckRequest::default())).await;
    assert_eq!(answer.unwrap().into_inner().status, 1);
}
