use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::guardian::Launch;
use crate::ports::ReservedPort;
use crate::server::Server;
use crate::{DataFolder, Error, PythonEnvironment};

/// A distribution, in Python, with no more than it must have.
const DISTRIBUTION: &str = "{'CallerReference': 'r', 'Comment': '', 'Enabled': True, \
    'Origins': {'Quantity': 1, 'Items': [{'Id': 'o', 'DomainName': 'b.s3.us-east-1.amazonaws.com', \
    'S3OriginConfig': {'OriginAccessIdentity': ''}}]}, \
    'DefaultCacheBehavior': {'TargetOriginId': 'o', 'ViewerProtocolPolicy': 'allow-all', 'MinTTL': 1, \
    'ForwardedValues': {'QueryString': False, 'Cookies': {'Forward': 'none'}}}}";

/// A private moto: others' idea of AWS's interfaces, for tests. It knows S3 and CloudFront and checks
/// no signature.
pub struct Moto {
    _server: Server,
    port: ReservedPort,
    python: PythonEnvironment,
}

impl Moto {
    /// Starts it on a free loopback port. Its programs are kept in `programs`, so that they are
    /// installed once.
    pub fn start(
        folder: &DataFolder,
        programs: &Path,
        progress: &dyn Fn(&str),
    ) -> Result<Self, Error> {
        let python = PythonEnvironment::prepare(programs, progress)?;
        let port = ReservedPort::any()?;
        let arguments = ["-H", "127.0.0.1", "-p", &port.number().to_string()].map(Into::into);
        let launch = Launch {
            name: "moto",
            folder: folder.clone(),
            working_folder: folder.subfolder("moto")?,
            program: python.program("moto_server"),
            arguments: arguments.into(),
            environment: Vec::new(),
            grace: Duration::from_secs(5),
        };
        let address = port.address();
        let answers = move || {
            let limit = Duration::from_millis(500);
            std::net::TcpStream::connect_timeout(&address, limit).is_ok()
        };
        Ok(Self {
            _server: Server::start(launch, answers)?,
            port,
            python,
        })
    }

    /// `http://127.0.0.1:port`, for every service.
    pub fn url(&self) -> String {
        format!("http://{}", self.port.address())
    }

    /// Makes a CloudFront distribution with AWS's own client, and answers its id.
    pub fn add_distribution(&self) -> Result<String, Error> {
        let script = format!(
            "import boto3\nclient = boto3.client('cloudfront', endpoint_url='{}', \
             region_name='us-east-1', aws_access_key_id='key', aws_secret_access_key='secret')\n\
             made = client.create_distribution(DistributionConfig={DISTRIBUTION})\n\
             print(made['Distribution']['Id'])",
            self.url()
        );
        let output = Command::new(self.python.program("python"))
            .args(["-c", &script])
            .output()
            .map_err(Error::io("making a distribution"))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A Python that has AWS's own client, `boto3`.
    pub fn python(&self) -> &PythonEnvironment {
        &self.python
    }
}
