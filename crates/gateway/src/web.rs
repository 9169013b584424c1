//! The web app's files, as its build left them in a folder.

use std::path::PathBuf;

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse as _, Response},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tower::ServiceExt as _;
use tower_http::services::{ServeDir, ServeFile};

/// Where its build puts what carries a hash of its content in its name.
const HASHED: &str = "/assets/";
const HASHED_CACHING: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Everything else is asked for again, and answered by 304 while it is the same.
const CACHING: HeaderValue = HeaderValue::from_static("no-cache");

/// What it takes to serve the web app.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// The build.
    pub folder: PathBuf,
    /// Where else it may fetch pictures from and put them: the origins of S3 and of the CDN.
    pub storage_origins: Vec<String>,
}

/// Serves the web app. Cheap to clone.
#[derive(Clone)]
pub struct Web {
    files: ServeDir,
    page: ServeFile,
    policy: HeaderValue,
}

impl Web {
    /// # Errors
    /// Fails when there is no build in the folder.
    pub fn new(settings: &WebSettings) -> anyhow::Result<Self> {
        let page = settings.folder.join("index.html");
        anyhow::ensure!(
            page.is_file(),
            "PICUP_WEB_FOLDER: {} holds no index.html: build the web app first",
            settings.folder.display()
        );
        let policy = HeaderValue::from_str(&policy(&settings.storage_origins))?;
        Ok(Self {
            files: ServeDir::new(&settings.folder)
                .append_index_html_on_directories(false)
                .precompressed_br()
                .precompressed_gzip(),
            page: ServeFile::new(page).precompressed_br().precompressed_gzip(),
            policy,
        })
    }

    /// The file of this path; the page itself for the app's own addresses, which have no dot in their last part.
    pub async fn answer(&self, request: Request) -> Response {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        }
        let path = request.uri().path().to_owned();
        let last = path.rsplit('/').next().unwrap_or_default();
        let answered = if last.contains('.') {
            self.files.clone().oneshot(request).await
        } else {
            self.page.clone().oneshot(request).await
        };
        let Ok(mut response) = answered.map(|response| response.map(Body::new));
        let found = response.status().is_success() || response.status().is_redirection();
        let hashed = found && path.starts_with(HASHED);
        let headers = response.headers_mut();
        headers.insert(
            header::CACHE_CONTROL,
            if hashed { HASHED_CACHING } else { CACHING },
        );
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        for (name, value) in [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            // Addresses of albums and shares are nobody else's business.
            (header::REFERRER_POLICY, "no-referrer"),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                "same-origin",
            ),
            (
                HeaderName::from_static("permissions-policy"),
                "geolocation=(), microphone=(), payment=(), usb=()",
            ),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// The content security policy: nothing inline, nobody else.
fn policy(storage: &[String]) -> String {
    let storage = storage.join(" ");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data: {storage}; \
         media-src 'self' blob: {storage}; connect-src 'self' {storage}; worker-src 'self'; \
         manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
}
