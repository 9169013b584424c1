//! `picup projection`: generations of read models, for operators.

mod compare;
mod rebuild;
mod view;

use clap::{Args, Subcommand};
use picup_proto::operations::v1::{Generation, Projection};
use serde::Serialize;

use crate::{
    Context, Error, ErrorKind, Result,
    output::{confirm, table},
};
use view::ProjectionView;

/// What `picup projection` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum ProjectionCommand {
    /// List all projections and their generations
    #[command(
        after_long_help = "Examples:\n  picup projection list\n  picup projection list --json"
    )]
    List,
    /// Show one projection: its generations, how far each is, what lies in its queues
    #[command(after_long_help = "\
Examples:
  picup projection status album-listings
  picup projection status album-listings --all --json")]
    Status {
        /// For example album-listings or storage-usage
        projection: String,
        /// Show dropped generations too
        #[arg(long)]
        all: bool,
    },
    /// Build the next generation from the log, beside the live one
    #[command(after_long_help = "\
Queries go on being answered from the live generation. Ctrl-C only stops watching: the build goes on by itself,
and --watch watches it again. A second rebuild is refused while there is one that was not switched to or dropped.

Examples:
  picup projection rebuild album-listings
  picup projection rebuild album-listings --detach
  picup projection rebuild album-listings --watch
  picup projection rebuild album-listings --stop
  picup projection rebuild album-listings --resume --json")]
    Rebuild(RebuildArgs),
    /// Compare the next generation with the live one, row by row
    #[command(after_long_help = "\
Ends with exit code 1 when the two differ. What stands in the rows is not shown.

Examples:
  picup projection compare album-listings
  picup projection compare album-listings --generation 1 --json")]
    Compare {
        /// For example album-listings or storage-usage
        projection: String,
        /// Another one than the next
        #[arg(long, value_name = "NUMBER")]
        generation: Option<u32>,
    },
    /// Have queries answered from the next generation, or go back to the one before
    #[command(after_long_help = "\
The next generation must be ready and the last comparison must have found it equal, unless --force. The live one is
retired and kept for a while (PICUP_RETIRED_GENERATION_SECONDS); until it is dropped, --back goes back to it.

Examples:
  picup projection switch album-listings
  picup projection switch album-listings --back
  picup projection switch album-listings --force --json")]
    Switch {
        /// For example album-listings or storage-usage
        projection: String,
        /// Go back to the generation that was retired last
        #[arg(long)]
        back: bool,
        /// Switch without a comparison that found nothing, and to one that is behind
        #[arg(long)]
        force: bool,
    },
    /// Drop a generation that is not live: its queues and its database
    #[command(after_long_help = "\
It asks before it drops. Where there is no terminal to ask on, it drops only with --yes. The log stays as it is: the
same generation can be built again.

Examples:
  picup projection drop album-listings --generation 1
  picup projection drop album-listings --generation 3 --yes --force")]
    Drop {
        /// For example album-listings or storage-usage
        projection: String,
        /// Which one
        #[arg(long, value_name = "NUMBER")]
        generation: u32,
        /// Also when dead letters in its queues are filed by nobody
        #[arg(long)]
        force: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// What `picup projection rebuild` takes.
#[derive(Clone, Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct RebuildArgs {
    /// For example album-listings or storage-usage
    projection: String,
    /// Begin and do not watch
    #[arg(long, conflicts_with_all = ["watch", "stop"])]
    detach: bool,
    /// Watch one that is under way
    #[arg(long, conflicts_with_all = ["stop", "resume"])]
    watch: bool,
    /// Stop one that is under way; what was read stays
    #[arg(long, conflicts_with = "resume")]
    stop: bool,
    /// Go on with one that was stopped
    #[arg(long)]
    resume: bool,
}

#[derive(Serialize)]
struct Switched<'a> {
    projection: &'a str,
    live: u32,
    retired: Option<u32>,
}

#[derive(Serialize)]
struct Dropped<'a> {
    projection: &'a str,
    dropping: u32,
}

/// Runs `picup projection …`.
pub async fn run(command: ProjectionCommand, context: &Context) -> Result<()> {
    match command {
        ProjectionCommand::List => list(context).await,
        ProjectionCommand::Status { projection, all } => status(&projection, all, context).await,
        ProjectionCommand::Rebuild(arguments) => rebuild::run(arguments, context).await,
        ProjectionCommand::Compare {
            projection,
            generation,
        } => compare::run(&projection, generation, context).await,
        ProjectionCommand::Switch {
            projection,
            back,
            force,
        } => switch(&projection, back, force, context).await,
        ProjectionCommand::Drop {
            projection,
            generation,
            force,
            yes,
        } => {
            confirm(
                &format!("Drop generation {generation} of {projection}?"),
                yes,
            )?;
            drop_generation(&projection, generation, force, context).await
        }
    }
}

async fn list(context: &Context) -> Result<()> {
    let projections = context.client()?.projections().await?;
    let views: Vec<ProjectionView> = projections.into_iter().map(ProjectionView::from).collect();
    context.output.data(&views, || {
        let rows = views.iter().flat_map(ProjectionView::rows);
        table(&view::HEADER, rows)
    })
}

async fn status(projection: &str, all: bool, context: &Context) -> Result<()> {
    let projection = context.client()?.projection(projection, all).await?;
    let view = ProjectionView::from(projection);
    context.output.data(&view, || view.text())
}

async fn switch(projection: &str, back: bool, force: bool, context: &Context) -> Result<()> {
    let client = context.client()?;
    let known = client.projection(projection, false).await?;
    let target = if back { retired(&known) } else { next(&known) }?;
    let live = target.generation;
    let retired = client.switch_generation(projection, live, force).await?;
    let switched = Switched {
        projection,
        live,
        retired: (retired > 0).then_some(retired),
    };
    context.output.data(&switched, || {
        format!(
            "generation {live} of {projection} is live; generation {retired} is retired, and \
             `picup projection switch {projection} --back` goes back to it"
        )
    })
}

async fn drop_generation(
    projection: &str,
    generation: u32,
    force: bool,
    context: &Context,
) -> Result<()> {
    let client = context.client()?;
    client
        .drop_generation(projection, generation, force)
        .await?;
    let dropped = Dropped {
        projection,
        dropping: generation,
    };
    context.output.data(&dropped, || {
        format!("generation {generation} of {projection} is dropped within about ten seconds")
    })
}

/// The generation that a rebuild makes.
fn next(projection: &Projection) -> Result<&Generation> {
    let next = |row: &&Generation| matches!(row.state.as_str(), "building" | "draining" | "ready");
    projection.generations.iter().find(next).ok_or_else(|| {
        let name = &projection.name;
        let message = format!(
            "there is no next generation of {name}: `picup projection rebuild {name}` makes one"
        );
        Error::new(ErrorKind::NotFound, message)
    })
}

/// The generation that was live last.
fn retired(projection: &Projection) -> Result<&Generation> {
    let retired = projection
        .generations
        .iter()
        .filter(|row| row.state == "retired");
    let last = retired.max_by_key(|row| row.state_since_micros);
    last.ok_or_else(|| {
        let message = format!(
            "there is no generation of {} to go back to: the one before is dropped",
            projection.name
        );
        Error::new(ErrorKind::NotFound, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_goes_to_the_generation_that_was_live_last() {
        let row = |generation, state: &str, state_since_micros| Generation {
            generation,
            state: state.to_owned(),
            state_since_micros,
            ..Generation::default()
        };
        let mut projection = Projection {
            name: "album-listings".to_owned(),
            generations: vec![
                row(1, "retired", 10),
                row(2, "live", 30),
                row(3, "retired", 30),
            ],
        };
        assert_eq!(retired(&projection).expect("one").generation, 3);
        assert_eq!(
            next(&projection).expect_err("none").kind(),
            ErrorKind::NotFound
        );
        projection.generations.push(row(4, "draining", 40));
        assert_eq!(next(&projection).expect("one").generation, 4);
        projection.generations.retain(|row| row.state != "retired");
        assert_eq!(
            retired(&projection).expect_err("none").kind(),
            ErrorKind::NotFound
        );
    }
}
