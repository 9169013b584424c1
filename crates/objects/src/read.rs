//! Reading a stored original to its end for its checksum, with bounded memory.

use std::{cmp::Ordering, time::Duration};

use aws_lc_rs::digest::{Context, SHA256};
use aws_sdk_s3::{config::http::HttpResponse, error::SdkError};
use uuid::Uuid;

use crate::{Objects, ObjectsError, VerifyError, original_key};

/// How much is asked for at once: what a broken connection costs at most.
const STRETCH: u64 = 64 * 1024 * 1024;
/// Failures in a row, at one place, before it gives up.
const TRIES: u32 = 5;

impl Objects {
    /// The SHA-256 of a whole original as S3 holds it. `on_read` is told how far it is. A changed object is
    /// noticed: every stretch is asked for under the same `ETag`.
    pub async fn sha256_of(
        &self,
        account: Uuid,
        media: Uuid,
        (bytes, e_tag): (u64, &str),
        on_read: &(dyn Fn(u64) + Sync),
    ) -> Result<[u8; 32], VerifyError> {
        let key = original_key(account, media);
        let mut context = Context::new(&SHA256);
        let (mut offset, mut failures) = (0, 0);
        while offset < bytes {
            let before = offset;
            let end = bytes.min(offset + STRETCH);
            match self
                .read_stretch(&key, e_tag, (&mut offset, end), &mut context, on_read)
                .await
            {
                Ok(()) => failures = 0,
                Err(VerifyError::Unavailable(error)) if error.is_outage() => {
                    failures = if offset > before { 1 } else { failures + 1 };
                    if failures >= TRIES {
                        return Err(VerifyError::Unavailable(error));
                    }
                    tokio::time::sleep(Duration::from_millis(200 << failures)).await;
                }
                Err(error) => return Err(error),
            }
        }
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(context.finish().as_ref());
        Ok(sha256)
    }

    /// Reads on from `offset`, which says afterwards how far it came, also when it failed on the way.
    async fn read_stretch(
        &self,
        key: &str,
        e_tag: &str,
        (offset, end): (&mut u64, u64),
        context: &mut Context,
        on_read: &(dyn Fn(u64) + Sync),
    ) -> Result<(), VerifyError> {
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .range(format!("bytes={offset}-{}", end - 1))
            .if_match(e_tag)
            .send()
            .await;
        let object = object.map_err(|error| match error.as_service_error() {
            Some(service) if service.is_no_such_key() => VerifyError::Missing,
            // By its status: garage has no name for a condition that is not met.
            Some(_) if is_precondition_failed(&error) => {
                VerifyError::Mismatch("content than a moment ago")
            }
            _ => VerifyError::Unavailable(ObjectsError::answered("read an upload", &error)),
        })?;
        let mut body = object.body;
        while let Some(chunk) = body.next().await {
            let chunk =
                chunk.map_err(|error| ObjectsError::broken_off("read an upload", &error))?;
            context.update(&chunk);
            *offset += chunk.len() as u64;
            on_read(*offset);
        }
        match (*offset).cmp(&end) {
            Ordering::Equal => Ok(()),
            Ordering::Less => Err(ObjectsError::cut_short("read an upload").into()),
            Ordering::Greater => Err(VerifyError::Mismatch("length")),
        }
    }
}

fn is_precondition_failed<E>(error: &SdkError<E, HttpResponse>) -> bool {
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    status == Some(412)
}
