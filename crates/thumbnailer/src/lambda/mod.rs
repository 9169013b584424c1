//! The thumbnailer as an AWS Lambda on S3's events.

use aws_lambda_events::event::s3::{S3Event, S3EventRecord};
use lambda_runtime::LambdaEvent;
use picup_objects::parse_key;
use uuid::Uuid;

use crate::work::{Done, NotDone, Work};

/// Renders every original that an event names; whatever else it names is none of ours. All records are handled
/// before the first failure is reported, after which AWS sends the event again: what is done by then is the same
/// command then.
pub async fn handle(work: &Work, event: LambdaEvent<S3Event>) -> Result<(), NotDone> {
    let mut failure = None;
    for record in &event.payload.records {
        if let Err(error) = handle_record(work, record).await {
            tracing::warn!(%error, "an original was not rendered");
            failure.get_or_insert(error);
        }
    }
    failure.map_or(Ok(()), Err)
}

async fn handle_record(work: &Work, record: &S3EventRecord) -> Result<(), NotDone> {
    let created = record.event_name.as_deref().unwrap_or_default();
    let key = record.s3.object.key.as_deref().unwrap_or_default();
    let Some(name) = parse_key(key).filter(|name| name.name == "original") else {
        return Ok(());
    };
    if !created.contains("ObjectCreated") {
        return Ok(());
    }
    let upload = match work.upload(name.media).await {
        Ok(upload) if upload.account == name.account => upload,
        Ok(_) | Err(NotDone::Never(_)) => {
            tracing::warn!(key, "no event knows this original");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let done = work.render(cause(name.media, record), &upload).await?;
    match done {
        Done::Rendered => tracing::info!(key, "rendered"),
        Done::Failed => tracing::info!(key, "cannot be rendered"),
        Done::Gone => tracing::info!(key, "deleted meanwhile"),
    }
    Ok(())
}

/// The same for an event that comes twice, and another for bytes that were put again.
fn cause(media: Uuid, record: &S3EventRecord) -> Uuid {
    let object = &record.s3.object;
    let sequence = object.sequencer.as_deref().or(object.e_tag.as_deref());
    Uuid::new_v5(&media, sequence.unwrap_or_default().as_bytes())
}
