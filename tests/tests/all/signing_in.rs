//! Passwords, tokens, and what the database tells somebody who steals it.

use picup_proto::access::v1::{
    EndSessionRequest, ListSessionsRequest, OpenAccountRequest, RefreshRequest, SignInRequest,
    SignOutRequest, access_client::AccessClient,
};
use picup_tests::{Person, System, reason, shared_servers};
use sqlx::Row as _;
use tonic::{Code, Request, transport::Channel};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";

fn access(system: &System) -> AccessClient<Channel> {
    AccessClient::new(
        Channel::from_shared(system.url())
            .expect("a URL")
            .connect_lazy(),
    )
}

fn open(email: &str) -> OpenAccountRequest {
    OpenAccountRequest {
        command_id: Uuid::new_v4().to_string(),
        email: email.to_owned(),
        display_name: "Minseo Unmistakable".to_owned(),
        password: PASSWORD.to_owned(),
    }
}

fn sign_in(email: &str, password: &str) -> SignInRequest {
    SignInRequest {
        email: email.to_owned(),
        password: password.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_address_are_answered_alike() {
    let system = System::start(shared_servers(), &[]).await;
    let mut access = access(&system);
    access
        .open_account(open("mina@example.org"))
        .await
        .expect("an account");
    let wrong = access
        .sign_in(sign_in("mina@example.org", "not it at all"))
        .await;
    let unknown = access
        .sign_in(sign_in("nobody@example.org", PASSWORD))
        .await;
    let (wrong, unknown) = (wrong.expect_err("refused"), unknown.expect_err("refused"));
    assert_eq!(wrong.code(), Code::Unauthenticated);
    assert_eq!(
        (wrong.code(), wrong.message()),
        (unknown.code(), unknown.message())
    );
    assert_eq!(reason(&wrong), reason(&unknown));
    access
        .sign_in(sign_in("MINA@example.org", PASSWORD))
        .await
        .expect("whatever its case");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_works_once_and_using_it_twice_ends_its_family_only() {
    let system = System::start(shared_servers(), &[]).await;
    let mut access = access(&system);
    let opened = access
        .open_account(open("mina@example.org"))
        .await
        .expect("an account");
    let first = opened
        .into_inner()
        .session
        .expect("a session")
        .refresh_token;
    let other = access
        .sign_in(sign_in("mina@example.org", PASSWORD))
        .await
        .expect("a device");
    let other = other.into_inner().session.expect("a session").refresh_token;
    let refresh = |token: &str| RefreshRequest {
        refresh_token: token.to_owned(),
    };

    let second = access
        .refresh(refresh(&first))
        .await
        .expect("the first use");
    let second = second
        .into_inner()
        .session
        .expect("a session")
        .refresh_token;
    let reused = access
        .refresh(refresh(&first))
        .await
        .expect_err("the second use");
    assert_eq!(reason(&reused), "REFRESH_TOKEN_REUSED");
    assert!(
        access.refresh(refresh(&second)).await.is_err(),
        "the family is revoked"
    );

    let other = access
        .refresh(refresh(&other))
        .await
        .expect("another device lives on");
    let other = other.into_inner().session.expect("a session").refresh_token;
    access
        .sign_out(SignOutRequest {
            refresh_token: other.clone(),
        })
        .await
        .expect("signed out");
    assert!(access.refresh(refresh(&other)).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_listed_until_it_is_signed_out_from_another() {
    let system = System::start(shared_servers(), &[]).await;
    let mut access = access(&system);
    let named = |message, device: &str| {
        let mut request = Request::new(message);
        let device = device.parse().expect("a header");
        request.metadata_mut().insert("user-agent", device);
        request
    };
    let mina = Person::sign_up(&system).await;
    let lost = named(sign_in(&mina.email, PASSWORD), "Lost phone/1.0");
    let lost = access.sign_in(lost).await.expect("a device").into_inner();
    let lost = lost.session.expect("a session").refresh_token;

    let ask = || mina.request(ListSessionsRequest {});
    let listed = access.list_sessions(ask()).await.expect("a list");
    let listed = listed.into_inner().sessions;
    let current: Vec<bool> = listed.iter().map(|device| device.is_current).collect();
    assert_eq!(current, [false, true], "the last used first");
    assert_eq!(listed[0].device, "Lost phone/1.0");
    assert!(listed[0].last_used_at_micros >= listed[1].started_at_micros);

    let end = EndSessionRequest {
        session_id: listed[0].session_id.clone(),
    };
    let strangers = Person::sign_up(&system).await.request(end.clone());
    let refused = access.end_session(strangers).await.expect_err("not theirs");
    assert_eq!(refused.code(), Code::NotFound);
    let ended = access.end_session(mina.request(end)).await;
    ended.expect("it is ended");
    let refused = access.refresh(RefreshRequest {
        refresh_token: lost,
    });
    let refused = refused.await.expect_err("it is signed out");
    assert_eq!(reason(&refused), "SESSION_OVER");
    let listed = access.list_sessions(ask()).await.expect("a list");
    assert_eq!(listed.into_inner().sessions.len(), 1);
}

/// A refresh that is under way while its session is ended has the next token of a family that is gone, or none.
#[tokio::test(flavor = "multi_thread")]
async fn no_refresh_outlives_the_end_of_its_session() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let mut access = access(&system);
    for round in 0..60 {
        let device = access.sign_in(sign_in(&mina.email, PASSWORD)).await;
        let device = device.expect("a device").into_inner();
        let refresh_token = device.session.expect("a session").refresh_token;
        let listed = access.list_sessions(mina.request(ListSessionsRequest {}));
        let listed = listed.await.expect("a list").into_inner().sessions;
        let session_id = listed[0].session_id.clone();
        let (mut one, mut other) = (access.clone(), access.clone());
        let end = one.end_session(mina.request(EndSessionRequest { session_id }));
        let refresh = other.refresh(RefreshRequest { refresh_token });
        let (ended, refreshed) = tokio::join!(end, refresh);
        ended.expect("it is ended");
        let Ok(refreshed) = refreshed else { continue };
        let refresh_token = refreshed.into_inner().session.expect("it").refresh_token;
        let again = access.refresh(RefreshRequest { refresh_token }).await;
        assert!(
            again.is_err(),
            "round {round}: it lives on, and is in no list"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_that_is_sent_again_is_the_same_account_and_asks_for_the_password() {
    let system = System::start(shared_servers(), &[]).await;
    let mut access = access(&system);
    let request = open("mina@example.org");
    let first = access
        .open_account(request.clone())
        .await
        .expect("an account")
        .into_inner();
    let again = access
        .open_account(request.clone())
        .await
        .expect("the same")
        .into_inner();
    assert_eq!(first.account_id, again.account_id);
    let thief = OpenAccountRequest {
        password: "another pass phrase".to_owned(),
        ..request
    };
    assert_eq!(
        access
            .open_account(thief)
            .await
            .expect_err("refused")
            .code(),
        Code::Unauthenticated
    );
    let taken = access
        .open_account(open("mina@example.org"))
        .await
        .expect_err("taken");
    assert_eq!(
        (taken.code(), reason(&taken).as_str()),
        (Code::AlreadyExists, "EMAIL_TAKEN")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_are_throttled() {
    let system = System::start(shared_servers(), &[("PICUP_SIGN_INS_PER_MINUTE", "3")]).await;
    let mut access = access(&system);
    let mut codes = Vec::new();
    for _ in 0..5 {
        let refused = access
            .sign_in(sign_in("mina@example.org", "a guess at it"))
            .await;
        codes.push(refused.expect_err("refused").code());
    }
    assert_eq!(codes[..3], [Code::Unauthenticated; 3]);
    assert_eq!(codes[4], Code::ResourceExhausted);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_holds_a_persons_text_or_password_in_the_clear() {
    let system = System::start(shared_servers(), &[]).await;
    let mut access = access(&system);
    let email = "minseo.unmistakable@example.org";
    let opened = access
        .open_account(open(email))
        .await
        .expect("an account")
        .into_inner();
    let token = opened.session.expect("a session").access_token;
    let mut albums = picup_proto::commands::v1::album_commands_client::AlbumCommandsClient::new(
        Channel::from_shared(system.url())
            .expect("a URL")
            .connect_lazy(),
    );
    let mut create = tonic::Request::new(picup_proto::commands::v1::CreateAlbumRequest {
        command_id: Uuid::new_v4().to_string(),
        title: "Secret Surprise Party".to_owned(),
    });
    let bearer = format!("Bearer {token}").parse().expect("a header");
    create.metadata_mut().insert("authorization", bearer);
    albums.create_album(create).await.expect("an album");

    for suffix in ["", "_album_listings_g1", "_storage_usage_g1"] {
        let pool = system.database(suffix).await;
        let tables = sqlx::query("SHOW TABLES")
            .fetch_all(&pool)
            .await
            .expect("tables");
        for table in tables.iter().map(|row| row.get::<String, _>(0)) {
            let select = format!("SELECT * FROM `{table}`");
            let rows = sqlx::query(sqlx::AssertSqlSafe(select))
                .fetch_all(&pool)
                .await
                .expect("rows");
            for row in rows {
                for column in 0..row.len() {
                    let bytes = row
                        .try_get_unchecked::<Vec<u8>, _>(column)
                        .unwrap_or_default();
                    let text = String::from_utf8_lossy(&bytes).to_lowercase();
                    for secret in ["unmistakable", "surprise", PASSWORD] {
                        assert!(!text.contains(secret), "{table} tells {secret}");
                    }
                }
            }
        }
    }
}

/// A message of a browser: it asks for a cookie, and may bring one.
fn of_browser<T>(message: T, cookie: Option<&str>) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    let metadata = request.metadata_mut();
    metadata.insert("x-web-session", "1".parse().expect("a value"));
    metadata.insert(
        "origin",
        "https://photos.example.org".parse().expect("a value"),
    );
    if let Some(cookie) = cookie {
        metadata.insert("cookie", cookie.parse().expect("a cookie"));
    }
    request
}

/// The cookie that an answer sets, as a browser sends it back.
fn cookie<T>(response: &tonic::Response<T>) -> String {
    let set = response.metadata().get("set-cookie").expect("a cookie");
    let set = set.to_str().expect("text");
    assert!(
        set.contains("; HttpOnly; SameSite=Strict; Secure; "),
        "{set}"
    );
    set.split(';').next().expect("a pair").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browsers_refresh_token_is_in_a_cookie_only_and_survives_a_lost_answer() {
    let system = System::start(shared_servers(), &[]).await;
    let mut access = access(&system);
    let opened = access
        .open_account(of_browser(open("mina@example.org"), None))
        .await
        .expect("an account");
    let first = cookie(&opened);
    let session = opened.into_inner().session.expect("a session");
    assert_eq!(session.refresh_token, "");
    let refresh = |cookie: &str| of_browser(RefreshRequest::default(), Some(cookie));

    let lost = access.refresh(refresh(&first)).await.expect("a session");
    assert_ne!(cookie(&lost), first);
    // The page was left before that answer was there.
    let second = access.refresh(refresh(&first)).await.expect("a session");
    let second_cookie = cookie(&second);
    assert_eq!(
        second
            .into_inner()
            .session
            .expect("a session")
            .refresh_token,
        ""
    );
    // A killed browser comes back with an old cookie, even twice, as long as no later one was shown.
    let killed = access.refresh(refresh(&first)).await.expect("a session");
    let third = access.refresh(refresh(&cookie(&killed))).await;
    third.expect("the one that arrived");
    // Once one was, somebody else has a copy: the session ends for both.
    for copy in [&first, &second_cookie] {
        let refused = access.refresh(refresh(copy)).await.expect_err("refused");
        assert_eq!(refused.code(), Code::Unauthenticated);
        let expected = if copy == &first {
            "REFRESH_TOKEN_REUSED"
        } else {
            "SESSION_OVER"
        };
        assert_eq!(reason(&refused), expected);
    }

    // As anything but a browser's cookie it works once.
    let other = access
        .sign_in(of_browser(sign_in("mina@example.org", PASSWORD), None))
        .await
        .expect("signed in");
    let other = cookie(&other);
    access.refresh(refresh(&other)).await.expect("a session");
    let stolen = other.split_once('=').expect("a pair").1.to_owned();
    let refused = access
        .refresh(RefreshRequest {
            refresh_token: stolen,
        })
        .await;
    assert_eq!(
        reason(&refused.expect_err("refused")),
        "REFRESH_TOKEN_REUSED"
    );

    let again = access
        .sign_in(of_browser(sign_in("mina@example.org", PASSWORD), None))
        .await
        .expect("signed in");
    let again = cookie(&again);
    let out = access
        .sign_out(of_browser(SignOutRequest::default(), Some(&again)))
        .await
        .expect("signed out");
    assert_eq!(cookie(&out), "picup_refresh=");
    assert!(access.refresh(refresh(&again)).await.is_err());
    let without = access.refresh(of_browser(RefreshRequest::default(), None));
    assert_eq!(
        without.await.expect_err("refused").code(),
        Code::Unauthenticated
    );
}
