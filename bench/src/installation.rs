use std::{env, fs, path::PathBuf, process::Stdio, time::Duration};

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::servers::Servers;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// `picup up` in a process of its own, the binary that people run, on our servers. All services and the
/// embedded S3 are in that process; MariaDB, RabbitMQ and Redis are not. It is killed when this is dropped.
pub struct Installation {
    child: Child,
    /// Where its gateway listens.
    pub url: String,
    /// Kept open, so that it can go on printing.
    lines: Lines<BufReader<ChildStdout>>,
    folder: TempDir,
    /// What it was told.
    variables: Vec<(&'static str, String)>,
}

type Launched = (Child, String, Lines<BufReader<ChildStdout>>);

async fn launch(folder: &TempDir, variables: &[(&str, String)]) -> anyhow::Result<Launched> {
    let mut command = Command::new(program()?);
    for (variable, _) in env::vars_os() {
        if variable.to_string_lossy().starts_with("PICUP_") {
            command.env_remove(variable);
        }
    }
    let mut child = command
        .args(["up", "--no-demo", "--address", "127.0.0.1:0", "--folder"])
        .arg(folder.path())
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("picup cannot be started")?;
    let output = child.stdout.take().context("its output is ours")?;
    let mut lines = BufReader::new(output).lines();
    let url = timeout(PATIENCE, url(&mut lines)).await;
    let url = url.context("`picup up` is not ready in time")??;
    Ok((child, url, lines))
}

impl Installation {
    /// Starts one with data of its own and waits until it is ready.
    pub async fn start(servers: &Servers, name: &str) -> anyhow::Result<Self> {
        Self::start_with(servers, name, &[]).await
    }

    /// Starts one like [`Self::start`], with these variables besides.
    pub async fn start_with(
        servers: &Servers,
        name: &str,
        variables: &[(&'static str, &str)],
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let endpoints = servers.endpoints();
        let mut all_variables = vec![
            ("PICUP_MYSQL_URL", endpoints.mysql_url.clone()),
            ("PICUP_AMQP_URL", servers.broker_host(name)?),
            ("PICUP_REDIS_URL", endpoints.redis_url.clone()),
            ("PICUP_DATABASE", name.to_owned()),
        ];
        let more = variables.iter();
        all_variables.extend(more.map(|(name, value)| (*name, (*value).to_owned())));
        let (child, url, lines) = launch(&folder, &all_variables).await?;
        Ok(Self {
            child,
            url,
            lines,
            folder,
            variables: all_variables,
        })
    }

    /// Kills it with SIGKILL and starts it again on what it left. It listens elsewhere then.
    pub async fn kill_and_start_again(&mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        (self.child, self.url, self.lines) = launch(&self.folder, &self.variables).await?;
        Ok(())
    }

    /// What its operator signs in with.
    pub fn operator_password(&self) -> anyhow::Result<String> {
        let password = fs::read_to_string(self.folder.path().join("operator-password"));
        Ok(password
            .context("there is no operator's password")?
            .trim()
            .to_owned())
    }

    /// The most memory that the process has held so far, in bytes.
    pub fn peak_memory(&self) -> anyhow::Result<u64> {
        let process = self.child.id().context("`picup up` has ended")?;
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|peak| peak.trim().strip_suffix("kB"))
            .context("the system tells no VmHWM")?;
        Ok(peak.trim().parse::<u64>()? * 1024)
    }

    /// Ends it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// The binary beside our own.
fn program() -> anyhow::Result<PathBuf> {
    let program = env::current_exe()?.with_file_name("picup");
    anyhow::ensure!(
        program.exists(),
        "{} is missing: `make bench` builds it",
        program.display()
    );
    Ok(program)
}

/// Reads the line that says that it is ready.
async fn url(lines: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<String> {
    while let Some(line) = lines.next_line().await? {
        if let Some(rest) = line.strip_prefix("Pic-up is running at ") {
            let url = rest.split_whitespace().next();
            return Ok(url.context("it says no URL")?.to_owned());
        }
    }
    anyhow::bail!("`picup up` ended while starting; see above")
}
