use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::credentials::write_private;
use crate::guardian::Launch;
use crate::install::{REDIS_SERVER, required};
use crate::ports::ReservedPort;
use crate::server::Server;
use crate::{DataFolder, Error};

/// A private Redis.
pub struct Redis {
    server: Server,
    url: String,
    _port: ReservedPort,
}

impl Redis {
    /// Starts it on a free loopback port with its data in `folder`.
    pub fn start(folder: &DataFolder) -> Result<Self, Error> {
        let program = required(REDIS_SERVER)?;
        let own = folder.subfolder("redis")?;
        let port = ReservedPort::any()?;
        let password = &folder.credentials().redis_password;
        // In a file, because every user of the machine can read command lines.
        let settings = own.join("redis.conf");
        write_private(&settings, format!("requirepass {password}\n").as_bytes())?;
        let flags = format!(
            "--port {} --bind 127.0.0.1 --appendonly yes --appendfsync everysec --daemonize no",
            port.number()
        );
        let mut arguments = vec![settings.into_os_string()];
        arguments.extend(flags.split(' ').map(Into::into));
        arguments.extend([
            "--save".into(),
            "".into(),
            "--dir".into(),
            own.clone().into(),
        ]);
        let launch = Launch {
            name: "Redis",
            folder: folder.clone(),
            working_folder: own,
            program,
            arguments,
            environment: Vec::new(),
            grace: Duration::from_secs(10),
        };
        let url = format!("redis://:{password}@127.0.0.1:{}", port.number());
        let question = format!("AUTH {password}\r\nPING\r\n");
        let address = port.address();
        let server = Server::start(launch, move || answers(address, &question))?;
        Ok(Self {
            server,
            url,
            _port: port,
        })
    }

    /// `redis://:password@127.0.0.1:port`
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

fn answers(address: SocketAddr, question: &str) -> bool {
    const EXPECTED: &[u8] = b"+OK\r\n+PONG\r\n";
    let limit = Duration::from_millis(500);
    let ask = || -> std::io::Result<bool> {
        let mut connection = TcpStream::connect_timeout(&address, limit)?;
        connection.set_read_timeout(Some(limit))?;
        connection.write_all(question.as_bytes())?;
        let mut answer = [0; EXPECTED.len()];
        connection.read_exact(&mut answer)?;
        Ok(answer == EXPECTED)
    };
    ask().unwrap_or(false)
}
