//! All clients reconnect at once, each 100 changes behind.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::clients;
use crate::error::BenchError;
use crate::population;
use crate::process;
use crate::report::{Row, Table};
use crate::server::Server;
use crate::sse::EventSource;

/// Members of each organization, and so the changes that each of them has missed.
const MEMBERS: usize = 100;
const TIMEOUT: Duration = Duration::from_secs(600);

/// Measures how long it takes until all clients are live again. In the meantime another organization got
/// `unrelated` notes.
///
/// # Errors
/// When a client misses a change.
pub async fn measure(server: &Server, clients: usize, unrelated: i32) -> Result<Table, BenchError> {
    let population = population::create(&server.pool, clients, MEMBERS).await?;
    server.wait_for_log().await?;
    let mut first = EventSource::open(server.address, &population.people[0].cookie, None).await?;
    let (cursor, _) = clients::wait_until_live(&mut first).await?;
    drop(first);
    sqlx::query("update memberships set role = 'member'").execute(&server.pool).await?;
    if unrelated > 0 {
        sqlx::query(
            "with other as (insert into organizations (id, name, slug)
                            values (gen_random_uuid(), 'Other', 'other') returning id)
             insert into notes (id, organization_id, title)
             select gen_random_uuid(), id, 'Note ' || number from other, generate_series(1, $1) number",
        )
        .bind(unrelated)
        .execute(&server.pool)
        .await?;
    }
    server.wait_for_log().await?;
    // What Postgres writes to disk because of the import isn't part of catch-up.
    sqlx::query("checkpoint").execute(&server.pool).await?;
    // The node still reads the log. A reader waits for it.
    let mut first =
        EventSource::open(server.address, &population.people[0].cookie, Some(&cursor)).await?;
    clients::wait_until_live(&mut first).await?;
    drop(first);
    let server_before = process::processor_seconds(server.pid)?;
    let postgres_before = process::processor_seconds_of("postgres");
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for person in population.people {
        let (address, cursor) = (server.address, cursor.clone());
        tasks.spawn(async move {
            let mut source = EventSource::open(address, &person.cookie, Some(&cursor)).await?;
            let (_, changes) = clients::wait_until_live(&mut source).await?;
            Ok::<_, BenchError>((source, changes, started.elapsed()))
        });
    }
    let mut open = Vec::with_capacity(clients);
    let mut incomplete = 0;
    let mut slowest = Duration::ZERO;
    let all = async {
        while let Some(client) = tasks.join_next().await {
            let (source, changes, elapsed) = client??;
            open.push(source);
            incomplete += usize::from(changes < MEMBERS);
            slowest = slowest.max(elapsed);
        }
        Ok::<_, BenchError>(())
    };
    match tokio::time::timeout(TIMEOUT, all).await {
        Ok(result) => result?,
        Err(_) => return Err(BenchError::Missing { clients: clients - open.len() }),
    }
    if incomplete > 0 {
        return Err(BenchError::Missing { clients: incomplete });
    }
    let server_seconds = process::processor_seconds(server.pid)? - server_before;
    let postgres_seconds = process::processor_seconds_of("postgres") - postgres_before;
    Ok(Table {
        title: format!(
            "{clients} clients reconnect, 100 changes behind each, {unrelated} unrelated changes"
        ),
        rows: vec![
            Row {
                name: "all live after".to_owned(),
                value: format!("{:.2} s", slowest.as_secs_f64()),
            },
            Row {
                name: "processor time".to_owned(),
                value: format!("server {server_seconds:.1} s, Postgres {postgres_seconds:.1} s"),
            },
        ],
    })
}
