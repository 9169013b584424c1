//! The Lambda as AWS runs it: a process that asks a runtime API for events.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    routing::{get, post},
};
use picup_proto::queries::v1::RenditionState;
use picup_tests::{Person, System, eventually, jpeg, shared_servers};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
};

use super::{PATIENCE, settled};

/// AWS's side: hands out events, one each time it is asked, and keeps what was answered.
#[derive(Clone, Default)]
struct RuntimeApi {
    events: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Vec<String>>>,
}

impl RuntimeApi {
    async fn serve(&self) -> SocketAddr {
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{what}", post(answered))
            .with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    }

    fn answers(&self) -> Vec<String> {
        self.answers.lock().expect("answers").clone()
    }
}

async fn next(State(api): State<RuntimeApi>) -> (HeaderMap, String) {
    let event = loop {
        let event = api.events.lock().expect("events").pop();
        match event {
            Some(event) => break event,
            None => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    };
    let headers = [
        ("lambda-runtime-aws-request-id", "one"),
        ("lambda-runtime-deadline-ms", "9999999999999"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:1:function:thumbnailer",
        ),
        ("lambda-runtime-trace-id", "Root=1-1-1"),
    ];
    let headers = headers.map(|(name, value)| {
        let name = name.parse::<axum::http::HeaderName>().expect("a name");
        (name, HeaderValue::from_static(value))
    });
    (headers.into_iter().collect(), event)
}

async fn answered(
    State(api): State<RuntimeApi>,
    Path((_, what)): Path<(String, String)>,
) -> StatusCode {
    api.answers.lock().expect("answers").push(what);
    StatusCode::ACCEPTED
}

/// Tests lie one folder deeper than the binaries, which `make test` has built.
fn binary() -> PathBuf {
    let mut folder = std::env::current_exe().expect("this test");
    folder.pop();
    folder.pop();
    folder.join("picup-thumbnailer-lambda")
}

fn start(system: &System, api: SocketAddr) -> Child {
    Command::new(binary())
        .env_clear()
        .envs(system.variables())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_LAMBDA_RUNTIME_API", api.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "thumbnailer")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "thumbnailer")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the Lambda starts: `cargo build --bins` makes it")
}

/// A record as S3 writes it.
fn record(key: &str) -> String {
    format!(
        r#"{{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1",
        "eventTime":"2026-01-01T00:00:00.000Z","eventName":"ObjectCreated:Put",
        "userIdentity":{{"principalId":"A"}},"requestParameters":{{"sourceIPAddress":"127.0.0.1"}},
        "responseElements":{{}},"s3":{{"s3SchemaVersion":"1.0","configurationId":"c",
        "bucket":{{"name":"b","ownerIdentity":{{"principalId":"A"}},"arn":"arn:aws:s3:::b"}},
        "object":{{"key":"{key}","size":1,"eTag":"e","sequencer":"0A1B"}}}}}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_s3_renders_all_its_records_and_a_repeated_one_changes_nothing() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (first, _) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    let (second, token) = mina.upload(&album, "image/jpeg", &jpeg(2)).await;
    // The third has been put but is not complete: S3 is faster than its client.
    let third = mina.start_upload(&album, "image/jpeg", &jpeg(3)).await;
    let third = third.expect("it starts");
    mina.put(&third, &jpeg(3)).await;
    mina.list_media(&album, 10, Some(token))
        .await
        .expect("they are listed");

    let key = |media: &str| record(&format!("u/{}/m/{media}/original", mina.account));
    let records = [
        record("notes.txt"),
        key(&first),
        key(&uuid::Uuid::now_v7().to_string()),
        key(&second),
        key(&third.media_id),
    ];
    let event = format!(r#"{{"Records":[{}]}}"#, records.join(","));
    let api = RuntimeApi::default();
    api.events
        .lock()
        .expect("events")
        .extend([event.clone(), event]);
    let mut lambda = start(&system, api.serve().await);
    let twice = || async { api.answers().len() };
    eventually(PATIENCE, &2, twice).await;
    assert_eq!(api.answers(), ["response", "response"]);
    lambda.kill().await.expect("it ends");

    for media in [&first, &second] {
        assert_eq!(settled(&mina, media).await.state(), RenditionState::Ready);
    }
    let token = mina.complete_upload(&third.media_id).await;
    let token = token.expect("it completes");
    mina.list_media(&album, 10, Some(token))
        .await
        .expect("it is listed");
    let made = settled(&mina, &third.media_id).await;
    assert_eq!(made.state(), RenditionState::Ready, "it was not forgotten");
    let log = system.log().await;
    let recorded: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM events WHERE type = 'media.RenditionsRecorded'")
            .fetch_one(&log)
            .await
            .expect("a count");
    assert_eq!(recorded, 3);
}
