//! The thumbnailer as a process of its own.

use std::process::ExitCode;

use picup_service::config::Environment;
use picup_thumbnailer::{Settings, start};

fn main() -> ExitCode {
    picup_service::run("picup-thumbnailer", async |lifecycle, readiness| {
        let settings = Settings::read_with_broker(&Environment)?;
        start(settings, &lifecycle, &readiness).await
    })
}
