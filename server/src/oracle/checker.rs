//! The checker: after each round, compares every tab with REST, the log with the database, and the
//! received messages with the model of access.

use std::time::{Duration, Instant};

use contract::{Cursor, Position};

use super::access_model::AccessModel;
use super::caches::{Caches, Mismatch};
use super::faults::LogState;
use super::log_checker;
use super::report::Failure;
use super::rng::Rng;
use super::test_run::{TIMEOUT, TestRun, is_connection_lost, retry_until_connected};
use activity::log;

/// How long a cache may differ from REST after its tab has received everything.
const CONVERGENCE_TIMEOUT: Duration = Duration::from_secs(10);

/// When the marker is written again, because a dropped slot may have lost it.
const MARKER_INTERVAL: Duration = Duration::from_secs(3);

impl TestRun {
    /// Ends all faults of browsers, waits until everything is delivered, and runs every check.
    pub(super) async fn check(&mut self) -> Result<(), Failure> {
        for client in &self.departed {
            let ended = client.wait_for_streams_to_end().await;
            ended.map_err(|error| self.report.failure(format!("{}: {error}", client.name)))?;
        }
        for client in &mut self.clients {
            let recovered = client.recover().await;
            recovered.map_err(|error| self.report.failure(format!("{}: {error}", client.name)))?;
        }
        let head = self.wait_for_log().await?;
        for index in 0..self.clients.len() {
            self.wait_for_client(index, head).await?;
        }
        for index in 0..self.clients.len() {
            self.compare_with_rest(index).await?;
        }
        self.check_received_events(head).await?;
        let problems = retry_until_connected(|| {
            log_checker::problems(&self.postgres.pool, self.is_log_complete)
        })
        .await;
        if !problems.is_empty() {
            return Err(self.report.failure(format!("the log: {problems:?}")));
        }
        for address in self.nodes.addresses() {
            self.report.catch_ups.read(address).await;
        }
        Ok(())
    }

    /// Writes a marker, and waits until the log has it. Returns the log's head.
    async fn wait_for_log(&mut self) -> Result<Cursor, Failure> {
        let deadline = Instant::now() + TIMEOUT;
        let mut written_at = None;
        loop {
            if written_at.is_none_or(|at: Instant| at.elapsed() > MARKER_INTERVAL) {
                self.write_marker().await;
                written_at = Some(Instant::now());
            }
            if let Some(head) = self.head_after_marker().await {
                return Ok(head);
            }
            if Instant::now() > deadline {
                return Err(self.report.failure("the log doesn't have the marker".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn write_marker(&mut self) {
        self.marker += 1;
        let ids: Vec<_> = self.people.iter().map(|person| person.id).collect();
        let name = format!("Mark {}", self.marker);
        retry_until_connected(|| {
            sqlx::query("update users set name = $1 where id = any($2)")
                .bind(&name)
                .bind(&ids)
                .execute(&self.postgres.pool)
        })
        .await;
    }

    /// The log's head, once the log has the marker of every person.
    async fn head_after_marker(&self) -> Option<Cursor> {
        let name = format!("Mark {}", self.marker);
        let count = retry_until_connected(|| {
            sqlx::query_scalar::<_, i64>(
                "select count(*) from activities
                  where kind = 'user' and user_id = any($1) and data->>'name' = $2",
            )
            .bind(self.people.iter().map(|person| person.id).collect::<Vec<_>>())
            .bind(&name)
            .fetch_one(&self.postgres.pool)
        })
        .await;
        if usize::try_from(count).unwrap() < self.people.len() {
            return None;
        }
        log::head(&self.postgres.pool).await.ok()
    }

    /// Waits until both tabs have received the marker of their own person.
    async fn wait_for_client(&mut self, index: usize, head: Cursor) -> Result<(), Failure> {
        let client = &mut self.clients[index];
        let marker: Position = retry_until_connected(|| {
            sqlx::query_scalar(
                "select max(id) from activities where kind = 'user' and user_id = $1",
            )
            .bind(client.person.id)
            .fetch_one(&self.postgres.pool)
        })
        .await;
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let cursors = [client.leading().await.cursor(), client.following().await.cursor()];
            let reached = |at: &Cursor| at.epoch == head.epoch && at.position >= marker;
            let Some(at) = cursors.iter().find(|at| !reached(at)) else { return Ok(()) };
            let failed = client.failed_task();
            let late = (Instant::now() > deadline).then(|| format!("at {at}, not at {marker}"));
            if let Some(error) = failed.or(late) {
                return Err(self.report.failure(format!("{}: {error}", client.name)));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Compares the caches of both tabs with a fresh read.
    async fn compare_with_rest(&mut self, index: usize) -> Result<(), Failure> {
        let client = &self.clients[index];
        let mut rng = Rng::new(self.schedule.seed).fork(self.marker);
        let deadline = Instant::now() + CONVERGENCE_TIMEOUT;
        loop {
            let visited = client.leading().await.caches.visited();
            let fresh = Caches::read(&client.person, &self.nodes, &mut rng, &visited).await;
            let leading = client.leading().await.caches.compare(&fresh);
            let following = client.following().await.caches.compare(&fresh);
            let tab = if leading.is_some() { "the leading tab" } else { "the following tab" };
            let Some(Mismatch { cache, cached, answered }) = leading.or(following) else { break };
            if Instant::now() > deadline {
                let message = format!(
                    "{}, {tab}: {cache}\n  cached   {cached}\n  answered {answered}",
                    client.name
                );
                return Err(self.report.failure(message));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.report.comparisons += 2;
        Ok(())
    }

    /// Checks that no reader has received a message that they may not see, or out of order.
    async fn check_received_events(&mut self, head: Cursor) -> Result<(), Failure> {
        let pool = &self.postgres.pool;
        match self.log_state {
            LogState::Complete => {
                while let Err(error) = self.access.read_new_activities(pool).await {
                    assert!(is_connection_lost(&error), "{error}");
                }
            }
            LogState::Incomplete => {
                let access = retry_until_connected(|| AccessModel::start_at(pool, head.position));
                self.access = access.await;
            }
        }
        for client in self.clients.iter().chain(&self.departed) {
            let mut state = client.leading().await;
            self.report.connections += std::mem::take(&mut state.connections);
            self.report.resets += std::mem::take(&mut state.resets);
            for (scope, position) in state.positions() {
                let (received, mut violations) = position.received.take();
                if self.log_state == LogState::Complete {
                    violations.extend(self.access.violations(client.person.id, scope, &received));
                }
                self.report.messages += std::mem::take(&mut position.received.messages);
                if !violations.is_empty() {
                    let all = violations.join("\n  ");
                    let message = format!("{} should not have received\n  {all}", client.name);
                    return Err(self.report.failure(message));
                }
            }
        }
        self.departed.clear();
        self.log_state = LogState::Complete;
        Ok(())
    }
}
