//! The `picup` command. All of it is in the library: start reading at `picup::run`.

use std::{process::ExitCode, time::Duration};

use clap::Parser as _;
use picup::{Cli, ErrorKind};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("picup: cannot start: {error}");
            return ErrorKind::Failed.exit_code().into();
        }
    };
    let result = runtime.block_on(picup::run(cli));
    // A thread that still reads a file must not hold up the end.
    runtime.shutdown_timeout(Duration::from_millis(200));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("picup: {error}");
            error.kind().exit_code().into()
        }
    }
}
