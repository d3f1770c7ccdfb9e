//! The stream router: takes activities from the bus and puts them into the readers' queues.
//!
//! What it costs depends on the batch, not on who is connected: one read of the related_entities, one
//! message for each way to see it. It never waits for a reader.

use std::sync::Arc;
use std::time::Duration;

use contract::{Cursor, Epoch};
use sqlx::PgPool;
use tokio::sync::mpsc;
use tracing::{error, info};

use super::Streams;
use super::frame;
use super::message;
use super::registry::Registry;
use super::related_entities::RelatedEntities;
use activity::Activity;
use activity::bus::BusEvent;

/// How long to wait before asking a database again that didn't answer.
const RETRY: Duration = Duration::from_millis(250);

/// Routes what comes from the bus, until the bus is gone. `start` is where the log stood when the
/// bus was followed.
pub async fn run(streams: Streams, mut events: mpsc::Receiver<BusEvent>, start: Cursor) {
    let Streams { background_pool, registry, .. } = streams;
    let mut epoch = start.epoch;
    registry.skip_to(start.position);
    while let Some(event) = events.recv().await {
        match event {
            BusEvent::Activities(activities) => {
                route(&background_pool, &registry, epoch, &activities).await
            }
            BusEvent::LogReset(start) => {
                info!(epoch = %start.epoch, "The log goes on from another place; every stream starts over");
                epoch = start.epoch;
                registry.start_over(start.position);
            }
        }
    }
}

async fn route(pool: &PgPool, registry: &Arc<Registry>, epoch: Epoch, activities: &[Activity]) {
    if registry.is_idle() {
        if let Some(newest) = activities.last() {
            registry.skip_to(newest.position);
        }
        return;
    }
    let related_entities = related_entities(pool, activities).await;
    registry.route(activities, &related_entities, |activity, scope, visibility| {
        let message = message::compose(activity, scope, visibility, &related_entities)?;
        Some(frame::change(Cursor { epoch, position: activity.position }, &message))
    });
}

/// The log is ahead of the readers until this is read; there is nothing to do but to try again.
async fn related_entities(pool: &PgPool, activities: &[Activity]) -> RelatedEntities {
    loop {
        let read = async {
            let mut connection = pool.acquire().await?;
            RelatedEntities::read(&mut connection, activities).await
        };
        match read.await {
            Ok(related_entities) => return related_entities,
            Err(error) => {
                error!(%error, "What surrounds new activities can't be read; trying again");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}
