use picup_proto::{
    access::v1::{SignInRequest, access_client::AccessClient},
    queries::v1::{GetUsageRequest, account_queries_client::AccountQueriesClient},
};
use picup_service::{errors::reason, trace::Trace};
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::{
    support::{Gateway, authorize},
    upstream::{TOO_MUCH, Upstream, bounded},
};

#[tokio::test]
async fn a_command_passes_with_its_answer_and_metadata_unchanged() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let response = gateway.create_album("Sommer ☀").await.unwrap();
    assert_eq!(response.metadata().get("x-answer").unwrap(), "42");
    assert_eq!(response.into_inner().album_id, "Sommer ☀");
    assert_eq!(queries.seen.count(), 0);
}

#[tokio::test]
async fn a_refusal_of_a_service_passes_with_its_details_unchanged() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let status = gateway.create_album(TOO_MUCH).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(status.message(), "no room: é");
    assert_eq!(reason(&status).as_deref(), Some("QUOTA_EXCEEDED"));
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.metadata["free_bytes"], "7");
}

#[tokio::test]
async fn queries_go_to_projection_svc_and_signing_in_needs_no_token() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let mut usage = Request::new(GetUsageRequest::default());
    authorize(&mut usage, &gateway.keys.token(60));
    let mut client = AccountQueriesClient::new(gateway.channel().await);
    bounded(client.get_usage(usage)).await.unwrap();
    assert_eq!((commands.seen.count(), queries.seen.count()), (0, 1));

    let mut client = AccessClient::new(gateway.channel().await);
    let sign_in = SignInRequest {
        email: "you@example.org".to_owned(),
        password: String::new(),
    };
    let answer = bounded(client.sign_in(sign_in)).await.unwrap();
    assert_eq!(answer.into_inner().account_id, "you@example.org");
}

#[tokio::test]
async fn a_service_gets_a_trace_and_the_real_address_and_nothing_forged() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let mut request = gateway.create_album_request("x");
    for (name, value) in [
        ("x-picup-client-address", "203.0.113.9"),
        ("x-picup-operator", "yes"),
        ("x-forwarded-for", "203.0.113.9"),
        ("proxy-authorization", "Basic eDp5"),
        ("traceparent", "nonsense"),
    ] {
        request.metadata_mut().insert(name, value.parse().unwrap());
    }
    gateway.send(request).await.unwrap();
    let seen = commands.seen.last();
    assert_eq!(seen.get("x-picup-client-address").unwrap(), "127.0.0.1");
    for name in ["x-picup-operator", "x-forwarded-for", "proxy-authorization"] {
        assert!(seen.get(name).is_none(), "{name}");
    }
    let trace = seen.get("traceparent").unwrap().to_str().unwrap();
    assert!(Trace::parse(trace).is_some(), "{trace}");
}

#[tokio::test]
async fn a_trace_of_the_client_goes_on() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let trace = Trace::begin();
    let mut request = gateway.create_album_request("x");
    let value = trace.to_string().parse().unwrap();
    request.metadata_mut().insert("traceparent", value);
    gateway.send(request).await.unwrap();
    assert_eq!(Trace::of(&commands.seen.last()), trace);
}

#[tokio::test]
async fn an_address_from_outside_is_believed_through_trusted_proxies_only() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let one_proxy = [("PICUP_TRUSTED_HOPS", "1")];
    let gateway = Gateway::with(&commands, &queries, &one_proxy).await;
    let mut request = gateway.create_album_request("x");
    let hops = "203.0.113.9, 198.51.100.7:4711".parse().unwrap();
    request.metadata_mut().insert("x-forwarded-for", hops);
    gateway.send(request).await.unwrap();
    let seen = commands.seen.last();
    assert_eq!(seen.get("x-picup-client-address").unwrap(), "198.51.100.7");
}
