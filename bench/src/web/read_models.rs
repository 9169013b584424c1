use crate::{installation::Installation, operator::Operator};

/// Those that the web app is answered from.
const PROJECTIONS: [&str; 2] = ["album-listings", "storage-usage"];

/// Has the read models built anew from the log, and queries answered from them.
pub async fn build(installation: &Installation) -> anyhow::Result<()> {
    let operator = Operator::of(installation).await?;
    for projection in PROJECTIONS {
        eprintln!("web: building {projection} from the log");
        let generation = operator.build(projection).await?;
        operator.switch(projection, generation).await?;
    }
    Ok(())
}
