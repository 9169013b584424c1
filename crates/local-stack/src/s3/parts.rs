use std::io;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::crypto::{Checksum as _, Sha256};
use s3s::dto::{
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag,
    ListPartsInput, ListPartsOutput, Part, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tracing::instrument::WithSubscriber as _;
use uuid::Uuid;

use super::body::{checked, declared, required};
use super::checked::{Answer, checksum_type};
use super::durable::save;
use super::sidecar::{PartRecord, Sidecar};
use super::uploads::UploadRecord;

const SMALLEST_PART: i64 = 5 * 1024 * 1024;
const MOST_PARTS: i32 = 1000;
const MOST_PART_NUMBER: i32 = 10_000;

/// The upload's id, if such an upload has been opened for this key and is neither completed nor aborted.
pub(super) async fn open_upload(root: &Path, id: &str, bucket: &str, key: &str) -> S3Result<Uuid> {
    let upload = Uuid::parse_str(id).map_err(|_| s3_error!(NoSuchUpload))?;
    let record = UploadRecord::load(root, upload).await;
    match record.map_err(S3Error::internal_error)? {
        Some(record) if record.bucket == bucket && record.key == key => Ok(upload),
        _ => Err(s3_error!(NoSuchUpload)),
    }
}

/// Forgets an upload and all its parts.
pub(super) async fn forget_upload(root: &Path, upload: Uuid) -> io::Result<()> {
    PartRecord::remove_all(root, upload).await?;
    UploadRecord::remove(root, upload).await
}

/// Lists parts in the order of their numbers, page by page, with their checksums.
pub(super) async fn list_parts(
    files: &FileSystem,
    root: &Path,
    request: S3Request<ListPartsInput>,
) -> Answer<ListPartsOutput> {
    let input = &request.input;
    let upload = open_upload(root, &input.upload_id, &input.bucket, &input.key).await?;
    let after = input.part_number_marker.unwrap_or(0);
    let most = input.max_parts.unwrap_or(MOST_PARTS).clamp(1, MOST_PARTS);
    let mut answer = files.list_parts(request).await?;
    let output = &mut answer.output;
    let mut parts = output.parts.take().unwrap_or_default();
    parts.retain(|part| part.part_number > Some(after));
    parts.sort_by_key(|part| part.part_number);
    let limit = usize::try_from(most).unwrap_or_default();
    let truncated = parts.len() > limit;
    parts.truncate(limit);
    describe(root, upload, &mut parts).await?;
    // A part whose description is not there yet is still on its way in.
    parts.retain(|part| part.e_tag.is_some());
    let last = parts.last().and_then(|part| part.part_number);
    output.next_part_number_marker = last.filter(|_| truncated);
    output.is_truncated = Some(truncated);
    output.max_parts = Some(most);
    output.parts = (!parts.is_empty()).then_some(parts);
    Ok(answer)
}

/// Takes a part in, checking it as it comes, and remembers what it is.
pub(super) async fn upload_part(
    files: &FileSystem,
    root: &Path,
    mut request: S3Request<UploadPartInput>,
) -> Answer<UploadPartOutput> {
    let input = &mut request.input;
    let upload = open_upload(root, &input.upload_id, &input.bucket, &input.key).await?;
    let number = input.part_number;
    if !(1..=MOST_PART_NUMBER).contains(&number) {
        return Err(s3_error!(
            InvalidArgument,
            "part numbers go from 1 to 10000"
        ));
    }
    let size = required(input.content_length)?;
    let declared = declared!(size, input, request.trailing_headers);
    let body = input.body.take().ok_or_else(|| s3_error!(IncompleteBody))?;
    let (body, verdict) = checked(body, declared);
    input.body = Some(body);
    let result = files.upload_part(request).await;
    let came = match verdict.take() {
        Some(Err(refused)) => return Err(refused),
        Some(Ok(came)) => came,
        None => return result,
    };
    let mut answer = result?;
    let output = &mut answer.output;
    let e_tag = output
        .e_tag
        .as_ref()
        .map(ETag::value)
        .unwrap_or_default()
        .to_owned();
    PartRecord {
        e_tag,
        size,
        sha256: came.checksum_sha256.clone(),
    }
    .save(root, upload, number)
    .await
    .map_err(S3Error::internal_error)?;
    output.checksum_crc32 = came.checksum_crc32;
    output.checksum_crc32c = came.checksum_crc32c;
    output.checksum_crc64nvme = came.checksum_crc64nvme;
    output.checksum_sha1 = came.checksum_sha1;
    output.checksum_sha256 = came.checksum_sha256;
    Ok(answer)
}

/// Makes an object of the parts, if they are what the client believes.
pub(super) async fn complete(
    files: &Arc<FileSystem>,
    root: &Path,
    durable: bool,
    request: S3Request<CompleteMultipartUploadInput>,
) -> Answer<CompleteMultipartUploadOutput> {
    let input = &request.input;
    let (bucket, key) = (input.bucket.clone(), input.key.clone());
    let upload = open_upload(root, &input.upload_id, &bucket, &key).await?;
    let parts = input
        .multipart_upload
        .as_ref()
        .and_then(|upload| upload.parts.as_deref());
    let sha256 = check_parts(root, upload, parts.unwrap_or_default()).await?;
    let files = Arc::clone(files);
    let checksum = sha256.clone();
    let root = root.to_owned();
    // On a task of its own, so that it comes to an end even if the client goes away.
    let put_together = async move {
        let output = files.complete_multipart_upload(request).await?.output;
        let output = match output.future {
            Some(output) => output.await?,
            None => output,
        };
        let e_tag = output.e_tag.as_ref().map(ETag::value).unwrap_or_default();
        let sidecar = Sidecar::of(&root, &bucket, &key);
        sidecar
            .write(e_tag, checksum.as_deref())
            .await
            .map_err(S3Error::internal_error)?;
        if durable {
            save(&root, &bucket, &key)
                .await
                .map_err(S3Error::internal_error)?;
        }
        forget_upload(&root, upload)
            .await
            .map_err(S3Error::internal_error)?;
        Ok::<_, S3Error>(output)
    };
    let put_together = tokio::spawn(put_together.with_current_subscriber());
    let output = put_together.await.map_err(S3Error::internal_error)??;
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        checksum_type: sha256.as_ref().map(|sha256| checksum_type(Some(sha256))),
        checksum_sha256: sha256,
        ..output
    }))
}

/// Checks, before anything is touched, that the parts are what the client believes, and returns
/// the checksum of the whole object if every part came with one: as in S3, the checksum of the
/// parts' checksums and how many they were.
async fn check_parts(
    root: &Path,
    upload: Uuid,
    parts: &[CompletedPart],
) -> S3Result<Option<String>> {
    let numbers = parts.iter().map(|part| part.part_number);
    if !numbers.is_sorted_by(|one, next| one < next) {
        return Err(s3_error!(InvalidPartOrder));
    }
    let mut whole = Some(Sha256::new());
    for (index, part) in parts.iter().enumerate() {
        let number = part.part_number.ok_or_else(|| s3_error!(InvalidPart))?;
        let record = load(root, upload, number)
            .await?
            .ok_or_else(|| s3_error!(InvalidPart, "part {number} was not uploaded"))?;
        if part
            .e_tag
            .as_ref()
            .is_none_or(|e_tag| e_tag.value() != record.e_tag)
        {
            return Err(s3_error!(InvalidPart, "part {number} has another ETag"));
        }
        if part.checksum_sha256.is_some() && part.checksum_sha256 != record.sha256 {
            return Err(s3_error!(InvalidPart, "part {number} has another checksum"));
        }
        if index + 1 < parts.len() && record.size < SMALLEST_PART {
            return Err(s3_error!(EntityTooSmall));
        }
        let sha256 = record.sha256.and_then(|text| STANDARD.decode(text).ok());
        whole = whole.zip(sha256).map(|(mut whole, sha256)| {
            whole.update(&sha256);
            whole
        });
    }
    Ok(whole.map(|whole| format!("{}-{}", STANDARD.encode(whole.finalize()), parts.len())))
}

/// Adds what s3s-fs leaves out of a listing of parts.
async fn describe(root: &Path, upload: Uuid, parts: &mut [Part]) -> S3Result<()> {
    for part in parts.iter_mut() {
        if let Some(record) = load(root, upload, part.part_number.unwrap_or_default()).await? {
            part.e_tag = Some(ETag::Strong(record.e_tag));
            part.checksum_sha256 = record.sha256;
        }
    }
    Ok(())
}

async fn load(root: &Path, upload: Uuid, number: i32) -> S3Result<Option<PartRecord>> {
    PartRecord::load(root, upload, number)
        .await
        .map_err(S3Error::internal_error)
}
