use std::sync::OnceLock;

use picup_local_stack::{Existing, LocalStack, Options, Programs};

/// The servers that all tests of this process share. They end with the process, however it ends.
///
/// `PICUP_TEST_USR` names the `/usr` of another release, with RabbitMQ and MySQL to run the same tests on (see
/// `make conformance`), and `PICUP_TEST_MYSQL_URL` another MySQL or MariaDB to run the same tests on.
pub fn shared_servers() -> &'static LocalStack {
    static SHARED: OnceLock<LocalStack> = OnceLock::new();
    SHARED.get_or_init(|| {
        let mysql_url = std::env::var("PICUP_TEST_MYSQL_URL").ok();
        start(Existing {
            mysql_url,
            ..Existing::default()
        })
    })
}

/// Servers for one test alone, which may then be killed.
pub fn own_servers() -> LocalStack {
    start(Existing::default())
}

fn start(existing: Existing) -> LocalStack {
    let progress = |line: &str| eprintln!("servers: {line}");
    let options = Options {
        existing,
        programs: Programs::for_tests(),
        ..Options::throw_away()
    };
    LocalStack::start(options, &progress).expect("the servers start")
}

/// Servers for one test alone, with a replica of their MariaDB, which is Debian's in any case.
pub fn own_servers_with_replica() -> LocalStack {
    let progress = |line: &str| eprintln!("servers: {line}");
    let options = Options {
        with_replica: true,
        ..Options::throw_away()
    };
    LocalStack::start(options, &progress).expect("the servers start")
}
