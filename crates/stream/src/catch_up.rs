//! What a reader lacks between their cursor and the head of the log.

use std::collections::HashMap;

use contract::event::{EndCode, ResetReason};
use contract::permission::MembershipVisibility as Visibility;
use contract::{Access, Cursor, OrganizationId, Role, StreamMessage, UserId};
use sqlx::{PgConnection, PgPool};

use super::audience::{self, user_lens};
use super::frame::{self, Frame};
use super::message;
use super::related_entities::RelatedEntities;
use super::scope::Scope;
use activity::log::missed::{self, Missed};
use activity::log::{self, Extent, LogError};
use activity::{Activity, ActivityKind};
use api::auth::session::SignedIn;

/// What catch-up found.
#[derive(Debug)]
pub enum CaughtUp {
    /// What the reader lacks, oldest first, one frame an entity; then they stand at `head`.
    Frames {
        /// The frames.
        frames: Vec<Frame>,
        /// Where the reader stands after them.
        head: Cursor,
    },
    /// The cursor can't be honoured; the reader goes on from `head`.
    Reset {
        /// Where the reader goes on from.
        head: Cursor,
        /// Why.
        reason: ResetReason,
    },
    /// The reader's session or access ended, perhaps before the stream had its place in the
    /// registry.
    Ended(EndCode),
}

/// Reads what lies after `cursor` and is in the scope of `reader`'s stream, as their access stands
/// now; on a user's stream also everything about their own memberships and invitations, including
/// the ones that are gone. No cursor means from now on.
///
/// One message an entity, its newest state; more than `limit` entities is a reset, never a part.
///
/// # Errors
/// When the database can't answer.
pub async fn catch_up(
    pool: &PgPool,
    reader: &SignedIn,
    scope: Scope,
    cursor: Option<Cursor>,
    limit: i64,
) -> Result<CaughtUp, LogError> {
    // One snapshot for head, access and log: no change can fall between them.
    let mut snapshot = log::hold(pool).await?;
    let user = reader.user_id;
    if !is_session_alive(&mut snapshot, reader).await? {
        return Ok(CaughtUp::Ended(EndCode::SessionEnded));
    }
    if let Scope::Organization(id) = scope
        && !audience::follows(access(&mut snapshot, user, id).await?)
    {
        return Ok(CaughtUp::Ended(EndCode::AccessLost));
    }
    let Extent { head, horizon } = log::extent(&mut *snapshot).await?;
    let Some(cursor) = cursor else { return Ok(CaughtUp::Frames { frames: Vec::new(), head }) };
    let reset = |reason| Ok(CaughtUp::Reset { head, reason });
    if cursor.epoch != head.epoch {
        return reset(ResetReason::UnknownEpoch);
    }
    if cursor.position < horizon {
        return reset(ResetReason::TooOld);
    }
    if cursor.position > head.position {
        return reset(ResetReason::AheadOfLog);
    }
    if cursor.position == head.position {
        return Ok(CaughtUp::Frames { frames: Vec::new(), head });
    }
    let (connection, after) = (&mut *snapshot, cursor.position);
    let missed = match scope {
        Scope::User => missed::of_user(connection, user, after, limit + 1).await?,
        Scope::Organization(id) => {
            missed::of_organization(connection, id, after, limit + 1).await?
        }
    };
    if i64::try_from(missed.len()).unwrap_or(i64::MAX) > limit {
        return reset(ResetReason::TooFarBehind);
    }
    let standings = standings(&mut snapshot, user).await?;
    let activities = missed.iter().map(|missed| &missed.activity);
    let related_entities = RelatedEntities::read(&mut snapshot, activities).await?;
    let frames = missed
        .iter()
        .filter_map(|Missed { activity, news }| {
            let visibility = visibility(activity, user, &standings, &related_entities);
            let message = message::compose(activity, scope, visibility, &related_entities)?;
            let message = StreamMessage { news: *news, ..message };
            let cursor = Cursor { epoch: head.epoch, position: activity.position };
            Some(frame::change(cursor, &message))
        })
        .collect();
    Ok(CaughtUp::Frames { frames, head })
}

async fn is_session_alive(
    connection: &mut PgConnection,
    reader: &SignedIn,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from sessions where id = $1 and user_id = $2)")
        .bind(reader.session_id)
        .bind(reader.user_id)
        .fetch_one(connection)
        .await
}

/// The memberships of a user.
///
/// # Errors
/// When the database can't answer.
pub async fn memberships(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<(OrganizationId, Role)>, sqlx::Error> {
    sqlx::query_as("select organization_id, role from memberships where user_id = $1")
        .bind(user)
        .fetch_all(connection)
        .await
}

async fn access(
    connection: &mut PgConnection,
    user: UserId,
    organization: OrganizationId,
) -> Result<Access, sqlx::Error> {
    let role: Option<Role> = sqlx::query_scalar(
        "select role from memberships where user_id = $1 and organization_id = $2",
    )
    .bind(user)
    .bind(organization)
    .fetch_optional(connection)
    .await?;
    Ok(role.into())
}

async fn standings(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<HashMap<OrganizationId, Role>, sqlx::Error> {
    Ok(memberships(connection, user).await?.into_iter().collect())
}

fn visibility(
    activity: &Activity,
    user: UserId,
    standings: &HashMap<OrganizationId, Role>,
    related_entities: &RelatedEntities,
) -> Visibility {
    let change = &activity.change;
    if change.user_id == Some(user) {
        return Visibility::Subject;
    }
    let standing_in = |id: &OrganizationId| Access::from(standings.get(id).copied());
    let lens_in = |id: &OrganizationId| user_lens(standing_in(id));
    match change.kind {
        ActivityKind::User => change
            .user_id
            .into_iter()
            .flat_map(|id| related_entities.organizations_of(id))
            .map(lens_in)
            .find(|visibility| *visibility == Visibility::Admin)
            .unwrap_or(Visibility::Member),
        // The same for every reader.
        kind if kind.is_resource() => Visibility::Member,
        _ => change.organization_id.as_ref().map_or(Visibility::Member, lens_in),
    }
}
