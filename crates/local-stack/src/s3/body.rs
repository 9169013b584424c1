use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, StreamingBlob};
use s3s::stream::{ByteStream, RemainingLength};
use s3s::{S3Error, S3Result, StdError, TrailingHeaders, s3_error};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a request says about its body.
pub(super) struct Declared {
    pub(super) length: i64,
    pub(super) md5: Option<String>,
    pub(super) checksum: Checksum,
    /// The algorithm of a checksum that follows the body.
    pub(super) trailing: Option<String>,
    pub(super) trailers: Option<TrailingHeaders>,
}

/// What a request says about its body; the inputs of two operations name it alike.
macro_rules! declared {
    ($length:expr, $input:expr, $trailers:expr) => {
        $crate::s3::body::Declared {
            length: $length,
            md5: $input.content_md5.clone(),
            checksum: s3s::dto::Checksum {
                checksum_crc32: $input.checksum_crc32.clone(),
                checksum_crc32c: $input.checksum_crc32c.clone(),
                checksum_crc64nvme: $input.checksum_crc64nvme.clone(),
                checksum_sha1: $input.checksum_sha1.clone(),
                checksum_sha256: $input.checksum_sha256.clone(),
                checksum_type: None,
            },
            trailing: $input
                .checksum_algorithm
                .as_ref()
                .map(|name| name.as_str().to_owned()),
            trailers: $trailers.clone(),
        }
    };
}

pub(super) use declared;

/// S3 wants to know beforehand how much is coming, and so do we.
pub(super) fn required(length: Option<i64>) -> S3Result<i64> {
    length.ok_or_else(|| s3_error!(MissingContentLength))
}

/// What came of the check; to be looked at after the body was read.
#[derive(Clone, Default)]
pub(super) struct Verdict(Arc<Mutex<Option<Result<Checksum, S3Error>>>>);

impl Verdict {
    /// The checksums computed from the bytes that came, or why they were refused.
    pub(super) fn take(&self) -> Option<Result<Checksum, S3Error>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, result: Result<Checksum, S3Error>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    }
}

/// A body that ends with an error, instead of just ending, when it is not what was declared. The
/// file behind it is still a temporary one then, so a refused body never becomes an object.
struct CheckedBody {
    inner: StreamingBlob,
    declared: Declared,
    length: i64,
    md5: Md5,
    hasher: Option<ChecksumHasher>,
    verdict: Verdict,
}

pub(super) fn checked(body: StreamingBlob, declared: Declared) -> (StreamingBlob, Verdict) {
    let verdict = Verdict::default();
    let body = CheckedBody {
        inner: body,
        hasher: Some(declared.hasher()),
        declared,
        length: 0,
        md5: Md5::new(),
        verdict: verdict.clone(),
    };
    (StreamingBlob::new(body), verdict)
}

impl Declared {
    fn hasher(&self) -> ChecksumHasher {
        let wanted = |header: &Option<String>, name: &str| {
            let trailing = self.trailing.as_deref();
            header.is_some() || trailing.is_some_and(|other| other.eq_ignore_ascii_case(name))
        };
        let said = &self.checksum;
        ChecksumHasher {
            crc32: wanted(&said.checksum_crc32, "CRC32").then(Default::default),
            crc32c: wanted(&said.checksum_crc32c, "CRC32C").then(Default::default),
            sha1: wanted(&said.checksum_sha1, "SHA1").then(Default::default),
            sha256: wanted(&said.checksum_sha256, "SHA256").then(Default::default),
            crc64nvme: wanted(&said.checksum_crc64nvme, "CRC64NVME").then(Default::default),
        }
    }

    /// Compares what came with what was declared in headers or trailers.
    fn check(&self, length: i64, md5: Md5, came: Checksum) -> S3Result<Checksum> {
        if length != self.length {
            return Err(s3_error!(
                IncompleteBody,
                "{length} bytes came, not {}",
                self.length
            ));
        }
        if let Some(declared) = &self.md5
            && *declared != STANDARD.encode(md5.finalize())
        {
            return Err(s3_error!(BadDigest, "the body does not match Content-MD5"));
        }
        let trailer = |name: &str| {
            self.trailers.as_ref().and_then(|trailers| {
                trailers
                    .read(|map| map.get(name)?.to_str().ok().map(str::to_owned))
                    .flatten()
            })
        };
        let said = &self.checksum;
        let pairs = [
            (
                "x-amz-checksum-crc32",
                &said.checksum_crc32,
                &came.checksum_crc32,
            ),
            (
                "x-amz-checksum-crc32c",
                &said.checksum_crc32c,
                &came.checksum_crc32c,
            ),
            (
                "x-amz-checksum-sha1",
                &said.checksum_sha1,
                &came.checksum_sha1,
            ),
            (
                "x-amz-checksum-sha256",
                &said.checksum_sha256,
                &came.checksum_sha256,
            ),
            (
                "x-amz-checksum-crc64nvme",
                &said.checksum_crc64nvme,
                &came.checksum_crc64nvme,
            ),
        ];
        for (name, declared, computed) in pairs {
            if trailer(name).as_ref().or(declared.as_ref()) != computed.as_ref() {
                return Err(s3_error!(BadDigest, "the body does not match {name}"));
            }
        }
        Ok(came)
    }
}

impl CheckedBody {
    /// At the end of the body: the verdict, and the error that the reader gets to see.
    fn conclude(&mut self, hasher: ChecksumHasher) -> Option<Result<Bytes, StdError>> {
        let md5 = std::mem::replace(&mut self.md5, Md5::new());
        let result = self.declared.check(self.length, md5, hasher.finalize());
        let refused = result
            .is_err()
            .then(|| Err("the body is not what was declared".into()));
        self.verdict.set(result);
        refused
    }
}

impl Stream for CheckedBody {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = std::task::ready!(Pin::new(&mut self.inner).poll_next(context));
        Poll::Ready(match next {
            Some(Ok(bytes)) => {
                self.length += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
                if self.declared.md5.is_some() {
                    self.md5.update(&bytes);
                }
                if let Some(hasher) = &mut self.hasher {
                    hasher.update(&bytes);
                }
                Some(Ok(bytes))
            }
            None => self.hasher.take().and_then(|hasher| self.conclude(hasher)),
            broken => broken,
        })
    }
}

impl ByteStream for CheckedBody {
    fn remaining_length(&self) -> RemainingLength {
        self.inner.remaining_length()
    }
}
