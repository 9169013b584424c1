use std::time::{Duration, Instant};

use anyhow::Context as _;
use picup_proto::{
    access::v1::{SignInRequest, access_client::AccessClient},
    operations::v1::{
        Generation, GetComparisonRequest, GetComparisonResponse, GetProjectionRequest,
        StartComparisonRequest, StartRebuildRequest, projections_client::ProjectionsClient,
    },
};
use tokio::time::sleep;
use tonic::{Request, metadata::AsciiMetadataValue, transport::Channel};
use uuid::Uuid;

use super::Violation;
use crate::{
    faults::Site,
    installation::{OPERATOR, OPERATOR_PASSWORD},
};

const PROJECTIONS: [&str; 2] = ["album-listings", "storage-usage"];
/// How long a rebuild or a comparison may take.
const PATIENCE: Duration = Duration::from_mins(5);
const LOOK: Duration = Duration::from_millis(200);

/// What is rebuilt from the log is what the live read models show, row by row.
pub async fn check(site: &Site) -> anyhow::Result<Vec<Violation>> {
    let operator = Operator::sign_in(site).await?;
    let mut violations = Vec::new();
    for projection in PROJECTIONS {
        let generation = operator.rebuild(projection).await?;
        let compared = operator.compare(projection, generation).await?;
        if compared.state != "done" || compared.differences > 0 {
            let detail = format!("{compared:?}");
            violations.push(Violation::new("live = rebuilt", projection, detail));
        }
    }
    Ok(violations)
}

struct Operator {
    client: ProjectionsClient<Channel>,
    bearer: AsciiMetadataValue,
}

impl Operator {
    async fn sign_in(site: &Site) -> anyhow::Result<Self> {
        let url = format!("http://{}", site.installation.gateway);
        let channel = Channel::from_shared(url)?.connect_lazy();
        let request = SignInRequest {
            email: OPERATOR.to_owned(),
            password: OPERATOR_PASSWORD.to_owned(),
        };
        let signed_in = AccessClient::new(channel.clone()).sign_in(request).await?;
        let session = signed_in.into_inner().session.context("a session")?;
        Ok(Self {
            client: ProjectionsClient::new(channel),
            bearer: format!("Bearer {}", session.access_token).parse()?,
        })
    }

    /// Builds the next generation, and answers its number when it follows the log as the live one does.
    async fn rebuild(&self, projection: &str) -> anyhow::Result<u32> {
        let request = self.request(StartRebuildRequest {
            projection: projection.to_owned(),
            rebuild_id: Uuid::new_v4().to_string(),
        });
        let started = self.client.clone().start_rebuild(request).await?;
        let number = started.into_inner().generation;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let request = self.request(GetProjectionRequest {
                projection: projection.to_owned(),
                with_dropped: false,
            });
            let got = self.client.clone().get_projection(request).await?;
            let generations = got.into_inner().projection.unwrap_or_default().generations;
            let ready = |row: &Generation| row.generation == number && row.state == "ready";
            if generations.iter().any(ready) {
                return Ok(number);
            }
            sleep(LOOK).await;
        }
        anyhow::bail!("{projection} is not rebuilt in time")
    }

    async fn compare(
        &self,
        projection: &str,
        generation: u32,
    ) -> anyhow::Result<GetComparisonResponse> {
        let comparison_id = Uuid::new_v4().to_string();
        let request = self.request(StartComparisonRequest {
            projection: projection.to_owned(),
            generation,
            comparison_id: comparison_id.clone(),
        });
        self.client.clone().start_comparison(request).await?;
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let request = self.request(GetComparisonRequest {
                comparison_id: comparison_id.clone(),
            });
            let got = self.client.clone().get_comparison(request).await?;
            let got = got.into_inner();
            if got.state != "running" {
                return Ok(got);
            }
            sleep(LOOK).await;
        }
        anyhow::bail!("{projection} is not compared in time")
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.bearer.clone());
        request
    }
}
