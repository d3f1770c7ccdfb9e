//! The problems of this node: the state of its private Postgres and of the database, and background tasks
//! that failed.
//!
//! It complements the health of the CDC worker, which says whether changes reach the log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use db::Condition;
use private_postgres::ClusterState;
use serde::Serialize;
use tokio::sync::watch;
use tracing::{error, info, warn};

/// How long a failed task and a lock that wasn't granted are reported after they happened.
const REPORT_FAILED_TASK_FOR: Duration = Duration::from_secs(300);
const REPORT_CONTENTION_FOR: Duration = Duration::from_secs(10);

/// Why the node doesn't work as it should. The names are on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Postgres has ended, and can't be started again.
    PrivatePostgresFailing,
    /// Postgres has ended, and is being started again.
    PrivatePostgresRestarting,
    /// The database can't be reached.
    DatabaseUnreachable,
    /// The database accepts reads only.
    DatabaseReadOnly,
    /// The database's disk is full, and accepts reads only.
    DatabaseDiskFull,
    /// No connection to the database was free.
    DatabaseConnectionsExhausted,
    /// Requests waited too long for locks.
    DatabaseLocked,
    /// Committed changes reach the log late or not at all.
    ChangesDelayed,
    /// A background task failed and was started again.
    TaskRestarted,
}

/// The health of one node. Clones share it.
#[derive(Clone, Debug)]
pub struct NodeHealth(Arc<State>);

#[derive(Debug)]
struct State {
    /// None without a private Postgres.
    cluster: Option<watch::Receiver<ClusterState>>,
    /// A condition that lasts until the monitor finds it gone.
    lasting: watch::Sender<Option<Condition>>,
    /// When each of the other conditions made a request fail last.
    passing: Mutex<BTreeMap<Problem, Instant>>,
    /// When a task failed last, by its name.
    failed_tasks: Mutex<BTreeMap<&'static str, Instant>>,
}

impl NodeHealth {
    /// Creates a node without problems. `cluster` is the state of its private Postgres.
    #[must_use]
    pub fn new(cluster: Option<watch::Receiver<ClusterState>>) -> Self {
        let (passing, failed_tasks) = (Mutex::default(), Mutex::default());
        Self(Arc::new(State { cluster, lasting: watch::Sender::new(None), passing, failed_tasks }))
    }

    /// Records that a statement has failed because of this condition.
    pub fn record(&self, condition: Condition) {
        let problem = match condition {
            Condition::DiskFull | Condition::ReadOnly => return self.set_lasting(Some(condition)),
            // The monitor tells whether it is one connection or the database.
            Condition::Unreachable => return,
            Condition::Exhausted => Problem::DatabaseConnectionsExhausted,
            Condition::Contended => Problem::DatabaseLocked,
        };
        let mut passing = self.0.passing.lock().unwrap_or_else(PoisonError::into_inner);
        passing.insert(problem, Instant::now());
    }

    /// Sets or ends the condition that lasts. Logs it when it changes.
    pub fn set_lasting(&self, condition: Option<Condition>) {
        let changed = self
            .0
            .lasting
            .send_if_modified(|lasting| std::mem::replace(lasting, condition) != condition);
        match condition {
            _ if !changed => {}
            None => info!("The database can be used again"),
            Some(Condition::DiskFull) => {
                warn!("The disk of the database is full; changes are refused until there is space");
            }
            Some(Condition::ReadOnly) => {
                warn!("The database is read-only; changes are refused until it isn't");
            }
            Some(_) => warn!("The database can't be reached"),
        }
    }

    /// Returns the condition that lasts, now and in future.
    #[must_use]
    pub fn lasting_condition(&self) -> watch::Receiver<Option<Condition>> {
        self.0.lasting.subscribe()
    }

    /// Records that a background task has panicked and is started again.
    pub fn record_failed_task(&self, name: &'static str) {
        error!(task = name, "A background task panicked; starting it again");
        let mut tasks = self.0.failed_tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.insert(name, Instant::now());
    }

    /// Returns all problems, the worst first.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.cluster_problem().into_iter().collect();
        problems.extend(self.0.lasting.borrow().map(|condition| match condition {
            Condition::DiskFull => Problem::DatabaseDiskFull,
            Condition::ReadOnly => Problem::DatabaseReadOnly,
            Condition::Unreachable | Condition::Exhausted | Condition::Contended => {
                Problem::DatabaseUnreachable
            }
        }));
        let passing = self.0.passing.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = passing.iter().filter(|(_, at)| at.elapsed() < REPORT_CONTENTION_FOR);
        problems.extend(recent.map(|(problem, _)| *problem));
        let tasks = self.0.failed_tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let has_failed_task = tasks.values().any(|at| at.elapsed() < REPORT_FAILED_TASK_FOR);
        problems.extend(has_failed_task.then_some(Problem::TaskRestarted));
        problems
    }

    /// Whether a restart of this process could help.
    #[must_use]
    pub fn needs_restart(&self) -> bool {
        self.cluster_problem() == Some(Problem::PrivatePostgresFailing)
    }

    fn cluster_problem(&self) -> Option<Problem> {
        match &*self.0.cluster.as_ref()?.borrow() {
            ClusterState::Running => None,
            ClusterState::Restarting => Some(Problem::PrivatePostgresRestarting),
            ClusterState::Failing { .. } => Some(Problem::PrivatePostgresFailing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lasting_condition_stays_until_it_is_ended() {
        let health = NodeHealth::new(None);
        assert!(health.problems().is_empty());
        health.record(Condition::ReadOnly);
        health.record(Condition::Contended);
        assert_eq!(health.problems(), [Problem::DatabaseReadOnly, Problem::DatabaseLocked]);
        health.set_lasting(None);
        assert_eq!(health.problems(), [Problem::DatabaseLocked]);
    }

    #[test]
    fn process_needs_a_restart_only_when_postgres_cannot_be_restarted() {
        let (state, reader) = watch::channel(ClusterState::Running);
        let health = NodeHealth::new(Some(reader));
        for (cluster, problem, needs_restart) in [
            (ClusterState::Restarting, Problem::PrivatePostgresRestarting, false),
            (
                ClusterState::Failing { reason: "the disk is full".to_owned() },
                Problem::PrivatePostgresFailing,
                true,
            ),
        ] {
            state.send_replace(cluster);
            assert_eq!((health.problems(), health.needs_restart()), (vec![problem], needs_restart));
        }
    }
}
