use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Error;

/// The name that our user has in every server.
pub(crate) const USER: &str = "picup";

/// The passwords of the private servers: made at the first start, then kept with their data.
/// There is no `Debug`, so that they cannot be printed by accident.
#[derive(Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) mysql_password: String,
    pub(crate) amqp_password: String,
    pub(crate) redis_password: String,
    pub(crate) s3_access_key: String,
    pub(crate) s3_secret_key: String,
}

impl Credentials {
    /// Reads the file in `folder`, or makes one that only its owner can read.
    pub(crate) fn load_or_create(folder: &Path) -> Result<Self, Error> {
        let file = folder.join("credentials.json");
        match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| Error::Damaged {
                file,
                reason: error.to_string(),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let created = Self::random();
                let text = serde_json::to_vec_pretty(&created)
                    .map_err(|error| Error::io("writing the credentials")(error.into()))?;
                write_private(&file, &text)?;
                Ok(created)
            }
            Err(error) => Err(Error::io(format!("reading {}", file.display()))(error)),
        }
    }

    fn random() -> Self {
        Self {
            mysql_password: secret(),
            amqp_password: secret(),
            redis_password: secret(),
            s3_access_key: format!("PICUP{}", &secret()[..15].to_uppercase()),
            s3_secret_key: secret(),
        }
    }
}

/// 122 random bits in characters that need no escaping in any URL or configuration file.
fn secret() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Writes a file that only its owner can read, whole or not at all.
pub(crate) fn write_private(file: &Path, content: &[u8]) -> Result<(), Error> {
    let failed = |error| Error::io(format!("writing {}", file.display()))(error);
    let half = file.with_extension("new");
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&half)
        .and_then(|mut open| open.write_all(content).and_then(|()| open.sync_all()));
    written
        .and_then(|()| fs::rename(&half, file))
        .map_err(failed)
}
