//! The least of a client for each server.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use picup_local_stack::LocalStack;

pub fn silent(_: &str) {}

/// The parts of `scheme://user:password@host:port/…`.
pub fn parts(url: &str) -> (&str, &str, &str) {
    let (_, rest) = url.split_once("://").unwrap();
    let (user, rest) = rest.split_once('@').unwrap();
    let (_, password) = user.split_once(':').unwrap();
    let (_, port) = rest.split_once(':').unwrap();
    (
        user.split(':').next().unwrap(),
        password,
        port.split('/').next().unwrap(),
    )
}

/// Runs statements and returns what MariaDB's own client prints.
pub fn sql(url: &str, statements: &str) -> Result<String, String> {
    let (user, password, port) = parts(url);
    sql_as(user, password, port, statements)
}

pub fn sql_as(user: &str, password: &str, port: &str, statements: &str) -> Result<String, String> {
    let output = Command::new("mariadb")
        .args([
            "--no-defaults",
            "--protocol=tcp",
            "--host=127.0.0.1",
            "--batch",
        ])
        .args([
            "--skip-column-names",
            "-u",
            user,
            "-P",
            port,
            "-e",
            statements,
        ])
        .env("MYSQL_PWD", password)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

pub fn redis(url: &str, command: &str) -> String {
    let (_, password, port) = parts(url);
    let mut connection = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    write!(connection, "AUTH {password}\r\n{command}\r\nQUIT\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

pub fn tcp_answers(url: &str) -> bool {
    let (_, rest) = url.split_once("://").unwrap();
    TcpStream::connect(rest.rsplit('@').next().unwrap().split('/').next().unwrap()).is_ok()
}

pub fn pids(stack: &LocalStack) -> Vec<u32> {
    let broker = stack.rabbitmq().unwrap();
    [
        stack.mariadb().unwrap().pid(),
        stack.redis().unwrap().pid(),
        broker.pid(),
        broker.port_mapper_pid(),
    ]
    .map(Option::unwrap)
    .to_vec()
}
