use std::time::Duration;

use aws_sdk_s3::{
    Client,
    config::{
        Builder, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
};
use picup_service::config::Reader;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{ObjectsError, URL_LIFETIME};

/// S3 signs nothing for longer than a week.
const MOST_URL_SECONDS: u64 = 7 * 24 * 60 * 60;

/// Where the bucket is and how to get in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bucket that holds all objects.
    pub bucket: String,
    /// The bucket's region.
    pub region: String,
    /// The server's URL; `None` for AWS itself.
    pub endpoint: Option<String>,
    /// Access key and secret key; `None` for what the environment offers (an instance role, a profile).
    pub credentials: Option<(String, SecretString)>,
    /// How long presigned URLs work.
    pub url_lifetime: Duration,
}

impl Settings {
    /// Reads `PICUP_S3_BUCKET`, `PICUP_S3_REGION`, `PICUP_S3_ENDPOINT`, `PICUP_S3_ACCESS_KEY`,
    /// `PICUP_S3_SECRET_KEY` and `PICUP_S3_URL_SECONDS`. Mistakes are left in the reader.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let bucket = reader.required("PICUP_S3_BUCKET", "the name of the bucket");
        let region = reader.optional(
            "PICUP_S3_REGION",
            "us-east-1".to_owned(),
            "the bucket's region",
        );
        let endpoint = reader.optional(
            "PICUP_S3_ENDPOINT",
            String::new(),
            "the URL of the S3 server",
        );
        let access_key = reader.optional(
            "PICUP_S3_ACCESS_KEY",
            String::new(),
            "the id of an access key",
        );
        let credentials = if access_key.is_empty() {
            None
        } else {
            Some((access_key, reader.secret("PICUP_S3_SECRET_KEY")?))
        };
        let seconds = reader.optional(
            "PICUP_S3_URL_SECONDS",
            URL_LIFETIME.as_secs(),
            "1 to 604800 seconds",
        );
        if !(1..=MOST_URL_SECONDS).contains(&seconds) {
            reader.mistake("PICUP_S3_URL_SECONDS", "1 to 604800 seconds");
        }
        let endpoint = Some(endpoint).filter(|endpoint| !endpoint.is_empty());
        Some(Self {
            bucket: bucket?,
            region,
            endpoint,
            credentials,
            url_lifetime: Duration::from_secs(seconds),
        })
    }
}

/// The bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Objects {
    pub(crate) client: Client,
    pub(crate) bucket: String,
    url_lifetime: Duration,
}

impl Objects {
    /// Prepares a client; nothing is sent yet.
    pub async fn connect(settings: &Settings) -> Self {
        let mut builder = match &settings.credentials {
            Some((access_key, secret_key)) => {
                let secret_key = secret_key.expose_secret();
                let credentials = Credentials::new(access_key, secret_key, None, None, "picup");
                Builder::new()
                    .behavior_version_latest()
                    .credentials_provider(credentials)
            }
            None => Builder::from(&aws_config::load_from_env().await),
        };
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.endpoint_url(endpoint).force_path_style(true);
        }
        let config = builder
            .region(Region::new(settings.region.clone()))
            // The only checksum we ask for is the SHA-256 that the upload was announced with.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(3))
                    .operation_attempt_timeout(Duration::from_secs(10))
                    .operation_timeout(Duration::from_secs(25))
                    .build(),
            )
            .build();
        Self {
            client: Client::from_conf(config),
            bucket: settings.bucket.clone(),
            url_lifetime: settings.url_lifetime,
        }
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// How long presigned URLs work.
    pub fn url_lifetime(&self) -> Duration {
        self.url_lifetime
    }

    /// Creates the bucket if it is not there.
    pub async fn ensure_bucket(&self) -> Result<(), ObjectsError> {
        if self
            .client
            .head_bucket()
            .bucket(&self.bucket)
            .send()
            .await
            .is_ok()
        {
            return Ok(());
        }
        let created = self
            .client
            .create_bucket()
            .bucket(&self.bucket)
            .send()
            .await;
        match created {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_bucket_already_owned_by_you() => Ok(()),
                _ => Err(ObjectsError::answered("create the bucket", &error)),
            },
        }
    }
}
