use picup_service::config::Reader;
use secrecy::SecretString;

/// Which distribution delivers the bucket, and how to get in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The distribution's id.
    pub distribution: String,
    /// The URL of another server than AWS's.
    pub endpoint: Option<String>,
    /// Access key and secret key; `None` for what the environment offers.
    pub credentials: Option<(String, SecretString)>,
}

impl Settings {
    /// Reads `PICUP_CLOUDFRONT_DISTRIBUTION`, `PICUP_CLOUDFRONT_ENDPOINT`, `PICUP_CLOUDFRONT_ACCESS_KEY` and
    /// `PICUP_CLOUDFRONT_SECRET_KEY`; `None` where no distribution is named. Mistakes are left in the reader.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut text = |name, expected| {
            let given = reader.optional(name, String::new(), expected);
            Some(given).filter(|given| !given.is_empty())
        };
        let distribution = text("PICUP_CLOUDFRONT_DISTRIBUTION", "the id of a distribution");
        let endpoint = text("PICUP_CLOUDFRONT_ENDPOINT", "a URL");
        let access_key = text("PICUP_CLOUDFRONT_ACCESS_KEY", "the id of an access key");
        let credentials = match access_key {
            None => None,
            Some(access_key) => Some((access_key, reader.secret("PICUP_CLOUDFRONT_SECRET_KEY")?)),
        };
        Some(Self {
            distribution: distribution?,
            endpoint,
            credentials,
        })
    }
}
