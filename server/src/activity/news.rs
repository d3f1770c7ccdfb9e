//! What happened in organizations since somebody last looked at them.

use std::collections::BTreeMap;

use app::contract::{OrganizationId, Position, UserId};
use sqlx::PgExecutor;

/// An organization, and up to where the reader has seen it.
pub type Seen = (OrganizationId, Position);

/// The place of the newest activity of others in each organization where there is one after what
/// the reader has seen. The same activities are news to an open page: `Menu` in the app's caches.
///
/// # Errors
/// When the database can't answer.
pub async fn since(
    executor: impl PgExecutor<'_>,
    reader: UserId,
    seen: &[Seen],
) -> Result<BTreeMap<OrganizationId, Position>, sqlx::Error> {
    let (organizations, positions): (Vec<OrganizationId>, Vec<Position>) =
        seen.iter().copied().unzip();
    let news: Vec<Seen> = sqlx::query_as(
        "select seen.organization_id, newest.id
           from unnest($2::uuid[], $3::bigint[]) as seen (organization_id, position)
          cross join lateral (
                select id from activities
                 where organization_id = seen.organization_id and id > seen.position
                   and actor_id is distinct from $1
                   and (kind in ('organization', 'note')
                        or (kind = 'membership'
                            and (action <> 'updated' or 'role' = any(changed))))
                 order by id desc
                 limit 1
          ) newest",
    )
    .bind(reader)
    .bind(organizations)
    .bind(positions)
    .fetch_all(executor)
    .await?;
    Ok(news.into_iter().collect())
}
