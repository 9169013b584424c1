use std::{collections::HashMap, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// How long an answer may take, whole.
const PATIENCE: Duration = Duration::from_mins(2);

/// An answer over plain HTTP/1.1.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, their names in small letters.
    pub headers: HashMap<String, String>,
    /// The body as it came, perhaps broken off.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// Sends a request just as it is written, which no well-behaved client does: no path is tidied, no header added
/// but `host` and `connection`.
pub async fn send(method: &str, server: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let host = server.trim_start_matches("http://");
    let more = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"));
    let more: String = more.collect();
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{more}\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(host).await.expect("the server answers");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is sent");
        let mut answer = Vec::new();
        // A connection that breaks shows as a body that is too short.
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    let answer = timeout(PATIENCE, exchange)
        .await
        .expect("an answer in time");
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(&answer)));
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .expect("a status");
    let headers = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.parse().expect("a number"),
        headers: headers
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect(),
        body: answer[end + 4..].to_vec(),
    }
}
