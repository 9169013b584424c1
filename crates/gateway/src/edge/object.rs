use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts as Head};
use picup_delivery::Granted;
use picup_objects::{Described, FetchError};
use uuid::Uuid;

use super::{
    Edge, Refusal, now,
    source::Source,
    stream::{self, Pieces},
    wanted::{Wanted, is_conditional, wanted},
};

/// Types that browsers only show. All else is saved, never shown.
const SHOWN: [&str; 13] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/tiff",
    "image/heif",
    "image/heic",
    "image/avif",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-matroska",
    "image/bmp",
];

impl Edge {
    /// Answers with an object, the part of it that is wanted, or what is known of it.
    pub(super) async fn object(
        &self,
        request: &Head,
        granted: &Granted,
        key: &str,
        media: Uuid,
    ) -> Result<Response, Refusal> {
        let place = self.object_places.clone().try_acquire_owned();
        let place = place.map_err(|_| Refusal::busy())?;
        let only_described = request.method == Method::HEAD;
        // Most requests ask for all of it: then S3 is asked once.
        let (described, body) = if only_described || is_conditional(&request.headers) {
            (self.objects.describe(key).await.map_err(refused)?, None)
        } else {
            let fetched = self
                .objects
                .fetch(key, 0, None, None)
                .await
                .map_err(refused)?;
            (fetched.described, Some(fetched.body))
        };
        let mut asked = request.headers.clone();
        if only_described {
            asked.remove(header::RANGE);
        }
        let wanted = wanted(&asked, &described);
        let (status, begin, end) = match wanted {
            Wanted::Whole => (StatusCode::OK, 0, described.bytes),
            Wanted::Part { begin, end } => (StatusCode::PARTIAL_CONTENT, begin, end),
            Wanted::Nothing => (StatusCode::NOT_MODIFIED, 0, 0),
            Wanted::Beyond => {
                let range = format!("bytes */{}", described.bytes);
                let message = "the object has no such part";
                let refusal = Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "RANGE", message);
                return Err(refusal.with(header::CONTENT_RANGE, &range));
            }
        };
        let body_of_answer = if only_described || begin == end {
            Body::empty()
        } else {
            let tag = described.e_tag.clone();
            let source = Source::new(self.objects.clone(), key.to_owned(), begin, end, tag);
            let source = match body {
                Some(body) => source.with_body(body),
                None => source,
            };
            stream::body(place, |pieces| send(source, pieces))
        };
        let mut response = Response::new(body_of_answer);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        describe(headers, &described, granted);
        if status != StatusCode::NOT_MODIFIED {
            headers.insert(header::CONTENT_LENGTH, (end - begin).into());
            headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            name_it(headers, &described, media);
        }
        if status == StatusCode::PARTIAL_CONTENT {
            let range = format!("bytes {begin}-{}/{}", end - 1, described.bytes);
            put(headers, header::CONTENT_RANGE, &range);
        }
        Ok(response)
    }
}

async fn send(mut source: Source, pieces: Pieces) {
    loop {
        match source.next().await {
            Ok(Some(piece)) => {
                if pieces.send(piece).await.is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => return pieces.break_off(error.to_string()).await,
        }
    }
}

/// What a cache needs to know. The bytes of an object never change; the URL ends, and with it what it allowed.
fn describe(headers: &mut HeaderMap, object: &Described, granted: &Granted) {
    let left = granted.policy.expires_at.saturating_sub(now());
    put(
        headers,
        header::CACHE_CONTROL,
        &format!("private, immutable, max-age={left}"),
    );
    if let Some(tag) = &object.e_tag {
        put(headers, header::ETAG, tag);
    }
    if let Some(modified) = object.modified_at {
        put(
            headers,
            header::LAST_MODIFIED,
            &httpdate::fmt_http_date(modified),
        );
    }
}

/// Its type, and what to do with it. What is shown has no name here: one would be taken before that of the link that
/// it is downloaded by, and nobody has chosen ours.
fn name_it(headers: &mut HeaderMap, object: &Described, media: Uuid) {
    let told = object.content_type.as_deref().unwrap_or_default();
    let told = told
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let shown = SHOWN.iter().find(|content_type| **content_type == told);
    let saved = format!("attachment; filename=\"{media}.bin\"");
    let (content_type, disposition) = match shown {
        Some(content_type) => (*content_type, "inline"),
        None => ("application/octet-stream", saved.as_str()),
    };
    put(headers, header::CONTENT_TYPE, content_type);
    put(headers, header::CONTENT_DISPOSITION, disposition);
}

fn put(headers: &mut HeaderMap, name: http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn refused(error: FetchError) -> Refusal {
    match error {
        FetchError::Missing => Refusal::nothing_here(),
        other => Refusal::not_now(&other.to_string()),
    }
}
