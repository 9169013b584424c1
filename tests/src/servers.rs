use std::sync::OnceLock;

use picup_local_stack::{LocalStack, Options};

/// The servers that all tests of this process share. They end with the process, however it ends.
pub fn shared_servers() -> &'static LocalStack {
    static SHARED: OnceLock<LocalStack> = OnceLock::new();
    SHARED.get_or_init(own_servers)
}

/// Servers for one test alone, which may then be killed.
pub fn own_servers() -> LocalStack {
    let progress = |line: &str| eprintln!("servers: {line}");
    LocalStack::start(Options::throw_away(), &progress).expect("the servers start")
}
