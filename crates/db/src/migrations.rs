//! Schema migrations, applied at each start. When several nodes start at once, one migrates and the
//! others wait for it.
//!
//! Nodes of the version before keep serving meanwhile. A migration therefore waits for a lock only
//! briefly ([`StatementLimits::MIGRATION`]), since everything else on that table queues behind it, and
//! is repeated until it gets the lock. Each migration is one transaction, so an attempt goes on where
//! the one before it failed.

use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tracing::warn;

use super::retry::{Backoff, MAX_DELAY};
use super::{Condition, StatementLimits};

/// How long attempts are repeated.
const RETRY_FOR: Duration = Duration::from_secs(10 * 60);

/// Why the schema can't be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A newer version of Tributary has migrated the database.
    #[error(
        "the database was migrated by a newer version of Tributary (migration {0} is unknown to \
         this version): start the newer version"
    )]
    Newer(i64),
    /// A migration was edited after it had been applied.
    #[error(
        "migration {0} differs from the one that was applied to this database: \
         start the version of Tributary that applied it"
    )]
    Changed(i64),
    /// A lock wasn't granted, however often it was tried.
    #[error(
        "the database schema can't be migrated, because another session held a lock on its tables \
         for {minutes} minutes ({0}): end that session (see pg_stat_activity)", minutes = RETRY_FOR.as_secs() / 60
    )]
    Locked(#[source] MigrateError),
    /// A statement failed.
    #[error("the database schema can't be migrated: {0}")]
    Failed(#[source] MigrateError),
}

impl From<MigrateError> for MigrationError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            MigrateError::VersionMismatch(version) => Self::Changed(version),
            other => Self::Failed(other),
        }
    }
}

/// Applies the migrations that the database doesn't have yet, with connections of its own.
///
/// # Errors
/// See [`MigrationError`].
pub async fn run(options: &PgConnectOptions) -> Result<(), MigrationError> {
    apply(&sqlx::migrate!(), options, RETRY_FOR).await
}

async fn apply(
    migrator: &Migrator,
    options: &PgConnectOptions,
    retry_for: Duration,
) -> Result<(), MigrationError> {
    let started = Instant::now();
    let mut backoff = Backoff::new(MAX_DELAY);
    loop {
        let Err(error) = attempt(migrator, options).await else { return Ok(()) };
        if condition(&error) != Some(Condition::Contended) {
            return Err(error.into());
        }
        if started.elapsed() > retry_for {
            return Err(MigrationError::Locked(error));
        }
        warn!(%error, "A migration waits for a lock; trying again");
        backoff.wait().await;
    }
}

/// Uses a connection of its own: an attempt that fails keeps the migrator's advisory lock until its
/// session ends.
async fn attempt(migrator: &Migrator, options: &PgConnectOptions) -> Result<(), MigrateError> {
    let options = StatementLimits::MIGRATION.apply(options.clone());
    let single = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
    let migrated = migrator.run(&single).await;
    single.close().await;
    migrated
}

fn condition(error: &MigrateError) -> Option<Condition> {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            Condition::of(error)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::begin;
    use testing::TestDatabase;

    #[test]
    fn migration_numbers_are_unique() {
        let migrator = sqlx::migrate!();
        let versions: Vec<_> = migrator.iter().map(|migration| migration.version).collect();
        assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
    }

    #[tokio::test]
    async fn database_of_a_newer_version_is_refused() {
        let database = TestDatabase::create().await;
        sqlx::query(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
             values (9999, 'from the future', true, '', 0)",
        )
        .execute(&database.pool)
        .await
        .unwrap();

        let error = run(&database.pool.connect_options()).await.unwrap_err();
        assert!(matches!(error, MigrationError::Newer(9999)), "{error}");
    }

    /// Returns a database to which only the migrations up to `version` are applied.
    async fn database_at_version(version: i64) -> TestDatabase {
        let database = TestDatabase::create().await;
        sqlx::raw_sql(
            "drop schema public cascade; create schema public; drop publication tributary",
        )
        .execute(&database.pool)
        .await
        .unwrap();
        let mut migrator = sqlx::migrate!();
        migrator.migrations.to_mut().retain(|migration| migration.version <= version);
        migrator.run(&database.pool).await.unwrap();
        database
    }

    #[tokio::test]
    async fn log_from_before_partitioning_is_kept() {
        let database = database_at_version(6).await;
        sqlx::raw_sql(
            "insert into activities (id, commit_lsn, ordinal, kind, action, subject_id, changed,
                    data, committed_at)
             select id, '0/1', 0, 'user', 'created', gen_random_uuid(), '{}', '{}', now()
               from generate_series(1, 5) id;
             update cdc_state set last_position = 5",
        )
        .execute(&database.pool)
        .await
        .unwrap();
        run(&database.pool.connect_options()).await.unwrap();
        let (remaining, newest): (i64, i64) =
            sqlx::query_as("select count(*), max(id) from activities")
                .fetch_one(&database.pool)
                .await
                .unwrap();
        assert_eq!((remaining, newest), (5, 5));
    }

    #[tokio::test]
    async fn every_table_has_a_level_in_the_documented_inventory() {
        let page = include_str!("../../../docs/security-policies.md");
        let (_, rest) = page.split_once("\n## Data\n").unwrap();
        let (levels, _) = rest.split_once("\n| | secret |").unwrap();
        let mut documented: Vec<_> = levels.split('`').skip(1).step_by(2).collect();
        documented.sort_unstable();
        let database = TestDatabase::create().await;
        let tables: Vec<String> = sqlx::query_scalar(
            "select relname::text from pg_class
              where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
              order by relname collate \"C\"",
        )
        .fetch_all(&database.pool)
        .await
        .unwrap();
        assert_eq!(documented, tables, "docs/security-policies.md has other tables");
    }

    #[tokio::test]
    async fn migrations_are_idempotent() {
        let database = TestDatabase::create().await;
        run(&database.pool.connect_options()).await.unwrap();
    }

    #[tokio::test]
    async fn migration_that_waits_for_a_lock_lets_others_work_and_is_repeated() {
        let database = database_at_version(63).await;
        let mut reader = begin(&database.pool).await.unwrap();
        sqlx::query("select from users").fetch_all(&mut *reader).await.unwrap();

        let migration = tokio::spawn({
            let options = database.pool.connect_options();
            async move { run(&options).await }
        });
        // The migration asks for an exclusive lock while the reader's transaction is open.
        let waiting = "select exists (select from pg_locks l join pg_class c on c.oid = l.relation
             where c.relname = 'users' and l.mode = 'AccessExclusiveLock' and not l.granted)";
        for attempt in 1..=2 {
            testing::eventually("the migration waits", async || {
                sqlx::query_scalar(waiting).fetch_one(&database.pool).await.unwrap()
            })
            .await;
            testing::eventually("the attempt is given up", async || {
                !sqlx::query_scalar::<_, bool>(waiting).fetch_one(&database.pool).await.unwrap()
            })
            .await;
            // Queued behind the migration's request, this would fail by its own `lock_timeout`.
            sqlx::query("select count(*) from users").fetch_one(&database.pool).await.unwrap();
            assert!(!migration.is_finished(), "after attempt {attempt}");
        }
        reader.rollback().await.unwrap();
        migration.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn lock_that_is_never_released_is_reported_in_a_sentence() {
        let database = database_at_version(63).await;
        let mut reader = begin(&database.pool).await.unwrap();
        sqlx::query("select from users").fetch_all(&mut *reader).await.unwrap();
        let migrated =
            apply(&sqlx::migrate!(), &database.pool.connect_options(), Duration::ZERO).await;
        let error = migrated.unwrap_err();
        assert!(error.to_string().contains("another session held a lock"), "{error}");
    }

    #[tokio::test]
    async fn names_that_cannot_be_seen_become_visible() {
        let database = database_at_version(100).await;
        let id = |number: usize| uuid::Uuid::from_u128(number as u128);
        let names = [
            ("Ada", "Ada"),
            ("👩\u{200D}🔬 Ada", "👩\u{200D}🔬 Ada"),
            ("A\u{200B}da\u{FEFF}", "Ada"),
            ("A\u{200D}da \u{2800}", "Ada"),
            ("\u{3164}", "Unnamed"),
            ("\u{200D}", "Unnamed"),
        ];
        for (number, (name, _)) in names.iter().enumerate() {
            sqlx::query("insert into users (id, email, name) values ($1, $2, $3)")
                .bind(id(number))
                .bind(format!("user{number}@example.com"))
                .bind(name)
                .execute(&database.pool)
                .await
                .unwrap();
        }
        sqlx::raw_sql(
            "insert into organizations (id, name, slug) values (gen_random_uuid(), E'\\u200b', 'wind');
             insert into notes (id, organization_id, title, body)
             select gen_random_uuid(), id, E'Pl\\u00adan\\u200f', '' from organizations",
        )
        .execute(&database.pool)
        .await
        .unwrap();
        run(&database.pool.connect_options()).await.unwrap();
        for (number, (name, migrated)) in names.iter().enumerate() {
            let stored: String = sqlx::query_scalar("select name from users where id = $1")
                .bind(id(number))
                .fetch_one(&database.pool)
                .await
                .unwrap();
            assert_eq!(&stored, migrated, "{name:?}");
        }
        let texts: (String, String) =
            sqlx::query_as("select name, title from organizations, notes")
                .fetch_one(&database.pool)
                .await
                .unwrap();
        assert_eq!(texts, ("Unnamed".to_owned(), "Plan".to_owned()));
    }

    #[tokio::test]
    async fn names_lose_what_is_no_character_wherever_they_are() {
        let database = database_at_version(170).await;
        let insert = format!(
            "insert into users (id, email, name)
             values ('{id}', 'ada@example.com', E'A\\uFFFEda \\U00013441'),
                    ('{other}', 'grace@example.com', 'Grace');
             insert into organizations (id, name, slug)
             values ('{id}', E'\\U0010FFFF\\uFDD0', 'wind');
             insert into notes (id, organization_id, title, body)
             values ('{id}', '{id}', E'\\uFFFCPlan', '');
             insert into account_links (id, purpose, email, name, expires_at)
             values ('{id}', 'sign_up', 'linus@example.com', E'Linus\\uFFFF', now() + interval '1 day');
             insert into passkeys (id, user_id, credential_id, credential, name)
             values ('{id}', '{id}', '\\x00', '{{}}', E'\\uFFFEPhone')",
            id = uuid::Uuid::from_u128(1),
            other = uuid::Uuid::from_u128(2),
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(insert)).execute(&database.pool).await.unwrap();
        run(&database.pool.connect_options()).await.unwrap();
        let texts: Vec<String> = sqlx::query_scalar(
            "select name::text from users
             union all select name from organizations
             union all select title from notes
             union all select name from account_links
             union all select name from passkeys
             union all select version::text from users where name = 'Grace'
             order by 1",
        )
        .fetch_all(&database.pool)
        .await
        .unwrap();
        assert_eq!(texts, ["1", "Ada", "Grace", "Linus", "Phone", "Plan", "Unnamed"]);
    }
}
