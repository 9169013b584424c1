use picup_objects as objects;
use picup_service::config::{ConfigError, Reader, Source};
use secrecy::SecretString;

/// All that the purger can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The broker, `amqp://user:password@host:port/vhost`.
    pub amqp_url: SecretString,
    /// Where command-svc listens.
    pub command_url: String,
    /// Where projection-svc listens.
    pub projection_url: String,
    /// The bucket.
    pub objects: objects::Settings,
    /// What our own services show each other.
    pub service_key: SecretString,
}

impl Settings {
    /// Reads the settings and reports all mistakes at once.
    pub fn read(source: &dyn Source) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(source);
        let amqp_url = reader.secret("PICUP_AMQP_URL");
        let command_url = reader.required("PICUP_COMMAND_URL", "the URL of command-svc");
        let projection_url = reader.required("PICUP_PROJECTION_URL", "the URL of projection-svc");
        let objects = objects::Settings::read(&mut reader);
        let service_key = reader.secret("PICUP_SERVICE_KEY");
        reader.finish(|| {
            Some(Self {
                amqp_url: amqp_url?,
                command_url: command_url?,
                projection_url: projection_url?,
                objects: objects?,
                service_key: service_key?,
            })
        })
    }
}
