//! Schema migrations, applied at each start. When several nodes start at once, one migrates and the
//! others wait for it.

use sqlx::PgPool;
use sqlx::migrate::MigrateError;

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

        let error = run(&database.pool).await.unwrap_err();
        assert!(matches!(error, MigrationError::Newer(9999)), "{error}");
    }

    /// A database to which only the migrations up to `version` are applied.
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
        run(&database.pool).await.unwrap();
        let (remaining, newest): (i64, i64) =
            sqlx::query_as("select count(*), max(id) from activities")
                .fetch_one(&database.pool)
                .await
                .unwrap();
        assert_eq!((remaining, newest), (5, 5));
    }

    #[tokio::test]
    async fn migrations_are_idempotent() {
        let database = TestDatabase::create().await;
        run(&database.pool).await.unwrap();
    }
}
