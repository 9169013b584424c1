use std::{net::SocketAddr, time::Duration};

use picup_event_log::{Database, MasterKey};
use picup_objects as objects;
use picup_service::{
    config::{ConfigError, Reader, Source},
    retention,
};
use secrecy::SecretString;

/// All that operations-svc can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its gRPC server listens.
    pub address: SocketAddr,
    /// The MySQL server and the name of the log's database.
    pub database: Database,
    /// Connections to each database, at most.
    pub database_connections: u32,
    /// The broker, `amqp://user:password@host:port/vhost`.
    pub amqp_url: SecretString,
    /// The bucket, to audit it.
    pub objects: objects::Settings,
    /// Unwraps the accounts' keys, so that owners can read the histories of their things.
    pub master_key: MasterKey,
    /// Where projection-svc listens.
    pub projection_url: String,
    /// Verifies access tokens: an Ed25519 public key in PEM.
    pub token_public_key: String,
    /// What our own services show each other.
    pub service_key: SecretString,
    /// How old an event is when it is looked whether it has had its effect.
    pub trail_distance: Duration,
    /// The same for what asks for renditions, which may take long.
    pub renditions_trail_distance: Duration,
    /// For how long the trash keeps.
    pub trash_keeps: Duration,
    /// For how long an upload may go on from its start.
    pub uploads_keep: Duration,
}

impl Settings {
    /// Reads the settings and reports all mistakes at once.
    pub fn read(source: &dyn Source) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(source);
        let address = reader.optional(
            "PICUP_OPERATIONS_ADDRESS",
            SocketAddr::from(([127, 0, 0, 1], 8083)),
            "an address and port to listen on",
        );
        let server_url = reader.secret("PICUP_MYSQL_URL");
        let name = reader.optional(
            "PICUP_DATABASE",
            "picup".to_owned(),
            "the name of the log's database",
        );
        let database_connections =
            reader.optional("PICUP_MYSQL_CONNECTIONS", 8, "a number of connections");
        let amqp_url = reader.secret("PICUP_AMQP_URL");
        let objects = objects::Settings::read(&mut reader);
        let master_key = reader
            .secret("PICUP_MASTER_KEY")
            .map(|key| MasterKey::from_base64(&key));
        if let Some(Err(_)) = master_key {
            reader.mistake("PICUP_MASTER_KEY", "32 random bytes in base64");
        }
        let projection_url = reader.required("PICUP_PROJECTION_URL", "the URL of projection-svc");
        let token_public_key = reader.text("PICUP_TOKEN_PUBLIC_KEY");
        let service_key = reader.secret("PICUP_SERVICE_KEY");
        let trail_distance = reader.seconds("PICUP_TRAIL_SECONDS", 60);
        // Longer than one attempt may take: what is still worked on is not begun a second time.
        let renditions_trail_distance = reader.seconds("PICUP_RENDITIONS_TRAIL_SECONDS", 45 * 60);
        let trash_keeps = retention::trash_keeps(&mut reader);
        let uploads_keep = retention::uploads_keep(&mut reader);
        reader.finish(|| {
            Some(Self {
                address,
                database: Database {
                    server_url: server_url?,
                    name,
                },
                database_connections,
                amqp_url: amqp_url?,
                objects: objects?,
                master_key: master_key?.ok()?,
                projection_url: projection_url?,
                token_public_key: token_public_key?,
                service_key: service_key?,
                trail_distance,
                renditions_trail_distance,
                trash_keeps,
                uploads_keep,
            })
        })
    }
}
