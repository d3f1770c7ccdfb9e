//! The publication: which tables and columns Postgres sends, and how much of a row before its change.
//!
//! The migrations create it. Anybody with the rights can change it, by hand or by restoring a backup,
//! and then changes silently don't arrive. So it is compared with what is needed when the slot is
//! acquired and every 10 s after that, and repaired.

use std::fmt;

use sqlx::{AssertSqlSafe, Connection, PgConnection, PgExecutor};

use activity::ActivityKind;

/// The name of the publication.
pub(super) const PUBLICATION: &str = "tributary";

/// How long a repair may wait for a lock on a table.
const SET_LOCK_TIMEOUT: &str = "set local lock_timeout = '5s'";

/// What is wrong with the publication. Changes may be missing in the log since it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It doesn't exist.
    Missing,
    /// It doesn't publish every kind of change.
    Operations,
    /// The table isn't in it, or only some of its rows or columns are.
    Table(String),
    /// Updates and deletions of the table don't contain the whole row as it was.
    ReplicaIdentity(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(f, "the publication {PUBLICATION} doesn't exist"),
            Self::Operations => {
                write!(f, "the publication {PUBLICATION} doesn't publish all kinds of changes")
            }
            Self::Table(table) => {
                write!(f, "the publication {PUBLICATION} doesn't publish all of table {table}")
            }
            Self::ReplicaIdentity(table) => {
                write!(f, "the replica identity of table {table} isn't full")
            }
        }
    }
}

/// The tables whose changes are activities.
fn tables() -> Vec<&'static str> {
    ActivityKind::all().map(ActivityKind::table).collect()
}

/// Compares the publication and its tables with what is needed. Returns every fault.
///
/// # Errors
/// When the database can't answer, or has no such tables.
pub(super) async fn find_faults(executor: impl PgExecutor<'_>) -> Result<Vec<Fault>, sqlx::Error> {
    // Row filters and column lists exist since Postgres 15, hence `to_jsonb`.
    let rows: Vec<(String, bool, bool, bool, bool)> = sqlx::query_as(
        "select tracked.name, p.oid is not null,
                coalesce(p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate, false),
                coalesce(p.puballtables, false) or exists (
                    select from pg_publication_rel r
                     where r.prpubid = p.oid and r.prrelid = c.oid
                       and to_jsonb(r) ->> 'prqual' is null
                       and to_jsonb(r) ->> 'prattrs' is null),
                c.relreplident = 'f'
           from unnest($1::text[]) as tracked(name)
           join pg_class c on c.oid = tracked.name::regclass
           left join pg_publication p on p.pubname = $2",
    )
    .bind(tables())
    .bind(PUBLICATION)
    .fetch_all(executor)
    .await?;
    let mut faults = Vec::new();
    for (table, exists, all_operations, is_published, identity_is_full) in rows {
        let of_publication = match (exists, all_operations) {
            (false, _) => Some(Fault::Missing),
            (true, false) => Some(Fault::Operations),
            (true, true) => None,
        };
        faults.extend(of_publication.filter(|fault| !faults.contains(fault)));
        if exists && !is_published {
            faults.push(Fault::Table(table.clone()));
        }
        if !identity_is_full {
            faults.push(Fault::ReplicaIdentity(table));
        }
    }
    Ok(faults)
}

/// Removes the faults. What was committed before stays incomplete, so the slot has to be replaced
/// afterwards.
///
/// # Errors
/// When the role may not change the publication or a table, or a lock isn't free within 5 s.
pub(super) async fn repair(
    connection: &mut PgConnection,
    faults: &[Fault],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query(SET_LOCK_TIMEOUT).execute(&mut *transaction).await?;
    let tables = tables().join(", ");
    for fault in faults {
        let statement = match fault {
            Fault::Missing => format!("create publication {PUBLICATION} for table {tables}"),
            Fault::Operations => format!(
                "alter publication {PUBLICATION}
                   set (publish = 'insert, update, delete, truncate')"
            ),
            Fault::Table(_) => format!("alter publication {PUBLICATION} set table {tables}"),
            Fault::ReplicaIdentity(table) => format!("alter table {table} replica identity full"),
        };
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

/// The faults as one sentence.
pub(super) fn describe(faults: &[Fault]) -> String {
    let sentences: Vec<String> = faults.iter().map(Fault::to_string).collect();
    sentences.join("; ")
}
