//! `picup cdn`: why a signed URL is valid or not.

use std::{fs, net::IpAddr, path::PathBuf};

use clap::{Args, Subcommand};
use picup_delivery::{Policy, Verifier, Visitor, query_of};
use picup_proto::queries::v1::CheckUrlResponse;
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    Context, Error, ErrorKind, Result,
    output::{card, plain, timestamp},
};

/// What `picup cdn` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum CdnCommand {
    /// Say whether a signed URL is valid, and why
    #[command(after_long_help = "\
With --public-key it is checked here, without any server; without, the server is asked, which knows all key
pairs that are trusted. It exits with 1 when the URL is not valid. Put the URL in single quotes.

Examples:
  picup cdn check 'https://d111111abcdef8.cloudfront.net/u/…/original?Policy=…'
  picup cdn check 'https://…' --address 192.0.2.1
  picup cdn check 'https://…' --public-key cdn.pem --at 2026-01-01T12:00:00Z --json")]
    Check(CheckArgs),
}

/// What `picup cdn check` takes.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// The whole URL
    url: String,
    /// Who shows it; without, it is not asked whom it is for
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// Check here, with this public key in PEM
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// When it is shown, in RFC 3339; now, unless said otherwise
    #[arg(long, value_name = "TIME", requires = "public_key", value_parser = time)]
    at: Option<u64>,
}

/// A verdict as `--json` shows it.
#[derive(Debug, Serialize)]
struct VerdictView {
    valid: bool,
    reason: Option<String>,
    message: Option<String>,
    key_pair_id: Option<String>,
    resource: Option<String>,
    expires_at: Option<String>,
    network: Option<String>,
}

/// Runs `picup cdn …`.
pub async fn run(command: CdnCommand, context: &Context) -> Result<()> {
    let CdnCommand::Check(args) = command;
    let verdict = match &args.public_key {
        Some(_) => check_here(&args)?,
        None => {
            let address = args.address.map(|address| address.to_string());
            let client = context.client()?;
            client
                .check_url(&args.url, address.unwrap_or_default())
                .await?
                .into()
        }
    };
    context.output.data(&verdict, || text(&verdict))?;
    if verdict.valid {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::Failed, "the URL is not valid"))
    }
}

fn check_here(args: &CheckArgs) -> Result<VerdictView> {
    let file = args.public_key.clone().unwrap_or_default();
    let wrong = |why: String| {
        let message = format!("{}: {why}", file.display());
        Error::new(ErrorKind::Usage, message)
    };
    let pem = fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
    // With one key at hand its id is whatever the URL says.
    let signed = query_of(&args.url).ok().map(|(_, signed)| signed);
    let id = signed
        .as_ref()
        .map(|signed| signed.key_pair_id.clone())
        .unwrap_or_default();
    let verifier = Verifier::new([(id.as_str(), pem.as_str())]);
    let verifier = verifier.map_err(|error| wrong(error.to_string()))?;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let visitor = Visitor {
        address: args.address,
        now: args.at.unwrap_or_else(|| u64::try_from(now).unwrap_or(0)),
    };
    let invalid = verifier.verify(&args.url, visitor).err();
    let policy = signed.and_then(|signed| {
        let json = verifier.verify_signature(&signed).ok()?;
        Policy::from_json(&json)
    });
    let moment = |seconds: u64| {
        let micros = i64::try_from(seconds.saturating_mul(1_000_000));
        timestamp(micros.unwrap_or(i64::MAX))
    };
    Ok(VerdictView {
        valid: invalid.is_none(),
        reason: invalid.as_ref().map(|invalid| invalid.reason().to_owned()),
        message: invalid.map(|invalid| invalid.to_string()),
        key_pair_id: Some(id).filter(|id| !id.is_empty()),
        resource: policy.as_ref().map(|policy| policy.resource.clone()),
        expires_at: policy.as_ref().map(|policy| moment(policy.expires_at)),
        network: policy
            .and_then(|policy| policy.network)
            .map(|network| network.to_string()),
    })
}

impl From<CheckUrlResponse> for VerdictView {
    fn from(answer: CheckUrlResponse) -> Self {
        let told = |text: String| Some(text).filter(|text| !text.is_empty());
        let expires_at = Some(answer.expires_at_micros).filter(|micros| *micros > 0);
        Self {
            valid: answer.valid,
            reason: told(answer.reason),
            message: told(answer.message),
            key_pair_id: told(answer.key_pair_id),
            resource: told(answer.resource),
            expires_at: expires_at.map(timestamp),
            network: told(answer.network),
        }
    }
}

fn text(verdict: &VerdictView) -> String {
    let head = match &verdict.message {
        None => "valid".to_owned(),
        Some(message) => format!("not valid: {}", plain(message)),
    };
    let shown = |value: &Option<String>| plain(value.as_deref().unwrap_or("unknown"));
    let mut rows = vec![
        ("key pair", shown(&verdict.key_pair_id)),
        ("resource", shown(&verdict.resource)),
        ("ends", shown(&verdict.expires_at)),
    ];
    if verdict.resource.is_some() {
        let network = verdict.network.as_deref().unwrap_or("everybody");
        rows.push(("for", network.to_owned()));
    }
    format!("{head}\n\n{}", card(&rows))
}

fn time(text: &str) -> Result<u64, String> {
    let moment = OffsetDateTime::parse(text, &Rfc3339);
    let moment = moment.map_err(|_| "expected a time such as 2026-01-01T12:00:00Z".to_owned())?;
    u64::try_from(moment.unix_timestamp()).map_err(|_| "expected a time after 1970".to_owned())
}
