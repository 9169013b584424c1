//! Passwords and sessions when many ask at once, and how they are kept. The rules for one person at a time
//! are in `signing_in.rs`.

use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use picup_proto::{
    access::v1::{
        OpenAccountRequest, RefreshRequest, Session, SignInRequest, SignOutRequest,
        access_client::AccessClient,
    },
    queries::v1::{GetAccountRequest, account_queries_client::AccountQueriesClient},
};
use picup_tests::{System, reason, shared_servers};
use tokio::time::Instant;
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt as _;
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";

fn channel(system: &System) -> Channel {
    let channel = Channel::from_shared(system.url()).expect("a URL");
    channel.connect_lazy()
}

fn opening(email: &str) -> OpenAccountRequest {
    OpenAccountRequest {
        command_id: Uuid::new_v4().to_string(),
        email: email.to_owned(),
        display_name: "Mina".to_owned(),
        password: PASSWORD.to_owned(),
    }
}

async fn open(system: &System, email: &str) -> (String, Session) {
    let opened = AccessClient::new(channel(system)).open_account(opening(email));
    let opened = opened.await.expect("an account").into_inner();
    (opened.account_id, opened.session.expect("a session"))
}

async fn sign_in(system: &System, email: &str, password: &str) -> Result<Session, Status> {
    let request = SignInRequest {
        email: email.to_owned(),
        password: password.to_owned(),
    };
    let signed_in = AccessClient::new(channel(system)).sign_in(request).await?;
    Ok(signed_in.into_inner().session.expect("a session"))
}

async fn refresh(system: &System, refresh_token: &str) -> Result<Session, Status> {
    let refresh_token = refresh_token.to_owned();
    let refreshed = AccessClient::new(channel(system)).refresh(RefreshRequest { refresh_token });
    Ok(refreshed.await?.into_inner().session.expect("a session"))
}

async fn sign_out(system: &System, refresh_token: &str) -> Result<(), Status> {
    let refresh_token = refresh_token.to_owned();
    let signed_out = AccessClient::new(channel(system)).sign_out(SignOutRequest { refresh_token });
    signed_out.await.map(drop)
}

/// Whose account a session opens.
async fn account_of(system: &System, session: &Session) -> Result<String, Status> {
    let mut request = Request::new(GetAccountRequest::default());
    let bearer = format!("Bearer {}", session.access_token);
    let bearer = bearer.parse().expect("a header");
    request.metadata_mut().insert("authorization", bearer);
    let account = AccountQueriesClient::new(channel(system)).get_account(request);
    Ok(account.await?.into_inner().account_id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_over_its_refreshes_and_its_sign_out_ends_no_other() {
    let system = System::start(shared_servers(), &[]).await;
    let (account, phone) = open(&system, "mina@example.org").await;
    let laptop = sign_in(&system, "mina@example.org", PASSWORD).await;
    let laptop = laptop.expect("another device");
    let mut session = phone.clone();
    for _ in 0..5 {
        let next = refresh(&system, &session.refresh_token).await;
        let next = next.expect("the next one");
        assert_ne!(next.refresh_token, session.refresh_token);
        session = next;
    }
    picup_tests::eventually(Duration::from_secs(10), &Some(account.clone()), || async {
        account_of(&system, &session).await.ok()
    })
    .await;

    // Signing out takes any token of the family, even one that was used, and twice is once.
    for _ in 0..2 {
        let signed_out = sign_out(&system, &session.refresh_token).await;
        signed_out.expect("signed out");
    }
    sign_out(&system, "never was one").await.expect("nothing to end");
    let over = refresh(&system, &session.refresh_token).await;
    assert_eq!(reason(&over.expect_err("it is over")), "SESSION_OVER");
    let laptop = refresh(&system, &laptop.refresh_token).await;
    let laptop = laptop.expect("the other device lives on");
    assert_eq!(account_of(&system, &laptop).await.expect("an answer"), account);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_use_a_refresh_token_at_once_one_gets_a_session_and_it_does_not_last() {
    let system = System::start(shared_servers(), &[]).await;
    let (_, session) = open(&system, "mina@example.org").await;
    let uses = (0..8).map(|_| refresh(&system, &session.refresh_token));
    let (won, lost): (Vec<_>, Vec<_>) = join_all(uses).await.into_iter().partition(Result::is_ok);
    let won: Vec<Session> = won.into_iter().map(|won| won.expect("it is one")).collect();
    assert_eq!((won.len(), lost.len()), (1, 7));
    for lost in lost {
        let status = lost.expect_err("it is one");
        assert_eq!(status.code(), Code::Unauthenticated, "{status}");
    }
    let again = refresh(&system, &won[0].refresh_token).await;
    assert_eq!(
        again.expect_err("the family is revoked").code(),
        Code::Unauthenticated
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_sign_ups_with_one_address_at_once_one_gets_the_account() {
    let system = System::start(shared_servers(), &[]).await;
    let mut access = AccessClient::new(channel(&system));
    let mut open = |request: OpenAccountRequest| {
        let mut access = access.clone();
        async move { access.open_account(request).await }
    };
    let rivals = ["mina@example.org", "MINA@example.org", " Mina@Example.org "];
    let rivals = rivals.into_iter().cycle().take(6).map(|email| open(opening(email)));
    let (won, lost): (Vec<_>, Vec<_>) =
        join_all(rivals).await.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for lost in lost {
        let status = lost.expect_err("it is one");
        let said = (status.code(), reason(&status));
        assert_eq!(said, (Code::AlreadyExists, "EMAIL_TAKEN".to_owned()));
    }

    // The same sign-up, sent by an impatient client, is one sign-up.
    let request = opening("sori@example.org");
    let again = join_all((0..6).map(|_| open(request.clone()))).await;
    let accounts: BTreeSet<String> = again
        .into_iter()
        .map(|opened| opened.expect("an account").into_inner().account_id)
        .collect();
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM credentials")
        .fetch_one(&system.log().await)
        .await
        .expect("the credentials");
    assert_eq!(rows, 2);
    access.sign_in(SignInRequest {
        email: "sori@example.org".to_owned(),
        password: PASSWORD.to_owned(),
    })
    .await
    .expect("it is a real account");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_guessed_at_is_throttled_and_no_other_and_no_session_with_it() {
    let system = System::start(shared_servers(), &[("PICUP_SIGN_INS_PER_MINUTE", "5")]).await;
    let (_, session) = open(&system, "mina@example.org").await;
    open(&system, "sori@example.org").await;
    let mut throttled = Vec::new();
    for email in ["mina@example.org", "nobody@example.org"] {
        for _ in 0..5 {
            let wrong = sign_in(&system, email, "a guess at it").await;
            assert_eq!(reason(&wrong.expect_err("wrong")), "SIGN_IN_REFUSED");
        }
        // Not even the right password: a guesser would learn from it.
        let refused = sign_in(&system, email, PASSWORD).await;
        let refused = refused.expect_err("throttled");
        assert!(refused.get_details_retry_info().is_some(), "{refused}");
        let said = (refused.code(), refused.message().to_owned(), reason(&refused));
        throttled.push(said);
    }
    assert_eq!(throttled[0].0, Code::ResourceExhausted);
    assert_eq!(throttled[0].2, "SIGN_IN_THROTTLED");
    assert_eq!(throttled[0], throttled[1], "known and unknown alike");
    let other = sign_in(&system, "sori@example.org", PASSWORD).await;
    other.expect("another address is not throttled");
    let signed_in = refresh(&system, &session.refresh_token).await;
    signed_in.expect("whoever is signed in stays so");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let system = System::start(shared_servers(), &[]).await;
    open(&system, "mina@example.org").await;
    let mut fastest = [Duration::MAX; 2];
    // Taken in turns and the fastest of each, so that a busy machine slows both down alike.
    for _ in 0..9 {
        for (index, email) in ["mina@example.org", "nobody@example.org"].iter().enumerate() {
            let begun = Instant::now();
            let refused = sign_in(&system, email, "a guess at it").await;
            assert_eq!(refused.expect_err("wrong").code(), Code::Unauthenticated);
            fastest[index] = fastest[index].min(begun.elapsed());
        }
    }
    let [wrong, unknown] = fastest;
    assert!(
        unknown * 2 > wrong && wrong * 2 > unknown,
        "wrong password: {wrong:?}, unknown address: {unknown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_kept_as_argon2id_hashes_and_equal_ones_do_not_look_equal() {
    let system = System::start(shared_servers(), &[]).await;
    open(&system, "mina@example.org").await;
    open(&system, "sori@example.org").await;
    let hashes: Vec<String> = sqlx::query_scalar("SELECT password_hash FROM credentials")
        .fetch_all(&system.log().await)
        .await
        .expect("the hashes");
    assert_eq!(hashes.len(), 2);
    for hash in &hashes {
        // 19 MiB and two passes: what OWASP asks for at least.
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }
    assert_ne!(hashes[0], hashes[1], "each has a salt of its own");
}
