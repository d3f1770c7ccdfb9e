//! Asks the database every two seconds whether it accepts reads and writes.
//!
//! Each question uses a new connection: settings such as `default_transaction_read_only` and a change
//! of the server behind an address reach new sessions only.

use std::convert::Infallible;
use std::time::Duration;

use activity::LogHealth;
use contract::event::Health;
use db::{Condition, Endpoint, StatementLimits};
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::node_health::NodeHealth;

const INTERVAL: Duration = Duration::from_secs(2);

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// How many answers in a row have to fail before the database counts as unreachable.
const UNREACHABLE_AFTER: u32 = 2;

/// Monitors the database until `stop` is cancelled.
pub async fn run(endpoint: Endpoint, health: NodeHealth, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        never = monitor(&endpoint, &health) => match never {},
    }
}

async fn monitor(endpoint: &Endpoint, health: &NodeHealth) -> Infallible {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failures = 0;
    loop {
        ticks.tick().await;
        let known = *health.lasting_condition().borrow();
        match timeout(TIMEOUT, ask(endpoint, known)).await {
            Ok(Ok(condition)) => {
                failures = 0;
                health.set_lasting(condition);
            }
            Ok(Err(_)) | Err(_) => {
                failures += 1;
                if failures >= UNREACHABLE_AFTER {
                    health.set_lasting(Some(Condition::Unreachable));
                }
            }
        }
    }
}

/// Returns the condition of a database that answers. Space is only asked for while it was short.
async fn ask(
    endpoint: &Endpoint,
    known: Option<Condition>,
) -> Result<Option<Condition>, sqlx::Error> {
    let options = StatementLimits::REQUEST.apply(endpoint.connect_options());
    let mut connection = options.connect().await?;
    let is_read_only: bool =
        sqlx::query_scalar("select current_setting('transaction_read_only')::bool")
            .fetch_one(&mut connection)
            .await?;
    let condition = match known {
        _ if is_read_only => Some(Condition::ReadOnly),
        Some(Condition::DiskFull) => match use_space(&mut connection).await {
            Ok(()) => None,
            Err(error) if Condition::of(&error) == Some(Condition::DiskFull) => known,
            Err(error) => return Err(error),
        },
        _ => None,
    };
    connection.close().await?;
    Ok(condition)
}

/// Makes a file grow by a quarter of a megabyte, and gives it back.
async fn use_space(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(
        "begin;
         create temporary table space_needed on commit drop as
             select id, repeat('x', 1000) as filler from generate_series(1, 250) id;
         commit",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Publishes the health that streams tell their readers: that of the log, but degraded as well while
/// the database accepts no changes or can't be reached. Ends when `stop` is cancelled.
pub async fn publish_stream_health(
    health: NodeHealth,
    mut log: watch::Receiver<LogHealth>,
    published: watch::Sender<LogHealth>,
    stop: CancellationToken,
) {
    let mut lasting = health.lasting_condition();
    loop {
        let mut current = *log.borrow_and_update();
        if lasting.borrow_and_update().is_some() {
            current.status = Health::Degraded;
        }
        published.send_if_modified(|sent| std::mem::replace(sent, current) != current);
        tokio::select! {
            () = stop.cancelled() => return,
            changed = log.changed() => if changed.is_err() { return },
            changed = lasting.changed() => if changed.is_err() { return },
        }
    }
}
