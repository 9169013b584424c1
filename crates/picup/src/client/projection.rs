use picup_proto::operations::v1::{
    DropGenerationRequest, GetComparisonRequest, GetComparisonResponse, GetProjectionRequest,
    ListProjectionsRequest, Projection, ResumeRebuildRequest, StartComparisonRequest,
    StartRebuildRequest, StopRebuildRequest, SwitchGenerationRequest,
    projections_client::ProjectionsClient,
};

use super::{Client, new_command_id};
use crate::Result;

impl Client {
    /// All projections with their generations.
    pub async fn projections(&self) -> Result<Vec<Projection>> {
        let call = |channel, request| async move {
            ProjectionsClient::new(channel)
                .list_projections(request)
                .await
        };
        let listed = self.call(ListProjectionsRequest {}, call).await?;
        Ok(listed.projections)
    }

    /// One projection with its generations.
    pub async fn projection(&self, projection: &str, with_dropped: bool) -> Result<Projection> {
        let message = GetProjectionRequest {
            projection: projection.to_owned(),
            with_dropped,
        };
        let call = |channel, request| async move {
            ProjectionsClient::new(channel)
                .get_projection(request)
                .await
        };
        let got = self.call(message, call).await?;
        Ok(got.projection.unwrap_or_default())
    }

    /// Begins the next generation and answers its number.
    pub async fn start_rebuild(&self, projection: &str) -> Result<u32> {
        let message = StartRebuildRequest {
            projection: projection.to_owned(),
            rebuild_id: new_command_id(),
        };
        let call = |channel, request| async move {
            ProjectionsClient::new(channel).start_rebuild(request).await
        };
        Ok(self.call(message, call).await?.generation)
    }

    /// Stops reading the log into a generation.
    pub async fn stop_rebuild(&self, projection: &str, generation: u32) -> Result<()> {
        let message = StopRebuildRequest {
            projection: projection.to_owned(),
            generation,
        };
        let call = |channel, request| async move {
            ProjectionsClient::new(channel).stop_rebuild(request).await
        };
        self.call(message, call).await.map(drop)
    }

    /// Goes on reading the log into a generation.
    pub async fn resume_rebuild(&self, projection: &str, generation: u32) -> Result<()> {
        let message = ResumeRebuildRequest {
            projection: projection.to_owned(),
            generation,
        };
        let call = |channel, request| async move {
            ProjectionsClient::new(channel)
                .resume_rebuild(request)
                .await
        };
        self.call(message, call).await.map(drop)
    }

    /// Begins to compare a generation with the live one and answers the comparison's id.
    pub async fn start_comparison(&self, projection: &str, generation: u32) -> Result<String> {
        let comparison_id = new_command_id();
        let message = StartComparisonRequest {
            projection: projection.to_owned(),
            generation,
            comparison_id: comparison_id.clone(),
        };
        let call = |channel, request| async move {
            ProjectionsClient::new(channel)
                .start_comparison(request)
                .await
        };
        self.call(message, call).await?;
        Ok(comparison_id)
    }

    /// How far a comparison is.
    pub async fn comparison(&self, comparison_id: &str) -> Result<GetComparisonResponse> {
        let message = GetComparisonRequest {
            comparison_id: comparison_id.to_owned(),
        };
        let call = |channel, request| async move {
            ProjectionsClient::new(channel)
                .get_comparison(request)
                .await
        };
        self.call(message, call).await
    }

    /// Has queries answered from another generation. Answers the one that was live; 0 where it was already.
    pub async fn switch_generation(
        &self,
        projection: &str,
        generation: u32,
        force: bool,
    ) -> Result<u32> {
        let message = SwitchGenerationRequest {
            projection: projection.to_owned(),
            generation,
            force,
        };
        let call = |channel, request| async move {
            ProjectionsClient::new(channel)
                .switch_generation(request)
                .await
        };
        Ok(self.call(message, call).await?.retired)
    }

    /// Removes a generation that is not live.
    pub async fn drop_generation(
        &self,
        projection: &str,
        generation: u32,
        force: bool,
    ) -> Result<()> {
        let message = DropGenerationRequest {
            projection: projection.to_owned(),
            generation,
            force,
        };
        let call = |channel, request| async move {
            ProjectionsClient::new(channel)
                .drop_generation(request)
                .await
        };
        self.call(message, call).await.map(drop)
    }
}
