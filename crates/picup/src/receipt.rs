//! `picup receipt`: the proof that a photo or video is gone from S3.

use clap::{Args, Subcommand};
use picup_proto::operations::v1::{HistoryEvent, HistorySubject};
use serde::{Deserialize, Serialize};

use crate::{
    Context, Error, ErrorKind, Result,
    client::Client,
    output::{card, count, plain, table, timestamp},
};

/// The event that carries the receipt.
const PURGED: &str = "media.MediaPurged";

/// What `picup receipt` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Show what was removed, how long it was, and when its absence was checked
    #[command(after_long_help = "\
Examples:
  picup receipt show 01930f2e-5a6b-7c8d-9e0f-102030405060
  picup receipt show 01930f2e-5a6b-7c8d-9e0f-102030405060 --json")]
    Show(ShowArgs),
}

/// What `picup receipt show` takes.
#[derive(Clone, Debug, Args)]
pub struct ShowArgs {
    /// The photo's or video's id
    #[arg(value_name = "MEDIA")]
    pub media: String,
}

/// The receipt of a purge, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Of which photo or video.
    pub media_id: String,
    /// When it was recorded.
    pub recorded_at: String,
    /// When the absence of the objects was checked.
    pub verified_at: String,
    /// What the CDN calls the invalidation of its copies; none where there is no CDN.
    pub invalidation_id: Option<String>,
    /// All that was there.
    pub objects: Vec<ReceiptObject>,
}

/// An object that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptObject {
    /// Its key.
    pub key: String,
    /// Its length.
    pub bytes: u64,
    /// It was gone before this purge looked: an earlier one was killed before it could report.
    pub gone_before: bool,
}

/// What the event says in JSON.
#[derive(Deserialize)]
struct Fields {
    objects: Vec<ReceiptObject>,
    verified_at: String,
    invalidation_id: String,
}

/// Runs `picup receipt`.
pub async fn run(command: ReceiptCommand, context: &Context) -> Result<()> {
    let ReceiptCommand::Show(args) = command;
    let receipt = receipt_of(context.client()?, &args.media).await?;
    context.output.data(&receipt, || receipt.text())
}

/// The receipt of a photo or video. One that has not been purged has none.
pub async fn receipt_of(client: &Client, media: &str) -> Result<Receipt> {
    let mut purged = None;
    let history = client.history(HistorySubject::Media, media, false, |page| {
        let found = page.into_iter().find(|event| event.r#type == PURGED);
        purged = purged.take().or(found);
        Ok(())
    });
    history.await?;
    let missing = || {
        let message = "it has not been purged: `picup history media` says how far it is";
        Error::new(ErrorKind::NotFound, message)
    };
    Receipt::of(media, &purged.ok_or_else(missing)?)
}

impl Receipt {
    fn of(media: &str, event: &HistoryEvent) -> Result<Self> {
        let fields: Fields = serde_json::from_str(&event.fields_json).map_err(|error| {
            let message = format!("the server tells a receipt that cannot be read: {error}");
            Error::new(ErrorKind::Failed, message)
        })?;
        Ok(Self {
            media_id: media.to_owned(),
            recorded_at: timestamp(event.recorded_at_micros),
            verified_at: fields.verified_at,
            invalidation_id: Some(fields.invalidation_id).filter(|id| !id.is_empty()),
            objects: fields.objects,
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let bytes: u64 = self.objects.iter().map(|object| object.bytes).sum();
        let objects = count(self.objects.len() as u64, "object");
        let invalidation = self.invalidation_id.as_deref().unwrap_or("no CDN");
        let facts = card(&[
            ("media", plain(&self.media_id)),
            ("removed", format!("{objects}, {bytes} bytes")),
            ("absence checked", plain(&self.verified_at)),
            ("invalidation", plain(invalidation)),
            ("recorded", self.recorded_at.clone()),
        ]);
        let rows = self.objects.iter().map(|object| {
            let when = if object.gone_before { "before" } else { "now" };
            vec![
                plain(&object.key),
                object.bytes.to_string(),
                when.to_owned(),
            ]
        });
        format!(
            "{facts}\n\n{}",
            table(&["OBJECT", "BYTES", "REMOVED"], rows)
        )
    }
}
