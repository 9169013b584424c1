//! Everything that is under fire: the servers, the services, and the lines between them.

use std::{
    collections::HashMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use picup::up::{Secrets, configuration::Configuration};
use picup_event_log::Database;
use picup_local_stack::{LocalStack, RabbitMq, ReservedPort};
use picup_objects::Objects;
use sqlx::MySqlPool;
use tokio::time::sleep;

use crate::{
    Options, Target,
    line::{Condition, Line},
    processes::{Launch, Process},
    servers,
};

/// The log's database; the read models' names begin with it.
const DATABASE: &str = "chaos";
const BUCKET: &str = "chaos";
/// Who looks after the installation.
pub const OPERATOR: &str = "operator@picup.example";
/// Good for as long as the installation lasts.
pub const OPERATOR_PASSWORD: &str = "only for a moment of chaos";
const START_LIMIT: Duration = Duration::from_mins(2);

/// A service: what it is, its binary, and the variable that says where it listens.
struct Part {
    target: Target,
    name: &'static str,
    program: &'static str,
    address_variable: &'static str,
}

const PARTS: [Part; 8] = [
    part(
        Target::Command,
        "command-1",
        "picup-command-svc",
        "PICUP_COMMAND_ADDRESS",
    ),
    part(
        Target::Command,
        "command-2",
        "picup-command-svc",
        "PICUP_COMMAND_ADDRESS",
    ),
    part(
        Target::Projection,
        "projection-1",
        "picup-projection-svc",
        "PICUP_PROJECTION_ADDRESS",
    ),
    part(
        Target::Projection,
        "projection-2",
        "picup-projection-svc",
        "PICUP_PROJECTION_ADDRESS",
    ),
    part(
        Target::Operations,
        "operations",
        "picup-operations-svc",
        "PICUP_OPERATIONS_ADDRESS",
    ),
    part(
        Target::Purger,
        "purger",
        "picup-purger",
        "PICUP_PURGER_ADDRESS",
    ),
    part(
        Target::Thumbnailer,
        "thumbnailer",
        "picup-thumbnailer",
        "PICUP_THUMBNAILER_ADDRESS",
    ),
    part(
        Target::Gateway,
        "gateway",
        "picup-gateway",
        "PICUP_GATEWAY_ADDRESS",
    ),
];

const fn part(
    target: Target,
    name: &'static str,
    program: &'static str,
    address_variable: &'static str,
) -> Part {
    Part {
        target,
        name,
        program,
        address_variable,
    }
}

/// The whole of it.
pub struct Installation {
    pub servers: Arc<LocalStack>,
    pub services: Vec<(Target, Arc<Process>)>,
    pub lines: Vec<Line>,
    pub objects: Objects,
    /// Where clients reach the gateway.
    pub gateway: SocketAddr,
    database: Database,
    ports: Vec<ReservedPort>,
}

impl Installation {
    /// Starts the servers and the services and waits until they are ready.
    pub async fn start(options: &Options, folder: &Path) -> anyhow::Result<Self> {
        for part in &PARTS {
            let program = options.binaries.join(part.program);
            anyhow::ensure!(
                program.exists(),
                "{} is missing: run `cargo build --bins` with the same profile first",
                program.display()
            );
        }
        let servers = servers::start().await?;
        let mut base = variables(&servers, options)?;
        let objects = objects(&servers).await?;
        let mut started = Self {
            database: Database {
                server_url: servers.endpoints().mysql_url.clone().into(),
                name: DATABASE.to_owned(),
            },
            servers,
            services: Vec::new(),
            lines: Vec::new(),
            objects,
            gateway: SocketAddr::from(([127, 0, 0, 1], 0)),
            ports: Vec::new(),
        };
        let mut addresses = Vec::new();
        for part in &PARTS {
            let address = started.port()?;
            addresses.push((part.target, part.name, address));
        }
        let edge = of(&addresses, Target::Gateway);
        let edge = edge.first().context("a gateway")?;
        base.insert("PICUP_CDN_URL".to_owned(), format!("http://{edge}"));
        base.insert("PICUP_STOP_SECONDS".to_owned(), "5".to_owned());
        for part in &PARTS {
            started
                .launch(part, &addresses, &base, options, folder)
                .await?;
        }
        started.gateway = started
            .lay("client", "gateway", &of(&addresses, Target::Gateway))
            .await?;
        started.wait_until_ready().await?;
        started.save_queue_names().await?;
        Ok(started)
    }

    /// A pool on the log's database (`""`) or on a read model's, past all lines.
    pub async fn database(&self, suffix: &str) -> anyhow::Result<MySqlPool> {
        let name = format!("{DATABASE}{suffix}");
        Ok(self.database.open(&name, 4).await?)
    }

    /// The same on the replica.
    pub fn replica(&self, suffix: &str) -> anyhow::Result<MySqlPool> {
        let url = self.servers.replica().context("a replica")?.url();
        let replica = Database {
            server_url: url.to_owned().into(),
            name: DATABASE.to_owned(),
        };
        Ok(replica.follow(&format!("{DATABASE}{suffix}"), 4)?)
    }

    /// The processes of one service.
    pub fn instances(&self, target: Target) -> Vec<Arc<Process>> {
        let of_target = self
            .services
            .iter()
            .filter(|(service, _)| *service == target);
        of_target.map(|(_, process)| process.clone()).collect()
    }

    /// Waits until every process says that it is ready.
    pub async fn wait_until_ready(&self) -> anyhow::Result<()> {
        let start = Instant::now();
        for (_, process) in &self.services {
            while !process.is_ready().await {
                let log = process.launch.log.display();
                anyhow::ensure!(
                    start.elapsed() < START_LIMIT,
                    "{} is not ready; see {log}",
                    process.launch.name
                );
                sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// Opens every line.
    pub fn heal_lines(&self) {
        self.lines.iter().for_each(|line| line.put(Condition::Open));
    }

    /// Ends the services.
    pub fn end(&self) {
        self.services.iter().for_each(|(_, process)| process.end());
    }

    /// A queue that was declared within the second before the broker's kill would come back empty.
    async fn save_queue_names(&self) -> anyhow::Result<()> {
        let servers = self.servers.clone();
        tokio::task::spawn_blocking(move || servers.rabbitmq().map(RabbitMq::save_queue_names))
            .await?
            .transpose()?;
        Ok(())
    }

    async fn launch(
        &mut self,
        part: &Part,
        addresses: &[(Target, &'static str, SocketAddr)],
        base: &HashMap<String, String>,
        options: &Options,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let mut variables = base.clone();
        for (variable, server) in [
            ("PICUP_MYSQL_URL", "mariadb"),
            ("PICUP_MYSQL_REPLICA_URL", "replica"),
            ("PICUP_AMQP_URL", "rabbitmq"),
            ("PICUP_REDIS_URL", "redis"),
            ("PICUP_S3_ENDPOINT", "s3"),
        ] {
            let url = base.get(variable).context("a server's URL")?;
            let authority = authority(url)?;
            let line = self.lay(part.name, server, &[authority.parse()?]).await?;
            variables.insert(
                variable.to_owned(),
                url.replace(&authority, &line.to_string()),
            );
        }
        for (variable, target) in [
            ("PICUP_COMMAND_URL", Target::Command),
            ("PICUP_PROJECTION_URL", Target::Projection),
            ("PICUP_OPERATIONS_URL", Target::Operations),
        ] {
            let line = self
                .lay(part.name, target.name(), &of(addresses, target))
                .await?;
            variables.insert(variable.to_owned(), format!("http://{line}"));
        }
        let own = addresses.iter().find(|(_, name, _)| *name == part.name);
        let (_, _, own) = own.context("an address")?;
        variables.insert(part.address_variable.to_owned(), own.to_string());
        let admin = self.port()?;
        variables.insert("PICUP_ADMIN_ADDRESS".to_owned(), admin.to_string());
        let process = Process::start(Launch {
            name: part.name.to_owned(),
            program: options.binaries.join(part.program),
            log: folder.join(format!("{}.log", part.name)),
            variables,
            admin,
        })?;
        tokio::spawn(process.clone().attend());
        self.services.push((part.target, process));
        Ok(())
    }

    async fn lay(
        &mut self,
        from: &str,
        to: &str,
        targets: &[SocketAddr],
    ) -> anyhow::Result<SocketAddr> {
        // So that with two instances not all begin at the same one.
        let line = Line::lay(format!("{from}->{to}"), targets, self.lines.len()).await?;
        let address = line.address;
        self.lines.push(line);
        Ok(address)
    }

    fn port(&mut self) -> anyhow::Result<SocketAddr> {
        let port = ReservedPort::any()?;
        let address = port.address();
        self.ports.push(port);
        Ok(address)
    }
}

fn of(addresses: &[(Target, &'static str, SocketAddr)], target: Target) -> Vec<SocketAddr> {
    let of_target = addresses.iter().filter(|(service, ..)| *service == target);
    of_target.map(|(.., address)| *address).collect()
}

/// `host:port` of a URL.
fn authority(url: &str) -> anyhow::Result<String> {
    let rest = url.split_once("://").context("a URL")?.1;
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    Ok(host.to_owned())
}

fn variables(servers: &LocalStack, options: &Options) -> anyhow::Result<HashMap<String, String>> {
    let nothing = HashMap::new();
    let secrets = Secrets::generate()?;
    let mut configuration = Configuration::new(servers.endpoints(), &secrets, &nothing);
    for (name, value) in [
        ("PICUP_DATABASE", DATABASE),
        ("PICUP_S3_BUCKET", BUCKET),
        ("PICUP_MYSQL_CONNECTIONS", "12"),
        ("PICUP_ACCESS_TOKEN_MINUTES", "600"),
        ("PICUP_SIGN_INS_PER_MINUTE", "100000"),
        ("PICUP_ACCESS_REQUESTS_PER_MINUTE", "1000000"),
        ("PICUP_ACCOUNT_REQUESTS_PER_SECOND", "100000"),
        ("PICUP_OPERATOR_EMAIL", OPERATOR),
        ("PICUP_OPERATOR_PASSWORD", OPERATOR_PASSWORD),
    ] {
        configuration.set(name, value);
    }
    let replica = servers.replica().context("a replica")?.url();
    configuration.set("PICUP_MYSQL_REPLICA_URL", replica);
    // With a mistake made on purpose nothing may come right by itself before it is looked at.
    let trail_seconds = if options.sabotage.is_some() {
        "3600"
    } else {
        "5"
    };
    configuration.set("PICUP_TRAIL_SECONDS", trail_seconds);
    if let Some(sabotage) = options.sabotage.and_then(crate::Sabotage::variable) {
        configuration.set("PICUP_SABOTAGE", sabotage);
    }
    Ok(configuration.into_variables())
}

async fn objects(servers: &LocalStack) -> anyhow::Result<Objects> {
    let s3 = &servers.endpoints().s3;
    let settings = picup_objects::Settings {
        bucket: BUCKET.to_owned(),
        region: s3.region.clone(),
        endpoint: Some(s3.url.clone()),
        credentials: Some((s3.access_key.clone(), s3.secret_key.clone().into())),
        url_lifetime: picup_objects::URL_LIFETIME,
    };
    let objects = Objects::connect(&settings).await;
    objects.ensure_bucket().await?;
    Ok(objects)
}

/// The folder of a run, made.
pub fn folder(options: &Options) -> anyhow::Result<PathBuf> {
    let temporary =
        || std::env::temp_dir().join(format!("picup-chaos-{}", uuid::Uuid::new_v4().simple()));
    let folder = options.folder.clone().unwrap_or_else(temporary);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}
