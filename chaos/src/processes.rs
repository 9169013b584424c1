//! The services as processes of their own, and what can be done to a process.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use tokio::time::sleep;

use crate::{http, memory};

const GUARDIAN: &str = include_str!("guardian.sh");
const LOOK: Duration = Duration::from_millis(100);
/// A service that cannot start, since a server is away, is started again after this time.
const PAUSE: Duration = Duration::from_millis(500);

/// How to start a service.
pub struct Launch {
    pub name: String,
    pub program: PathBuf,
    pub log: PathBuf,
    pub variables: HashMap<String, String>,
    /// Where it serves health and metrics.
    pub admin: SocketAddr,
}

/// One service, started again whenever it has ended.
pub struct Process {
    pub launch: Launch,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: Option<Guarded>,
    /// Not to be started again before this moment.
    down_until: Option<Instant>,
    killed: bool,
    /// Counts its lives.
    life: u32,
    ended_by_itself: u32,
    peak_bytes: u64,
    stopping: bool,
}

struct Guarded {
    shell: Child,
    pipe: Option<ChildStdin>,
    pid: u32,
}

impl Process {
    /// Starts it.
    pub fn start(launch: Launch) -> anyhow::Result<Arc<Self>> {
        let process = Self {
            launch,
            state: Mutex::default(),
        };
        process.start_again()?;
        Ok(Arc::new(process))
    }

    /// Its process id, if it runs.
    pub fn pid(&self) -> Option<u32> {
        self.state().running.as_ref().map(|running| running.pid)
    }

    /// Which of its lives this is.
    pub fn life(&self) -> u32 {
        self.state().life
    }

    /// How often it ended though nobody had killed it.
    pub fn ended_by_itself(&self) -> u32 {
        self.state().ended_by_itself
    }

    /// The most memory that it ever had.
    pub fn peak_bytes(&self) -> u64 {
        self.state().peak_bytes
    }

    /// SIGKILL; it stays away for so long. Answers the id of the process that is gone.
    pub async fn kill(&self, away: Duration) -> anyhow::Result<u32> {
        let pid = self
            .pid()
            .with_context(|| format!("{} does not run", self.launch.name))?;
        {
            let mut state = self.state();
            state.killed = true;
            state.down_until = Some(Instant::now() + away);
        }
        signal(pid, "KILL")?;
        wait_for_state(pid, &['Z', 'X']).await?;
        Ok(pid)
    }

    /// Whether it says that it is ready.
    pub async fn is_ready(&self) -> bool {
        let answer = http::get(self.launch.admin, "/ready").await;
        self.pid().is_some() && answer.is_ok_and(|answer| answer.status == 200)
    }

    /// Looks after it for ever: measures it, and starts it again when it has ended.
    pub async fn attend(self: Arc<Self>) {
        loop {
            sleep(LOOK).await;
            let pid = self.pid();
            if let Some(pid) = pid {
                let peak = memory::peak_of(pid).unwrap_or(0);
                let mut state = self.state();
                state.peak_bytes = state.peak_bytes.max(peak);
            }
            if pid.is_some_and(|pid| state_of(pid).is_none_or(|state| matches!(state, 'Z' | 'X'))) {
                self.bury();
            }
            let due = {
                let state = self.state();
                let away = state.down_until.is_some_and(|until| Instant::now() < until);
                state.running.is_none() && !away && !state.stopping
            };
            if due && let Err(error) = self.start_again() {
                eprintln!("chaos: {} cannot be started: {error:#}", self.launch.name);
                sleep(PAUSE).await;
            }
        }
    }

    /// Ends it for good.
    pub fn end(&self) {
        let mut state = self.state();
        state.stopping = true;
        state.running = None;
    }

    fn bury(&self) {
        let mut state = self.state();
        state.running = None;
        if !std::mem::take(&mut state.killed) {
            state.ended_by_itself += 1;
            state.down_until = Some(Instant::now() + PAUSE);
        }
    }

    fn start_again(&self) -> anyhow::Result<()> {
        let started = Guarded::start(&self.launch)?;
        let mut state = self.state();
        state.running = Some(started);
        state.life += 1;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guarded {
    fn start(launch: &Launch) -> anyhow::Result<Self> {
        let starting = || format!("{} cannot be started", launch.name);
        let mut shell = Command::new("/bin/sh")
            .args(["-c", GUARDIAN, "guardian"])
            .arg(&launch.log)
            .arg(&launch.program)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .envs(&launch.variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(starting)?;
        let pipe = shell.stdin.take();
        let mut line = String::new();
        if let Some(output) = shell.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let pid = line.trim().parse().with_context(starting)?;
        Ok(Self { shell, pipe, pid })
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // A stopped process dies of SIGKILL all the same.
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}

/// Sends a signal by name.
pub fn signal(pid: u32, name: &str) -> anyhow::Result<()> {
    let status = Command::new("/bin/sh")
        .args(["-c", "kill -s \"$0\" \"$1\"", name, &pid.to_string()])
        .stderr(Stdio::null())
        .status()?;
    anyhow::ensure!(
        status.success(),
        "process {pid} is not there to get SIG{name}"
    );
    Ok(())
}

/// What the system says a process is doing: R, S, D, T, Z; nothing if there is none of that id.
pub fn state_of(pid: u32) -> Option<char> {
    let stat =
        std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    stat.rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next())
}

/// Waits until a process is seen in one of these states; none at all counts as `X`.
pub async fn wait_for_state(pid: u32, wanted: &[char]) -> anyhow::Result<char> {
    let start = Instant::now();
    loop {
        let state = state_of(pid).unwrap_or('X');
        if wanted.contains(&state) {
            return Ok(state);
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(5),
            "process {pid} is in state {state}, not {wanted:?}"
        );
        sleep(Duration::from_millis(5)).await;
    }
}

/// SIGSTOP, seen; so long nothing; SIGCONT, seen.
pub async fn suspend(pid: u32, pause: Duration) -> anyhow::Result<()> {
    signal(pid, "STOP")?;
    let stopped = wait_for_state(pid, &['T']).await;
    if stopped.is_ok() {
        sleep(pause).await;
    }
    signal(pid, "CONT")?;
    stopped?;
    wait_for_state(pid, &['R', 'S', 'D']).await?;
    Ok(())
}
