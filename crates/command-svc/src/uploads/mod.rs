//! Uploads from their start to their completion, for clients and for S3's own notifications alike: what is
//! put where, which parts there are, and whether what S3 holds is what was announced.
//!
//! Nothing is believed that S3 does not say itself. Start reading at [`Uploads::complete`].

mod assemble;
mod originals;
mod parts;
mod verification;

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use picup_domain::{
    PartPlan, Phase, SNIFF_LENGTH, State, Upload, commands::CompleteUpload, verify_content,
};
use picup_event_types::StreamId;
use picup_objects::{Objects, ObjectsError, Original, VerifyError};
use picup_service::{
    auth::{Guest, Uploader},
    errors::{ErrorCode, Fault},
};
use sqlx::MySqlPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    grpc::fault,
    handle::{Context, Handled, Handler},
};

pub use originals::Originals;
pub use parts::Held;
use verification::Verifications;

/// Uploads whose S3 ids are remembered, at most.
const REMEMBERED: u64 = 10_000;
/// How long an id is believed: somebody else may have ended that upload.
const REMEMBERED_FOR: Duration = Duration::from_mins(10);

/// Everything about uploads. Cheap to clone.
#[derive(Clone)]
pub struct Uploads {
    /// Runs the commands.
    pub handler: Handler,
    /// The bucket.
    pub objects: Objects,
    /// Which originals an account may have.
    pub originals: Originals,
    verifications: Arc<Verifications>,
    /// S3's ids of uploads in parts, to save a listing for every part.
    open: Cache<Uuid, String>,
}

/// What became of a completion.
#[derive(Debug)]
pub enum Completion {
    /// It is stored.
    Done(Handled),
    /// It is still being read; so many bytes have been.
    Verifying(u64),
}

impl Uploads {
    /// Uploads into a bucket, recorded by a handler.
    pub fn new(
        handler: Handler,
        objects: Objects,
        pool: MySqlPool,
        stopping: CancellationToken,
    ) -> Self {
        let open = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(REMEMBERED_FOR)
            .build();
        Self {
            handler,
            objects,
            originals: Originals::new(pool),
            verifications: Arc::new(Verifications::new(stopping)),
            open,
        }
    }

    /// An item as it is now, whoever asks.
    pub async fn item(&self, media: Uuid) -> Result<(Phase, Upload), Fault> {
        let loaded = self.handler.load(StreamId::media(media)).await;
        let State::Media(item) = loaded.map_err(fault)?.state else {
            let message = "a media stream holds something else";
            return Err(Fault::new(ErrorCode::Internal, message));
        };
        let upload = item.upload().map_err(|refusal| fault(refusal.into()))?;
        Ok((item.phase(), upload.clone()))
    }

    /// An item of an account's, or one that a guest has added, as it is now.
    pub async fn item_of(
        &self,
        uploader: &Uploader,
        media: Uuid,
    ) -> Result<(Phase, Upload), Fault> {
        let (phase, upload) = self.item(media).await?;
        let added_by_guest = |guest: Guest| upload.share == Some(guest.share);
        if upload.account == uploader.account && uploader.guest.is_none_or(added_by_guest) {
            Ok((phase, upload))
        } else {
            Err(fault(picup_domain::Refusal::NotFound("media item").into()))
        }
    }

    /// Stores an original that S3 holds as it was announced. Reported again, by whomever, it changes nothing.
    pub async fn complete(
        &self,
        context: &Context,
        uploader: &Uploader,
        media: Uuid,
    ) -> Result<Completion, Fault> {
        let (phase, upload) = self.item_of(uploader, media).await?;
        if phase == Phase::Uploading {
            match PartPlan::of(upload.bytes) {
                None => self.verify_single(media, &upload).await?,
                Some(plan) => {
                    let work = |reading| {
                        let (context, upload) = (context.clone(), upload.clone());
                        self.clone()
                            .verify_parts((context, media, upload), plan, reading)
                    };
                    if let Some(read) = self.verifications.wait_for(media, work).await? {
                        return Ok(Completion::Verifying(read));
                    }
                }
            }
        }
        self.record(context, media, &upload)
            .await
            .map(Completion::Done)
    }

    async fn record(
        &self,
        context: &Context,
        media: Uuid,
        upload: &Upload,
    ) -> Result<Handled, Fault> {
        let command = CompleteUpload {
            account: upload.account,
            media,
            album: upload.album,
        };
        self.handler.handle(context, &command).await.map_err(fault)
    }

    /// Asks S3 whether an original that was put at once is there and is what was announced.
    async fn verify_single(&self, media: Uuid, upload: &Upload) -> Result<(), Fault> {
        let announced = original(upload);
        let found = self
            .objects
            .verify(upload.account, media, &announced, SNIFF_LENGTH)
            .await;
        sniff(upload, &found.map_err(verify_fault)?)
    }
}

/// Refuses bytes that begin like something else than was announced.
fn sniff(upload: &Upload, first_bytes: &[u8]) -> Result<(), Fault> {
    verify_content(&upload.content_type, first_bytes).map_err(|mismatch| {
        Fault::new(ErrorCode::FailedPrecondition, mismatch.to_string())
            .with_reason("CONTENT_MISMATCH")
    })
}

/// What an upload was announced as.
pub fn original(upload: &Upload) -> Original {
    Original {
        bytes: upload.bytes,
        content_type: upload.content_type.clone(),
        sha256: upload.sha256.clone(),
    }
}

fn verify_fault(error: VerifyError) -> Fault {
    match error {
        VerifyError::Unavailable(error) => s3_fault(&error),
        VerifyError::Missing => refused(error.to_string(), "UPLOAD_MISSING"),
        VerifyError::Mismatch(_) => refused(error.to_string(), "UPLOAD_MISMATCH"),
    }
}

/// What trouble with S3 means for who asked.
pub fn s3_fault(error: &ObjectsError) -> Fault {
    if !error.is_outage() {
        // Whatever it is, it is no mistake of the client's.
        tracing::warn!(%error, "S3 refused");
    }
    Fault::new(ErrorCode::Unavailable, error.to_string()).with_reason("S3_UNAVAILABLE")
}

fn refused(message: impl Into<String>, reason: &'static str) -> Fault {
    Fault::new(ErrorCode::FailedPrecondition, message).with_reason(reason)
}
