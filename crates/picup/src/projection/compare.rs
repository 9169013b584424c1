use std::{io::IsTerminal as _, time::Duration};

use indicatif::ProgressBar;
use picup_proto::operations::v1::GetComparisonResponse;
use serde::Serialize;

use super::next;
use crate::{Context, Error, ErrorKind, Result, output::table};

const LOOK: Duration = Duration::from_millis(300);

#[derive(Serialize)]
struct ComparisonView {
    projection: String,
    live: u32,
    generation: u32,
    state: String,
    rows_compared: u64,
    differences: u64,
    first_differences: Vec<DifferenceView>,
}

#[derive(Serialize)]
struct DifferenceView {
    table: String,
    key: String,
    what: String,
}

/// Runs `picup projection compare`.
pub async fn run(projection: &str, generation: Option<u32>, context: &Context) -> Result<()> {
    let client = context.client()?;
    let generation = match generation {
        Some(generation) => generation,
        None => next(&client.projection(projection, false).await?)?.generation,
    };
    let comparison = client.start_comparison(projection, generation).await?;
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    };
    let found = loop {
        let found = client.comparison(&comparison).await?;
        if found.state != "running" {
            break found;
        }
        bar.set_message(format!("{} rows compared", found.rows_compared));
        bar.tick();
        tokio::time::sleep(LOOK).await;
    };
    bar.finish_and_clear();
    if found.state == "failed" {
        let message = format!("the comparison failed: {}", found.error);
        return Err(Error::new(ErrorKind::Failed, message));
    }
    let differences = found.differences;
    let view = ComparisonView::from(found);
    context.output.data(&view, || view.text())?;
    if differences == 0 {
        return Ok(());
    }
    let message = format!("generation {generation} differs from the live one");
    Err(Error::new(ErrorKind::Failed, message))
}

impl From<GetComparisonResponse> for ComparisonView {
    fn from(found: GetComparisonResponse) -> Self {
        let differences = found.first_differences.into_iter();
        Self {
            projection: found.projection,
            live: found.live,
            generation: found.generation,
            state: found.state,
            rows_compared: found.rows_compared,
            differences: found.differences,
            first_differences: differences
                .map(|difference| DifferenceView {
                    table: difference.table,
                    key: difference.key,
                    what: difference.what,
                })
                .collect(),
        }
    }
}

impl ComparisonView {
    fn text(&self) -> String {
        let Self {
            projection,
            live,
            generation,
            ..
        } = self;
        let compared = format!(
            "{projection}: {} rows of generations {live} and {generation} compared, {} differ",
            self.rows_compared, self.differences
        );
        if self.differences == 0 {
            return format!("{compared}; now `picup projection switch {projection}`");
        }
        let rows = self.first_differences.iter().map(|difference| {
            vec![
                difference.table.clone(),
                difference.key.clone(),
                difference.what.clone(),
            ]
        });
        format!(
            "{compared}\n{}",
            table(&["table", "key", "difference"], rows)
        )
    }
}
