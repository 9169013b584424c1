//! An S3 service in our own process: `s3s` speaks the protocol and checks every signature,
//! `s3s-fs` keeps objects as files. What they miss is added here: [`checked`] refuses a body before
//! it becomes an object and knows the checksums of multipart uploads, [`cors`] lets a web app's
//! browser talk to it, [`list`] lists by prefix without walking the whole bucket,
//! [`uploads`] knows which multipart uploads are open.

mod body;
mod checked;
mod cors;
mod durable;
mod list;
mod parts;
mod serve;
mod sidecar;
mod uploads;

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ports::ReservedPort;
use crate::{DataFolder, Error};
use checked::CheckedFiles;
use serve::{Running, Service};

/// Where an S3 service is and how to sign for it. Its `Debug` hides the secret.
#[derive(Clone, Default)]
pub struct S3Endpoint {
    /// `http://127.0.0.1:port`; buckets are addressed by path.
    pub url: String,
    /// The region to sign for.
    pub region: String,
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
}

impl std::fmt::Debug for S3Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("S3Endpoint")
            .field("url", &self.url)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// How the S3 service listens.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// The loopback port; a free one if none is given.
    pub port: Option<u16>,
    /// The web origins whose pages may use it, each with at most one `*` for any characters.
    pub allowed_origins: Vec<String>,
}

impl Default for S3Options {
    /// A free port, and every origin on this machine.
    fn default() -> Self {
        let origins = [
            "http://localhost",
            "http://localhost:*",
            "http://127.0.0.1",
            "http://127.0.0.1:*",
        ];
        Self {
            port: None,
            allowed_origins: origins.map(str::to_owned).to_vec(),
        }
    }
}

/// An S3 service on a thread and a runtime of its own, so that it depends on nobody's.
/// Buckets are made through S3's own CreateBucket.
pub struct S3Server {
    endpoint: S3Endpoint,
    port: u16,
    _reserved: Option<ReservedPort>,
    objects: PathBuf,
    allowed_origins: Vec<String>,
    running: Mutex<Option<Running>>,
    // Last, so that the folder is let go after the server has stopped.
    folder: DataFolder,
}

const REGION: &str = "us-east-1";

impl S3Server {
    /// Starts it with its objects in `folder`. It accepts connections when this returns.
    pub fn start(folder: &DataFolder, options: S3Options) -> Result<Self, Error> {
        let objects = folder.subfolder("s3")?;
        let reserved = options.port.is_none().then(ReservedPort::any).transpose()?;
        let port = options
            .port
            .or(reserved.as_ref().map(ReservedPort::number))
            .unwrap_or_default();
        let credentials = folder.credentials();
        let server = Self {
            endpoint: S3Endpoint {
                url: format!("http://127.0.0.1:{port}"),
                region: REGION.to_owned(),
                access_key: credentials.s3_access_key.clone(),
                secret_key: credentials.s3_secret_key.clone(),
            },
            port,
            _reserved: reserved,
            objects,
            allowed_origins: options.allowed_origins,
            running: Mutex::new(None),
            folder: folder.clone(),
        };
        server.start_again()?;
        Ok(server)
    }

    /// Where it is and how to sign for it.
    pub fn endpoint(&self) -> &S3Endpoint {
        &self.endpoint
    }

    /// Starts it again on the same port with the same objects, unless it is running.
    pub fn start_again(&self) -> Result<(), Error> {
        let mut running = self.running();
        if running.is_none() {
            let listener = TcpListener::bind(("127.0.0.1", self.port))
                .map_err(Error::io(format!("listening on port {} for S3", self.port)))?;
            let objects = CheckedFiles::open(&self.objects, self.folder.is_kept())?;
            let service = Service::new(objects, &self.endpoint, &self.allowed_origins);
            *running = Some(Running::start(listener, service)?);
        }
        Ok(())
    }

    /// Refuses connections from now on and drops those that are open, as if S3 were away.
    pub fn stop(&self) {
        // Its drop waits, a bounded time, until the thread is gone.
        self.running().take();
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
