use std::{num::NonZeroUsize, path::PathBuf, thread::available_parallelism, time::Duration};

use picup_objects as objects;
use picup_service::config::{ConfigError, Reader, Source};
use secrecy::SecretString;

/// All that the thumbnailer can be told, as a service or as a Lambda.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where command-svc listens.
    pub command_url: String,
    /// The bucket.
    pub objects: objects::Settings,
    /// What our own services show each other.
    pub service_key: SecretString,
    /// Where originals are kept while they are rendered.
    pub scratch_folder: PathBuf,
    /// Photos that are rendered at once. Of videos it is one at a time.
    pub cores: NonZeroUsize,
    /// The longest original that is fetched, in bytes.
    pub original_bytes: u64,
    /// How long one video may take. The broker takes a message back after half an hour.
    pub video_time: Duration,
}

impl Settings {
    /// Reads the settings and reports all mistakes at once.
    pub fn read(source: &dyn Source) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(source);
        let settings = Self::read_from(&mut reader);
        reader.finish(|| settings)
    }

    /// The same with the broker, `amqp://user:password@host:port/vhost`, which a Lambda has no need of.
    pub fn read_with_broker(source: &dyn Source) -> Result<(Self, SecretString), ConfigError> {
        let mut reader = Reader::new(source);
        let settings = Self::read_from(&mut reader);
        let amqp_url = reader.secret("PICUP_AMQP_URL");
        reader.finish(|| Some((settings?, amqp_url?)))
    }

    fn read_from(reader: &mut Reader<'_>) -> Option<Self> {
        let command_url = reader.required("PICUP_COMMAND_URL", "the URL of command-svc");
        let objects = objects::Settings::read(reader);
        let service_key = reader.secret("PICUP_SERVICE_KEY");
        let scratch_folder = reader.optional(
            "PICUP_SCRATCH_FOLDER",
            std::env::temp_dir(),
            "a folder for originals while they are rendered",
        );
        let cores = reader.optional(
            "PICUP_RENDER_CORES",
            available_parallelism().unwrap_or(NonZeroUsize::MIN),
            "a number above 0",
        );
        let original_bytes = reader.optional(
            "PICUP_RENDER_BYTES",
            8 * 1024 * 1024 * 1024,
            "a number of bytes",
        );
        let video_seconds = reader.optional(
            "PICUP_VIDEO_SECONDS",
            1500,
            "a number of seconds below 1800",
        );
        Some(Self {
            command_url: command_url?,
            objects: objects?,
            service_key: service_key?,
            scratch_folder,
            cores,
            original_bytes,
            video_time: Duration::from_secs(video_seconds),
        })
    }
}
