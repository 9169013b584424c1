//! The one command for users and operators, and the client that it is made of.
//!
//! It speaks to the gateway alone, by gRPC, and to S3 by the addresses that the gateway gives. It never
//! decides a rule: whether something fits or may be done is the server's answer. Start reading at
//! [`run`], then [`client::Client`], then [`import::import`].

pub mod account;
pub mod album;
pub mod audit;
pub mod cdn;
pub mod client;
pub mod demo;
pub mod dlq;
pub mod download;
mod error;
mod hash;
pub mod history;
pub mod import;
mod interrupt;
pub mod media;
pub mod outbox;
pub mod output;
pub mod projection;
pub mod receipt;
mod renditions;
pub mod retry;
pub mod seen;
pub mod session;
pub mod share;
pub mod streams;
mod time_span;
pub mod transfer;
pub mod trash;
pub mod up;
pub mod usage;

use std::{path::PathBuf, sync::OnceLock};

use clap::{Args, Parser, Subcommand};

use self::{
    account::AccountCommand,
    album::AlbumCommand,
    audit::AuditCommand,
    cdn::CdnCommand,
    client::{Client, DEFAULT_SERVER},
    dlq::DlqCommand,
    download::DownloadArgs,
    history::HistoryCommand,
    import::ImportArgs,
    media::MediaCommand,
    outbox::OutboxCommand,
    output::Output,
    projection::ProjectionCommand,
    receipt::ReceiptCommand,
    session::{Session, default_folder},
    share::ShareCommand,
    streams::StreamsCommand,
    trash::TrashCommand,
    up::Up,
};
pub use self::{
    error::{Error, ErrorKind, Result},
    hash::sha256_of,
};

/// Photo and video albums that anyone can run
#[derive(Clone, Debug, Parser)]
#[command(
    name = "picup",
    version,
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  picup account open --email mina@example.org --name Mina
  picup import ~/Pictures/Jeju --album \"Jeju 2025\"
  picup album show \"Jeju 2025\"
  picup download \"Jeju 2025\" /media/backup/jeju
  picup usage --json

Exit codes:
  0    all went well
  1    something failed, or some of many items did
  2    the command line, or a value in it, cannot be used
  3    not signed in, or the credentials were refused
  4    there is no such thing
  5    the server does not answer, even after trying again for a while
  6    a rule says no, for example the quota
  130  interrupted

Data goes to standard output, progress and messages go to standard error. Only what --json prints is
meant for programs. Credentials are kept in ~/.config/picup, or where PICUP_CONFIG_DIR says."
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Clone, Debug, Args)]
pub struct GlobalArgs {
    /// Where the server is; otherwise where you signed in, otherwise http://127.0.0.1:8080
    #[arg(long, global = true, value_name = "URL", env = "PICUP_SERVER")]
    pub server: Option<String>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Where credentials are kept
    #[arg(
        long,
        global = true,
        hide = true,
        value_name = "DIR",
        env = "PICUP_CONFIG_DIR"
    )]
    pub config_dir: Option<PathBuf>,
}

/// What can be done. Each variant has a module of its own.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Open an account, sign in and out, see devices, close it
    #[command(subcommand)]
    Account(AccountCommand),
    /// Create, list, show, rename, delete and restore albums; choose covers
    #[command(subcommand)]
    Album(AlbumCommand),
    /// Make links by which guests see an album, list and end them
    #[command(subcommand)]
    Share(ShareCommand),
    /// Show, move, trash, restore and delete photos and videos
    #[command(subcommand)]
    Media(MediaCommand),
    /// See what is in the trash, and empty it
    #[command(subcommand)]
    Trash(TrashCommand),
    /// Import photos and videos into an album
    Import(ImportArgs),
    /// Download originals
    Download(DownloadArgs),
    /// Show how much of the quota is used by what
    #[command(after_long_help = "Examples:\n  picup usage\n  picup usage --json")]
    Usage,
    /// See to dead letters: list, show, replay and discard them (for operators)
    #[command(subcommand)]
    Dlq(DlqCommand),
    /// See how much waits for the bus (for operators)
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// For operators: rebuild read models beside the live ones, compare, switch, drop
    #[command(subcommand)]
    Projection(ProjectionCommand),
    /// For operators: streams that a projection cannot go on with
    #[command(subcommand)]
    Streams(StreamsCommand),
    /// For operators: prove the sums, count what is left to do
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Explain signed URLs
    #[command(subcommand)]
    Cdn(CdnCommand),
    /// Tell the life of an album, a photo or video, or an account
    #[command(subcommand)]
    History(HistoryCommand),
    /// Show the proof that a photo or video is gone
    #[command(subcommand)]
    Receipt(ReceiptCommand),
    /// Run Pic-up here: private servers and all services, until Ctrl-C
    #[command(after_long_help = "\
Examples:
  picup up
  picup up --folder /srv/picup --address 192.168.1.10:8080 --no-demo

Servers of your own are used instead of private ones where PICUP_MYSQL_URL, PICUP_AMQP_URL, PICUP_REDIS_URL or
PICUP_S3_ENDPOINT (with PICUP_S3_ACCESS_KEY and PICUP_S3_SECRET_KEY) name them.")]
    Up(Up),
}

/// What a command runs with.
#[derive(Debug)]
pub struct Context {
    /// How it prints.
    pub output: Output,
    server: Option<String>,
    config_dir: Option<PathBuf>,
    client: OnceLock<Client>,
}

impl Context {
    /// From the arguments that hold for every command.
    pub fn new(global: GlobalArgs) -> Self {
        Self {
            output: Output { json: global.json },
            server: global.server,
            config_dir: global.config_dir,
            client: OnceLock::new(),
        }
    }

    /// Where credentials are kept, and what else belongs to whoever signed in.
    pub fn folder(&self) -> Result<PathBuf> {
        self.config_dir.clone().map_or_else(default_folder, Ok)
    }

    /// The client, with the credentials of whoever signed in last.
    pub fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let session = Session::in_folder(&self.folder()?)?;
        let server = self.server.clone();
        let server = server.or_else(|| session.credentials().map(|known| known.server));
        let client = Client::new(server.as_deref().unwrap_or(DEFAULT_SERVER), session)?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// Runs one command. The error, if any, is still to be printed, and its kind is the exit code.
pub async fn run(cli: Cli) -> Result<()> {
    let context = Context::new(cli.global);
    let result = match cli.command {
        Command::Account(command) => account::run(command, &context).await,
        Command::Album(command) => album::run(command, &context).await,
        Command::Share(command) => share::run(command, &context).await,
        Command::Media(command) => media::run(command, &context).await,
        Command::Trash(command) => trash::run(command, &context).await,
        Command::Import(args) => import::run(args, &context).await,
        Command::Download(args) => download::run(args, &context).await,
        Command::Usage => usage::run(&context).await,
        Command::Dlq(command) => dlq::run(command, &context).await,
        Command::Outbox(command) => outbox::run(command, &context).await,
        Command::Projection(command) => projection::run(command, &context).await,
        Command::Streams(command) => streams::run(command, &context).await,
        Command::Audit(command) => audit::run(command, &context).await,
        Command::Cdn(command) => cdn::run(command, &context).await,
        Command::History(command) => history::run(command, &context).await,
        Command::Receipt(command) => receipt::run(command, &context).await,
        Command::Up(arguments) => Box::pin(up::up(arguments))
            .await
            .map_err(|error| Error::new(ErrorKind::Failed, format!("{error:#}"))),
    };
    if let Some(client) = context.client.get()
        && let Err(error) = client.session().save().await
    {
        // The command itself is done: at worst the next query does not see it yet.
        context.output.note(&format!("picup: {error}"));
    }
    result
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from([&["picup"], line].concat())
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_says_how_it_is_used() {
        fn check(command: &clap::Command) {
            assert!(
                command.get_about().is_some(),
                "{} has no help",
                command.get_name()
            );
            if command.has_subcommands() {
                command.get_subcommands().for_each(check);
            } else {
                let help = command.get_after_long_help().map(ToString::to_string);
                let help = help.unwrap_or_default();
                assert!(
                    help.contains("Example"),
                    "{} shows no example",
                    command.get_name()
                );
            }
        }
        check(&Cli::command());
    }

    #[test]
    fn wrong_command_lines_are_usage_errors() {
        for line in [
            &["import", "a.jpg"][..],
            &["import", "--album", "x"],
            &["import", "a.jpg", "--album", "x", "--parallel", "0"],
            &["download"],
            &["download", "x", "--media", "y"],
            &["account", "open", "--email", "a@example.org"],
            &["media", "delete"],
            &["dlq", "replay"],
            &["share", "create", "x", "--password", "--password-file", "y"],
            &["share", "create", "x", "--for", "a week"],
            &["dlq", "replay", "--all", "--consumer", "purger"],
            &["dlq", "discard", "17"],
            &["dlq", "replay", "17", "--rate", "0"],
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line:?}");
        }
        for line in [
            &["download", "x", "folder", "--json"][..],
            &["download", "--media", "y", "z", "--out", "folder"],
            &["--json", "album", "list"],
            &["usage", "--server", "https://photos.example.org"],
            &[
                "dlq",
                "replay",
                "--consumer",
                "purger",
                "--older-than",
                "10m",
            ],
            &["dlq", "discard", "17", "18", "--reason", "x", "--yes"],
        ] {
            assert!(parse(line).is_ok(), "{line:?}");
        }
    }

    #[tokio::test]
    async fn the_token_of_one_server_is_never_shown_to_another() {
        let session = Session::in_memory();
        let elsewhere = session::Credentials {
            server: "https://photos.example.org".to_owned(),
            account_id: String::new(),
            email: String::new(),
            access_token: "secret".to_owned(),
            expires_at: i64::MAX,
            refresh_token: "secret".to_owned(),
            seen: seen::SeenStreams::default(),
        };
        session
            .turn()
            .await
            .unwrap()
            .store(Some(elsewhere))
            .unwrap();
        let client = Client::new("http://127.0.0.1:1/", session).unwrap();
        let error = client.albums().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSignedIn);
        assert!(error.to_string().contains("photos.example.org"), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_and_exits_with_five() {
        let client = Client::new("http://127.0.0.1:1", Session::in_memory()).unwrap();
        let error = client
            .sign_in("mina@example.org", "correct horse")
            .await
            .unwrap_err();
        assert_eq!(error.kind().exit_code(), 5, "{error}");
        assert!(error.to_string().contains("http://127.0.0.1:1"), "{error}");
    }

    #[tokio::test]
    async fn what_is_no_server_address_is_a_usage_error() {
        for wrong in ["127.0.0.1:8080", "ftp://example.org", "not a url"] {
            let Err(error) = Client::new(wrong, Session::in_memory()) else {
                panic!("{wrong}")
            };
            assert_eq!(error.kind(), ErrorKind::Usage, "{wrong}");
        }
    }
}
