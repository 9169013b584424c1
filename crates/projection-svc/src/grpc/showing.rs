use picup_event_bus::Depths;
use picup_event_log::{Generation as Row, GenerationState};
use picup_proto::operations::v1::{Generation, Projection, QueueDepths};
use picup_service::{errors::Fault, micros};

use super::projections::Service;
use crate::{blocked, gate::unavailable, model::Projected};

impl Service {
    /// A projection as operators see it.
    pub(super) async fn show(
        &self,
        projected: &Projected,
        dropped: bool,
    ) -> Result<Projection, Fault> {
        let rows = self.0.workplace.registry.of(projected.name).await;
        let mut generations = Vec::new();
        for row in rows.map_err(unavailable)? {
            if row.state == GenerationState::Dropped && !dropped {
                continue;
            }
            let consumer = projected.consumer.of_generation(row.generation);
            // Without the broker the rest is still worth showing.
            let depths = self.0.workplace.queues.depths(consumer).await;
            let blocked_streams = match projected.model(row.generation) {
                Some(model) => blocked::count(&model.pool).await.map_err(unavailable)?,
                None => 0,
            };
            generations.push(Generation {
                blocked_streams,
                ..generation(row, depths.ok().flatten())
            });
        }
        Ok(Projection {
            name: projected.name.to_owned(),
            generations,
        })
    }
}

fn generation(row: Row, depths: Option<Depths>) -> Generation {
    Generation {
        generation: row.generation,
        state: row.state.as_str().to_owned(),
        stopped: row.stopped,
        scanned_to: row.scanned_to,
        scan_end: row.scan_end,
        events_scanned: row.events_scanned,
        events_per_second: row.events_per_second,
        seconds_left: row.seconds_left,
        started_at_micros: micros(row.started_at),
        state_since_micros: micros(row.state_since),
        drop_at_micros: row.drop_at.map_or(0, micros),
        error: row.error,
        blocked_streams: 0,
        queues: depths.map(|depths| QueueDepths {
            waiting: depths.waiting,
            retrying: depths.retrying,
            dead_letters: depths.dead_letters,
            consumers: depths.consumers,
        }),
    }
}
