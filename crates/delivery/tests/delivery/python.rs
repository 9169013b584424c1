//! A Python with AWS's own client.

use std::path::{Path, PathBuf};

use picup_local_stack::PythonEnvironment;

/// Where it is; made at the first run.
pub fn python() -> PathBuf {
    let programs = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let environment = PythonEnvironment::prepare(programs, &|message| eprintln!("{message}"));
    environment.unwrap().program("python")
}
