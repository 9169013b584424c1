use picup_event_log::{GenerationState, Generations};
use picup_tests::{System, shared_servers};
use uuid::Uuid;

/// On a busy machine a page may take longer than the lease. The builder of the same process that began meanwhile must
/// be alone then: two of them read everything twice and count it twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_builder_whose_lease_ended_is_told_so_even_if_its_own_process_took_the_next_one() {
    let system = System::start(shared_servers(), &[]).await;
    let log = system.log().await;
    // Of no projection, so that no instance builds it.
    let (projection, state) = ("nobodys", GenerationState::Building);
    let registry = Generations::new(log.clone());
    let generation = registry.begin(projection, Uuid::new_v4()).await;
    let generation = generation.expect("it begins");
    let lease = || registry.lease(projection, generation, state);
    let slow = lease().await.expect("a lease").expect("it is free");
    assert!(lease().await.expect("an answer").is_none(), "it is taken");
    sqlx::query("UPDATE generations SET lease_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")
        .execute(&log)
        .await
        .expect("it ends");
    registry.renew(&slow).await.expect("a slow one renews it");
    assert!(lease().await.expect("an answer").is_none(), "it is kept");
    sqlx::query("UPDATE generations SET lease_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")
        .execute(&log)
        .await
        .expect("it ends");
    let next = lease().await.expect("a lease").expect("it is free again");
    let goes_on = registry.checkpoint(&slow, 10, 10).await;
    assert!(!goes_on.expect("an answer"), "it lost its lease");
    let goes_on = registry.checkpoint(&next, 10, 10).await;
    assert!(goes_on.expect("an answer"));
}
