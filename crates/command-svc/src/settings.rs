use std::{net::SocketAddr, time::Duration};

use picup_event_log::{Database, MasterKey};
use picup_objects as objects;
use picup_service::{
    config::{ConfigError, Reader, Source},
    retention,
};
use secrecy::{ExposeSecret as _, SecretString};

/// All that command-svc can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where its gRPC server listens.
    pub address: SocketAddr,
    /// The MySQL server and the name of the log's database.
    pub database: Database,
    /// Connections to the database, at most.
    pub database_connections: u32,
    /// The broker, `amqp://user:password@host:port/vhost`.
    pub amqp_url: SecretString,
    /// Redis, for waking the relays of other processes and for the ledgers' locks.
    pub redis_url: SecretString,
    /// Whether commands on one ledger wait for each other across processes.
    pub ledger_locks: bool,
    /// The bucket.
    pub objects: objects::Settings,
    /// Wraps the accounts' keys.
    pub master_key: MasterKey,
    /// Signs access tokens: an Ed25519 private key in PKCS#8 PEM. Only command-svc has it.
    pub token_private_key: SecretString,
    /// Verifies access tokens: the public half, in PEM.
    pub token_public_key: String,
    /// What our own services show each other.
    pub service_key: SecretString,
    /// What S3's notifications carry; without one they are not taken.
    pub notification_key: Option<SecretString>,
    /// The quota of a new account, in bytes.
    pub quota_bytes: u64,
    /// How long an access token works.
    pub access_token_lifetime: Duration,
    /// How long a refresh token works when it is not used.
    pub refresh_token_lifetime: Duration,
    /// For how long the trash keeps.
    pub trash_keeps: Duration,
    /// For how long an upload may go on from its start.
    pub uploads_keep: Duration,
    /// The operator's account, which is made sure of at every start.
    pub operator: Option<Operator>,
    /// Sign-ins a minute for one address; more are refused for a while.
    pub sign_ins_per_minute: u32,
}

/// Who sees to the system, from the first start on.
#[derive(Clone, Debug)]
pub struct Operator {
    /// The address to sign in with.
    pub email: String,
    /// The password to sign in with.
    pub password: SecretString,
}

impl Settings {
    /// Reads the settings and reports all mistakes at once.
    pub fn read(source: &dyn Source) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(source);
        let address = reader.optional(
            "PICUP_COMMAND_ADDRESS",
            SocketAddr::from(([127, 0, 0, 1], 8081)),
            "an address and port to listen on",
        );
        let server_url = reader.secret("PICUP_MYSQL_URL");
        let name = reader.optional(
            "PICUP_DATABASE",
            "picup".to_owned(),
            "the name of the log's database",
        );
        let database_connections =
            reader.optional("PICUP_MYSQL_CONNECTIONS", 32, "a number of connections");
        let amqp_url = reader.secret("PICUP_AMQP_URL");
        let redis_url = reader.secret("PICUP_REDIS_URL");
        let ledger_locks = reader.optional("PICUP_LEDGER_LOCKS", true, "true or false");
        let objects = objects::Settings::read(&mut reader);
        let master_key = reader
            .secret("PICUP_MASTER_KEY")
            .map(|key| MasterKey::from_base64(&key));
        if let Some(Err(_)) = master_key {
            reader.mistake("PICUP_MASTER_KEY", "32 random bytes in base64");
        }
        let token_private_key = reader.secret("PICUP_TOKEN_PRIVATE_KEY");
        let token_public_key = reader.text("PICUP_TOKEN_PUBLIC_KEY");
        let service_key = reader.secret("PICUP_SERVICE_KEY");
        let notification_key = reader.optional_secret("PICUP_S3_NOTIFICATION_KEY");
        let quota_bytes = reader.optional("PICUP_QUOTA_BYTES", 15_000_000_000, "a number of bytes");
        let minutes = reader.optional("PICUP_ACCESS_TOKEN_MINUTES", 15, "a number of minutes");
        let days = reader.optional("PICUP_REFRESH_TOKEN_DAYS", 30, "a number of days");
        let trash_keeps = retention::trash_keeps(&mut reader);
        let uploads_keep = retention::uploads_keep(&mut reader);
        let operator = operator(&mut reader);
        let sign_ins_per_minute =
            reader.optional("PICUP_SIGN_INS_PER_MINUTE", 10, "a number above 0");
        reader.finish(|| {
            Some(Self {
                address,
                database: Database {
                    server_url: server_url?,
                    name,
                },
                database_connections,
                amqp_url: amqp_url?,
                redis_url: redis_url?,
                ledger_locks,
                objects: objects?,
                master_key: master_key?.ok()?,
                token_private_key: token_private_key?,
                token_public_key: token_public_key?,
                service_key: service_key?,
                notification_key,
                quota_bytes,
                access_token_lifetime: Duration::from_mins(minutes),
                refresh_token_lifetime: Duration::from_hours(24 * days),
                trash_keeps,
                uploads_keep,
                operator,
                sign_ins_per_minute,
            })
        })
    }
}

/// Both variables or none of them.
fn operator(reader: &mut Reader<'_>) -> Option<Operator> {
    let email = reader.optional(
        "PICUP_OPERATOR_EMAIL",
        String::new(),
        "the address of the operator's account",
    );
    let password = reader.optional_secret("PICUP_OPERATOR_PASSWORD");
    match (email.is_empty(), password) {
        (true, None) => None,
        (true, Some(_)) => {
            reader.mistake(
                "PICUP_OPERATOR_EMAIL",
                "set, although PICUP_OPERATOR_PASSWORD is",
            );
            None
        }
        (false, None) => {
            reader.mistake(
                "PICUP_OPERATOR_PASSWORD",
                "set, although PICUP_OPERATOR_EMAIL is",
            );
            None
        }
        (false, Some(password)) => {
            if crate::text::email(&email).is_err() {
                reader.mistake(
                    "PICUP_OPERATOR_EMAIL",
                    "an address such as name@example.org",
                );
            }
            if !crate::text::is_password(password.expose_secret()) {
                reader.mistake("PICUP_OPERATOR_PASSWORD", "10 to 256 characters long");
            }
            Some(Operator { email, password })
        }
    }
}
