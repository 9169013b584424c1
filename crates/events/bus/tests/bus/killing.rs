use std::sync::{Arc, Mutex};

use picup_event_bus::{Handler, Paused, Received, Verdict, consume};
use tokio_util::sync::CancellationToken;

use crate::{
    broker::vhost,
    tools::{events, publish_all},
};

/// Dies of one version and is done with the others.
#[derive(Default)]
struct DyingOf {
    version: u64,
    done: Mutex<Vec<u64>>,
}

impl Handler for DyingOf {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Paused> {
        let versions = batch.iter().map(|message| message.envelope.version);
        let versions: Vec<u64> = versions.collect();
        assert!(
            !versions.contains(&self.version),
            "killed by {}, as this test wants it",
            self.version
        );
        self.done.lock().unwrap().extend(versions);
        Ok(vec![Verdict::Done; batch.len()])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_message_that_kills_its_consumer_is_stopped_by_the_delivery_limit() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events(1..=10)).await;
    let handler = Arc::new(DyingOf {
        version: 7,
        ..DyingOf::default()
    });
    let mut deaths = 0;
    while vhost.ready("albums.v1.dlq").await == 0 {
        let stopping = CancellationToken::new();
        let consumer = consume(vhost.settings(), handler.clone(), stopping.clone());
        let mut task = tokio::spawn(consumer);
        tokio::select! {
            died = &mut task => {
                assert!(died.unwrap_err().is_panic());
                deaths += 1;
                assert!(deaths <= 21, "it is still not stopped");
            }
            () = vhost.wait_until_ready("albums.v1.dlq", 1) => {
                vhost.wait_until_ready("albums.v1", 0).await;
                stopping.cancel();
                task.await.unwrap();
            }
        }
    }
    // One delivery in vain goes to the change to taking them one by one.
    assert!(deaths >= 19, "it was stopped after {deaths} deliveries");
    let mut done = handler.done.lock().unwrap().clone();
    done.sort_unstable();
    done.dedup();
    assert_eq!(done, [1, 2, 3, 4, 5, 6, 8, 9, 10]);
    assert_eq!(vhost.ready("albums.v1").await, 0);
    assert_eq!(vhost.ready("albums.v1.dlq").await, 1);
}
