//! The table `nodes`: servers don't know each other, so each writes down that it is there.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use contract::NodeId;
use contract::system::{NodeRole, NodeView};
use sqlx::{PgExecutor, PgPool};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use uuid::Uuid;

use cdc::{HealthReader, Role};
use stream::Streams;

/// How often a node says that it is there.
const TELL_EVERY: Duration = Duration::from_secs(3);

/// How long ago a node may have been heard of, in seconds.
const HEARD_OF_WITHIN: f64 = 30.0;

/// This server, as the others hear of it.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Another one each time it starts.
    pub id: NodeId,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Node {
    /// The one that listens there.
    #[must_use]
    pub fn listening_on(address: SocketAddr) -> Self {
        Self { id: NodeId::from_uuid(Uuid::now_v7()), address }
    }
}

/// Says every few seconds how this node is, until `stop` is cancelled, and then that it is gone.
pub async fn tell(
    node: Node,
    pool: PgPool,
    health: HealthReader,
    streams: Streams,
    stop: CancellationToken,
) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        never = tell_on(node, &pool, &health, &streams) => match never {},
    }
    // Else the others count it for half a minute more.
    let _ = timeout(Duration::from_secs(1), forget(&pool, node.id)).await;
}

async fn tell_on(
    node: Node,
    pool: &PgPool,
    health: &HealthReader,
    streams: &Streams,
) -> Infallible {
    let mut ticks = interval(TELL_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Without the database there is nobody to tell; its own watch says so in the log.
        match timeout(TELL_EVERY, write(pool, node, health, streams.open())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(%error, "This node couldn't say that it is there"),
            Err(_) => debug!("This node couldn't say in time that it is there"),
        }
    }
}

async fn write(
    pool: &PgPool,
    node: Node,
    health: &HealthReader,
    streams: usize,
) -> Result<(), sqlx::Error> {
    let health = health.report();
    let role = match health.role {
        Role::Holder => NodeRole::Holder,
        Role::Standby => NodeRole::Standby,
        Role::Disconnected => NodeRole::Disconnected,
    };
    sqlx::query(
        "with gone as (
             delete from nodes where seen_at < now() - make_interval(secs => $7) and id <> $1
         )
         insert into nodes (id, address, version, role, streams, lag_ms, started_at)
         values ($1, $2, $3, $4, $5, $6, now())
         on conflict (id) do update
            set role = excluded.role, streams = excluded.streams, lag_ms = excluded.lag_ms,
                seen_at = now()",
    )
    .bind(node.id)
    .bind(node.address.to_string())
    .bind(env!("CARGO_PKG_VERSION"))
    .bind(role)
    .bind(i64::try_from(streams).unwrap_or(i64::MAX))
    .bind(i64::try_from(health.lag_ms).unwrap_or(i64::MAX))
    .bind(HEARD_OF_WITHIN)
    .execute(pool)
    .await?;
    Ok(())
}

async fn forget(pool: &PgPool, id: NodeId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from nodes where id = $1").bind(id).execute(pool).await?;
    Ok(())
}

/// Those that were heard of within the last 30 seconds, the oldest first.
///
/// # Errors
/// When the database can't answer.
pub(super) async fn heard_of(executor: impl PgExecutor<'_>) -> Result<Vec<NodeView>, sqlx::Error> {
    sqlx::query_as(
        "select id, address, version, role, streams, lag_ms, started_at, seen_at
           from nodes
          where seen_at >= now() - make_interval(secs => $1)
          order by started_at, id",
    )
    .bind(HEARD_OF_WITHIN)
    .fetch_all(executor)
    .await
}
