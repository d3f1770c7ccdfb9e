//! Catch-up: what a reader missed between their cursor and the head of the log.
//!
//! New, reconnected and lagged streams all go through here.

use std::collections::HashMap;

use contract::event::{EndCode, ResetReason};
use contract::{Access, Cursor, OrganizationId, Role, StreamMessage, UserId};
use sqlx::{PgConnection, PgPool};

use super::frame::{self, Frame};
use super::message;
use super::related_entities::RelatedEntities;
use super::scope::Scope;
use super::visibility;
use activity::log::missed::{self, CatchUpLimits, Missed, MissedActivity};
use activity::log::{self, LogBounds, LogError};
use api::auth::session::SignedIn;

/// The result of [`catch_up`].
#[derive(Debug)]
pub enum CatchUp {
    /// What the reader missed.
    Frames {
        /// One frame for each entity that changed, in the order of the log.
        frames: Vec<Frame>,
        /// The cursor of the reader after these frames.
        head: Cursor,
    },
    /// Catch-up from this cursor isn't possible; the reader reloads its data and goes on from
    /// `head`.
    Reset {
        /// The cursor of the reader after the reset.
        head: Cursor,
        /// Why it isn't possible.
        reason: ResetReason,
    },
    /// The session or the access of the reader has ended. It may have ended before the stream was
    /// registered, so the router may not have seen it.
    Ended(EndCode),
}

/// Reads the activities after `cursor` that are in the scope of the stream and that the reader may
/// see with their present access. A user's stream also gets everything about the user's own
/// memberships and invitations, including deleted ones. Without a cursor the stream starts at the
/// head.
///
/// It returns one message for each entity, with its newest state. More than `limits` allow
/// is a reset, never an incomplete result.
///
/// # Errors
/// When the database doesn't answer.
pub async fn read_missed(
    pool: &PgPool,
    reader: &SignedIn,
    scope: Scope,
    cursor: Option<Cursor>,
    limits: CatchUpLimits,
) -> Result<CatchUp, LogError> {
    // Head, access and log are read from one snapshot, so no change can fall between them.
    let mut snapshot = log::begin_snapshot(pool).await?;
    let user = reader.user_id;
    if !is_session_alive(&mut snapshot, reader).await? {
        return Ok(CatchUp::Ended(EndCode::SessionEnded));
    }
    if let Scope::Organization(id) = scope
        && !visibility::can_read_resources(read_access(&mut snapshot, user, id).await?)
    {
        return Ok(CatchUp::Ended(EndCode::AccessLost));
    }
    let LogBounds { head, horizon } = log::bounds(&mut *snapshot).await?;
    let Some(cursor) = cursor else { return Ok(CatchUp::Frames { frames: Vec::new(), head }) };
    let reset = |reason| Ok(CatchUp::Reset { head, reason });
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
        return Ok(CatchUp::Frames { frames: Vec::new(), head });
    }
    let (connection, after) = (&mut *snapshot, cursor.position);
    let missed = match scope {
        Scope::User => missed::for_user(connection, user, after, limits).await?,
        Scope::Organization(id) => missed::for_organization(connection, id, after, limits).await?,
    };
    let Missed::Activities(missed) = missed else { return reset(ResetReason::TooFarBehind) };
    let roles: HashMap<_, _> = read_memberships(&mut snapshot, user).await?.into_iter().collect();
    let activities = missed.iter().map(|missed| &missed.activity);
    let related_entities = RelatedEntities::read(&mut snapshot, activities).await?;
    let frames = missed
        .iter()
        .filter_map(|MissedActivity { activity, unread }| {
            let visibility = visibility::visibility_for(user, activity, &roles, &related_entities);
            let message = message::build(activity, scope, visibility, &related_entities)?;
            let message = StreamMessage { unread: *unread, ..message };
            let cursor = Cursor { epoch: head.epoch, position: activity.position };
            Some(frame::change(cursor, &message))
        })
        .collect();
    Ok(CatchUp::Frames { frames, head })
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

/// The organizations of which the user is a member, each with their role.
///
/// # Errors
/// When the database doesn't answer.
pub async fn read_memberships(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<Vec<(OrganizationId, Role)>, sqlx::Error> {
    sqlx::query_as("select organization_id, role from memberships where user_id = $1")
        .bind(user)
        .fetch_all(connection)
        .await
}

async fn read_access(
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
