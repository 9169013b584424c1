use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;
use crate::error::tail;

/// Asks again and again, at most for `limit`, and tells whether the answer became yes.
pub(crate) fn wait_for(limit: Duration, mut answer: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(2);
    loop {
        if answer() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Runs a program to its end, at most for `limit`; what it writes goes to the file `log`.
pub(crate) fn run(command: &mut Command, log: &Path, limit: Duration) -> Result<(), Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = File::create(log).map_err(Error::io(format!("creating {}", log.display())))?;
    let errors = output
        .try_clone()
        .map_err(Error::io("sharing a log file"))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(Error::io(format!("starting {program}")))?;
    let mut ended = None;
    wait_for(limit, || {
        ended = child.try_wait().transpose();
        ended.is_some()
    });
    let outcome = match ended {
        Some(Ok(status)) if status.success() => return Ok(()),
        Some(Ok(status)) => format!("failed ({status})"),
        Some(Err(error)) => return Err(Error::io(format!("waiting for {program}"))(error)),
        None => {
            // It is our own unreaped child, so its id cannot belong to anybody else.
            child
                .kill()
                .and_then(|()| child.wait())
                .map_err(Error::io("ending a program"))?;
            format!("took longer than {limit:?}")
        }
    };
    Err(Error::Command {
        program,
        outcome,
        tail: tail(log),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_takes_too_long_is_ended() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("log");
        let started = Instant::now();
        let result = run(
            Command::new("sleep").arg("60"),
            &log,
            Duration::from_millis(100),
        );
        assert!(matches!(result, Err(Error::Command { .. })));
        assert!(started.elapsed() < Duration::from_secs(10));
        Ok(())
    }

    #[test]
    fn a_program_that_fails_says_what_it_wrote() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("log");
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such luck; exit 3"]);
        let result = run(&mut command, &log, Duration::from_secs(10));
        assert!(
            matches!(&result, Err(Error::Command { tail, .. }) if tail == "no such luck"),
            "{result:?}"
        );
        Ok(())
    }
}
