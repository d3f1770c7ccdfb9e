//! `GET /system/state`

use axum::Json;
use axum::extract::State;
use contract::system::{IncidentView, LogView, SlotView, SystemView, WalView};
use sqlx::PgPool;
use tracing::instrument;

use super::{SystemState, nodes};
use activity::log;
use api::auth::session::SignedIn;
use api::error::ApiFailure;
use cdc::WalBudget;

/// How many incidents the answer contains.
const MAX_INCIDENTS: i64 = 50;

/// Returns the state of all nodes, the log, the slots and the WAL, and the newest incidents, newest
/// first.
///
/// # Errors
/// 403 for users who aren't system admins.
#[instrument(skip_all)]
pub async fn state(
    State(SystemState { api, readiness, node, load }): State<SystemState>,
    reader: SignedIn,
) -> Result<Json<SystemView>, ApiFailure> {
    if !reader.system_admin {
        return Err(ApiFailure::Forbidden);
    }
    let health = readiness.health.report();
    Ok(Json(SystemView {
        at: api.clock.now(),
        answered_by: node,
        health: health.status,
        nodes: nodes::read_active(&api.pool).await?,
        log: read_log(&api.pool).await?,
        slots: read_slots(&api.pool).await?,
        wal: readiness.health.wal_budget().map(wal_view),
        load: load.samples(),
        incidents: read_incidents(&api.pool).await?,
    }))
}

async fn read_log(pool: &PgPool) -> Result<LogView, ApiFailure> {
    let log::LogBounds { head, horizon } = log::bounds(pool).await?;
    let (partitions, bytes): (i64, i64) = sqlx::query_as(
        "select count(*), coalesce(sum(pg_total_relation_size(inhrelid)), 0)::bigint
           from pg_inherits
          where inhparent = 'activities'::regclass",
    )
    .fetch_one(pool)
    .await?;
    Ok(LogView { head, horizon, partitions, bytes })
}

async fn read_slots(pool: &PgPool) -> Result<Vec<SlotView>, sqlx::Error> {
    sqlx::query_as(
        "select slot_name::text as name, active, wal_status,
                coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint
                    as retained_bytes
           from pg_replication_slots
          where database = current_database()
          order by slot_name",
    )
    .fetch_all(pool)
    .await
}

async fn read_incidents(pool: &PgPool) -> Result<Vec<IncidentView>, sqlx::Error> {
    sqlx::query_as(
        "select id, kind, detail, happened_at from cdc_incidents order by id desc limit $1",
    )
    .bind(MAX_INCIDENTS)
    .fetch_all(pool)
    .await
}

const fn wal_view(budget: WalBudget) -> WalView {
    WalView {
        retained_bytes: budget.retained_bytes,
        limit_bytes: budget.limit_bytes,
        share: budget.share,
        burn_bytes_per_second: budget.burn_bytes_per_second,
        exhausted_in_seconds: budget.exhausted_in_seconds,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use contract::ErrorCode;
    use contract::system::NodeRole;

    use super::*;
    use crate::testing::{Person, TestServer};

    async fn make_system_admin(server: &TestServer) {
        sqlx::query("update users set system_admin = true where email = 'ada@example.com'")
            .execute(&server.database.pool)
            .await
            .unwrap();
    }

    /// Polls the state until it satisfies `condition`, for up to five seconds.
    async fn state_when(reader: &Person, condition: impl Fn(&SystemView) -> bool) -> SystemView {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let state: SystemView = reader.get("/system/state").await.ok();
            if condition(&state) {
                return state;
            }
            assert!(Instant::now() < deadline, "{state:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn state_is_for_system_admins_only() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        let refused = ada.get("/system/state").await.error();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        let visitor = server.visitor().get("/system/state").await.error();
        assert_eq!(visitor.code, ErrorCode::NotSignedIn);

        make_system_admin(&server).await;
        let state = state_when(&ada, |state| !state.nodes.is_empty()).await;
        assert_eq!(state.nodes[0].id, state.answered_by);
        assert_eq!(state.nodes[0].address, server.address().to_string());
        assert!(state.log.bytes > 0 && state.log.partitions == 1, "{state:?}");
        assert_eq!(state.slots.len(), 1);
        assert!(state.incidents.is_empty());
    }

    #[tokio::test]
    async fn nodes_are_listed_until_they_stop_or_time_out() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        make_system_admin(&server).await;
        let node = server.another().await;
        let state = state_when(&ada, |state| state.nodes.len() == 2).await;
        let there: SystemView = node.person(&ada).get("/system/state").await.ok();
        assert_ne!(there.answered_by, state.answered_by);
        state_when(&ada, |state| state.nodes.iter().any(|node| node.role == NodeRole::Active))
            .await;

        sqlx::query(
            "insert into nodes (id, address, version, role, streams, lag_ms, started_at, seen_at)
             select gen_random_uuid(), '127.0.0.1:1', '0', 'standby', 0, 0, now(),
                    now() - interval '31 s'",
        )
        .execute(&server.database.pool)
        .await
        .unwrap();
        state_when(&ada, |state| state.nodes.len() == 2).await;
        node.stop().await;
        state_when(&ada, |state| state.nodes.len() == 1).await;
    }

    #[tokio::test]
    async fn newest_incidents_come_first() {
        let server = TestServer::start().await;
        let ada = server.person("Ada").await;
        make_system_admin(&server).await;
        sqlx::query(
            "insert into cdc_incidents (kind, detail)
             select 'truncate', n::text from generate_series(1, 60) n",
        )
        .execute(&server.database.pool)
        .await
        .unwrap();
        let state: SystemView = ada.get("/system/state").await.ok();
        assert_eq!((state.incidents.len(), state.incidents[0].detail.as_str()), (50, "60"));
    }
}
