use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener as StdListener},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use picup::up::{Secrets, configuration::Configuration};
use picup_event_log::Database;
use picup_local_stack::{Endpoints, LocalStack};
use picup_objects::Objects;
use picup_service::{health::Readiness, lifecycle::Lifecycle};
use sqlx::MySqlPool;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::Person;

/// Who sees to every installation.
const OPERATOR: &str = "operator@example.org";
const OPERATOR_PASSWORD: &str = "keeps the letters";

/// Counts installations, so that each has databases, a broker host and a bucket of its own.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// One service on a runtime of its own, so that it can be stopped or killed alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// command-svc.
    Command,
    /// projection-svc.
    Projection,
    /// operations-svc.
    Operations,
    /// The purger.
    Purger,
    /// The gateway.
    Gateway,
}

/// All services.
const SERVICES: [Service; 5] = [
    Service::Command,
    Service::Projection,
    Service::Operations,
    Service::Purger,
    Service::Gateway,
];

struct Running {
    runtime: Runtime,
    lifecycle: Lifecycle,
}

/// An installation of Pic-up with data of its own.
pub struct System {
    variables: HashMap<String, String>,
    running: HashMap<Service, Running>,
    command: SocketAddr,
    projection: SocketAddr,
    operations: SocketAddr,
    gateway: SocketAddr,
}

impl System {
    /// Starts an installation on servers, with variables that differ from the defaults.
    pub async fn start(servers: &'static LocalStack, variables: &[(&str, &str)]) -> Self {
        let amqp = tokio::task::spawn_blocking(|| {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let vhost = servers
                .rabbitmq()
                .expect("our own broker")
                .add_vhost(&format!("t{number}"));
            (number, vhost.expect("a broker host of its own"))
        });
        let (number, amqp_url) = amqp.await.expect("a thread");
        Self::start_on(servers.endpoints(), number, &amqp_url, variables).await
    }

    /// Starts an installation whose broker is reached at another URL.
    pub async fn start_on(
        endpoints: &Endpoints,
        number: u32,
        amqp_url: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        let [command, projection, operations, gateway] = [(); 4].map(|()| free_address());
        let secrets = Secrets::generate().expect("randomness");
        let mut own = HashMap::from([
            ("PICUP_DATABASE".to_owned(), format!("test_{number}")),
            ("PICUP_S3_BUCKET".to_owned(), format!("test-{number}")),
            ("PICUP_AMQP_URL".to_owned(), amqp_url.to_owned()),
            ("PICUP_COMMAND_URL".to_owned(), format!("http://{command}")),
            (
                "PICUP_PROJECTION_URL".to_owned(),
                format!("http://{projection}"),
            ),
            (
                "PICUP_OPERATIONS_URL".to_owned(),
                format!("http://{operations}"),
            ),
            ("PICUP_OPERATOR_EMAIL".to_owned(), OPERATOR.to_owned()),
            (
                "PICUP_OPERATOR_PASSWORD".to_owned(),
                OPERATOR_PASSWORD.to_owned(),
            ),
            ("PICUP_MYSQL_CONNECTIONS".to_owned(), "12".to_owned()),
            ("PICUP_SIGN_INS_PER_MINUTE".to_owned(), "1000".to_owned()),
            (
                "PICUP_ACCESS_REQUESTS_PER_MINUTE".to_owned(),
                "100000".to_owned(),
            ),
            (
                "PICUP_ACCOUNT_REQUESTS_PER_SECOND".to_owned(),
                "100000".to_owned(),
            ),
        ]);
        own.extend(
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let nothing = HashMap::new();
        let mut configuration = Configuration::new(endpoints, &secrets, &nothing);
        for (name, value) in own {
            configuration.set(&name, value);
        }
        let variables = configuration.into_variables();
        let settings = picup_command_svc::Settings::read(&variables).expect("settings");
        Objects::connect(&settings.objects)
            .await
            .ensure_bucket()
            .await
            .expect("a bucket");
        let running = HashMap::new();
        let mut system = Self {
            variables,
            running,
            command,
            projection,
            operations,
            gateway,
        };
        for service in SERVICES {
            system.start_service(service).await;
        }
        system
    }

    /// The gateway's URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.gateway)
    }

    /// command-svc's own URL, behind the gateway.
    pub fn command_url(&self) -> String {
        format!("http://{}", self.command)
    }

    /// projection-svc's own URL, behind the gateway.
    pub fn projection_url(&self) -> String {
        format!("http://{}", self.projection)
    }

    /// operations-svc's own URL, behind the gateway.
    pub fn operations_url(&self) -> String {
        format!("http://{}", self.operations)
    }

    /// The operator, signed in.
    pub async fn operator(&self) -> Person {
        Person::sign_in(self, OPERATOR, OPERATOR_PASSWORD).await
    }

    /// A variable that the services read.
    pub fn variable(&self, name: &str) -> &str {
        &self.variables[name]
    }

    /// The objects in this installation's bucket.
    pub async fn objects(&self) -> Objects {
        let settings = picup_command_svc::Settings::read(&self.variables).expect("settings");
        Objects::connect(&settings.objects).await
    }

    /// The log's database.
    pub async fn log(&self) -> MySqlPool {
        self.database("").await
    }

    /// A database of this installation: `""` is the log's, `"_album_listings_g1"` a read model's.
    pub async fn database(&self, suffix: &str) -> MySqlPool {
        let database = Database {
            server_url: self.variable("PICUP_MYSQL_URL").to_owned().into(),
            name: self.variable("PICUP_DATABASE").to_owned(),
        };
        let name = format!("{}{suffix}", database.name);
        database.open(&name, 4).await.expect("the database opens")
    }

    /// Starts a service that is not running.
    pub async fn start_service(&mut self, service: Service) {
        let variables = self.variables.clone();
        let address = match service {
            Service::Command => self.command,
            Service::Projection => self.projection,
            Service::Operations => self.operations,
            Service::Gateway | Service::Purger => self.gateway,
        };
        let started = tokio::task::spawn_blocking(move || {
            let runtime = Runtime::new().expect("a runtime");
            let lifecycle = Lifecycle::new();
            runtime.block_on(start(service, &variables, address, &lifecycle));
            Running { runtime, lifecycle }
        });
        self.running
            .insert(service, started.await.expect("the service starts"));
    }

    /// Stops a service as SIGTERM does.
    pub async fn stop_service(&mut self, service: Service) {
        let running = self.running.remove(&service).expect("it runs");
        running.lifecycle.request_stop();
        assert!(
            running.lifecycle.drain(Duration::from_secs(15)).await,
            "{service:?} drains in time"
        );
        running.runtime.shutdown_background();
    }

    /// Ends a service wherever it is, between two instructions: nothing is drained, acked or closed.
    pub fn kill_service(&mut self, service: Service) {
        let running = self.running.remove(&service).expect("it runs");
        running.runtime.shutdown_background();
    }
}

impl Drop for System {
    fn drop(&mut self) {
        for (_, running) in self.running.drain() {
            running.lifecycle.request_stop();
            running.runtime.shutdown_background();
        }
    }
}

async fn start(
    service: Service,
    variables: &HashMap<String, String>,
    address: SocketAddr,
    lifecycle: &Lifecycle,
) {
    let readiness = Readiness::new();
    let started = match service {
        Service::Command => {
            let settings = picup_command_svc::Settings::read(variables).expect("settings");
            picup_command_svc::start(settings, listen(address).await, lifecycle, &readiness).await
        }
        Service::Projection => {
            let settings = picup_projection_svc::Settings::read(variables).expect("settings");
            picup_projection_svc::start(settings, listen(address).await, lifecycle, &readiness)
                .await
        }
        Service::Operations => {
            let settings = picup_operations_svc::Settings::read(variables).expect("settings");
            picup_operations_svc::start(settings, listen(address).await, lifecycle, &readiness)
                .await
        }
        Service::Purger => {
            let settings = picup_purger::Settings::read(variables).expect("settings");
            picup_purger::start(settings, lifecycle, &readiness).await
        }
        Service::Gateway => {
            let settings = picup_gateway::Settings::read(variables).expect("settings");
            picup_gateway::start(settings, listen(address).await, lifecycle, &readiness).await
        }
    };
    started.expect("the service starts");
}

/// Listens on an address that a killed predecessor may still be letting go of.
async fn listen(address: SocketAddr) -> TcpListener {
    let start = Instant::now();
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(error) => assert!(
                start.elapsed() < Duration::from_secs(10),
                "{address}: {error}"
            ),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn free_address() -> SocketAddr {
    StdListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
}
