use lapin::{Connection, ConnectionProperties, options::QueueDeclareOptions, types::FieldTable};
use picup_event_log::OperatorLog;
use picup_tests::{Person, Service, System, eventually, jpeg, reason, shared_servers};
use sqlx::Row as _;
use tonic::Code;

use super::builder::{BOTH, Builder, PATIENCE};

/// Whether a queue stands.
async fn stands(broker: &Connection, queue: &str) -> bool {
    let channel = broker.create_channel().await.expect("a channel");
    let options = QueueDeclareOptions::durable().passive();
    let declared = channel.queue_declare(queue.into(), options, FieldTable::default());
    declared.await.is_ok()
}

async fn databases(system: &System) -> Vec<String> {
    let rows = sqlx::query("SHOW DATABASES")
        .fetch_all(&system.log().await)
        .await;
    let own = format!("{}_", system.variable("PICUP_DATABASE"));
    let names = rows.expect("the databases");
    let names = names.iter().map(|row| row.get::<String, _>(0));
    names.filter(|name| name.starts_with(&own)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupted_row_is_found_and_bars_the_switch() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (media, token) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    mina.upload(&album, "image/jpeg", &jpeg(2)).await;
    let listed = mina.list_media(&album, 10, Some(token)).await;
    listed.expect("the first picture is there");

    let builder = Builder::new(&system, "album-listings").await;
    let generation = builder.rebuild().await;
    let rows = system.database("_album_listings_g2").await;
    let corrupt = [
        format!(
            "UPDATE albums SET photos = photos + 5 WHERE album_id = UNHEX(REPLACE('{album}', '-', ''))"
        ),
        format!("DELETE FROM media WHERE media_id = UNHEX(REPLACE('{media}', '-', ''))"),
    ];
    for statement in corrupt {
        let changed = sqlx::query(sqlx::AssertSqlSafe(statement))
            .execute(&rows)
            .await;
        assert_eq!(changed.expect("it is corrupted").rows_affected(), 1);
    }
    let found = builder.compare(generation).await;
    assert_eq!(
        (found.state.as_str(), found.differences),
        ("done", 2),
        "{found:?}"
    );
    let mut named: Vec<String> = found
        .first_differences
        .iter()
        .map(|difference| {
            format!(
                "{} {} {}",
                difference.table, difference.key, difference.what
            )
        })
        .collect();
    named.sort();
    let expected = [
        format!("albums {} differs in photos", album.replace('-', "")),
        format!(
            "media {} only in the live generation",
            media.replace('-', "")
        ),
    ];
    assert_eq!(named, expected);

    let refused = builder
        .switch(generation, false)
        .await
        .expect_err("it differs");
    let said = (refused.code(), reason(&refused));
    assert_eq!(
        said,
        (Code::FailedPrecondition, "NOT_COMPARED".to_owned()),
        "{refused}"
    );
    let live = || async {
        mina.list_media(&album, 10, None)
            .await
            .expect("a listing")
            .len()
    };
    eventually(PATIENCE, &2, live).await;

    // By force, and back again: the undo needs no comparison.
    assert_eq!(builder.switch(generation, true).await.expect("by force"), 1);
    eventually(PATIENCE, &1, live).await;
    assert_eq!(builder.switch(1, false).await.expect("back"), generation);
    eventually(PATIENCE, &2, live).await;

    let log = OperatorLog::new(system.log().await).list(None, 10).await;
    let log = log.expect("the operators' log");
    let told: Vec<_> = log
        .iter()
        .rev()
        .map(|entry| (entry.action.as_str(), &entry.outcome[..4]))
        .collect();
    let expected = [
        ("projection.rebuild", "done"),
        ("projection.compare", "done"),
        ("projection.switch", "refu"),
        ("projection.switch", "done"),
        ("projection.switch", "done"),
    ];
    assert_eq!(told, expected);
    assert!(
        log.iter()
            .all(|entry| entry.operator == builder.operator.account)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_is_gone_and_no_restart_brings_it_back() {
    let mut system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let url = system.variable("PICUP_AMQP_URL");
    let broker = Connection::connect(url, ConnectionProperties::default()).await;
    let broker = broker.expect("the broker answers");
    for projection in BOTH {
        let builder = Builder::new(&system, projection).await;
        let refused = builder.drop_generation(1).await.expect_err("it is live");
        assert_eq!(reason(&refused), "WRONG_STATE", "{refused}");
        assert_eq!(
            reason(&builder.drop_generation(7).await.expect_err("unknown")),
            "NOT_FOUND"
        );
        let generation = builder.rebuild().await;
        assert!(stands(&broker, &format!("{projection}.v2")).await);
        builder.compare(generation).await;
        builder
            .switch(generation, false)
            .await
            .expect("it is equal");
        builder.drop_generation(1).await.expect("it goes");
        builder.wait_until(1, "dropped").await;
        let refused = builder.switch(1, true).await.expect_err("it is gone");
        assert_eq!(reason(&refused), "WRONG_STATE", "{refused}");
    }
    for service in [Service::Command, Service::Projection] {
        system.stop_service(service).await;
        system.start_service(service).await;
    }
    let (_, token) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    let listed = mina.list_media(&album, 10, Some(token)).await;
    assert_eq!(listed.expect("a listing").len(), 1);
    for projection in BOTH {
        for suffix in ["", ".dlq", ".retry.about-1s", ".retry.about-10m"] {
            let gone = format!("{projection}.v1{suffix}");
            assert!(!stands(&broker, &gone).await, "{gone} stands");
        }
    }
    let left = databases(&system).await;
    assert!(!left.iter().any(|name| name.ends_with("_g1")), "{left:?}");
    assert_eq!(
        left.iter().filter(|name| name.ends_with("_g2")).count(),
        2,
        "{left:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_generation_is_dropped_when_its_grace_time_ends_and_a_rebuild_may_be_dropped() {
    let grace = [("PICUP_RETIRED_GENERATION_SECONDS", "1")];
    let system = System::start(shared_servers(), &grace).await;
    let builder = Builder::new(&system, "storage-usage").await;
    let thrown_away = builder.rebuild().await;
    builder.drop_generation(thrown_away).await.expect("it goes");
    builder.wait_until(thrown_away, "dropped").await;
    let generation = builder.rebuild().await;
    assert_eq!(generation, 3, "numbers are not used again");
    builder.compare(generation).await;
    builder
        .switch(generation, false)
        .await
        .expect("it is equal");
    builder.wait_until(1, "dropped").await;
    let mina = Person::sign_up(&system).await;
    let usage = mina.usage(Some(mina.opened.clone())).await;
    assert_eq!(usage.expect("usage").stored_bytes, 0);
}
