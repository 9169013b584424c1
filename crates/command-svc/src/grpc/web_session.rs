//! Sessions of browsers: the refresh token stays in a cookie that no script can read.

use cookie::{Cookie, SameSite};
use picup_proto::access::v1::Session;
use picup_service::errors::{ErrorCode, Fault};
use tonic::{Response, metadata::MetadataMap};

/// Whoever sends this wants the refresh token in a cookie. A page of another origin could not send it unasked.
const WANTED: &str = "x-web-session";
const NAME: &str = "picup_refresh";
/// The only calls that need it.
const PATH: &str = "/picup.access.v1.Access/";

/// How a browser's session is kept; `None` where the client is no browser and keeps its token itself.
#[derive(Clone, Copy, Debug)]
pub struct WebSession {
    /// Not on plain HTTP, where browsers would not keep such a cookie.
    secure: bool,
    lifetime: std::time::Duration,
}

impl WebSession {
    /// What this request asks for. Browsers name the origin of every POST.
    pub fn of(metadata: &MetadataMap, lifetime: std::time::Duration) -> Option<Self> {
        metadata.get(WANTED)?;
        let origin = metadata
            .get("origin")
            .and_then(|origin| origin.to_str().ok());
        let secure = !origin.is_some_and(|origin| origin.starts_with("http://"));
        Some(Self { secure, lifetime })
    }

    /// Moves the session's refresh token from the answer into a cookie.
    pub fn keep<T>(
        self,
        response: &mut Response<T>,
        session: impl FnOnce(&mut T) -> Option<&mut Session>,
    ) -> Result<(), Fault> {
        let Some(session) = session(response.get_mut()) else {
            return Ok(());
        };
        let token = std::mem::take(&mut session.refresh_token);
        self.set(response, token, self.lifetime)
    }

    /// Has the browser forget it.
    pub fn forget<T>(self, response: &mut Response<T>) -> Result<(), Fault> {
        self.set(response, String::new(), std::time::Duration::ZERO)
    }

    fn set<T>(
        self,
        response: &mut Response<T>,
        token: String,
        lifetime: std::time::Duration,
    ) -> Result<(), Fault> {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let cookie = Cookie::build((NAME, token))
            .path(PATH)
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Strict)
            .max_age(time::Duration::seconds(seconds));
        let cookie = cookie.to_string().parse().map_err(|_| {
            Fault::new(
                ErrorCode::Internal,
                "the session's cookie cannot be written",
            )
        })?;
        response.metadata_mut().insert("set-cookie", cookie);
        Ok(())
    }
}

/// The refresh token that a browser sent by itself. Browsers may send their cookies in several headers over HTTP/2.
pub fn token(metadata: &MetadataMap) -> Option<String> {
    let headers = metadata.get_all("cookie").into_iter();
    let headers = headers.filter_map(|header| header.to_str().ok());
    let mut cookies = headers.flat_map(Cookie::split_parse).flatten();
    let ours = cookies.find(|cookie| cookie.name() == NAME)?;
    Some(ours.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(pairs: &[(&'static str, &str)]) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        for (name, value) in pairs {
            metadata.append(*name, value.parse().unwrap());
        }
        metadata
    }

    #[test]
    fn the_token_leaves_the_answer_for_a_cookie_that_no_script_can_read() {
        let asked = metadata(&[(WANTED, "1"), ("origin", "https://photos.example.org")]);
        let web = WebSession::of(&asked, std::time::Duration::from_hours(24)).unwrap();
        let mut response = Response::new(Session {
            refresh_token: "a-token".to_owned(),
            ..Session::default()
        });
        web.keep(&mut response, |session| Some(session)).unwrap();
        let cookie = response.metadata().get("set-cookie").unwrap();
        assert_eq!(
            cookie.to_str().unwrap(),
            "picup_refresh=a-token; HttpOnly; SameSite=Strict; Secure; \
             Path=/picup.access.v1.Access/; Max-Age=86400"
        );
        assert_eq!(response.get_ref().refresh_token, "");
    }

    #[test]
    fn on_plain_http_the_cookie_is_one_that_browsers_keep() {
        let asked = metadata(&[(WANTED, "1"), ("origin", "http://192.168.1.10:8080")]);
        let web = WebSession::of(&asked, std::time::Duration::from_hours(24)).unwrap();
        let mut response = Response::new(Session::default());
        web.forget(&mut response).unwrap();
        let cookie = response.metadata().get("set-cookie").unwrap();
        assert!(!cookie.to_str().unwrap().contains("Secure"));
        assert!(cookie.to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let sent = metadata(&[
            ("cookie", "theme=dark"),
            ("cookie", "a=b; picup_refresh=a-token"),
        ]);
        assert_eq!(token(&sent).as_deref(), Some("a-token"));
        assert_eq!(token(&metadata(&[("cookie", "picup=1")])), None);
    }

    #[test]
    fn other_clients_keep_their_token_themselves() {
        assert!(WebSession::of(&MetadataMap::new(), std::time::Duration::ZERO).is_none());
    }
}
