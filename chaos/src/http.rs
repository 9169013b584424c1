//! Just enough HTTP/1.1 to put an object where a presigned URL says and to read a page of metrics.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const LIMIT: Duration = Duration::from_secs(10);
const LONGEST_ANSWER: u64 = 4 * 1024 * 1024;

/// The status and the body of an answer.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

/// Reads a page.
pub async fn get(address: SocketAddr, path: &str) -> anyhow::Result<Answer> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    exchange(&address.to_string(), request.as_bytes(), &[]).await
}

/// Puts bytes where a URL says, with exactly these headers.
pub async fn put(url: &str, headers: &[(String, String)], body: &[u8]) -> anyhow::Result<Answer> {
    let rest = url.strip_prefix("http://").context("no http:// URL")?;
    let (host, path) = rest.split_once('/').context("a URL without a path")?;
    let mut request = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if name != "host" && name != "content-length" {
            request.extend([&name, ": ", value, "\r\n"]);
        }
    }
    request.extend(["content-length: ", &body.len().to_string(), "\r\n\r\n"]);
    exchange(host, request.as_bytes(), body).await
}

async fn exchange(host: &str, head: &[u8], body: &[u8]) -> anyhow::Result<Answer> {
    let exchanged = async {
        let mut stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        stream.write_all(head).await?;
        stream.write_all(body).await?;
        let mut answer = Vec::new();
        stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
        anyhow::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let text = timeout(LIMIT, exchanged)
        .await
        .context("no answer in time")??;
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.context("the answer is no HTTP")?;
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok(Answer {
        status,
        body: body.to_owned(),
    })
}
