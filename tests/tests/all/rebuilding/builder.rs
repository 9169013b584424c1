//! What an operator does, step by step.

use std::time::Duration;

use picup_proto::operations::v1::{
    DropGenerationRequest, Generation, GetComparisonRequest, GetComparisonResponse,
    GetProjectionRequest, StartComparisonRequest, StartRebuildRequest, SwitchGenerationRequest,
    projections_client::ProjectionsClient,
};
use picup_tests::{Person, System, eventually};
use tonic::{Status, transport::Channel};
use uuid::Uuid;

/// Both projections.
pub const BOTH: [&str; 2] = ["album-listings", "storage-usage"];
/// A bound for whatever takes several looks at the registry.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// An operator who sees to one projection.
pub struct Builder {
    pub operator: Person,
    pub projection: &'static str,
}

impl Builder {
    pub async fn new(system: &System, projection: &'static str) -> Self {
        let operator = system.operator().await;
        Self {
            operator,
            projection,
        }
    }

    pub fn client(&self) -> ProjectionsClient<Channel> {
        ProjectionsClient::new(self.operator.channel())
    }

    /// Begins a rebuild under an id.
    pub async fn start(&self, id: Uuid) -> Result<u32, Status> {
        let request = self.operator.request(StartRebuildRequest {
            projection: self.projection.to_owned(),
            rebuild_id: id.to_string(),
        });
        let started = self.client().start_rebuild(request).await?;
        Ok(started.into_inner().generation)
    }

    /// A generation as the operator sees it. `None` also when projection-svc is down.
    pub async fn generation(&self, generation: u32) -> Option<Generation> {
        let request = self.operator.request(GetProjectionRequest {
            projection: self.projection.to_owned(),
            with_dropped: true,
        });
        let got = self.client().get_projection(request).await.ok()?;
        let mut generations = got.into_inner().projection?.generations;
        generations.retain(|row| row.generation == generation);
        generations.pop()
    }

    pub async fn state(&self, generation: u32) -> String {
        self.generation(generation)
            .await
            .map_or_else(String::new, |row| row.state)
    }

    /// Waits until a generation is in a state.
    pub async fn wait_until(&self, generation: u32, state: &str) {
        eventually(PATIENCE, &state.to_owned(), || self.state(generation)).await;
    }

    /// Begins a rebuild and waits until it is ready.
    pub async fn rebuild(&self) -> u32 {
        let generation = self.start(Uuid::new_v4()).await.expect("it begins");
        self.wait_until(generation, "ready").await;
        generation
    }

    /// Compares a generation with the live one.
    pub async fn compare(&self, generation: u32) -> GetComparisonResponse {
        let comparison_id = Uuid::new_v4().to_string();
        let request = self.operator.request(StartComparisonRequest {
            projection: self.projection.to_owned(),
            generation,
            comparison_id: comparison_id.clone(),
        });
        let started = self.client().start_comparison(request).await;
        started.expect("the comparison begins");
        for _ in 0..900 {
            let request = self.operator.request(GetComparisonRequest {
                comparison_id: comparison_id.clone(),
            });
            let got = self.client().get_comparison(request).await;
            let got = got.expect("the comparison").into_inner();
            if got.state != "running" {
                return got;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the comparison does not end");
    }

    pub async fn switch(&self, generation: u32, force: bool) -> Result<u32, Status> {
        let request = self.operator.request(SwitchGenerationRequest {
            projection: self.projection.to_owned(),
            generation,
            force,
        });
        let switched = self.client().switch_generation(request).await?;
        Ok(switched.into_inner().retired)
    }

    pub async fn drop_generation(&self, generation: u32) -> Result<(), Status> {
        let request = self.operator.request(DropGenerationRequest {
            projection: self.projection.to_owned(),
            generation,
            force: false,
        });
        self.client().drop_generation(request).await.map(drop)
    }
}
