//! The publication: which tables and columns Postgres sends, and how much of a row before its change. And the
//! triggers of these tables, which give rows their versions.
//!
//! The migrations create them. Anybody with the rights can change them, by hand or by restoring a backup,
//! and then changes silently don't arrive. So it is compared with what is needed when the slot is
//! acquired and every 10 s after that, and repaired.

use std::collections::BTreeMap;
use std::fmt;

use sqlx::types::Json;
use sqlx::{Connection, FromRow, PgConnection, PgExecutor};

use activity::ActivityKind;

/// The name of the publication.
pub(super) const PUBLICATION: &str = "tributary";

/// How long a repair may wait for a lock on a table.
const SET_LOCK_TIMEOUT: &str = "set local lock_timeout = '5s'";

/// A fault of the publication or its tables. Changes may be missing in the log since then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It doesn't exist.
    Missing,
    /// It doesn't publish every kind of change.
    Operations,
    /// The table isn't in it, or only some of its rows or columns are.
    Table(String),
    /// It was changed since the log was last read through it, and perhaps changed back.
    Changed,
    /// Updates and deletions of the table don't contain the whole row as it was.
    ReplicaIdentity(String),
    /// Triggers of the table are or were off.
    Triggers(String),
}

impl Fault {
    fn table_without_triggers(&self) -> Option<&str> {
        match self {
            Self::Triggers(table) => Some(table),
            _ => None,
        }
    }
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
            Self::Changed => write!(f, "the publication {PUBLICATION} was changed for a while"),
            Self::ReplicaIdentity(table) => {
                write!(f, "the replica identity of table {table} isn't full")
            }
            Self::Triggers(table) => write!(f, "triggers of table {table} are disabled"),
        }
    }
}

/// Returns the tables whose changes are activities.
fn tables() -> Vec<&'static str> {
    ActivityKind::all().map(ActivityKind::table).collect()
}

/// The publication and its tables at one moment.
#[derive(Debug)]
pub(super) struct Inspection {
    /// The faults of the publication.
    pub(super) faults: Vec<Fault>,
    /// Identifies its rows in Postgres' catalog, by table; the empty name is the publication itself.
    rows: BTreeMap<String, String>,
    /// Whether these rows are recorded.
    pub(super) is_recorded: bool,
}

/// Compares the publication and its tables with what is needed, and with what the log was read through.
///
/// # Errors
/// When the database can't answer, or has no such tables.
pub(super) async fn inspect(connection: &mut PgConnection) -> Result<Inspection, sqlx::Error> {
    let recorded: Option<Json<BTreeMap<String, String>>> =
        sqlx::query_scalar("select publication_rows from cdc_state")
            .fetch_one(&mut *connection)
            .await?;
    let recorded = recorded.map(|Json(rows)| rows).unwrap_or_default();
    // Row filters and column lists exist since Postgres 15, hence `to_jsonb`.
    let tracked: Vec<TrackedTable> = sqlx::query_as(
        "select tracked.name as table_name, p.oid || '/' || p.xmin::text as publication_row,
                coalesce(p.pubinsert and p.pubupdate and p.pubdelete and p.pubtruncate, false)
                    as all_operations,
                coalesce(p.puballtables, false) as all_tables,
                r.oid || '/' || r.xmin::text as table_row,
                to_jsonb(r) ->> 'prqual' is null and to_jsonb(r) ->> 'prattrs' is null as is_whole,
                c.relreplident = 'f' as identity_is_full,
                exists (select from pg_trigger t
                         where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled not in ('O', 'A'))
                    as triggers_are_off
           from unnest($1::text[]) as tracked(name)
           join pg_class c on c.oid = tracked.name::regclass
           left join pg_publication p on p.pubname = $2
           left join pg_publication_rel r on r.prpubid = p.oid and r.prrelid = c.oid",
    )
    .bind(tables())
    .bind(PUBLICATION)
    .fetch_all(connection)
    .await?;
    let mut inspection =
        Inspection { faults: Vec::new(), rows: BTreeMap::new(), is_recorded: true };
    for table in tracked {
        inspection.add(table, &recorded);
    }
    Ok(inspection)
}

/// A table that should be published, with the catalog's rows about it.
#[derive(FromRow)]
struct TrackedTable {
    table_name: String,
    publication_row: Option<String>,
    all_operations: bool,
    all_tables: bool,
    table_row: Option<String>,
    is_whole: bool,
    identity_is_full: bool,
    triggers_are_off: bool,
}

impl Inspection {
    fn add(&mut self, table: TrackedTable, recorded: &BTreeMap<String, String>) {
        let name = table.table_name;
        match (&table.publication_row, table.all_operations) {
            (None, _) => self.add_fault(Fault::Missing),
            (Some(_), false) => self.add_fault(Fault::Operations),
            (Some(_), true) => {}
        }
        let is_published = table.all_tables || (table.table_row.is_some() && table.is_whole);
        if table.publication_row.is_some() && !is_published {
            self.add_fault(Fault::Table(name.clone()));
        }
        if !table.identity_is_full {
            self.add_fault(Fault::ReplicaIdentity(name.clone()));
        }
        if table.triggers_are_off {
            self.add_fault(Fault::Triggers(name.clone()));
        }
        for (name, row) in [(String::new(), table.publication_row), (name, table.table_row)] {
            let Some(row) = row else { continue };
            match recorded.get(&name) {
                Some(before) if *before == row => {}
                // Changed, and perhaps changed back.
                Some(_) => self.add_fault(Fault::Changed),
                None => self.is_recorded = false,
            }
            self.rows.insert(name, row);
        }
    }

    fn add_fault(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Records that the log is read through this publication from now on.
    ///
    /// # Errors
    /// When the database can't be written.
    pub(super) async fn record(&self, executor: impl PgExecutor<'_>) -> Result<(), sqlx::Error> {
        sqlx::query("update cdc_state set publication_rows = $1")
            .bind(Json(&self.rows))
            .execute(executor)
            .await?;
        Ok(())
    }
}

/// Removes the faults. What was committed before stays incomplete, so the slot has to be replaced
/// afterwards.
///
/// # Errors
/// When the owner of the tables may not change the publication or a table, or a lock isn't free within 5 s.
pub(super) async fn repair(
    connection: &mut PgConnection,
    faults: &[Fault],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::query(SET_LOCK_TIMEOUT).execute(&mut *transaction).await?;
    // Only the tables' owner may do it, so the functions have the owner's rights.
    let without_triggers: Vec<&str> =
        faults.iter().filter_map(Fault::table_without_triggers).collect();
    if !without_triggers.is_empty() {
        sqlx::query("select repair_triggers($1)")
            .bind(without_triggers)
            .execute(&mut *transaction)
            .await?;
    }
    for fault in faults {
        let (name, tables) = match fault {
            Fault::Missing => ("missing", tables()),
            Fault::Operations => ("operations", tables()),
            Fault::Table(_) => ("tables", tables()),
            Fault::ReplicaIdentity(table) => ("replica_identity", vec![table.as_str()]),
            Fault::Changed | Fault::Triggers(_) => continue,
        };
        sqlx::query("select repair_publication($1, $2)")
            .bind(name)
            .bind(tables)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

/// Describes the faults in one sentence.
pub(super) fn describe(faults: &[Fault]) -> String {
    let sentences: Vec<String> = faults.iter().map(Fault::to_string).collect();
    sentences.join("; ")
}
