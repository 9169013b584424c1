//! The variables that the services are told.

use std::collections::HashMap;

use picup_local_stack::Endpoints;
use picup_service::config::Source;

use super::secrets::Secrets;

/// The variables that the services read, as they would stand in the environment of processes of their
/// own. What is set in `over` wins.
pub struct Configuration<'a> {
    variables: HashMap<String, String>,
    over: &'a dyn Source,
}

impl<'a> Configuration<'a> {
    /// Points all services at these servers, with these secrets.
    pub fn new(endpoints: &Endpoints, secrets: &Secrets, over: &'a dyn Source) -> Self {
        let s3 = &endpoints.s3;
        let variables = [
            ("PICUP_MYSQL_URL", &endpoints.mysql_url),
            ("PICUP_AMQP_URL", &endpoints.amqp_url),
            ("PICUP_REDIS_URL", &endpoints.redis_url),
            ("PICUP_S3_BUCKET", &"picup".to_owned()),
            ("PICUP_S3_ENDPOINT", &s3.url),
            ("PICUP_S3_REGION", &s3.region),
            ("PICUP_S3_ACCESS_KEY", &s3.access_key),
            ("PICUP_S3_SECRET_KEY", &s3.secret_key),
            ("PICUP_CDN_URL", &"http://127.0.0.1:8080".to_owned()),
            ("PICUP_CDN_KEY_PAIR_IDS", &"LOCAL1".to_owned()),
            ("PICUP_CDN_PUBLIC_KEYS", &secrets.cdn_public_key),
            ("PICUP_CDN_PRIVATE_KEY", &secrets.cdn_private_key),
            ("PICUP_MASTER_KEY", &secrets.master_key),
            ("PICUP_TOKEN_PRIVATE_KEY", &secrets.token_private_key),
            ("PICUP_TOKEN_PUBLIC_KEY", &secrets.token_public_key),
            ("PICUP_SERVICE_KEY", &secrets.service_key),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.clone()));
        Self {
            variables: variables.into(),
            over,
        }
    }

    /// Sets one more variable.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.insert(name.to_owned(), value.into());
    }

    /// All that was set here.
    pub fn into_variables(self) -> HashMap<String, String> {
        self.variables
    }
}

impl Source for Configuration<'_> {
    fn get(&self, name: &str) -> Option<String> {
        // A secret may be given as a file instead; then ours must not stand beside it.
        let given_as_file = self.over.get(&format!("{name}_FILE")).is_some();
        let ours = || {
            if given_as_file {
                None
            } else {
                self.variables.get(name).cloned()
            }
        };
        self.over.get(name).or_else(ours)
    }
}
