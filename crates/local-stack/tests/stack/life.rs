//! Starting, answering, coming back.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use picup_local_stack::{
    DataFolder, Existing, LocalStack, MariaDb, Options, Programs, Redis, S3Endpoint,
};

use crate::clients::{parts, pids, redis, silent, sql, sql_as, tcp_answers};
use crate::processes::{eventually, exists, of_folder};

#[test]
fn a_throw_away_stack_starts_answers_and_leaves_neither_process_nor_folder() {
    let parent = tempfile::tempdir().unwrap();
    let options = Options {
        folder: parent.path().to_owned(),
        ..Options::throw_away()
    };
    let stack = LocalStack::start(options, &silent).unwrap();
    let folder = stack.folder().path().to_owned();
    let endpoints = stack.endpoints().clone();

    let answer = sql(
        &endpoints.mysql_url,
        "CREATE DATABASE a; SELECT @@max_connections",
    );
    assert_eq!(answer.unwrap(), "400");
    let settings = "SELECT @@innodb_flush_log_at_trx_commit, @@character_set_server";
    assert_eq!(sql(&endpoints.mysql_url, settings).unwrap(), "1\tutf8mb4");
    assert!(redis(&endpoints.redis_url, "PING").contains("+PONG"));
    assert!(tcp_answers(&endpoints.amqp_url));
    assert!(tcp_answers(&endpoints.s3.url));
    let pids = pids(&stack);
    assert!(pids.iter().all(|pid| exists(*pid)));
    assert!(
        of_folder(&folder).len() > pids.len(),
        "servers and guardians are found by folder"
    );

    stack.stop().unwrap();
    assert!(pids.iter().all(|pid| !exists(*pid)));
    assert_eq!(of_folder(&folder), Vec::<String>::new());
    assert!(eventually(|| !folder.exists()));
    assert!(!tcp_answers(&endpoints.s3.url));
}

#[test]
fn nobody_signs_in_to_the_private_servers_without_the_password() {
    let parent = tempfile::tempdir().unwrap();
    let options = Options {
        folder: parent.path().to_owned(),
        existing: Existing {
            amqp_url: Some("amqp://elsewhere".to_owned()),
            ..Existing::default()
        },
        ..Options::throw_away()
    };
    let stack = LocalStack::start(options, &silent).unwrap();
    let (_, _, port) = parts(&stack.endpoints().mysql_url);
    assert!(
        sql_as("root", "", port, "SELECT 1")
            .unwrap_err()
            .contains("denied")
    );
    assert!(
        sql_as("picup", "", port, "SELECT 1")
            .unwrap_err()
            .contains("denied")
    );
    let (_, _, port) = parts(&stack.endpoints().redis_url);
    let mut connection = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    connection.write_all(b"PING\r\nQUIT\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("-NOAUTH"), "{answer}");
}

#[test]
fn what_exists_already_is_not_started() {
    let parent = tempfile::tempdir().unwrap();
    let s3 = S3Endpoint {
        url: "http://elsewhere".to_owned(),
        ..S3Endpoint::default()
    };
    let options = Options {
        folder: parent.path().to_owned(),
        existing: Existing {
            mysql_url: Some("mysql://elsewhere".to_owned()),
            amqp_url: Some("amqp://elsewhere".to_owned()),
            redis_url: None,
            s3: Some(s3),
        },
        ..Options::throw_away()
    };
    let stack = LocalStack::start(options, &silent).unwrap();
    assert!(stack.mariadb().is_none() && stack.rabbitmq().is_none() && stack.s3().is_none());
    assert_eq!(stack.endpoints().mysql_url, "mysql://elsewhere");
    assert_eq!(stack.endpoints().amqp_url, "amqp://elsewhere");
    assert_eq!(stack.endpoints().s3.url, "http://elsewhere");
    assert!(redis(&stack.endpoints().redis_url, "PING").contains("+PONG"));
}

#[test]
fn kept_data_and_passwords_are_there_at_the_next_start() {
    let parent = tempfile::tempdir().unwrap();
    let start = || LocalStack::start(Options::keep(parent.path().join("data")), &silent).unwrap();
    let first = start();
    let urls = first.endpoints().clone();
    sql(
        &urls.mysql_url,
        "CREATE DATABASE a; CREATE TABLE a.b (c INT); INSERT INTO a.b VALUES (7)",
    )
    .unwrap();
    redis(&urls.redis_url, "SET key kept");
    first.rabbitmq().unwrap().add_vhost("kept").unwrap();
    std::fs::write(parent.path().join("data/s3/mark"), "kept").unwrap();
    let pids = pids(&first);
    first.stop().unwrap();
    assert!(pids.iter().all(|pid| !exists(*pid)));

    let second = start();
    let again = second.endpoints().clone();
    assert_eq!(parts(&again.mysql_url).1, parts(&urls.mysql_url).1);
    assert_eq!(again.s3.secret_key, urls.s3.secret_key);
    assert_eq!(sql(&again.mysql_url, "SELECT c FROM a.b").unwrap(), "7");
    assert!(redis(&again.redis_url, "GET key").contains("kept"));
    second.rabbitmq().unwrap().add_vhost("kept").unwrap();
    assert!(parent.path().join("data/s3/mark").exists());
}

#[test]
fn mariadb_and_redis_come_back_after_a_kill_on_the_same_port_with_their_data() {
    let parent = tempfile::tempdir().unwrap();
    let options = Options {
        folder: parent.path().to_owned(),
        existing: Existing {
            amqp_url: Some("amqp://elsewhere".to_owned()),
            ..Existing::default()
        },
        ..Options::throw_away()
    };
    let stack = LocalStack::start(options, &silent).unwrap();
    let (mariadb, store) = (stack.mariadb().unwrap(), stack.redis().unwrap());
    sql(
        mariadb.url(),
        "CREATE DATABASE a; CREATE TABLE a.b (c INT); INSERT INTO a.b VALUES (7)",
    )
    .unwrap();
    let killed = mariadb.pid().unwrap();
    mariadb.kill().unwrap();
    assert!(!exists(killed) && mariadb.pid().is_none());
    assert!(sql(mariadb.url(), "SELECT 1").is_err());
    mariadb.start_again().unwrap();
    assert_eq!(sql(mariadb.url(), "SELECT c FROM a.b").unwrap(), "7");

    redis(store.url(), "SET key kept");
    store.stop().unwrap();
    store.start_again().unwrap();
    assert!(redis(store.url(), "GET key").contains("kept"));
}

#[test]
fn a_server_that_died_by_itself_can_be_started_again() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::throw_away(parent.path()).unwrap();
    let store = Redis::start(&folder).unwrap();
    let died = store.pid().unwrap();
    let killed = Command::new("kill")
        .args(["-KILL", &died.to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(eventually(|| !tcp_answers(store.url())));
    store.start_again().unwrap();
    assert!(redis(store.url(), "PING").contains("+PONG"));
    assert_ne!(store.pid(), Some(died));
}

#[test]
fn databases_that_are_new_at_the_same_time_do_not_disturb_each_other() {
    let parent = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let folder = DataFolder::throw_away(parent.path()).unwrap();
                let mariadb = MariaDb::start(&folder, &Programs::default()).unwrap();
                assert_eq!(sql(mariadb.url(), "SELECT 1").unwrap(), "1");
            });
        }
    });
}
