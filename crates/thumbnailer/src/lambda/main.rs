//! The thumbnailer as an AWS Lambda.

// The runtime's layers nest the future that a photo is rendered in.
#![recursion_limit = "256"]

use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use picup_service::{config::Environment, telemetry};
use picup_thumbnailer::{Settings, Work, lambda};

#[tokio::main]
async fn main() -> Result<(), Error> {
    telemetry::init("info")?;
    let work = Arc::new(Work::new(Settings::read(&Environment)?).await?);
    run(service_fn(move |event: LambdaEvent<_>| {
        let work = work.clone();
        async move { lambda::handle(&work, event).await.map_err(Error::from) }
    }))
    .await
}
