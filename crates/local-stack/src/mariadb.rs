use std::ffi::OsString;
use std::fs;
use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::credentials::{USER, write_private};
use crate::guardian::Launch;
use crate::install::{MARIADB_INSTALL, MARIADB_SERVER, MYSQL_SERVER, we_are_root};
use crate::ports::ReservedPort;
use crate::server::Server;
use crate::{DataFolder, Error, Package, Programs};

/// A private MariaDB, or MySQL where the programs are elsewhere.
pub struct MariaDb {
    server: Server,
    url: String,
    port: ReservedPort,
}

/// What a server is to others.
#[derive(Clone, Copy)]
pub(crate) enum Role<'a> {
    /// It has no replica.
    Alone,
    /// It keeps a binary log for a replica.
    Primary,
    /// It follows a primary. Of MariaDB only: MySQL's statements for it are others.
    ReplicaOf(&'a MariaDb),
}

impl Role<'_> {
    fn folder(self) -> &'static str {
        match self {
            Self::Alone | Self::Primary => "mariadb",
            Self::ReplicaOf(_) => "mariadb-replica",
        }
    }

    fn arguments(self) -> Vec<OsString> {
        let arguments: &[&str] = match self {
            Self::Alone => &[],
            Self::Primary => &["--server-id=1", "--log-bin=binlog", "--binlog-format=ROW"],
            // What it had not applied it fetches again, so that a kill costs nothing.
            Self::ReplicaOf(_) => &[
                "--server-id=2",
                "--relay-log=relay",
                "--relay-log-recovery=1",
                "--skip-slave-start",
            ],
        };
        arguments.iter().map(OsString::from).collect()
    }

    /// What it does at every start besides [`users_sql`].
    fn sql(self, password: &str) -> String {
        let Self::ReplicaOf(primary) = self else {
            return String::new();
        };
        format!(
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='{USER}', \
             MASTER_PASSWORD='{password}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1;\n\
             START SLAVE;\n",
            primary.port.number()
        )
    }
}

const INSTALL_LIMIT: Duration = Duration::from_mins(2);

impl MariaDb {
    /// Starts it on a free loopback port with its data in `folder`, which is initialised first if
    /// it is new. Its user may do everything, creating databases included; nobody else can sign in
    /// over TCP.
    pub fn start(folder: &DataFolder, programs: &Programs) -> Result<Self, Error> {
        Self::start_as(Role::Alone, folder, programs)
    }

    pub(crate) fn start_as(
        role: Role<'_>,
        folder: &DataFolder,
        programs: &Programs,
    ) -> Result<Self, Error> {
        let (program, mut arguments) = programs.start(programs.find(server(programs))?);
        let own = folder.subfolder(role.folder())?;
        let data = own.join("data");
        let temporary = own.join("tmp");
        fs::create_dir_all(&temporary).map_err(Error::io("creating MariaDB's folders"))?;
        if !data.exists() {
            initialise(programs, folder, &own, &data, &temporary)?;
        }
        let password = &folder.credentials().mysql_password;
        let users = own.join("users.sql");
        let sql = users_sql(password) + &role.sql(password);
        write_private(&users, sql.as_bytes())?;

        let port = ReservedPort::any()?;
        arguments.extend(common_flags(&data, &temporary));
        arguments.extend(role.arguments());
        if programs.are_elsewhere() {
            arguments.extend(OF_MYSQL.map(OsString::from));
        }
        arguments.extend([
            flag("--pid-file=", &own.join("server.pid")),
            flag("--init-file=", &users),
            format!("--port={}", port.number()).into(),
            "--bind-address=127.0.0.1".into(),
            // Relative to the data folder, because the path of a socket may have 107 characters only.
            "--socket=server.sock".into(),
            "--character-set-server=utf8mb4".into(),
            "--innodb-buffer-pool-size=128M".into(),
            "--innodb-flush-log-at-trx-commit=1".into(),
            "--max-connections=400".into(),
        ]);
        let launch = Launch {
            name: "MariaDB",
            folder: folder.clone(),
            working_folder: own,
            program,
            arguments,
            environment: Vec::new(),
            grace: Duration::from_secs(20),
        };
        let url = format!("mysql://{USER}:{password}@127.0.0.1:{}", port.number());
        let address = port.address();
        let server = Server::start(launch, move || greets(address))?;
        Ok(Self { server, url, port })
    }

    /// `mysql://user:password@127.0.0.1:port`, without a database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The server's process id, while it is meant to run.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// Kills it with SIGKILL; the data stays.
    pub fn kill(&self) -> Result<(), Error> {
        self.server.kill()
    }

    /// Stops it orderly; the data stays.
    pub fn stop(&self) -> Result<(), Error> {
        self.server.stop()
    }

    /// Starts it again on the same port with the same data, unless it is running.
    pub fn start_again(&self) -> Result<(), Error> {
        self.server.start_again()
    }

    pub(crate) fn request_end(&self) {
        self.server.request_end();
    }

    pub(crate) fn end(&self) -> Result<(), Error> {
        self.server.end_as_agreed()
    }
}

/// What MySQL does by default that MariaDB does not: it keeps a binary log, speaks a second protocol on a port
/// of its own, and wants a folder for files to import.
const OF_MYSQL: [&str; 3] = ["--skip-log-bin", "--mysqlx=OFF", "--secure-file-priv=NULL"];

fn server(programs: &Programs) -> Package {
    if programs.are_elsewhere() {
        MYSQL_SERVER
    } else {
        MARIADB_SERVER
    }
}

/// Makes the system tables beside their place and moves them there when they are whole.
fn initialise(
    programs: &Programs,
    folder: &DataFolder,
    own: &Path,
    data: &Path,
    temporary: &Path,
) -> Result<(), Error> {
    let half = own.join("data.new");
    if half.exists() {
        fs::remove_dir_all(&half).map_err(Error::io("removing a half-made database"))?;
    }
    let package = if programs.are_elsewhere() {
        MYSQL_SERVER
    } else {
        MARIADB_INSTALL
    };
    let (program, mut arguments) = programs.start(programs.find(package)?);
    arguments.extend(common_flags(&half, temporary));
    let how: &[&str] = if programs.are_elsewhere() {
        &["--initialize-insecure"]
    } else {
        // Also where the machine's own name cannot be looked up, which nothing here depends on.
        &[
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--force",
        ]
    };
    arguments.extend(how.iter().map(OsString::from));
    let launch = Launch {
        name: "the installation of a database",
        folder: folder.clone(),
        working_folder: own.to_owned(),
        program,
        arguments,
        environment: Vec::new(),
        grace: Duration::ZERO,
    };
    launch.run(INSTALL_LIMIT)?;
    fs::rename(&half, data).map_err(Error::io("moving the new database into place"))
}

/// Every MariaDB removes what it finds in its temporary folder when it starts, be it another one's,
/// which then fails; so this one has its own, also while it is being initialised.
fn common_flags(data: &Path, temporary: &Path) -> Vec<OsString> {
    let mut flags = vec!["--no-defaults".into()];
    if we_are_root() {
        flags.push("--user=root".into());
    }
    flags.extend([
        flag("--datadir=", data),
        flag("--tmpdir=", temporary),
        "--skip-name-resolve".into(),
    ]);
    flags
}

fn flag(name: &str, value: &Path) -> OsString {
    let mut flag = OsString::from(name);
    flag.push(value);
    flag
}

/// Run by the server before it accepts the first connection, at every start; one statement a line.
/// A new database lets root in from loopback without a password: that ends here.
fn users_sql(password: &str) -> String {
    format!(
        "CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
         GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;\n\
         DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';\n"
    )
}

/// Whether it sends its greeting (protocol version 10 after a header of four bytes).
fn greets(address: SocketAddr) -> bool {
    let limit = Duration::from_millis(500);
    let ask = || -> std::io::Result<bool> {
        let mut connection = TcpStream::connect_timeout(&address, limit)?;
        connection.set_read_timeout(Some(limit))?;
        let mut greeting = [0; 5];
        connection.read_exact(&mut greeting)?;
        Ok(greeting[4] == 10)
    };
    ask().unwrap_or(false)
}
