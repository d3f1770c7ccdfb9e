//! Changes of organizations at a steady rate, and the time of each commit.

use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use sqlx::PgPool;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::error::BenchError;

/// Microseconds since the program began to measure.
pub type Micros = u64;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The present time.
#[must_use]
pub fn now() -> Micros {
    u64::try_from(START.elapsed().as_micros()).unwrap_or(Micros::MAX)
}

/// When the answer to a commit arrived, by organization and version.
#[derive(Debug)]
pub struct Commits(Vec<Mutex<Vec<Micros>>>);

impl Commits {
    /// Nothing is committed yet.
    #[must_use]
    pub fn new(organizations: usize) -> Self {
        Self((0..organizations).map(|_| Mutex::new(Vec::new())).collect())
    }

    fn record(&self, organization: usize, at: Micros) {
        self.lock(organization).push(at);
    }

    /// The times of an organization's changes, in order: the first makes version 2.
    #[must_use]
    pub fn of(&self, organization: usize) -> Vec<Micros> {
        self.lock(organization).clone()
    }

    fn lock(&self, organization: usize) -> std::sync::MutexGuard<'_, Vec<Micros>> {
        self.0[organization].lock().expect("whoever holds it doesn't panic")
    }
}

/// Renames one organization after the other, `rate` times a second, `count` times in all.
///
/// # Errors
/// When a statement fails.
pub async fn make(
    pool: &PgPool,
    organizations: &[Uuid],
    commits: &Commits,
    rate: u32,
    count: usize,
) -> Result<(), BenchError> {
    let mut connection = pool.acquire().await?;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0..count {
        ticks.tick().await;
        let organization = number % organizations.len();
        sqlx::query("update organizations set name = $2 where id = $1")
            .bind(organizations[organization])
            .bind(format!("Renamed {number}"))
            .execute(&mut *connection)
            .await?;
        commits.record(organization, now());
    }
    Ok(())
}
