//! Programs that decode for us, as child processes that can take only so much: `prlimit` sets the kernel's
//! limits and then becomes the program, so that killing the child kills the decoder.

mod verdict;

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::{Failure, Trouble, Unrenderable};

/// How much of what a program complains of is kept, in bytes.
const MOST_COMPLAINTS: usize = 16 * 1024;
/// How much a program may print where we read it, in bytes.
const MOST_OUTPUT: usize = 1024 * 1024;
const OPEN_FILES: u32 = 64;
/// Between the polite signal for too much processor time and the one that cannot be caught, in seconds.
const GRACE_SECONDS: u64 = 5;
/// What one child may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Address space in bytes.
    pub memory_bytes: u64,
    /// Length of any file that it writes, in bytes.
    pub file_bytes: u64,
    /// On the clock; and of processor time as much for each of the cores.
    pub time: Duration,
    /// Cores that it may keep busy.
    pub cores: u64,
}

/// A program with its arguments, not started yet.
#[derive(Debug)]
pub(super) struct Bounded<'a> {
    /// Where `prlimit` is.
    pub prlimit: &'a Path,
    /// Where the program is.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Where it runs, and where it may write.
    pub folder: &'a Path,
}

impl Bounded<'_> {
    /// Runs it to its end and returns what it printed. Dropping the future kills it.
    pub async fn run(self, bounds: Bounds) -> Result<Vec<u8>, Failure> {
        let mut child = self
            .command(bounds)
            .spawn()
            .map_err(Trouble::while_doing("starting a decoder"))?;
        let output = child.stdout.take();
        let complaints = child.stderr.take();
        let talk = async {
            let all = tokio::join!(
                read(output, MOST_OUTPUT),
                read(complaints, MOST_COMPLAINTS),
                child.wait()
            );
            Ok::<_, std::io::Error>((all.0?, all.1?, all.2?))
        };
        let ended = tokio::time::timeout(bounds.time, talk).await;
        let Ok(ended) = ended else {
            end(&mut child).await;
            return Err(verdict::out_of_time(bounds).into());
        };
        let (output, complaints, status) =
            ended.map_err(Trouble::while_doing("listening to a decoder"))?;
        if status.success() && output.len() > MOST_OUTPUT {
            return Err(Unrenderable::malformed("there are too many tracks in it").into());
        }
        if status.success() {
            return Ok(output);
        }
        let mut complaints = String::from_utf8_lossy(&complaints).into_owned();
        for path in self.paths() {
            complaints = complaints.replace(&format!("file:{path}"), "the file");
            complaints = complaints.replace(path, "the file");
        }
        Err(verdict::verdict(status, &complaints, bounds))
    }

    fn command(&self, bounds: Bounds) -> Command {
        let seconds = bounds.time.as_secs().max(1) * bounds.cores.max(1);
        let mut command = Command::new(self.prlimit);
        command
            .arg(format!("--as={}", bounds.memory_bytes))
            .arg(format!("--cpu={seconds}:{}", seconds + GRACE_SECONDS))
            .arg(format!("--fsize={}", bounds.file_bytes))
            .arg(format!("--nofile={OPEN_FILES}"))
            .arg("--core=0")
            .arg("--")
            .arg(self.program)
            .args(&self.arguments)
            .current_dir(self.folder)
            .env_clear()
            // So that what it says can be understood.
            .env("LC_ALL", "C")
            .env("AV_LOG_FORCE_NOCOLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// The paths that it was given, which nobody outside is told.
    fn paths(&self) -> impl Iterator<Item = &str> {
        let arguments = self
            .arguments
            .iter()
            .filter_map(|argument| argument.to_str());
        let bare = arguments.map(|argument| argument.trim_start_matches("file:"));
        bare.filter(|argument| argument.starts_with('/'))
    }
}

/// Reads to the end and keeps the first `most` bytes and one more, which tells that there were more.
async fn read(from: Option<impl AsyncRead + Unpin>, most: usize) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let Some(mut from) = from else {
        return Ok(kept);
    };
    let mut piece = vec![0; 8 * 1024];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(kept);
        }
        let room = (most + 1).saturating_sub(kept.len());
        kept.extend_from_slice(&piece[..length.min(room)]);
    }
}

async fn end(child: &mut Child) {
    // It may have ended by itself just now.
    let _ = child.kill().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        memory_bytes: 1 << 30,
        file_bytes: 1000,
        time: Duration::from_secs(1),
        cores: 1,
    };

    async fn shell(script: &str) -> Result<Vec<u8>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let bounded = Bounded {
            prlimit: Path::new("/usr/bin/prlimit"),
            program: Path::new("/bin/sh"),
            arguments: vec!["-c".into(), script.into()],
            folder: folder.path(),
        };
        bounded.run(BOUNDS).await
    }

    async fn code(script: &str) -> &'static str {
        match shell(script).await {
            Err(Failure::Unrenderable(reason)) => reason.code(),
            Err(Failure::Trouble(trouble)) => panic!("{trouble}"),
            Ok(_) => "",
        }
    }

    #[tokio::test]
    async fn a_child_sees_no_environment_and_nothing_to_read() {
        let output = shell("echo \"$PATH$HOME$LC_ALL\"; cat; ulimit -n")
            .await
            .unwrap();
        let output = String::from_utf8(output).unwrap();
        assert!(output.contains("C\n64"), "{output}");
        assert!(!output.contains("root"), "{output}");
    }

    #[tokio::test]
    async fn a_child_that_sleeps_or_spins_is_out_of_time() {
        assert_eq!(code("sleep 60").await, "OUT_OF_TIME");
        assert_eq!(code("while :; do :; done").await, "OUT_OF_TIME");
    }

    #[tokio::test]
    async fn a_child_that_writes_too_much_is_stopped() {
        assert_eq!(
            code("exec /usr/bin/head -c 2000 /dev/zero > large").await,
            "TOO_MANY_BYTES"
        );
    }

    #[tokio::test]
    async fn a_child_that_prints_without_end_is_bounded_in_memory_and_time() {
        assert_eq!(
            code("while :; do echo 0123456789; done").await,
            "OUT_OF_TIME"
        );
        assert_eq!(
            code("/usr/bin/head -c 2000000 /dev/zero").await,
            "MALFORMED"
        );
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_trouble_and_not_the_files_fault() {
        let bounded = Bounded {
            prlimit: Path::new("/usr/bin/prlimit"),
            program: Path::new("/no/such/program"),
            arguments: Vec::new(),
            folder: Path::new("/"),
        };
        let failure = bounded.run(BOUNDS).await.unwrap_err();
        assert!(matches!(failure, Failure::Trouble(_)), "{failure}");
    }

    #[tokio::test]
    async fn what_a_child_complains_of_names_no_folder_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let bounded = Bounded {
            prlimit: Path::new("/usr/bin/prlimit"),
            program: Path::new("/bin/cat"),
            arguments: vec!["/no/such/folder/with/a/secret".into()],
            folder: folder.path(),
        };
        let failure = bounded.run(BOUNDS).await.unwrap_err().to_string();
        assert!(
            failure.contains("the file") && !failure.contains("secret"),
            "{failure}"
        );
    }
}
