//! The purger as a process of its own.

use std::process::ExitCode;

use picup_purger::{Settings, start};
use picup_service::config::Environment;

fn main() -> ExitCode {
    picup_service::run("picup-purger", async |lifecycle, readiness| {
        start(Settings::read(&Environment)?, &lifecycle, &readiness).await
    })
}
