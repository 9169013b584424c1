use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use picup_proto::commands::v1::{CreateAlbumRequest, CreateAlbumResponse};
use prost::Message as _;

use crate::{
    support::Gateway,
    upstream::{Upstream, bounded},
};

const WEB_APP: &str = "https://photos.example.org";
const CREATE_ALBUM: &str = "/picup.commands.v1.AlbumCommands/CreateAlbum";

/// Sends a request over HTTP/1.1, as a browser does to a server without TLS.
async fn send(request: http::request::Builder, body: Bytes) -> Response<Bytes> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = request.body(Full::new(body)).unwrap();
    let response = bounded(client.request(request)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = bounded(body.collect()).await.unwrap().to_bytes();
    Response::from_parts(parts, body)
}

fn request(gateway: &Gateway, method: Method, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(format!("http://{}{path}", gateway.address))
}

fn web_request(gateway: &Gateway, path: &str) -> http::request::Builder {
    request(gateway, Method::POST, path)
        .header("content-type", "application/grpc-web+proto")
        .header("x-grpc-web", "1")
        .header("origin", WEB_APP)
}

fn framed(title: &str) -> Bytes {
    let message = CreateAlbumRequest {
        command_id: String::new(),
        title: title.to_owned(),
    };
    let message = message.encode_to_vec();
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(&message);
    frame.freeze()
}

/// The messages and the trailers of a gRPC-web body.
fn unframed(mut body: Bytes) -> (Vec<Bytes>, String) {
    let (mut messages, mut trailers) = (Vec::new(), String::new());
    while !body.is_empty() {
        let head = body.split_to(5);
        let length = u32::from_be_bytes(head[1..].try_into().unwrap());
        let content = body.split_to(usize::try_from(length).unwrap());
        if head[0] & 0x80 == 0 {
            messages.push(content);
        } else {
            trailers = String::from_utf8(content.to_vec()).unwrap();
        }
    }
    (messages, trailers)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

async fn gateway() -> (Gateway, Upstream, Upstream) {
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let variables = [("PICUP_WEB_ORIGINS", WEB_APP)];
    let gateway = Gateway::with(&commands, &queries, &variables).await;
    (gateway, commands, queries)
}

#[tokio::test]
async fn a_browser_calls_a_command_over_http_1() {
    let (gateway, _commands, _queries) = gateway().await;
    let bearer = format!("Bearer {}", gateway.keys.token(60));
    let request = web_request(&gateway, CREATE_ALBUM).header("authorization", bearer);
    let response = send(request, framed("Été")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers();
    assert_eq!(
        header(headers, "content-type"),
        "application/grpc-web+proto"
    );
    assert_eq!(header(headers, "access-control-allow-origin"), WEB_APP);
    let exposed = header(headers, "access-control-expose-headers");
    for name in ["grpc-status", "grpc-message", "grpc-status-details-bin"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    let (messages, trailers) = unframed(response.into_body());
    let answer = CreateAlbumResponse::decode(messages[0].clone()).unwrap();
    assert_eq!(answer.album_id, "Été");
    assert!(trailers.contains("grpc-status:0"), "{trailers}");
}

#[tokio::test]
async fn a_refusal_reaches_a_browser_with_its_details() {
    let (gateway, commands, _queries) = gateway().await;
    let response = send(web_request(&gateway, CREATE_ALBUM), framed("x")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers().clone();
    assert_eq!(
        header(&headers, "content-type"),
        "application/grpc-web+proto"
    );
    assert_eq!(header(&headers, "access-control-allow-origin"), WEB_APP);
    let (messages, trailers) = unframed(response.into_body());
    assert!(messages.is_empty());
    // Clients take the status from the headers or from the trailers.
    let in_headers =
        header(&headers, "grpc-status") == "16" && headers.contains_key("grpc-status-details-bin");
    let in_trailers =
        trailers.contains("grpc-status:16") && trailers.contains("grpc-status-details-bin:");
    assert!(in_headers || in_trailers, "{headers:?} {trailers}");
    assert_eq!(commands.seen.count(), 0);
}

#[tokio::test]
async fn a_preflight_is_answered_for_the_web_app_and_for_nobody_else() {
    let (gateway, _commands, _queries) = gateway().await;
    for (origin, allowed) in [(WEB_APP, WEB_APP), ("https://evil.example", "")] {
        let request = request(&gateway, Method::OPTIONS, CREATE_ALBUM)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type,x-grpc-web",
            );
        let response = send(request, Bytes::new()).await;
        let headers = response.headers();
        assert_eq!(header(headers, "access-control-allow-origin"), allowed);
        assert!(header(headers, "access-control-allow-headers").contains("authorization"));
    }
}

#[tokio::test]
async fn a_person_who_opens_the_address_is_told_what_it_is() {
    let (gateway, _commands, _queries) = gateway().await;
    let page = send(request(&gateway, Method::GET, "/"), Bytes::new()).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(header(page.headers(), "content-type").starts_with("text/html"));
    let text = String::from_utf8(page.into_body().to_vec()).unwrap();
    assert!(text.contains("picup import"), "{text}");

    for (path, expected) in [
        ("/health/live", StatusCode::OK),
        ("/health/ready", StatusCode::OK),
        ("/favicon.ico", StatusCode::NOT_FOUND),
        (CREATE_ALBUM, StatusCode::NOT_FOUND),
    ] {
        let response = send(request(&gateway, Method::GET, path), Bytes::new()).await;
        assert_eq!(response.status(), expected, "{path}");
    }
}

#[tokio::test]
async fn the_web_app_is_served_with_its_own_addresses_and_a_policy_that_lets_nobody_else_in() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    std::fs::write(folder.path().join("index.html"), "<!doctype html>the app").unwrap();
    std::fs::write(folder.path().join("assets/app-1a2b.js"), "app()").unwrap();
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let variables = [
        ("PICUP_WEB_FOLDER", folder.path().to_str().unwrap()),
        ("PICUP_WEB_STORAGE_ORIGINS", "https://s3.example.org"),
    ];
    let gateway = Gateway::with(&commands, &queries, &variables).await;
    let get = async |path: &str| send(request(&gateway, Method::GET, path), Bytes::new()).await;

    for path in ["/", "/albums", "/albums/0193-aa", "/s/abc"] {
        let page = get(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        assert_eq!(page.body(), "<!doctype html>the app", "{path}");
        assert_eq!(page.headers()["content-type"], "text/html", "{path}");
        assert_eq!(page.headers()["cache-control"], "no-cache", "{path}");
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'; script-src 'self'; style-src 'self'"));
        assert!(policy.contains("connect-src 'self' https://s3.example.org;"));
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    let script = get("/assets/app-1a2b.js").await;
    assert_eq!(script.body(), "app()");
    assert_eq!(script.headers()["content-type"], "text/javascript");
    assert_eq!(
        script.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(script.headers()["x-content-type-options"], "nosniff");
    for path in [
        "/assets/gone.js",
        "/../../etc/passwd.x",
        "/assets/%2e%2e/%2e%2e/x.y",
    ] {
        let missing = get(path).await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(missing.headers()["cache-control"], "no-cache", "{path}");
    }
    let post = send(request(&gateway, Method::POST, "/albums"), Bytes::new()).await;
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
    // Programs are still understood.
    assert!(gateway.create_album("Spring").await.is_ok());
}

#[tokio::test]
async fn the_compressed_copies_of_the_web_app_go_to_whoever_takes_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    for (file, content) in [
        ("index.html", "the app"),
        ("index.html.br", "the app in Brotli"),
        ("assets/app-1a2b.js", "app()"),
        ("assets/app-1a2b.js.br", "app() in Brotli"),
        ("assets/app-1a2b.js.gz", "app() in gzip"),
    ] {
        std::fs::write(folder.path().join(file), content).unwrap();
    }
    let (commands, queries) = (Upstream::commands(), Upstream::queries());
    let variables = [("PICUP_WEB_FOLDER", folder.path().to_str().unwrap())];
    let gateway = Gateway::with(&commands, &queries, &variables).await;

    let browser = "gzip, deflate, br, zstd";
    for (path, taken, encoding, body) in [
        ("/albums", browser, "br", "the app in Brotli"),
        ("/albums", "gzip", "", "the app"),
        ("/assets/app-1a2b.js", browser, "br", "app() in Brotli"),
        ("/assets/app-1a2b.js", "gzip", "gzip", "app() in gzip"),
        ("/assets/app-1a2b.js", "identity", "", "app()"),
    ] {
        let asking = request(&gateway, Method::GET, path).header("accept-encoding", taken);
        let answer = send(asking, Bytes::new()).await;
        let headers = answer.headers();
        assert_eq!(answer.body(), body, "{path} {taken}");
        assert_eq!(header(headers, "content-encoding"), encoding, "{path}");
        // Whoever keeps it for others has to know that it depends on this.
        assert_eq!(header(headers, "vary"), "accept-encoding", "{path}");
        let content_type = if path.starts_with("/assets/") {
            "text/javascript"
        } else {
            "text/html"
        };
        assert_eq!(header(headers, "content-type"), content_type, "{path}");
    }
}
