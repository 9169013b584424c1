//! A replica answers queries: it may lag, go away and come back, and nobody misses what they have just done. With the
//! primary gone, people still see their albums.

use std::time::Duration;

use picup_local_stack::{LocalStack, MariaDb};
use picup_proto::{queries::v1::ListAlbumsRequest, types::v1::ConsistencyToken};
use picup_tests::{Person, System, eventually, own_servers_with_replica};
use sqlx::{Connection as _, Executor as _, MySqlConnection};
use tonic::Status;

async fn titles(person: &Person, token: Option<ConsistencyToken>) -> Result<Vec<String>, Status> {
    let request = person.request(ListAlbumsRequest {
        token,
        ..ListAlbumsRequest::default()
    });
    let listed = person.album_queries().list_albums(request).await?;
    let albums = listed.into_inner().albums;
    Ok(albums.into_iter().map(|album| album.title).collect())
}

async fn on_replica(servers: &LocalStack, statement: &'static str) {
    let url = servers.replica().expect("a replica").url();
    let mut connection = MySqlConnection::connect(url).await.expect("the replica");
    connection.execute(statement).await.expect("it is done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_answers_lags_goes_away_and_outlives_the_primary() {
    let servers: &'static LocalStack = Box::leak(Box::new(own_servers_with_replica()));
    let replica = servers.replica().expect("a replica").url().to_owned();
    let system = System::start(servers, &[("PICUP_MYSQL_REPLICA_URL", &replica)]).await;
    let mina = Person::sign_up(&system).await;
    mina.create_album("First").await;
    let seen = || async { titles(&mina, None).await.unwrap_or_default() };
    let first = ["First".to_owned()].to_vec();
    eventually(Duration::from_secs(20), &first, seen).await;

    // It lags: queries come from it, except for those who have just changed something.
    on_replica(servers, "STOP SLAVE SQL_THREAD").await;
    let (_, token) = mina.create_album("Second").await;
    let both = ["Second".to_owned(), "First".to_owned()].to_vec();
    let with_token = || async { titles(&mina, Some(token.clone())).await.expect("albums") };
    assert_eq!(with_token().await, both);
    assert_eq!(seen().await, first, "the replica was not asked");
    on_replica(servers, "START SLAVE SQL_THREAD").await;
    eventually(Duration::from_secs(20), &both, seen).await;

    // It goes away and comes back.
    let mariadb = |act: fn(&MariaDb)| {
        tokio::task::block_in_place(|| act(servers.replica().expect("a replica")));
    };
    mariadb(|replica| replica.kill().expect("it is killed"));
    eventually(Duration::from_secs(20), &both, seen).await;
    let (_, token) = mina.create_album("Third").await;
    let all = ["Third", "Second", "First"].map(str::to_owned).to_vec();
    assert_eq!(titles(&mina, Some(token)).await.expect("albums"), all);
    mariadb(|replica| replica.start_again().expect("it starts again"));
    eventually(Duration::from_secs(20), &all, seen).await;

    // The primary goes away: what was seen is still seen. The replica has had the time to be found well again.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let primary = || servers.mariadb().expect("a primary");
    tokio::task::block_in_place(|| primary().kill().expect("it is killed"));
    assert_eq!(titles(&mina, None).await.expect("albums"), all);
    tokio::task::block_in_place(|| primary().start_again().expect("it starts again"));
    let (_, token) = mina.create_album("Fourth").await;
    let titles = titles(&mina, Some(token)).await.expect("albums");
    assert_eq!(titles.first().map(String::as_str), Some("Fourth"));
}
