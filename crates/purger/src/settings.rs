use picup_event_log::Database;
use picup_objects as objects;
use picup_service::{
    config::{ConfigError, Reader, Source},
    retention,
};
use secrecy::SecretString;

use crate::{invalidate, sweep::SweepSettings};

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
    /// The CDN in front of the bucket; `None` where there is none.
    pub invalidations: Option<invalidate::Settings>,
    /// What the sweep goes by.
    pub sweep: SweepSettings,
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
        let invalidations = invalidate::Settings::read(&mut reader);
        let sweep = sweep(&mut reader);
        reader.finish(|| {
            Some(Self {
                amqp_url: amqp_url?,
                command_url: command_url?,
                projection_url: projection_url?,
                objects: objects?,
                service_key: service_key?,
                invalidations,
                sweep: sweep?,
            })
        })
    }
}

fn sweep(reader: &mut Reader<'_>) -> Option<SweepSettings> {
    let server_url = reader.secret("PICUP_MYSQL_URL");
    let name = reader.optional(
        "PICUP_DATABASE",
        "picup".to_owned(),
        "the name of the log's database",
    );
    let trash_keeps = retention::trash_keeps(reader);
    let uploads_keep = retention::uploads_keep(reader);
    let quarantine_keeps = reader.seconds("PICUP_QUARANTINE_SECONDS", 604_800);
    let every = reader.seconds("PICUP_SWEEP_SECONDS", 86_400);
    let machine = reader.optional("HOSTNAME", "this machine".to_owned(), "the machine's name");
    Some(SweepSettings {
        database: Database {
            server_url: server_url?,
            name,
        },
        trash_keeps,
        uploads_keep,
        quarantine_keeps,
        every,
        owner: format!("process {} on {machine}", std::process::id()),
    })
}
