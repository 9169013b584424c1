use picup_domain::{PartPlan, SNIFF_LENGTH, Upload};
use picup_objects::{Found, HeldPart, MultipartError, composite_sha256};
use picup_service::errors::{ErrorCode, Fault};
use uuid::Uuid;

use super::{Uploads, original, refused, s3_fault, sniff, verification::Reading, verify_fault};
use crate::handle::Context;

/// How often an upload may be gone from under our hands, because somebody else completed it.
const TRIES: u32 = 3;
/// Missing parts that are named, at most.
const NAMED: usize = 10;

impl Uploads {
    /// Puts an original together of its parts, reads it once to its end, and records it when it is what was
    /// announced. S3's own checksum of an object in parts is made of the parts' checksums and says nothing of
    /// the whole's SHA-256: only reading does.
    pub(super) async fn verify_parts(
        self,
        (context, media, upload): (Context, Uuid, Upload),
        plan: PartPlan,
        reading: Reading,
    ) -> Result<(), Fault> {
        let found = self.assemble(media, &upload, plan).await?;
        self.read(media, &upload, &found, &reading).await?;
        // Should two uploads have been opened at once, the other one must not stay.
        let aborted = self.objects.abort_multiparts(upload.account, media).await;
        aborted.map_err(|error| s3_fault(&error))?;
        self.record(&context, media, &upload).await.map(drop)
    }

    /// Reads an object to its end.
    async fn read(
        &self,
        media: Uuid,
        upload: &Upload,
        found: &Found,
        reading: &Reading,
    ) -> Result<(), Fault> {
        let account = upload.account;
        let first = self.objects.first_bytes(account, media, SNIFF_LENGTH).await;
        if let Err(fault) = sniff(upload, &first.map_err(verify_fault)?) {
            self.verifications.remember(media, fault.clone()).await;
            return Err(fault);
        }
        let whole = (upload.bytes, found.e_tag.as_str());
        let sha256 = self
            .objects
            .sha256_of(account, media, whole, &|read| reading.reached(read))
            .await
            .map_err(verify_fault)?;
        if sha256.as_slice() == upload.sha256 {
            return Ok(());
        }
        let message = "what S3 holds has another checksum than was announced";
        let fault = refused(message, "UPLOAD_MISMATCH");
        self.verifications.remember(media, fault.clone()).await;
        Err(fault)
    }

    /// The object, made of its parts now or before.
    async fn assemble(&self, media: Uuid, upload: &Upload, plan: PartPlan) -> Result<Found, Fault> {
        let account = upload.account;
        for _ in 0..TRIES {
            let open = self.objects.find_multipart(account, media).await;
            let Some(upload_id) = open.map_err(|error| s3_fault(&error))? else {
                return self.whole(media, upload).await;
            };
            let parts = match self
                .objects
                .list_all_parts(account, media, &upload_id)
                .await
            {
                Ok(parts) => parts,
                Err(MultipartError::Gone) => continue,
                Err(error) => return Err(multipart_fault(error)),
            };
            if let Err(incomplete) = check(plan, &parts) {
                // Perhaps it was put together before, and this upload was opened in vain.
                return self.whole(media, upload).await.map_err(|_| incomplete);
            }
            let made = self
                .objects
                .complete_multipart(account, media, &upload_id, &parts)
                .await;
            // Whoever puts parts again needs another upload.
            self.open.invalidate(&media).await;
            match made {
                Ok(()) => {}
                Err(MultipartError::Gone) => continue,
                Err(error) => return Err(multipart_fault(error)),
            }
            let found = self.whole(media, upload).await?;
            let expected = composite_sha256(parts.iter().map(|part| part.sha256.as_slice()));
            if found.sha256 == expected {
                return Ok(found);
            }
        }
        let message = "others keep completing this upload; try again";
        Err(Fault::new(ErrorCode::Conflict, message))
    }

    /// The object as S3 describes it, which must be what was announced as far as that tells.
    async fn whole(&self, media: Uuid, upload: &Upload) -> Result<Found, Fault> {
        let found = self.objects.find_original(upload.account, media).await;
        let found = found.map_err(|error| s3_fault(&error))?;
        let missing = || verify_fault(picup_objects::VerifyError::Missing);
        let found = found.ok_or_else(missing)?;
        found.must_be(&original(upload)).map_err(verify_fault)?;
        Ok(found)
    }
}

/// Refuses parts that are not those of the plan, each with a checksum.
fn check(plan: PartPlan, parts: &[HeldPart]) -> Result<(), Fault> {
    let mut held = parts.iter().peekable();
    let mut wrong = Vec::new();
    for part in plan.parts() {
        while held.next_if(|one| one.number < part.number).is_some() {}
        let fits = held
            .next_if(|one| one.number == part.number)
            .is_some_and(|one| one.bytes == part.bytes && one.sha256.len() == 32);
        if !fits {
            wrong.push(part.number.to_string());
        }
    }
    let surplus = parts.len() > plan.count() as usize;
    if wrong.is_empty() && !surplus {
        return Ok(());
    }
    let count = wrong.len();
    wrong.truncate(NAMED);
    let message = format!(
        "S3 does not hold {count} of {} parts as they must be, the first of them {}: put them again",
        plan.count(),
        wrong.join(", ")
    );
    Err(refused(message, "PARTS_MISSING").with_metadata("parts", wrong.join(",")))
}

fn multipart_fault(error: MultipartError) -> Fault {
    match error {
        MultipartError::Objects(error) => s3_fault(&error),
        MultipartError::Gone | MultipartError::Refused(_) => {
            refused(error.to_string(), "UPLOAD_MISMATCH")
        }
    }
}
