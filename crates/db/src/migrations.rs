//! The schema, brought up to date at each start. Several nodes may start at once: one migrates,
//! the others wait for it.

use sqlx::PgPool;
use sqlx::migrate::MigrateError;

/// Why the schema can't be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A newer Tributary was here.
    #[error(
        "the database was set up by a newer Tributary (its migration {0} is unknown to this one): \
         start that version"
    )]
    Newer(i64),
    /// A migration was edited after it had been applied.
    #[error(
        "migration {0} differs from the one that this database was set up with: \
         start the version of Tributary that it came with"
    )]
    Changed(i64),
    /// A statement failed.
    #[error("the database's schema can't be brought up to date: {0}")]
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

/// Applies the migrations that the database doesn't have yet.
///
/// # Errors
/// See [`MigrationError`].
pub async fn run(pool: &PgPool) -> Result<(), MigrationError> {
    Ok(sqlx::migrate!().run(pool).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use testing::TestDatabase;

    #[test]
    fn no_two_migrations_have_the_same_number() {
        let migrator = sqlx::migrate!();
        let versions: Vec<_> = migrator.iter().map(|migration| migration.version).collect();
        assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
    }

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_left_alone() {
        let database = TestDatabase::create().await;
        sqlx::query(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
             values (9999, 'from the future', true, '', 0)",
        )
        .execute(&database.pool)
        .await
        .unwrap();

        let error = run(&database.pool).await.unwrap_err();
        assert!(matches!(error, MigrationError::Newer(9999)), "{error}");
    }

    /// A database as the first `version` migrations make it.
    async fn database_of(version: i64) -> TestDatabase {
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
    async fn a_log_from_before_there_were_partitions_is_kept() {
        let database = database_of(6).await;
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
        run(&database.pool).await.unwrap();
        let (kept, newest): (i64, i64) = sqlx::query_as("select count(*), max(id) from activities")
            .fetch_one(&database.pool)
            .await
            .unwrap();
        assert_eq!((kept, newest), (5, 5));
    }

    #[tokio::test]
    async fn migrating_twice_changes_nothing() {
        let database = TestDatabase::create().await;
        run(&database.pool).await.unwrap();
    }
}
