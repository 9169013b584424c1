use std::ffi::OsString;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::command::{run, wait_for};
use crate::credentials::{USER, write_private};
use crate::guardian::Launch;
use crate::install::{EPMD, RABBITMQ_CONTROL, RABBITMQ_SERVER};
use crate::ports::ReservedPort;
use crate::server::Server;
use crate::{DataFolder, Error, Package, Programs};

/// A private RabbitMQ with an Erlang port mapper (epmd) of its own.
pub struct RabbitMq {
    // In this order they are dropped: the broker wants its port mapper until its end.
    broker: Server,
    port_mapper: Server,
    port: ReservedPort,
    _distribution_port: ReservedPort,
    _port_mapper_port: ReservedPort,
    password: String,
    url: String,
    own: PathBuf,
    programs: Programs,
    environment: Vec<(&'static str, OsString)>,
}

/// From here on the broker blocks those who publish.
const MEMORY_LIMIT: &str = "512MB";
const CONTROL_LIMIT: Duration = Duration::from_mins(1);

/// Waits, half a minute at most, until every quorum queue has its leader; until then who consumes
/// hears nothing for a minute and is cut off with 541 INTERNAL_ERROR.
///
/// A queue that was declared within the last second before a kill has lost its name: 3.10.8 gives
/// it an empty log and never elects a leader. It is told to, so that the queue can be used again;
/// what was in it is lost (see [`RabbitMq::save_queue_names`]).
const AWAIT_LEADERS: &str = "
    Leaderless = fun() ->
        [Server || Queue <- rabbit_amqqueue:list(),
                   amqqueue:get_type(Queue) =:= rabbit_quorum_queue,
                   Server <- [amqqueue:get_pid(Queue)],
                   ra_leaderboard:lookup_leader(element(1, Server)) =:= undefined]
    end,
    Wait = fun Again(Left) ->
        case {Leaderless(), Left} of
            {[], _} -> ok;
            {_, 0} -> exit(no_leader);
            {Servers, 500} -> [ra:trigger_election(Server) || Server <- Servers], Again(499);
            _ -> timer:sleep(50), Again(Left - 1)
        end
    end,
    Wait(600).";

/// What its tools say of a broker that is still starting, and how long that may be.
const STARTING: &str = "requires the 'rabbit' app to be running";
const STARTING_LIMIT: Duration = Duration::from_secs(20);

/// The table in which 3.10 and 4.x remember which log belongs to which quorum queue.
const SAVE_QUEUE_NAMES: &str = "ok = dets:sync(ra_directory_reverse).";

impl RabbitMq {
    /// Starts it on a free loopback port with its data in `folder`.
    pub fn start(folder: &DataFolder, programs: &Programs) -> Result<Self, Error> {
        let (program, arguments) = programs.start(programs.find(RABBITMQ_SERVER)?);
        let own = folder.subfolder("rabbitmq")?;
        let is_new = !own.join("mnesia").exists();
        let password = folder.credentials().amqp_password.clone();
        write_settings(&own, &password)?;
        let port = ReservedPort::any()?;
        let distribution_port = ReservedPort::any()?;
        let port_mapper_port = ReservedPort::any()?;

        let port_mapper = start_port_mapper(folder, programs, &port_mapper_port)?;
        let environment = environment(&own, &port, &distribution_port, &port_mapper_port);
        let launch = Launch {
            name: "RabbitMQ",
            folder: folder.clone(),
            working_folder: own.clone(),
            program,
            arguments,
            environment: environment.clone(),
            grace: Duration::from_secs(25),
        };
        let address = port.address();
        let broker = Server::start(launch, move || speaks_amqp(address))?;
        let url = amqp_url(&password, &port, "%2f");
        let started = Self {
            broker,
            port_mapper,
            port,
            _distribution_port: distribution_port,
            _port_mapper_port: port_mapper_port,
            password,
            url,
            own,
            programs: programs.clone(),
            environment,
        };
        if !is_new {
            started.await_leaders()?;
        }
        Ok(started)
    }

    /// `amqp://user:password@127.0.0.1:port/%2f`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The broker's process id, while it is meant to run.
    pub fn pid(&self) -> Option<u32> {
        self.broker.pid()
    }

    /// The process id of its port mapper.
    pub fn port_mapper_pid(&self) -> Option<u32> {
        self.port_mapper.pid()
    }

    /// Kills the broker with SIGKILL; the data stays. See also [`RabbitMq::save_queue_names`].
    pub fn kill(&self) -> Result<(), Error> {
        self.broker.kill()
    }

    /// Stops the broker orderly; the data stays.
    pub fn stop(&self) -> Result<(), Error> {
        self.broker.stop()
    }

    /// Starts the broker again on the same port with the same data, unless it is running, and
    /// waits until its quorum queues can be used.
    pub fn start_again(&self) -> Result<(), Error> {
        self.port_mapper.start_again()?;
        self.broker.start_again()?;
        self.await_leaders()
    }

    /// Has the broker save which quorum queues there are. By itself it does so half a second after
    /// the last was declared, and a queue whose name was not saved comes back empty from a kill.
    /// So call this between declaring queues and [`RabbitMq::kill`].
    pub fn save_queue_names(&self) -> Result<(), Error> {
        self.control(&["eval", SAVE_QUEUE_NAMES])
    }

    /// Has the broker say that it is short of memory: whoever publishes is blocked until
    /// [`RabbitMq::clear_memory_alarm`], or until the broker is started again.
    pub fn raise_memory_alarm(&self) -> Result<(), Error> {
        self.control(&["set_vm_memory_high_watermark", "0.0000001"])
    }

    /// Ends what [`RabbitMq::raise_memory_alarm`] began.
    pub fn clear_memory_alarm(&self) -> Result<(), Error> {
        self.control(&["set_vm_memory_high_watermark", "absolute", MEMORY_LIMIT])
    }

    fn await_leaders(&self) -> Result<(), Error> {
        self.control(&["eval", AWAIT_LEADERS])
    }

    /// Makes sure that the virtual host `name` exists and that our user may do everything in it,
    /// and returns its URL.
    pub fn add_vhost(&self, name: &str) -> Result<String, Error> {
        let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || !name.chars().all(usable) {
            return Err(Error::Name(name.to_owned()));
        }
        match self.control(&["add_vhost", name]) {
            Err(Error::Command { tail, .. }) if tail.contains("already exists") => {}
            other => other?,
        }
        self.control(&["set_permissions", "-p", name, USER, ".*", ".*", ".*"])?;
        Ok(self.url_of(name))
    }

    /// Runs `rabbitmqctl` with these arguments, a minute at most; again, for some seconds, while the broker is starting.
    pub fn control(&self, arguments: &[&str]) -> Result<(), Error> {
        let mut result = self.control_once(arguments);
        // The broker takes connections a moment before its own tools find it running.
        wait_for(STARTING_LIMIT, || {
            let early =
                matches!(&result, Err(Error::Command { tail, .. }) if tail.contains(STARTING));
            if early {
                result = self.control_once(arguments);
            }
            !early
        });
        result
    }

    fn control_once(&self, arguments: &[&str]) -> Result<(), Error> {
        let log = self.log_of_control();
        let mut command = self.program(RABBITMQ_CONTROL)?;
        command.arg("--quiet").args(arguments);
        let result = run(&mut command, &log, CONTROL_LIMIT);
        // What it wrote is in the error by now.
        let _ = fs::remove_file(&log);
        result
    }

    pub(crate) fn log_of_control(&self) -> PathBuf {
        let name = format!("control-{}.log", uuid::Uuid::new_v4().simple());
        self.own.join(name)
    }

    pub(crate) fn url_of(&self, vhost: &str) -> String {
        amqp_url(&self.password, &self.port, vhost)
    }

    /// One of the broker's own programs, which sees this node and nothing else of ours.
    pub(crate) fn program(&self, program: Package) -> Result<Command, Error> {
        let mut command = self.programs.command(program)?;
        command
            .env_clear()
            .env(
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            )
            .env("LANG", "C.UTF-8")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.own);
        Ok(command)
    }

    pub(crate) fn request_end(&self) {
        self.broker.request_end();
    }

    pub(crate) fn end(&self) -> Result<(), Error> {
        self.broker.end_as_agreed()?;
        self.port_mapper.end_as_agreed()
    }
}

fn amqp_url(password: &str, port: &ReservedPort, vhost: &str) -> String {
    format!(
        "amqp://{USER}:{password}@127.0.0.1:{}/{vhost}",
        port.number()
    )
}

/// A node that finds no port mapper starts one that nobody ends, so ours is there first.
fn start_port_mapper(
    folder: &DataFolder,
    programs: &Programs,
    port: &ReservedPort,
) -> Result<Server, Error> {
    let (program, mut arguments) = programs.start(programs.find(EPMD)?);
    let number = port.number().to_string();
    arguments.extend(["-address", "127.0.0.1", "-port", &number].map(OsString::from));
    let launch = Launch {
        name: "epmd",
        folder: folder.clone(),
        working_folder: folder.subfolder("epmd")?,
        program,
        arguments,
        environment: Vec::new(),
        grace: Duration::from_secs(2),
    };
    let address = port.address();
    let limit = Duration::from_millis(500);
    Server::start(launch, move || {
        TcpStream::connect_timeout(&address, limit).is_ok()
    })
}

fn write_settings(own: &Path, password: &str) -> Result<(), Error> {
    for folder in ["home", "mnesia", "log", "generated"] {
        fs::create_dir_all(own.join(folder)).map_err(Error::io("creating RabbitMQ's folders"))?;
    }
    let settings = format!(
        "disk_free_limit.absolute = 50MB\n\
         vm_memory_high_watermark.absolute = {MEMORY_LIMIT}\n\
         loopback_users = none\n\
         default_user = {USER}\n\
         default_pass = {password}\n"
    );
    write_private(&own.join("rabbitmq.conf"), settings.as_bytes())?;
    // Named so that nothing under /etc/rabbitmq is read instead.
    write_private(&own.join("advanced.config"), b"[].\n")?;
    write_private(&own.join("enabled_plugins"), b"[].\n")?;
    write_private(&own.join("rabbitmq-env.conf"), b"")
}

fn environment(
    own: &Path,
    port: &ReservedPort,
    distribution: &ReservedPort,
    port_mapper: &ReservedPort,
) -> Vec<(&'static str, OsString)> {
    let place = |name: &str| own.join(name).into_os_string();
    let number = |port: &ReservedPort| OsString::from(port.number().to_string());
    vec![
        ("HOME", place("home")),
        ("RABBITMQ_NODENAME", "picup@localhost".into()),
        ("RABBITMQ_CONF_ENV_FILE", place("rabbitmq-env.conf")),
        ("RABBITMQ_MNESIA_BASE", place("mnesia")),
        ("RABBITMQ_LOG_BASE", place("log")),
        ("RABBITMQ_CONFIG_FILE", place("rabbitmq.conf")),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", place("advanced.config")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", place("enabled_plugins")),
        ("RABBITMQ_GENERATED_CONFIG_DIR", place("generated")),
        ("RABBITMQ_PID_FILE", place("server.pid")),
        ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1".into()),
        ("RABBITMQ_NODE_PORT", number(port)),
        ("RABBITMQ_DIST_PORT", number(distribution)),
        ("ERL_EPMD_PORT", number(port_mapper)),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
        // Neither the node nor rabbitmqctl may start a port mapper that would outlive us.
        (
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}".into(),
        ),
        ("RABBITMQ_CTL_ERL_ARGS", "-start_epmd false".into()),
        // Makes the script become the virtual machine, so that its process id is the broker's.
        ("RUNNING_UNDER_SYSTEMD", "1".into()),
    ]
}

/// Whether it answers our protocol header with `Connection.Start` (a method frame on channel 0,
/// class 10, method 10). It listens only when its queues are recovered.
fn speaks_amqp(address: SocketAddr) -> bool {
    let limit = Duration::from_secs(1);
    let ask = || -> std::io::Result<bool> {
        let mut connection = TcpStream::connect_timeout(&address, limit)?;
        connection.set_read_timeout(Some(limit))?;
        connection.write_all(b"AMQP\x00\x00\x09\x01")?;
        let mut start = [0; 11];
        connection.read_exact(&mut start)?;
        Ok(start[..3] == [1, 0, 0] && start[7..] == [0, 10, 0, 10])
    };
    ask().unwrap_or(false)
}
