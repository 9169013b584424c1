//! A PUT over plain HTTP, as a client sends it.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    time::Duration,
};

use picup_objects::SignedPut;

/// Sends bytes to where a signed URL says, with one more header line or none, and answers the status.
pub fn put(signed: &SignedPut, more: &str, body: &[u8]) -> u16 {
    let rest = signed.url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    let limit = Some(Duration::from_mins(1));
    connection.set_read_timeout(limit).unwrap();
    let mut head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in &signed.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.extend([more, "\r\n"]);
    connection.write_all(head.as_bytes()).unwrap();
    // Whoever refuses the head may close before it has read the body.
    let _ = connection.write_all(body);
    // Not to the end, since some leave the connection open all the same.
    let mut status = String::new();
    BufReader::new(connection).read_line(&mut status).unwrap();
    status.split(' ').nth(1).unwrap().parse().unwrap()
}
