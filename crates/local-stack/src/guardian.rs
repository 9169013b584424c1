use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::command::wait_for;
use crate::credentials::write_private;
use crate::error::tail;
use crate::{DataFolder, Error};

/// Runs beside each server, in a process group of its own; see its first lines. ("Server" there also
/// means a program that ends by itself.)
const SCRIPT: &str = include_str!("guardian.sh");

/// Puts the script into `folder`, so that a listing of processes shows its name and not its text.
pub(crate) fn write_script(folder: &Path) -> Result<(), Error> {
    write_private(&script(folder), SCRIPT.as_bytes())
}

fn script(folder: &Path) -> PathBuf {
    folder.join("guardian.sh")
}

/// Everything needed to start a server, as often as wanted.
pub(crate) struct Launch {
    pub(crate) name: &'static str,
    pub(crate) folder: DataFolder,
    pub(crate) working_folder: PathBuf,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// The server sees these variables and no others of ours.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// How long it may take to stop orderly.
    pub(crate) grace: Duration,
}

impl Launch {
    pub(crate) fn log(&self) -> PathBuf {
        self.working_folder.join("server.log")
    }

    /// Runs a program that ends by itself, at most for `limit`. It does not outlive us either.
    pub(crate) fn run(&self, limit: Duration) -> Result<(), Error> {
        let mut guardian = Guardian::start(self)?;
        let in_time = wait_for(limit, || guardian.server_has_ended());
        let status = guardian.end(End::AtOnce)?;
        let outcome = match status {
            _ if !in_time => format!("took longer than {limit:?}"),
            status if status.success() => return Ok(()),
            status => format!("failed ({status})"),
        };
        Err(Error::Command {
            program: self.name.to_owned(),
            outcome,
            tail: tail(&self.log()),
        })
    }
}

/// How a server is brought to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// SIGTERM, and SIGKILL only if that does not help in time.
    Orderly,
    /// SIGKILL.
    AtOnce,
    /// What also happens if we die: orderly if the data is kept, at once if it is thrown away.
    AsAgreed,
}

/// A running server and the shell that makes sure that it does not outlive us.
pub(crate) struct Guardian {
    name: &'static str,
    shell: Child,
    pipe: Option<ChildStdin>,
    server: u32,
    limit: Duration,
}

/// What a guardian may take beyond the grace: it waits 10 s after SIGKILL.
const BEYOND_GRACE: Duration = Duration::from_secs(15);

impl Guardian {
    pub(crate) fn start(launch: &Launch) -> Result<Self, Error> {
        let starting = || Error::io(format!("starting {}", launch.name));
        let twentieths = |grace: Duration| (grace.as_millis() / 50).to_string();
        let at_end = if launch.folder.is_kept() {
            launch.grace
        } else {
            Duration::ZERO
        };
        let mut shell = Command::new("/bin/sh")
            .arg(script(launch.folder.path()))
            .arg(launch.log())
            .arg(twentieths(at_end))
            .arg(twentieths(launch.grace))
            .arg(&launch.program)
            .args(&launch.arguments)
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("LANG", "C.UTF-8")
            .env("HOME", &launch.working_folder)
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&launch.working_folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(launch.folder.presence()?)
            .process_group(0)
            .spawn()
            .map_err(starting())?;
        let pipe = shell.stdin.take();
        let output = shell.stdout.take();
        let mut guardian = Self {
            name: launch.name,
            shell,
            pipe,
            server: 0,
            limit: launch.grace + BEYOND_GRACE,
        };
        let mut line = String::new();
        if let Some(output) = output {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(starting())?;
        }
        guardian.server = line
            .trim()
            .parse()
            .map_err(|_| starting()(std::io::Error::other("its guardian told no process id")))?;
        Ok(guardian)
    }

    pub(crate) fn server(&self) -> u32 {
        self.server
    }

    /// Whether the server has ended, as far as can be told. Its id stays taken until we end the
    /// guardian, so this looks at the right process.
    pub(crate) fn server_has_ended(&self) -> bool {
        std::fs::read_to_string(format!("/proc/{}/stat", self.server))
            .ok()
            .and_then(|stat| {
                stat.rsplit_once(") ")
                    .map(|(_, rest)| rest.starts_with(['Z', 'X']))
            })
            .unwrap_or(false)
    }

    /// Asks for the end without waiting for it.
    pub(crate) fn request_end(&mut self, end: End) {
        if let Some(mut pipe) = self.pipe.take() {
            let word: &[u8] = match end {
                End::Orderly => b"stop\n",
                End::AtOnce => b"kill\n",
                End::AsAgreed => b"",
            };
            // If the guardian is gone already there is nobody to tell.
            let _ = pipe.write_all(word);
        }
    }

    /// Waits, at most the grace and a little more, until the server and its guardian are gone, and
    /// tells how the server ended.
    pub(crate) fn end(&mut self, end: End) -> Result<ExitStatus, Error> {
        self.request_end(end);
        let mut status = None;
        wait_for(self.limit, || {
            status = self.shell.try_wait().transpose();
            status.is_some()
        });
        let not_stopped = || Error::NotStopped {
            server: self.name,
            limit: self.limit,
        };
        status
            .ok_or_else(not_stopped)?
            .map_err(Error::io(format!("waiting for {}", self.name)))
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        if let Err(error) = self.end(End::AsAgreed) {
            tracing::warn!(%error, "a private server is still there");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Set for a process that runs a long program and is to be killed: its folder.
    const ROLE: &str = "PICUP_TEST_PROGRAM_TO_BE_KILLED";

    fn shell(folder: DataFolder, script: &str) -> Launch {
        Launch {
            name: "a program",
            working_folder: folder.path().to_owned(),
            folder,
            program: "/bin/sh".into(),
            arguments: ["-c", script].map(OsString::from).into(),
            environment: Vec::new(),
            grace: Duration::ZERO,
        }
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended() -> Result<(), Error> {
        let parent = tempfile::tempdir().map_err(Error::io("making a folder"))?;
        let launch = shell(DataFolder::throw_away(parent.path())?, "sleep 60");
        let result = launch.run(Duration::from_millis(100));
        assert!(
            matches!(&result, Err(Error::Command { outcome, .. }) if outcome.contains("longer")),
            "{result:?}"
        );
        Ok(())
    }

    #[test]
    fn a_program_that_fails_says_what_it_wrote() -> Result<(), Error> {
        let parent = tempfile::tempdir().map_err(Error::io("making a folder"))?;
        let folder = DataFolder::throw_away(parent.path())?;
        shell(folder.clone(), "exit 0").run(Duration::from_secs(10))?;
        let result = shell(folder, "echo no such luck; exit 3").run(Duration::from_secs(10));
        assert!(
            matches!(&result, Err(Error::Command { tail, .. }) if tail == "no such luck"),
            "{result:?}"
        );
        Ok(())
    }

    #[test]
    #[ignore = "run by the test below as a process of its own"]
    fn process_with_a_program() -> Result<(), Error> {
        let Some(parent) = std::env::var_os(ROLE) else {
            return Ok(());
        };
        let parent = PathBuf::from(parent);
        let pids = parent.join("pids").display().to_string();
        let script = format!("sleep 600 & echo $$ $! >{pids}.new; mv {pids}.new {pids}; wait");
        shell(DataFolder::throw_away(&parent)?, &script).run(Duration::from_mins(10))
    }

    #[test]
    fn neither_a_program_nor_what_it_started_outlives_us() -> std::io::Result<()> {
        let parent = tempfile::tempdir()?;
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--exact", "guardian::tests::process_with_a_program"])
            .arg("--ignored")
            .env(ROLE, parent.path())
            .stdout(Stdio::null())
            .spawn()?;
        let pids = parent.path().join("pids");
        let limit = Duration::from_secs(30);
        let started = wait_for(limit, || pids.exists());
        process.kill()?;
        process.wait()?;
        assert!(started);
        let pids = fs::read_to_string(pids)?;
        let gone = |pid: &str| !Path::new("/proc").join(pid).exists();
        assert!(
            wait_for(limit, || pids.split_whitespace().all(gone)),
            "{pids}"
        );
        Ok(())
    }
}
