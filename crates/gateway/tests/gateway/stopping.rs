use std::time::Duration;

use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

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
    assert!(bounded(gateway.lifecycle.drain(Duration::from_secs(9))).await);
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
async fn a_client_that_says_nothing_is_not_waited_for() {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let variables = [("PICUP_FIRST_REQUEST_SECONDS", "1")];
    let gateway = Gateway::with(&commands, &queries, &variables).await;
    let mut silent = TcpStream::connect(gateway.address).await.unwrap();
    let read = bounded(silent.read(&mut [0; 1])).await;
    assert_eq!(read.unwrap(), 0);
}
