use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Error;
use crate::command::run;
use crate::install::{Refusal, find_program, install, take_turn};

/// What others have written in Python, from PyPI, in a virtual environment: second opinions for tests.
/// It holds [`crate::Moto`]'s programs and AWS's own client, `boto3`.
pub struct PythonEnvironment {
    folder: PathBuf,
}

/// What the tests were written against: moto as it was before 5.2, whose answer to ListParts has
/// another name than AWS gives it.
const REQUIREMENTS: [&str; 2] = ["moto[server]==5.1.*", "boto3"];
/// The Debian package of Python with what makes virtual environments.
const PACKAGE: &str = "python3-venv";
const LIMIT: Duration = Duration::from_mins(10);

impl PythonEnvironment {
    /// Makes the environment below `programs`, where it is kept, unless it is there already; Python
    /// itself is installed from Debian's packages where it is missing.
    pub fn prepare(programs: &Path, progress: &dyn Fn(&str)) -> Result<Self, Error> {
        let folder = programs.join("python");
        fs::create_dir_all(programs).map_err(Error::io("creating a folder for programs"))?;
        let _turn = take_turn(&folder.with_extension("lock"))?;
        let log = folder.with_extension("log");
        let (done, wanted) = (folder.join("installed"), REQUIREMENTS.join(", "));
        let environment = Self { folder };
        if fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
            return Ok(environment);
        }
        let python = system_python(progress)?;
        progress(&format!("Installing {wanted} from PyPI"));
        let mut create = Command::new(python);
        create
            .args(["-m", "venv", "--clear"])
            .arg(&environment.folder);
        run(&mut create, &log, LIMIT)?;
        let mut pip = Command::new(environment.program("pip"));
        pip.args(["install", "--quiet"]).args(REQUIREMENTS);
        run(&mut pip, &log, LIMIT)?;
        fs::write(&done, wanted).map_err(Error::io("noting what was installed"))?;
        Ok(environment)
    }

    /// Where one of its programs is, `python` among them.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }
}

/// A Python that can make virtual environments: Debian's cannot without a package of its own.
fn system_python(progress: &dyn Fn(&str)) -> Result<PathBuf, Error> {
    let find = || {
        ["python3", "/usr/bin/python3"]
            .into_iter()
            .filter_map(find_program)
            .find(|python| makes_environments(python))
    };
    let missing = || find().map_or_else(|| vec![PACKAGE], |_| Vec::new());
    let absent = |because: &str| Error::NotInstalled {
        programs: "python3".to_owned(),
        packages: PACKAGE.to_owned(),
        because: because.to_owned(),
    };
    install(&missing, progress).map_err(|refusal| match refusal {
        Refusal::Impossible(because) => absent(because),
        Refusal::Failed(error) => error,
    })?;
    find().ok_or_else(|| absent(""))
}

fn makes_environments(python: &Path) -> bool {
    Command::new(python)
        .args(["-c", "import ensurepip, venv"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
