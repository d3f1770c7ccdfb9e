//! Unread marks: an organization is unread when someone else has changed something there since the
//! reader's last visit.

use std::collections::HashMap;

use contract::{Action, OrganizationId, Position, UserId};
use sqlx::PgExecutor;

use super::{ActivityKind, NewActivity};

/// Whether a change marks its organization as unread for its members, except for the actor.
#[must_use]
pub fn marks_unread(change: &NewActivity) -> bool {
    match change.kind {
        ActivityKind::Organization => true,
        ActivityKind::Membership => {
            change.action != Action::Updated || change.changed.iter().any(|field| field == "role")
        }
        kind => kind.is_resource(),
    }
}

/// The condition of [`marks_unread`] in SQL, for a row of `activities`.
macro_rules! unread_rows {
    () => {
        concat!(
            "(kind = 'organization' or ",
            $crate::resource_rows!(),
            " or (kind = 'membership' and (action <> 'updated' or 'role' = any(changed))))"
        )
    };
}
pub(crate) use unread_rows;

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
    let unread: Vec<(OrganizationId, Position)> = sqlx::query_as(concat!(
        "select seen.organization_id, newest.id
           from unnest($2::uuid[], $3::bigint[]) as seen (organization_id, position)
          cross join lateral (
                select id from activities
                 where organization_id = seen.organization_id and id > seen.position
                   and actor_id is distinct from $1 and ",
        unread_rows!(),
        "order by id desc
                 limit 1
          ) newest",
    ))
    .bind(reader)
    .bind(organizations)
    .bind(positions)
    .fetch_all(executor)
    .await?;
    Ok(unread.into_iter().collect())
}
