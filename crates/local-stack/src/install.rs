use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Error;
use crate::command::run;

/// A program and the Debian package that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// The program's name, or its path where it is not on the usual ones.
    pub program: &'static str,
    /// The package's name in Debian.
    pub package: &'static str,
}

pub(crate) const MARIADB_SERVER: Package = Package {
    program: "mariadbd",
    package: "mariadb-server",
};
pub(crate) const MARIADB_INSTALL: Package = Package {
    program: "mariadb-install-db",
    package: "mariadb-server",
};
/// In the place of MariaDB, for a second opinion.
pub(crate) const MYSQL_SERVER: Package = Package {
    program: "mysqld",
    package: "mysql-server-core",
};
pub(crate) const REDIS_SERVER: Package = Package {
    program: "redis-server",
    package: "redis-server",
};
// The programs of the same names on the usual paths switch to another user.
pub(crate) const RABBITMQ_SERVER: Package = Package {
    program: "/usr/lib/rabbitmq/bin/rabbitmq-server",
    package: "rabbitmq-server",
};
pub(crate) const RABBITMQ_CONTROL: Package = Package {
    program: "/usr/lib/rabbitmq/bin/rabbitmqctl",
    package: "rabbitmq-server",
};
pub(crate) const RABBITMQ_PLUGINS: Package = Package {
    program: "/usr/lib/rabbitmq/bin/rabbitmq-plugins",
    package: "rabbitmq-server",
};
pub(crate) const EPMD: Package = Package {
    program: "epmd",
    package: "rabbitmq-server",
};

/// Decodes and encodes videos.
pub const FFMPEG: Package = Package {
    program: "ffmpeg",
    package: "ffmpeg",
};
/// Decodes HEIC and AVIF; `heif-enc`, which encodes them, comes with it.
pub const HEIF_CONVERT: Package = Package {
    program: "heif-convert",
    package: "libheif-examples",
};

/// Installs packages, keeping their scripts from starting services: a `policy-rc.d` that says no,
/// unless the machine has one of its own, and that goes away again also when something fails.
const INSTALL: &str = r#"
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
"#;
const INSTALL_LIMIT: Duration = Duration::from_mins(15);

/// Where a program is: on `PATH` or where system programs are, which not every user has there.
pub fn find_program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = [
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
    ];
    std::env::split_paths(&path)
        .chain(system.map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Installs what is missing of `packages` from Debian's packages, saying so through `progress`
/// first. Where there is no apt-get the error tells what to install.
pub fn install_missing(packages: &[Package], progress: &dyn Fn(&str)) -> Result<(), Error> {
    let names = || {
        let mut names: Vec<&str> = missing(packages)
            .iter()
            .map(|package| package.package)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    install(&names, progress).map_err(|refusal| match refusal {
        Refusal::Impossible(because) => not_installed(packages, because),
        Refusal::Failed(error) => error,
    })?;
    packages
        .iter()
        .try_for_each(|package| required(*package).map(drop))
}

/// Why nothing was installed.
pub(crate) enum Refusal {
    /// This is no machine for it.
    Impossible(&'static str),
    /// It went wrong.
    Failed(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Installs the Debian packages of which `missing` tells the names, unless there are none.
pub(crate) fn install(
    missing: &dyn Fn() -> Vec<&'static str>,
    progress: &dyn Fn(&str),
) -> Result<(), Refusal> {
    if missing().is_empty() {
        return Ok(());
    }
    if find_program("apt-get").is_none() {
        let because = " (there is no apt-get here to do it for you)";
        return Err(Refusal::Impossible(because));
    }
    let mut command = if we_are_root() {
        Command::new("/bin/sh")
    } else {
        let none = Refusal::Impossible(" (that needs root, and there is no sudo here)");
        let mut command = Command::new(find_program("sudo").ok_or(none)?);
        command.arg("/bin/sh");
        command
    };
    let folder = std::env::temp_dir();
    let _turn = take_turn(&folder.join("picup-install.lock"))?;
    // Somebody else may have done it while we waited for our turn.
    let names = missing();
    if names.is_empty() {
        return Ok(());
    }
    progress(&format!(
        "Installing {} with apt-get (about a minute)",
        names.join(", ")
    ));
    command.args(["-c", INSTALL, "picup-install"]).args(&names);
    let log = folder.join(format!(
        "picup-install-{}.log",
        uuid::Uuid::new_v4().simple()
    ));
    run(&mut command, &log, INSTALL_LIMIT)?;
    // Only of use after a failure.
    let _ = std::fs::remove_file(&log);
    Ok(())
}

fn missing(packages: &[Package]) -> Vec<Package> {
    packages
        .iter()
        .copied()
        .filter(|package| find_program(package.program).is_none())
        .collect()
}

/// Where the program of `package` is, or an error that tells what to install.
pub(crate) fn required(package: Package) -> Result<PathBuf, Error> {
    find_program(package.program).ok_or_else(|| not_installed(&[package], ""))
}

fn not_installed(packages: &[Package], because: &str) -> Error {
    let missing = missing(packages);
    let list = |name: fn(&Package) -> &str| {
        let mut names: Vec<&str> = missing.iter().map(name).collect();
        names.dedup();
        names.join(", ")
    };
    Error::NotInstalled {
        programs: list(|package| package.program),
        packages: list(|package| package.package),
        because: because.to_owned(),
    }
}

/// One installation at a time: apt-get refuses a second one.
pub(crate) fn take_turn(lock: &Path) -> Result<File, Error> {
    let waiting = || Error::io("waiting for another installation");
    // Another user's file in a shared folder can be opened for reading, but not with `create`.
    let create = |_| {
        File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(lock)
    };
    let file = File::open(lock).or_else(create).map_err(waiting())?;
    if crate::command::wait_for(INSTALL_LIMIT, || file.try_lock().is_ok()) {
        Ok(file)
    } else {
        Err(waiting()(std::io::ErrorKind::TimedOut.into()))
    }
}

pub(crate) fn we_are_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_not_installed_again() -> Result<(), Error> {
        let shell = Package {
            program: "sh",
            package: "dash",
        };
        install_missing(&[shell], &|message| panic!("{message}"))
    }

    #[test]
    fn the_error_tells_what_to_install() {
        let absent = Package {
            program: "no-such-program",
            package: "no-such-package",
        };
        let error = required(absent)
            .map_err(|error| error.to_string())
            .err()
            .unwrap_or_default();
        assert!(
            error.contains("no-such-program") && error.contains("no-such-package"),
            "{error}"
        );
    }
}
