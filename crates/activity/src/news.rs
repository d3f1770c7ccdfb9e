//! What the members of an organization may want to see when they next look at it.

use std::collections::HashMap;

use contract::{Action, OrganizationId, Position, UserId};
use sqlx::PgExecutor;

use super::{ActivityKind, NewActivity};

/// Whether a change is news to the members of its organization, but for whoever made it.
#[must_use]
pub fn is_news(change: &NewActivity) -> bool {
    match change.kind {
        ActivityKind::Organization => true,
        ActivityKind::Membership => {
            change.action != Action::Updated || change.changed.iter().any(|field| field == "role")
        }
        kind => kind.is_resource(),
    }
}

/// The same as [`is_news`], of a row of `activities`.
macro_rules! news_rows {
    () => {
        concat!(
            "(kind = 'organization' or ",
            $crate::resource_rows!(),
            " or (kind = 'membership' and (action <> 'updated' or 'role' = any(changed))))"
        )
    };
}
pub(crate) use news_rows;

/// An organization, and up to where the reader has seen it.
pub type Seen = (OrganizationId, Position);

/// The place of the newest activity of others in each organization where there is one after what
/// the reader has seen. The stream tells an open page of the same.
///
/// # Errors
/// When the database can't answer.
pub async fn since(
    executor: impl PgExecutor<'_>,
    reader: UserId,
    seen: &[Seen],
) -> Result<HashMap<OrganizationId, Position>, sqlx::Error> {
    let (organizations, positions): (Vec<OrganizationId>, Vec<Position>) =
        seen.iter().copied().unzip();
    let news: Vec<Seen> = sqlx::query_as(concat!(
        "select seen.organization_id, newest.id
           from unnest($2::uuid[], $3::bigint[]) as seen (organization_id, position)
          cross join lateral (
                select id from activities
                 where organization_id = seen.organization_id and id > seen.position
                   and actor_id is distinct from $1 and ",
        news_rows!(),
        "order by id desc
                 limit 1
          ) newest",
    ))
    .bind(reader)
    .bind(organizations)
    .bind(positions)
    .fetch_all(executor)
    .await?;
    Ok(news.into_iter().collect())
}
