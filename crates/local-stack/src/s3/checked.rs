use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumMode,
    ChecksumType, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyObjectInput,
    CopyObjectOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteBucketInput, DeleteBucketOutput, DeleteObjectInput,
    DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, ETagCondition,
    GetBucketLocationInput, GetBucketLocationOutput, GetObjectInput, GetObjectOutput,
    HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput,
    ListBucketsOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsInput,
    ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput,
    PutObjectInput, PutObjectOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tracing::instrument::WithSubscriber as _;
use uuid::Uuid;

use super::body::{checked, declared, required};
use super::durable::save;
use super::list::list;
use super::parts::{complete, forget_upload, list_parts, open_upload, upload_part};
use super::sidecar::Sidecar;
use super::uploads::{UploadRecord, list_uploads};
use crate::Error;

/// `s3s-fs`, made to behave like S3 where we depend on it:
///
/// * a body that is not as long as declared or does not have its checksum leaves no object, and
///   leaves an older one alone (`s3s-fs` compares when it has replaced the object);
/// * a client that goes away in the middle of a request leaves no half-described object;
/// * open uploads can be listed, and a part belongs to the key that its upload was opened for;
/// * parts are checked as they come and when they are put together, and the object gets the
///   checksum of their checksums;
/// * what is acknowledged is on the disk, if it is to be kept at all;
/// * checksums are told only to those who ask (`x-amz-checksum-mode`);
/// * a GET under `If-Match` gives no other object's bytes;
/// * a folder is not an object, and a deleted object leaves nothing behind.
pub(super) struct CheckedFiles {
    files: Arc<FileSystem>,
    root: PathBuf,
    durable: bool,
}

pub(super) type Answer<T> = S3Result<S3Response<T>>;

impl CheckedFiles {
    pub(super) fn open(root: &Path, durable: bool) -> Result<Self, Error> {
        let files = FileSystem::new(root).map_err(|error| Error::Damaged {
            file: root.to_owned(),
            reason: format!("{error:?}"),
        })?;
        Ok(Self {
            files: Arc::new(files),
            root: root.to_owned(),
            durable,
        })
    }

    fn refuse_folder(&self, bucket: &str, key: &str) -> S3Result<()> {
        if self.root.join(bucket).join(key).is_dir() {
            Err(s3_error!(NoSuchKey))
        } else {
            Ok(())
        }
    }

    /// Removes what a deleted object leaves: what was kept beside it, and its folder if that is
    /// empty now.
    async fn tidy_up(&self, bucket: &str, key: &str) -> S3Result<()> {
        let sidecar = Sidecar::of(&self.root, bucket, key);
        sidecar.remove().await.map_err(S3Error::internal_error)?;
        let bucket = self.root.join(bucket);
        if let Some(folder) = bucket.join(key).parent().filter(|folder| *folder != bucket) {
            // Refused by the system as long as anything is in it.
            let _ = tokio::fs::remove_dir(folder).await;
        }
        Ok(())
    }
}

/// Whether a checksum is of the whole object's bytes or made of those of its parts.
pub(super) fn checksum_type(sha256: Option<&String>) -> ChecksumType {
    let composite = sha256.is_some_and(|sha256| sha256.contains('-'));
    let name = if composite {
        ChecksumType::COMPOSITE
    } else {
        ChecksumType::FULL_OBJECT
    };
    ChecksumType::from_static(name)
}

fn wants_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED)
}

/// Tells the checksum to those who ask and nobody else; two outputs name it alike.
macro_rules! tell_checksum {
    ($output:expr, $asked:expr) => {
        if $asked {
            $output.checksum_type = Some(checksum_type($output.checksum_sha256.as_ref()));
        } else {
            $output.checksum_crc32 = None;
            $output.checksum_crc32c = None;
            $output.checksum_crc64nvme = None;
            $output.checksum_sha1 = None;
            $output.checksum_sha256 = None;
        }
    };
}

#[async_trait]
impl S3 for CheckedFiles {
    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let input = &mut request.input;
        let declared = declared!(
            required(input.content_length)?,
            input,
            request.trailing_headers
        );
        let body = input.body.take().ok_or_else(|| s3_error!(IncompleteBody))?;
        let (body, verdict) = checked(body, declared);
        input.body = Some(body);
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let (files, root, durable) = (Arc::clone(&self.files), self.root.clone(), self.durable);
        let put = async move {
            let answer = files.put_object(request).await?;
            if durable {
                save(&root, &bucket, &key)
                    .await
                    .map_err(S3Error::internal_error)?;
            }
            Ok(answer)
        };
        // On a task of its own, so that it comes to an end even if the client goes away.
        let put = tokio::spawn(put.with_current_subscriber());
        let result = put.await.map_err(S3Error::internal_error)?;
        match verdict.take() {
            Some(Err(refused)) => Err(refused),
            _ => result,
        }
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        self.refuse_folder(&request.input.bucket, &request.input.key)?;
        let tell = wants_checksum(request.input.checksum_mode.as_ref());
        let wanted = request.input.if_match.clone();
        let mut answer = self.files.get_object(request).await?;
        let output = &mut answer.output;
        let wanted = wanted.as_ref().and_then(ETagCondition::as_etag);
        if wanted.is_some_and(|wanted| output.e_tag.as_ref() != Some(wanted)) {
            return Err(s3_error!(PreconditionFailed));
        }
        tell_checksum!(output, tell);
        Ok(answer)
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        self.refuse_folder(&request.input.bucket, &request.input.key)?;
        let tell = wants_checksum(request.input.checksum_mode.as_ref());
        let mut answer = self.files.head_object(request).await?;
        let output = &mut answer.output;
        tell_checksum!(output, tell);
        Ok(answer)
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> Answer<DeleteObjectOutput> {
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        let answer = self.files.delete_object(request).await?;
        self.tidy_up(&bucket, &key).await?;
        Ok(answer)
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> Answer<DeleteObjectsOutput> {
        let bucket = request.input.bucket.clone();
        let quiet = request.input.delete.quiet.unwrap_or_default();
        let mut answer = self.files.delete_objects(request).await?;
        for key in answer
            .output
            .deleted
            .iter()
            .flatten()
            .filter_map(|gone| gone.key.as_deref())
        {
            self.tidy_up(&bucket, key).await?;
        }
        if quiet {
            answer.output.deleted = None;
        }
        Ok(answer)
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> Answer<ListObjectsV2Output> {
        if request.input.delimiter.is_some() {
            return self.files.list_objects_v2(request).await;
        }
        list(&self.root, request.input).await.map(S3Response::new)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        let algorithm = request.input.checksum_algorithm.clone();
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        let mut answer = self.files.create_multipart_upload(request).await?;
        let upload = answer.output.upload_id.as_deref().unwrap_or_default();
        let upload = Uuid::parse_str(upload).map_err(S3Error::internal_error)?;
        let sha256 = algorithm
            .as_ref()
            .is_some_and(|name| name.as_str() == ChecksumAlgorithm::SHA256);
        UploadRecord::now(&bucket, &key, upload, sha256)
            .save(&self.root)
            .await
            .map_err(S3Error::internal_error)?;
        answer.output.checksum_algorithm = algorithm;
        Ok(answer)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Answer<ListMultipartUploadsOutput> {
        let output = list_uploads(&self.root, request.input).await?;
        Ok(S3Response::new(output))
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        upload_part(&self.files, &self.root, request).await
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> {
        list_parts(&self.files, &self.root, request).await
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        complete(&self.files, &self.root, self.durable, request).await
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        let input = &request.input;
        let upload = open_upload(&self.root, &input.upload_id, &input.bucket, &input.key).await?;
        let answer = self.files.abort_multipart_upload(request).await?;
        forget_upload(&self.root, upload)
            .await
            .map_err(S3Error::internal_error)?;
        Ok(answer)
    }

    // What s3s-fs does well enough.

    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> Answer<CreateBucketOutput> {
        self.files.create_bucket(request).await
    }

    async fn delete_bucket(
        &self,
        request: S3Request<DeleteBucketInput>,
    ) -> Answer<DeleteBucketOutput> {
        self.files.delete_bucket(request).await
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        self.files.head_bucket(request).await
    }

    async fn list_buckets(
        &self,
        request: S3Request<ListBucketsInput>,
    ) -> Answer<ListBucketsOutput> {
        self.files.list_buckets(request).await
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> Answer<GetBucketLocationOutput> {
        self.files.get_bucket_location(request).await
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> Answer<CopyObjectOutput> {
        self.files.copy_object(request).await
    }

    async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> Answer<ListObjectsOutput> {
        self.files.list_objects(request).await
    }
}
