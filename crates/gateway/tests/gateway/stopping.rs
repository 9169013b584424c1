use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    support::Gateway,
    upstream::{NEVER, Upstream, bounded},
};

#[tokio::test]
async fn a_gateway_with_idle_clients_stops_at_once() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let channel = gateway.channel().await;
    let mut client = HealthClient::new(channel);
    bounded(client.check(HealthCheckRequest::default()))
        .await
        .unwrap();
    let _silent = TcpStream::connect(gateway.address).await.unwrap();
    assert!(bounded(gateway.lifecycle.drain(Duration::from_secs(3))).await);
}

#[tokio::test]
async fn a_request_under_way_cannot_hold_up_the_end_beyond_its_deadline() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let drained = async {
        commands.seen.one_waits().await;
        gateway.lifecycle.drain(Duration::from_millis(200)).await
    };
    let (drained, answer) = tokio::join!(bounded(drained), gateway.create_album(NEVER));
    assert!(!drained);
    answer.unwrap_err();
    commands.seen.one_was_dropped().await;
}

#[tokio::test]
async fn a_client_that_says_nothing_is_left_and_one_that_waits_is_not() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let mut client = HealthClient::new(gateway.channel().await);
    let mut silent = TcpStream::connect(gateway.address).await.unwrap();
    let mut half = TcpStream::connect(gateway.address).await.unwrap();
    half.write_all(b"P").await.unwrap();
    for stream in [&mut silent, &mut half] {
        // What the second one said is unread, so its connection is reset rather than closed.
        let read = bounded(stream.read(&mut [0; 1])).await;
        assert_eq!(read.unwrap_or(0), 0);
    }
    let answer = bounded(client.check(HealthCheckRequest::default())).await;
    assert_eq!(answer.unwrap().into_inner().status, 1);
}

#[tokio::test]
async fn a_gateway_that_stops_says_so_to_those_who_are_still_connected() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let gateway = Gateway::before(&commands, &queries).await;
    let mut client = HealthClient::new(gateway.channel().await);
    let watch = client.watch(HealthCheckRequest::default());
    let mut states = bounded(watch).await.unwrap().into_inner();
    let first = bounded(states.message()).await.unwrap().unwrap();
    assert_eq!(first.status(), ServingStatus::Serving);
    gateway.lifecycle.request_stop();
    let next = bounded(states.message()).await.unwrap().unwrap();
    assert_eq!(next.status(), ServingStatus::NotServing);
}
