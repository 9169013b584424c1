use std::{
    collections::HashMap,
    env,
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use picup_local_stack::ReservedPort;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long it may take to start, and to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A command-svc in a process of its own. It is killed when this is dropped.
pub struct Process {
    child: Child,
    /// Where its gRPC server listens.
    pub url: String,
    admin: SocketAddr,
    _ports: [ReservedPort; 2],
}

impl Process {
    /// Starts one and waits until it is ready.
    pub async fn start(variables: &HashMap<String, String>) -> anyhow::Result<Self> {
        let program = env::current_exe()?.with_file_name("picup-command-svc");
        anyhow::ensure!(
            program.exists(),
            "{} is missing: `make bench` builds it",
            program.display()
        );
        let ports = [ReservedPort::any()?, ReservedPort::any()?];
        let [address, admin] = [ports[0].address(), ports[1].address()];
        let mut command = Command::new(program);
        for (variable, _) in env::vars_os() {
            if variable.to_string_lossy().starts_with("PICUP_") {
                command.env_remove(variable);
            }
        }
        let child = command
            .envs(variables)
            .env("PICUP_COMMAND_ADDRESS", address.to_string())
            .env("PICUP_ADMIN_ADDRESS", admin.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("command-svc cannot be started")?;
        let url = format!("http://{address}");
        let process = Self {
            child,
            url,
            admin,
            _ports: ports,
        };
        let start = Instant::now();
        while !process
            .get("/ready")
            .await
            .is_ok_and(|answer| answer.contains(" 200 "))
        {
            anyhow::ensure!(
                start.elapsed() < PATIENCE,
                "command-svc is not ready in time"
            );
            sleep(Duration::from_millis(50)).await;
        }
        Ok(process)
    }

    /// How often a stream had moved on under a command.
    pub async fn conflicts(&self) -> anyhow::Result<f64> {
        let metrics = self.get("/metrics").await?;
        let lines = metrics.lines().filter(|line| {
            line.starts_with("picup_appends_total") && line.contains("outcome=\"conflict\"")
        });
        let counts = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        // Not sum(): that of nothing is -0.
        Ok(counts.fold(0.0, |sum, count| sum + count))
    }

    /// Ends it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    async fn get(&self, path: &str) -> anyhow::Result<String> {
        let admin = self.admin;
        let exchanged = async {
            let mut stream = TcpStream::connect(admin).await?;
            let head = format!("GET {path} HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            anyhow::Ok(answer)
        };
        timeout(PATIENCE, exchanged).await?
    }
}
