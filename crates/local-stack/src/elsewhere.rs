use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;
use crate::install::{Package, required};

/// Lays another release's `/usr` over ours, for one process and its children, and becomes the program. All
/// other paths, those of the data among them, stay what they are.
const LAY_OVER: &str = r#"mount --bind "$0" /usr && exec "$@""#;

/// The programs of the servers: this machine's, or those of another release of Debian that was unpacked
/// somewhere, for a second opinion (root only).
#[derive(Clone, Debug, Default)]
pub struct Programs {
    usr: Option<PathBuf>,
}

impl Programs {
    /// RabbitMQ, and MySQL in the place of MariaDB, out of the `/usr` of another release.
    pub fn elsewhere(usr: PathBuf) -> Self {
        Self { usr: Some(usr) }
    }

    /// For tests: those in the folder that `PICUP_TEST_USR` names, if it is set.
    pub fn for_tests() -> Self {
        let usr = std::env::var_os("PICUP_TEST_USR").filter(|usr| !usr.is_empty());
        usr.map_or_else(Self::default, |usr| Self::elsewhere(usr.into()))
    }

    pub(crate) fn are_elsewhere(&self) -> bool {
        self.usr.is_some()
    }

    /// Where a program is, as those see it who start it.
    pub(crate) fn find(&self, package: Package) -> Result<PathBuf, Error> {
        let Some(usr) = &self.usr else {
            return required(package);
        };
        let names = match Path::new(package.program).strip_prefix("/usr") {
            Ok(path) => vec![path.to_owned()],
            Err(_) => ["sbin", "bin"]
                .map(|folder| Path::new(folder).join(package.program))
                .into(),
        };
        let found = names.into_iter().find(|name| usr.join(name).is_file());
        let found = found.map(|name| Path::new("/usr").join(name));
        found.ok_or_else(|| Error::NotInstalled {
            programs: package.program.to_owned(),
            packages: package.package.to_owned(),
            because: format!(" in {}", usr.display()),
        })
    }

    /// What to start in order to start a program.
    pub(crate) fn start(&self, program: PathBuf) -> (PathBuf, Vec<OsString>) {
        let Some(usr) = &self.usr else {
            return (program, Vec::new());
        };
        let mut arguments: Vec<OsString> = ["--mount", "--propagation", "private"]
            .map(OsString::from)
            .into();
        arguments.extend(["/bin/sh", "-c", LAY_OVER].map(OsString::from));
        arguments.extend([usr.clone().into_os_string(), program.into_os_string()]);
        (PathBuf::from("/usr/bin/unshare"), arguments)
    }

    pub(crate) fn command(&self, package: Package) -> Result<Command, Error> {
        let (program, arguments) = self.start(self.find(package)?);
        let mut command = Command::new(program);
        command.args(arguments);
        Ok(command)
    }
}
