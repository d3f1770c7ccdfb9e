//! Unread marks: an organization is unread when someone else has changed something there since the
//! reader's last visit.

use std::collections::HashMap;

use contract::{OrganizationId, Position, UserId};
use sqlx::PgExecutor;

/// An organization, and the position up to which the reader has seen it.
pub type SeenPosition = (OrganizationId, Position);

/// For each organization that is unread: the position of the newest activity that marks it so. An
/// open page learns the same from the stream (`StreamMessage::news`).
///
/// # Errors
/// When the database can't answer.
pub async fn unread_positions(
    executor: impl PgExecutor<'_>,
    reader: UserId,
    seen: &[SeenPosition],
) -> Result<HashMap<OrganizationId, Position>, sqlx::Error> {
    let (organizations, positions): (Vec<OrganizationId>, Vec<Position>) =
        seen.iter().copied().unzip();
    let unread: Vec<(OrganizationId, Position)> = sqlx::query_as(
        // Two conditions instead of one with a parameter, as Postgres estimates them apart: an organization
        // may have many activities of one kind and none of the other.
        "select organization_id, greatest(newest_resource, newest_other)
           from (select seen.organization_id,
                        (select id from activities
                          where organization_id = seen.organization_id
                            and is_resource and id > seen.position
                            and is_shared and is_unread and actor_id is distinct from $1
                          order by id desc
                          limit 1) as newest_resource,
                        (select id from activities
                          where organization_id = seen.organization_id
                            and not is_resource and id > seen.position
                            and is_shared and is_unread and actor_id is distinct from $1
                          order by id desc
                          limit 1) as newest_other
                   from unnest($2::uuid[], $3::bigint[]) as seen (organization_id, position)) newest
          where coalesce(newest_resource, newest_other) is not null",
    )
    .bind(reader)
    .bind(organizations)
    .bind(positions)
    .fetch_all(executor)
    .await?;
    Ok(unread.into_iter().collect())
}
