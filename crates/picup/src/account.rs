//! `picup account`: opening an account, signing in and out.

use std::{
    env,
    fs::File,
    io::{self, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use picup_proto::access::v1::SignedInDevice;
use serde::Serialize;

use crate::{
    Context, Error, ErrorKind, Result,
    output::{card, confirm, date, plain, table, timestamp},
};

const LONGEST_PASSWORD_FILE: u64 = 4096;

/// What `picup account` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum AccountCommand {
    /// Open an account and sign in
    #[command(after_long_help = "\
The password has 10 to 256 characters. It is read from --password-file, or from PICUP_PASSWORD, or
asked for twice.

Examples:
  picup account open --email mina@example.org --name Mina
  picup account open --email mina@example.org --name Mina --password-file secret.txt
  picup --server https://photos.example.org account open --email mina@example.org --name Mina")]
    Open {
        /// Your address: what you sign in with
        #[arg(long)]
        email: String,
        /// What you are called
        #[arg(long)]
        name: String,
        /// Where the password comes from.
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Sign in
    #[command(after_long_help = "\
The server is remembered with the session, so --server is needed only here.

Examples:
  picup account sign-in --email mina@example.org
  picup --server https://photos.example.org account sign-in --email mina@example.org")]
    SignIn {
        /// Your address
        #[arg(long)]
        email: String,
        /// Where the password comes from.
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Sign out: here, and at the server
    #[command(after_long_help = "Example:\n  picup account sign-out")]
    SignOut,
    /// Close your account for good: everything in it is deleted
    #[command(after_long_help = "\
All sessions end at once. Every photo and video is removed from S3, and then the key that your names and titles are
encrypted with is destroyed. Nobody can undo this. It asks for the password, and asks again before it begins; where
there is no terminal to ask on, it begins only with --yes.

Example:
  picup account close")]
    Close {
        /// Where the password comes from.
        #[command(flatten)]
        password: PasswordArgs,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// List the devices that are signed in to your account
    #[command(after_long_help = "Example:\n  picup account devices")]
    Devices,
    /// Sign a device out
    #[command(after_long_help = "\
What it holds works until its access token ends, some minutes later.

Example:
  picup account end-device 01930f2e-5a6b-7c8d-9e0f-102030405060")]
    EndDevice {
        /// Its id, as `picup account devices` shows it
        id: String,
    },
    /// Show who is signed in
    #[command(after_long_help = "Example:\n  picup account show --json")]
    Show,
}

/// Where the password comes from. Never from the command line: every process can read that.
#[derive(Clone, Debug, Args)]
pub struct PasswordArgs {
    /// A file whose first line is the password; otherwise PICUP_PASSWORD, otherwise it is asked for
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct AccountView {
    account_id: String,
    email: String,
    display_name: String,
    opened_at: String,
    server: String,
}

#[derive(Serialize)]
struct DeviceView<'a> {
    session_id: &'a str,
    device: &'a str,
    signed_in_at: String,
    last_used_at: String,
    is_current: bool,
}

#[derive(Serialize)]
struct EndedView<'a> {
    session_id: &'a str,
}

#[derive(Serialize)]
struct SessionView<'a> {
    account_id: Option<String>,
    server: &'a str,
}

/// Runs `picup account …`.
pub async fn run(command: AccountCommand, context: &Context) -> Result<()> {
    let client = context.client()?;
    let server = client.server();
    let (account_id, text) = match command {
        AccountCommand::Show => return show(context).await,
        AccountCommand::Devices => return devices(context).await,
        AccountCommand::EndDevice { id } => return end_device(&id, context).await,
        AccountCommand::Open {
            email,
            name,
            password,
        } => {
            let password = password.read(true)?;
            let account_id = client.open_account(&email, &name, &password).await?;
            (
                Some(account_id),
                format!("account opened; signed in at {server} as {}", plain(&email)),
            )
        }
        AccountCommand::SignIn { email, password } => {
            let password = password.read(false)?;
            let account_id = client.sign_in(&email, &password).await?;
            (
                Some(account_id),
                format!("signed in at {server} as {}", plain(&email)),
            )
        }
        AccountCommand::Close { password, yes } => {
            let email = plain(&client.account().await?.email);
            let question =
                format!("Close the account {email} and delete everything in it, for good?");
            confirm(&question, yes)?;
            client.close_account(&password.read(false)?).await?;
            (None, format!("the account {email} is closed"))
        }
        AccountCommand::SignOut => {
            client
                .sign_out()
                .await
                .map_err(|error| match error.kind() {
                    ErrorKind::Unreachable => {
                        let message = format!("signed out here, but not at the server: {error}");
                        Error::new(ErrorKind::Unreachable, message)
                    }
                    _ => error,
                })?;
            (None, "signed out".to_owned())
        }
    };
    context
        .output
        .data(&SessionView { account_id, server }, || text)
}

async fn show(context: &Context) -> Result<()> {
    let client = context.client()?;
    let account = client.account().await?;
    let view = AccountView {
        account_id: account.account_id,
        email: account.email,
        display_name: account.display_name,
        opened_at: timestamp(account.opened_at_micros),
        server: client.server().to_owned(),
    };
    context.output.data(&view, || {
        card(&[
            ("name", plain(&view.display_name)),
            ("email", plain(&view.email)),
            ("id", view.account_id.clone()),
            ("opened", view.opened_at.clone()),
            ("server", view.server.clone()),
        ])
    })
}

async fn devices(context: &Context) -> Result<()> {
    let devices = context.client()?.devices().await?;
    let views = devices.iter().map(|device| DeviceView {
        session_id: &device.session_id,
        device: &device.device,
        signed_in_at: timestamp(device.started_at_micros),
        last_used_at: timestamp(device.last_used_at_micros),
        is_current: device.is_current,
    });
    context.output.data(&views.collect::<Vec<_>>(), || {
        let row = |device: &SignedInDevice| {
            let this = if device.is_current { " (this one)" } else { "" };
            vec![
                plain(&device.device) + this,
                date(device.last_used_at_micros),
                date(device.started_at_micros),
                device.session_id.clone(),
            ]
        };
        table(
            &["device", "last used (UTC)", "signed in (UTC)", "id"],
            devices.iter().map(row),
        )
    })
}

async fn end_device(id: &str, context: &Context) -> Result<()> {
    context.client()?.end_device(id).await?;
    let ended = EndedView { session_id: id };
    context
        .output
        .data(&ended, || "the device is signed out".to_owned())
}

impl PasswordArgs {
    fn read(self, twice: bool) -> Result<String> {
        if let Some(path) = self.password_file {
            return password_in(&path);
        }
        env::var("PICUP_PASSWORD").or_else(|_| ask_for_password(twice))
    }
}

/// Asks on the terminal, where there is one.
pub(crate) fn ask_for_password(twice: bool) -> Result<String> {
    if !io::stdin().is_terminal() {
        let message = "no terminal to ask for the password on: use --password-file";
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).map_err(|error| {
            Error::new(
                ErrorKind::Usage,
                format!("cannot ask for the password: {error}"),
            )
        })
    };
    let password = ask("Password: ")?;
    if twice && ask("Password again: ")? != password {
        return Err(Error::new(
            ErrorKind::Usage,
            "the two passwords are not the same",
        ));
    }
    Ok(password)
}

/// The first line of a file.
pub(crate) fn password_in(path: &Path) -> Result<String> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST_PASSWORD_FILE).read_to_string(&mut text))
        .map_err(|error| {
            Error::new(
                ErrorKind::Usage,
                format!("cannot read {}: {error}", path.display()),
            )
        })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_file_is_the_password_with_its_spaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, " correct horse \r\nand a comment\n").unwrap();
        assert_eq!(password_in(&path).unwrap(), " correct horse ");
        assert_eq!(
            password_in(Path::new("/no/such")).unwrap_err().kind(),
            ErrorKind::Usage
        );
    }
}
