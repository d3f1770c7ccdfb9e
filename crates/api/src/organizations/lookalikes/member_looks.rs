//! The looks of members' names, in `member_names` and `shared_looks`.
//!
//! Postgres forgets the look of a member when the name changes, by a trigger. [`compute_missing`] writes it
//! again: before a list is read, and from time to time for all organizations.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use contract::view::LookalikeView;
use contract::{MembershipId, Name, OrganizationId};
use sqlx::{PgConnection, PgExecutor, PgPool};
use tracing::warn;
use uuid::Uuid;

use super::look::Look;
use db::transaction;

/// How often the looks of all organizations are computed that are missing.
const INTERVAL: Duration = Duration::from_secs(10);

/// How many looks one transaction of the background task computes.
const BATCH: i64 = 1000;

/// How many looks a request computes before it reads them. A request finds more missing only while a large
/// import is new, and doesn't wait for that.
pub const REQUEST_BATCH: i64 = 100;

/// How many members are returned. In an organization with more, many have the same name, and the page says
/// so often enough.
const MAX_LOOKALIKES: i64 = 1000;

/// How many times looks are computed before those are removed that nobody shares any more.
const ROUNDS_BETWEEN_REMOVALS: u32 = 60;

/// Computes missing looks of all organizations from time to time, and removes looks that aren't shared any more.
pub async fn update_periodically(pool: &PgPool) -> Infallible {
    loop {
        for _ in 0..ROUNDS_BETWEEN_REMOVALS {
            tokio::time::sleep(INTERVAL).await;
            warn_of(compute_all_missing(pool).await);
        }
        warn_of(remove_all_unshared(pool).await);
    }
}

fn warn_of(result: Result<(), sqlx::Error>) {
    if let Err(error) = result {
        warn!(%error, "Can't store what members' names look like; trying again later");
    }
}

/// Computes looks until none is missing.
///
/// # Errors
/// When the database can't be written.
async fn compute_all_missing(pool: &PgPool) -> Result<(), sqlx::Error> {
    let organization = "select organization_id from member_names where look is null limit 1";
    loop {
        let next = sqlx::query_scalar(organization).fetch_optional(pool).await?;
        let Some(organization_id) = next else { return Ok(()) };
        if compute_missing(pool, organization_id, BATCH).await? == 0 {
            // Someone else is changing these members.
            return Ok(());
        }
    }
}

/// Whether looks of an organization's members are missing.
///
/// # Errors
/// When the database can't be read.
pub async fn are_missing(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (select from member_names where organization_id = $1 and look is null)",
    )
    .bind(organization_id)
    .fetch_one(executor)
    .await
}

/// Computes the missing looks of an organization, at most `limit`, and notes which of them several members
/// have. Returns how many it computed.
///
/// # Errors
/// When the database can't be written.
pub async fn compute_missing(
    pool: &PgPool,
    organization_id: OrganizationId,
    limit: i64,
) -> Result<usize, sqlx::Error> {
    let mut transaction = transaction::begin(pool).await?;
    lock(&mut transaction, organization_id).await?;
    // Locked before the names are read: a name that is changing would be read as it was, and the change would
    // be overwritten. Rows that others change are left for the next time.
    let members: Vec<MembershipId> = sqlx::query_scalar(
        "select membership_id from member_names
          where organization_id = $1 and look is null
          limit $2 for update skip locked",
    )
    .bind(organization_id)
    .bind(limit)
    .fetch_all(&mut *transaction)
    .await?;
    let names: Vec<(MembershipId, Name)> = sqlx::query_as(
        "select n.membership_id, u.name
           from member_names n
           join users u on u.id = n.user_id
          where n.membership_id = any($1) and n.organization_id = $2",
    )
    .bind(&members)
    .bind(organization_id)
    .fetch_all(&mut *transaction)
    .await?;
    write(&mut transaction, organization_id, &names).await?;
    transaction.commit().await?;
    Ok(names.len())
}

/// Lets one after the other change the looks of an organization. Of two that compute at once, neither would
/// see the other's.
async fn lock(
    transaction: &mut PgConnection,
    organization_id: OrganizationId,
) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('looks ' || $1::text, 0))")
        .bind(organization_id)
        .execute(transaction)
        .await
        .map(drop)
}

async fn write(
    transaction: &mut PgConnection,
    organization_id: OrganizationId,
    names: &[(MembershipId, Name)],
) -> Result<(), sqlx::Error> {
    let members: Vec<MembershipId> = names.iter().map(|(member, _)| *member).collect();
    let looks: Vec<Look> = names.iter().map(|(_, name)| Look::of(name)).collect();
    let looks: Vec<&[u8]> = looks.iter().map(Look::as_bytes).collect();
    sqlx::query(
        // The organization is a column of what is joined: as a condition of its own, Postgres could read all
        // members of the organization for each of these.
        "update member_names n set look = computed.look
           from unnest($1::uuid[], $2::uuid[], $3::bytea[])
                computed (membership_id, organization_id, look)
          where n.membership_id = computed.membership_id
            and n.organization_id = computed.organization_id",
    )
    .bind(&members)
    .bind(vec![organization_id; members.len()])
    .bind(&looks)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "insert into shared_looks (organization_id, look)
         select $1, computed.look
           from (select distinct look from unnest($2::bytea[]) computed (look)) computed
          where (select count(*) from (select from member_names n
                                        where n.organization_id = $1 and n.look = computed.look
                                        limit 2) members) = 2
             on conflict do nothing",
    )
    .bind(organization_id)
    .bind(&looks)
    .execute(transaction)
    .await?;
    Ok(())
}

/// Removes the looks that fewer than two members have, of one organization after the other.
///
/// # Errors
/// When the database can't be written.
async fn remove_all_unshared(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut after = OrganizationId::from_uuid(Uuid::nil());
    let next = "select organization_id from shared_looks where organization_id > $1
                 order by organization_id limit 1";
    while let Some(organization_id) =
        sqlx::query_scalar(next).bind(after).fetch_optional(pool).await?
    {
        let mut transaction = transaction::begin(pool).await?;
        lock(&mut transaction, organization_id).await?;
        sqlx::query(
            "delete from shared_looks s
              where s.organization_id = $1
                and (select count(*) from (select from member_names n
                                            where n.organization_id = $1 and n.look = s.look
                                            limit 2) members) < 2",
        )
        .bind(organization_id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        after = organization_id;
    }
    Ok(())
}

/// Reads the members whose looks others have, at most [`MAX_LOOKALIKES`], in the order of joining.
///
/// # Errors
/// When the database can't be read.
pub async fn load_lookalikes(
    executor: impl PgExecutor<'_>,
    organization_id: OrganizationId,
) -> Result<Vec<LookalikeView>, sqlx::Error> {
    let rows: Vec<(MembershipId, Vec<u8>, Name)> = sqlx::query_as(
        "select n.membership_id, n.look, u.name
           from shared_looks s
           join member_names n on n.organization_id = s.organization_id and n.look = s.look
           join users u on u.id = n.user_id
          where s.organization_id = $1
          order by s.look, n.membership_id
          limit $2",
    )
    .bind(organization_id)
    .bind(MAX_LOOKALIKES)
    .fetch_all(executor)
    .await?;
    let mut by_look: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, (_, look, _)) in rows.iter().enumerate() {
        by_look.entry(look).or_default().push(index);
    }
    let mut found: Vec<LookalikeView> = by_look
        .values()
        .filter(|alike| alike.len() > 1)
        .flat_map(|alike| {
            let [first, second] = [alike[0], alike[1]];
            alike.iter().map(move |&index| (index, if index == first { second } else { first }))
        })
        .map(|(index, other)| LookalikeView {
            membership_id: rows[index].0,
            other: rows[other].2.clone(),
        })
        .collect();
    found.sort_unstable_by_key(|it| it.membership_id);
    Ok(found)
}

#[cfg(test)]
mod tests;
