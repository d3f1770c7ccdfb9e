//! The stream router: takes activities from the bus and puts them into the subscribers' queues.
//!
//! Its cost depends on the batch, not on the number of subscribers: it reads the related entities
//! once and builds one message for each scope and visibility. It never waits for a single reader, but after a
//! large fan-out until most readers have taken it ([`large_fan_out`]).

mod large_fan_out;

use contract::{Cursor, Epoch};
use sqlx::PgPool;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tracing::{error, info};

use super::frame;
use super::message;
use super::related_entities::RelatedEntities;
use super::{SharedState, Streams};
use activity::Activity;
use activity::bus::BusEvent;
use db::crash_point::{CrashPoint, reached};
use db::retry::{Backoff, MAX_READ_DELAY};

/// How many events that wait on the bus are routed together.
const MAX_EVENTS: usize = 64;

/// Routes the events of the bus until the bus closes. `start` is the head of the log at the time
/// when `events` was subscribed.
pub async fn run(streams: Streams, mut events: mpsc::Receiver<BusEvent>, start: Cursor) {
    let mut epoch = start.epoch;
    streams.registry.reset_to(start);
    let filled_queues = &streams.metrics.filled_queues;
    let mut ready = Vec::new();
    while events.recv_many(&mut ready, MAX_EVENTS).await > 0 {
        let filled_before = filled_queues.read();
        for event in ready.drain(..) {
            handle(&streams, &mut epoch, event).await;
        }
        let duration = large_fan_out::wait_until_taken(filled_queues, filled_before).await;
        if !events.is_empty() {
            sleep(duration).await;
        }
    }
}

async fn handle(streams: &Streams, epoch: &mut Epoch, event: BusEvent) {
    match event {
        BusEvent::Activities(activities) => route(streams, *epoch, &activities).await,
        BusEvent::Advanced(position) => streams.registry.advance_to(position),
        BusEvent::LogReset(start) => {
            info!(epoch = %start.epoch, "The log was reset; every stream catches up again");
            *epoch = start.epoch;
            streams.hot_tail.reset(start);
            streams.registry.reset_to(start);
        }
    }
}

async fn route(streams: &Streams, epoch: Epoch, activities: &[Activity]) {
    let SharedState { background_pool, registry, hot_tail, .. } = &**streams;
    // First, so that the tail always has what was routed.
    hot_tail.append(activities);
    reached(CrashPoint::HotTailAppended).await;
    if activities.last().is_none_or(|newest| registry.advance_if_idle(newest.position)) {
        return;
    }
    let related_entities = read_related_entities(background_pool, activities).await;
    registry.route(activities, |activity, scope, visibility| {
        let message = message::build(activity, scope, visibility, &related_entities)?;
        Some(frame::change(Cursor { epoch, position: activity.position }, &message))
    });
    reached(CrashPoint::ActivitiesRouted).await;
}

/// Retries until the database answers: without the related entities nothing can be routed, and
/// skipping activities would lose them.
async fn read_related_entities(pool: &PgPool, activities: &[Activity]) -> RelatedEntities {
    let mut backoff = Backoff::new(MAX_READ_DELAY);
    loop {
        match RelatedEntities::read_from(pool, activities).await {
            Ok(related_entities) => return related_entities,
            Err(error) => {
                error!(%error, "Can't read the related entities of new activities; retrying");
                backoff.wait().await;
            }
        }
    }
}
