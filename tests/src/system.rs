use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use picup::{
    client::Client,
    session::Session,
    up::{Secrets, configuration::Configuration},
};
use picup_event_bus::{CONSUMERS, Queues};
use picup_event_log::Database;
use picup_local_stack::{Endpoints, LocalStack, ReservedPort};
use picup_objects::Objects;
use picup_purger::Sweep;
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
    /// The thumbnailer, which tests start that are about renditions.
    Thumbnailer,
}

/// All services that every installation starts with.
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
    // Reserved for as long as the installation lives: what restarts finds its port free.
    command: ReservedPort,
    projection: ReservedPort,
    operations: ReservedPort,
    gateway: ReservedPort,
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
        let [command, projection, operations, gateway] =
            [(); 4].map(|()| ReservedPort::any().expect("a free port"));
        let secrets = Secrets::generate().expect("randomness");
        let mut own = HashMap::from([
            ("PICUP_DATABASE".to_owned(), format!("test_{number}")),
            ("PICUP_S3_BUCKET".to_owned(), format!("test-{number}")),
            ("PICUP_AMQP_URL".to_owned(), amqp_url.to_owned()),
            (
                "PICUP_COMMAND_URL".to_owned(),
                format!("http://{}", command.address()),
            ),
            (
                "PICUP_PROJECTION_URL".to_owned(),
                format!("http://{}", projection.address()),
            ),
            (
                "PICUP_OPERATIONS_URL".to_owned(),
                format!("http://{}", operations.address()),
            ),
            (
                "PICUP_CDN_URL".to_owned(),
                format!("http://{}", gateway.address()),
            ),
            ("PICUP_OPERATOR_EMAIL".to_owned(), OPERATOR.to_owned()),
            (
                "PICUP_OPERATOR_PASSWORD".to_owned(),
                OPERATOR_PASSWORD.to_owned(),
            ),
            ("PICUP_MYSQL_CONNECTIONS".to_owned(), "12".to_owned()),
            // Tests sweep when they mean to.
            ("PICUP_SWEEP_SECONDS".to_owned(), "0".to_owned()),
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
        format!("http://{}", self.gateway.address())
    }

    /// command-svc's own URL, behind the gateway.
    pub fn command_url(&self) -> String {
        format!("http://{}", self.command.address())
    }

    /// projection-svc's own URL, behind the gateway.
    pub fn projection_url(&self) -> String {
        format!("http://{}", self.projection.address())
    }

    /// operations-svc's own URL, behind the gateway.
    pub fn operations_url(&self) -> String {
        format!("http://{}", self.operations.address())
    }

    /// The operator, signed in.
    pub async fn operator(&self) -> Person {
        Person::sign_in(self, OPERATOR, OPERATOR_PASSWORD).await
    }

    /// The CLI's client, signed in as the operator.
    pub async fn operator_client(&self) -> Client {
        let client = Client::new(&self.url(), Session::in_memory()).expect("a client");
        let signed_in = client.sign_in(OPERATOR, OPERATOR_PASSWORD).await;
        signed_in.expect("the operator signs in");
        client
    }

    /// A sweep of this installation, as `picup-purger sweep` does it.
    pub async fn sweep(&self) -> Sweep {
        let settings = picup_purger::Settings::read(&self.variables).expect("settings");
        let sweep = picup_purger::prepare_sweep(&settings).await;
        sweep.expect("a sweep")
    }

    /// A variable that the services read.
    pub fn variable(&self, name: &str) -> &str {
        &self.variables[name]
    }

    /// All variables that the services read.
    pub fn variables(&self) -> &HashMap<String, String> {
        &self.variables
    }

    /// Changes a variable; services read it when they start again.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
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
        let port = match service {
            Service::Command => &self.command,
            Service::Projection => &self.projection,
            Service::Operations => &self.operations,
            Service::Gateway | Service::Purger | Service::Thumbnailer => &self.gateway,
        };
        let address = port.address();
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
        let url = self.variables["PICUP_AMQP_URL"].clone();
        std::thread::spawn(move || remove_queues(&url));
    }
}

/// All tests share one broker, and every installation has thirty quorum queues: left standing they would bring it to
/// its memory alarm. A broker that is away has nothing to be removed from.
fn remove_queues(amqp_url: &str) {
    let (Ok(runtime), Ok(url)) = (Runtime::new(), amqp_url.parse()) else {
        return;
    };
    runtime.block_on(async {
        let queues = Queues::new(url);
        for consumer in CONSUMERS {
            if queues.delete(consumer).await.is_err() {
                return;
            }
        }
    });
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
        Service::Thumbnailer => {
            let settings = picup_thumbnailer::Settings::read_with_broker(variables);
            picup_thumbnailer::start(settings.expect("settings"), lifecycle, &readiness).await
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
