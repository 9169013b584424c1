//! What the databases tell somebody who steals them.

use picup_proto::{
    access::v1::{OpenAccountRequest, Session, access_client::AccessClient},
    commands::v1::{
        ChangeDisplayNameRequest, CreateAlbumRequest, RenameAlbumRequest, StartUploadRequest,
        account_commands_client::AccountCommandsClient, album_commands_client::AlbumCommandsClient,
        media_commands_client::MediaCommandsClient,
    },
    queries::v1::{
        GetUsageRequest, ListAlbumsRequest, account_queries_client::AccountQueriesClient,
        album_queries_client::AlbumQueriesClient,
    },
    types::v1::ConsistencyToken,
};
use picup_tests::{System, shared_servers};
use sqlx::{MySqlPool, Row as _};
use tonic::{Request, transport::Channel};
use uuid::Uuid;

/// All that a person ever typed, each with something in it that stands nowhere else.
const EMAIL: &str = "minseo.vermilion@example.org";
const PASSWORD: &str = "correct horse cerulean";
const NAMES: [&str; 2] = ["Minseo Chartreuse", "Minseo Viridian"];
const TITLES: [&str; 2] = ["제주 Aquamarine", "제주 Ultramarine"];
const FILE_NAME: &str = "IMG_0001 Magenta 생일.jpg";
const SECRETS: [&str; 10] = [
    "vermilion", "cerulean", "chartreuse", "viridian", "aquamarine", "ultramarine", "magenta", "제주",
    "생일", "minseo",
];

/// Writes all that text, and waits until both read models hold it.
async fn live(system: &System) -> (Uuid, Session) {
    let channel = Channel::from_shared(system.url()).expect("a URL");
    let channel = channel.connect_lazy();
    let id = || Uuid::new_v4().to_string();
    let opened = AccessClient::new(channel.clone()).open_account(OpenAccountRequest {
        command_id: id(),
        email: EMAIL.to_owned(),
        display_name: NAMES[0].to_owned(),
        password: PASSWORD.to_owned(),
    });
    let opened = opened.await.expect("an account").into_inner();
    let session = opened.session.expect("a session");
    let name = ChangeDisplayNameRequest {
        command_id: id(),
        display_name: NAMES[1].to_owned(),
    };
    let named = AccountCommandsClient::new(channel.clone())
        .change_display_name(authorized(&session, name))
        .await;
    let named = named.expect("it is changed").into_inner().token;
    let create = CreateAlbumRequest {
        command_id: id(),
        title: TITLES[0].to_owned(),
    };
    let mut albums = AlbumCommandsClient::new(channel.clone());
    let created = albums.create_album(authorized(&session, create)).await;
    let album_id = created.expect("an album").into_inner().album_id;
    let rename = RenameAlbumRequest {
        command_id: id(),
        album_id: album_id.clone(),
        title: TITLES[1].to_owned(),
    };
    let renamed = albums.rename_album(authorized(&session, rename)).await;
    let renamed = renamed.expect("it is renamed").into_inner().token;
    let start = StartUploadRequest {
        command_id: id(),
        album_id,
        file_name: FILE_NAME.to_owned(),
        content_type: "image/jpeg".to_owned(),
        bytes: 10,
        sha256: vec![1; 32],
    };
    let started = MediaCommandsClient::new(channel.clone())
        .start_upload(authorized(&session, start))
        .await;
    let started = started.expect("it starts").into_inner().token;

    let streams = [named, renamed, started].into_iter().flatten();
    let streams = streams.flat_map(|token| token.streams).collect();
    let token = Some(ConsistencyToken { streams });
    let list = ListAlbumsRequest { token: token.clone(), ..ListAlbumsRequest::default() };
    let listed = AlbumQueriesClient::new(channel.clone()).list_albums(authorized(&session, list)).await;
    let listed = listed.expect("an answer").into_inner().albums;
    assert_eq!(listed[0].title, TITLES[1], "it can be read back by its owner");
    let usage = AccountQueriesClient::new(channel).get_usage(authorized(&session, GetUsageRequest { token }));
    usage.await.expect("an answer");
    (opened.account_id.parse().expect("an id"), session)
}

fn authorized<T>(session: &Session, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {}", session.access_token);
    let bearer = bearer.parse().expect("a header");
    request.metadata_mut().insert("authorization", bearer);
    request
}

/// Every value of every column of every table of a database, with its table's name.
async fn dump(pool: &MySqlPool, database: &str) -> Vec<(String, Vec<u8>)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = ?",
    )
    .bind(database)
    .fetch_all(pool)
    .await
    .expect("the tables");
    let mut values = Vec::new();
    for table in tables {
        let name = format!("{database}.{table}");
        let select = format!("SELECT * FROM `{database}`.`{table}`");
        let rows = sqlx::query(sqlx::AssertSqlSafe(select)).fetch_all(pool).await;
        for row in rows.expect("the rows") {
            for column in 0..row.len() {
                let value = row.try_get_unchecked::<Option<Vec<u8>>, _>(column);
                let value = value.expect("any value is bytes");
                values.extend(value.map(|bytes| (name.clone(), bytes)));
            }
        }
    }
    values
}

fn holds(values: &[(String, Vec<u8>)], wanted: &[u8]) -> Option<String> {
    let holds = |bytes: &[u8]| {
        bytes.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted))
    };
    let found = values.iter().find(|(_, bytes)| holds(bytes));
    found.map(|(table, _)| table.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_database_holds_anything_that_a_person_typed_or_is_let_in_with() {
    let system = System::start(shared_servers(), &[]).await;
    let (account, session) = live(&system).await;
    let pool = system.log().await;
    let log = system.variable("PICUP_DATABASE");
    let databases: Vec<String> = sqlx::query_scalar(
        "SELECT schema_name FROM information_schema.schemata \
         WHERE schema_name = ? OR schema_name LIKE CONCAT(REPLACE(?, '_', '\\\\_'), '\\\\_%')",
    )
    .bind(log)
    .bind(log)
    .fetch_all(&pool)
    .await
    .expect("the databases");
    assert!(databases.len() >= 3, "the log's and two read models': {databases:?}");
    for database in databases {
        let values = dump(&pool, &database).await;
        // It is all there and would be seen: the account's id stands in every database.
        assert!(holds(&values, account.as_bytes()).is_some(), "{database}");
        let tokens = [session.access_token.as_str(), session.refresh_token.as_str()];
        for secret in SECRETS.into_iter().chain(tokens) {
            assert_eq!(holds(&values, secret.as_bytes()), None, "{secret}");
        }
    }
}
