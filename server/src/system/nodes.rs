//! The table `nodes`: nodes don't connect to each other, so each reports itself there.

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
use db::Condition;
use stream::Streams;

use crate::node_health::NodeHealth;

/// How often a node reports itself.
const REPORT_INTERVAL: Duration = Duration::from_secs(3);

/// How long ago the last report of an active node may be.
const ACTIVE_WITHIN_SECONDS: f64 = 30.0;

/// The identity of a node.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// A new one at each start.
    pub id: NodeId,
    /// The address that it listens on.
    pub address: SocketAddr,
}

impl Node {
    /// Creates a node with a new id.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { id: NodeId::from_uuid(Uuid::now_v7()), address }
    }
}

/// Reports this node every [`REPORT_INTERVAL`] until `stop` is cancelled, and then removes it.
pub async fn report_node(
    node: Node,
    pool: PgPool,
    health: HealthReader,
    streams: Streams,
    node_health: NodeHealth,
    stop: CancellationToken,
) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        never = report_repeatedly(node, &pool, &health, &streams, &node_health) => match never {},
    }
    // Otherwise it is listed as active for half a minute more.
    let _ = timeout(Duration::from_secs(1), delete_node(&pool, node.id)).await;
}

async fn report_repeatedly(
    node: Node,
    pool: &PgPool,
    health: &HealthReader,
    streams: &Streams,
    node_health: &NodeHealth,
) -> Infallible {
    let mut ticks = interval(REPORT_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Logged for debugging only: the CDC worker already logs that the database is unavailable.
        match timeout(REPORT_INTERVAL, write_report(pool, node, health, streams.open_count())).await
        {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                debug!(%error, "Can't report this node");
                if let Some(condition) = Condition::of(&error) {
                    node_health.record(condition);
                }
            }
            Err(_) => debug!("Reporting this node timed out"),
        }
    }
}

async fn write_report(
    pool: &PgPool,
    node: Node,
    health: &HealthReader,
    streams: usize,
) -> Result<(), sqlx::Error> {
    let health = health.report();
    let role = match health.role {
        Role::Active => NodeRole::Active,
        Role::Standby => NodeRole::Standby,
        Role::Disconnected => NodeRole::Disconnected,
    };
    sqlx::query(
        "with expired as (
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
    .bind(ACTIVE_WITHIN_SECONDS)
    .execute(pool)
    .await?;
    Ok(())
}

async fn delete_node(pool: &PgPool, id: NodeId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from nodes where id = $1").bind(id).execute(pool).await?;
    Ok(())
}

/// Returns the nodes that reported themselves within the last 30 seconds, the longest running first.
///
/// # Errors
/// When the statement fails.
pub(super) async fn read_active(
    executor: impl PgExecutor<'_>,
) -> Result<Vec<NodeView>, sqlx::Error> {
    sqlx::query_as(
        "select id, address, version, role, streams, lag_ms, started_at, seen_at
           from nodes
          where seen_at >= now() - make_interval(secs => $1)
          order by started_at, id",
    )
    .bind(ACTIVE_WITHIN_SECONDS)
    .fetch_all(executor)
    .await
}
