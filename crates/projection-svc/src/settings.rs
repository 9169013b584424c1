use std::{net::SocketAddr, time::Duration};

use picup_delivery::SigningSettings;
use picup_event_log::{Database, MasterKey};
use picup_service::{
    config::{ConfigError, Reader, Source},
    retention,
};
use secrecy::SecretString;

/// All that projection-svc can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its gRPC server listens.
    pub address: SocketAddr,
    /// The MySQL server and the name of the log's database.
    pub database: Database,
    /// A replica of that server, which answers queries.
    pub replica: Option<Database>,
    /// Connections to each database, at most.
    pub database_connections: u32,
    /// The broker, `amqp://user:password@host:port/vhost`.
    pub amqp_url: SecretString,
    /// Redis, where processes share signatures.
    pub redis_url: SecretString,
    /// Where objects are delivered from, and the key that signs their URLs.
    pub delivery: SigningSettings,
    /// Unwraps the accounts' keys and signs cursors.
    pub master_key: MasterKey,
    /// Verifies access tokens: an Ed25519 public key in PEM.
    pub token_public_key: String,
    /// What our own services show each other.
    pub service_key: SecretString,
    /// How long a generation that was live is kept after a switch, so that a switch back is possible.
    pub retired_grace: Duration,
    /// For how long the trash keeps.
    pub trash_keeps: Duration,
    /// How old an event is when it is looked whether it has arrived.
    pub trail_distance: Duration,
}

impl Settings {
    /// Reads the settings and reports all mistakes at once.
    pub fn read(source: &dyn Source) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(source);
        let address = reader.optional(
            "PICUP_PROJECTION_ADDRESS",
            SocketAddr::from(([127, 0, 0, 1], 8082)),
            "an address and port to listen on",
        );
        let server_url = reader.secret("PICUP_MYSQL_URL");
        let replica_url = reader.optional_secret("PICUP_MYSQL_REPLICA_URL");
        let name = reader.optional(
            "PICUP_DATABASE",
            "picup".to_owned(),
            "the name of the log's database",
        );
        let database_connections =
            reader.optional("PICUP_MYSQL_CONNECTIONS", 16, "a number of connections");
        let amqp_url = reader.secret("PICUP_AMQP_URL");
        let redis_url = reader.secret("PICUP_REDIS_URL");
        let delivery = SigningSettings::read(&mut reader);
        let master_key = reader
            .secret("PICUP_MASTER_KEY")
            .map(|key| MasterKey::from_base64(&key));
        if let Some(Err(_)) = master_key {
            reader.mistake("PICUP_MASTER_KEY", "32 random bytes in base64");
        }
        let token_public_key = reader.text("PICUP_TOKEN_PUBLIC_KEY");
        let service_key = reader.secret("PICUP_SERVICE_KEY");
        let retired_grace = reader.seconds("PICUP_RETIRED_GENERATION_SECONDS", 600);
        let trash_keeps = retention::trash_keeps(&mut reader);
        let trail_distance = reader.seconds("PICUP_TRAIL_SECONDS", 60);
        reader.finish(|| {
            Some(Self {
                address,
                replica: replica_url.map(|server_url| Database {
                    server_url,
                    name: name.clone(),
                }),
                database: Database {
                    server_url: server_url?,
                    name,
                },
                database_connections,
                amqp_url: amqp_url?,
                redis_url: redis_url?,
                delivery: delivery?,
                master_key: master_key?.ok()?,
                token_public_key: token_public_key?,
                service_key: service_key?,
                retired_grace,
                trash_keeps,
                trail_distance,
            })
        })
    }
}
