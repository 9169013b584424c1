//! The servers.

use std::{env, path::Path};

use picup_local_stack::{DataFolder, Moto, S3Options, S3Server};
use picup_objects::{Objects, Settings, SignedPut, URL_LIFETIME};

use crate::web;

/// A server that is running, with an empty bucket.
pub struct Server {
    pub objects: Objects,
    /// Whether it refuses what is not signed, and bodies that are not what was signed.
    pub enforces: bool,
    _running: Running,
}

enum Running {
    Elsewhere,
    Moto(#[expect(dead_code, reason = "held")] Box<Moto>),
    Own(#[expect(dead_code, reason = "held")] Box<S3Server>),
}

impl Server {
    /// The one that somebody else has written.
    pub async fn independent() -> Self {
        let Ok(endpoint) = env::var("PICUP_TEST_S3_ENDPOINT") else {
            return Self::moto().await;
        };
        let variable = |name: &str| env::var(format!("PICUP_TEST_S3_{name}")).unwrap();
        let settings = Settings {
            bucket: variable("BUCKET"),
            region: variable("REGION"),
            endpoint: Some(endpoint),
            credentials: Some((variable("ACCESS_KEY"), variable("SECRET_KEY").into())),
            url_lifetime: URL_LIFETIME,
        };
        Self::with(settings, true, Running::Elsewhere).await
    }

    /// Our own.
    pub async fn own() -> Self {
        let folder = DataFolder::throw_away(&env::temp_dir()).unwrap();
        let server = S3Server::start(&folder, S3Options::default()).unwrap();
        let endpoint = server.endpoint().clone();
        let settings = Settings {
            bucket: "pictures".to_owned(),
            region: endpoint.region,
            endpoint: Some(endpoint.url),
            credentials: Some((endpoint.access_key, endpoint.secret_key.into())),
            url_lifetime: URL_LIFETIME,
        };
        let running = Running::Own(Box::new(server));
        Self::with(settings, true, running).await
    }

    /// Sends bytes to where a signed URL says and answers the status.
    pub fn put(&self, signed: &SignedPut, body: &[u8]) -> u16 {
        // moto keeps a checksum only of those who name its algorithm as AWS's own clients do besides.
        let more = if self.enforces {
            ""
        } else {
            "x-amz-sdk-checksum-algorithm: SHA256\r\n"
        };
        web::put(signed, more, body)
    }

    async fn moto() -> Self {
        let folder = DataFolder::throw_away(&env::temp_dir()).unwrap();
        let programs = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let moto = Moto::start(&folder, programs, &|message| eprintln!("{message}")).unwrap();
        let settings = Settings {
            bucket: "pictures".to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(moto.url()),
            credentials: Some(("key".to_owned(), "secret".to_owned().into())),
            url_lifetime: URL_LIFETIME,
        };
        Self::with(settings, false, Running::Moto(Box::new(moto))).await
    }

    async fn with(settings: Settings, enforces: bool, running: Running) -> Self {
        let objects = Objects::connect(&settings).await;
        objects.ensure_bucket().await.unwrap();
        Self {
            objects,
            enforces,
            _running: running,
        }
    }
}
