//! What a reader lacks between their cursor and the head of the log.

use std::collections::HashMap;

use app::contract::event::{EndCode, ResetReason};
use app::contract::permission::MembershipLens as Lens;
use app::contract::{Cursor, OrganizationId, Position, Role, Standing, UserId};
use sqlx::{PgConnection, PgPool};

use super::audience::{self, user_lens};
use super::frame::{self, Frame};
use super::message;
use super::scope::Scope;
use super::surroundings::Surroundings;
use crate::activity::log::{self, ActivityRow, LogError};
use crate::activity::{Activity, ActivityKind};
use crate::modules::auth::session::SignedIn;

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
    let mut snapshot = pool.begin_with("begin isolation level repeatable read read only").await?;
    let user = reader.user_id;
    if !is_session_alive(&mut snapshot, reader).await? {
        return Ok(CaughtUp::Ended(EndCode::SessionEnded));
    }
    if let Scope::Organization(id) = scope
        && !audience::follows(standing(&mut snapshot, user, id).await?)
    {
        return Ok(CaughtUp::Ended(EndCode::AccessLost));
    }
    let head = log::head(&mut *snapshot).await?;
    let Some(cursor) = cursor else { return Ok(CaughtUp::Frames { frames: Vec::new(), head }) };
    let reset = |reason| Ok(CaughtUp::Reset { head, reason });
    if cursor.epoch != head.epoch {
        return reset(ResetReason::UnknownEpoch);
    }
    if cursor.position > head.position {
        return reset(ResetReason::AheadOfLog);
    }
    if cursor.position == head.position {
        return Ok(CaughtUp::Frames { frames: Vec::new(), head });
    }
    let (connection, after) = (&mut *snapshot, cursor.position);
    let activities = match scope {
        Scope::User => newest_of_each(connection, user, after, limit + 1).await?,
        Scope::Organization(id) => newest_notes(connection, id, after, limit + 1).await?,
    };
    if i64::try_from(activities.len()).unwrap_or(i64::MAX) > limit {
        return reset(ResetReason::TooFarBehind);
    }
    let standings = standings(&mut snapshot, user).await?;
    let surroundings = Surroundings::read(&mut snapshot, &activities).await?;
    let frames = activities
        .iter()
        .filter_map(|activity| {
            let lens = lens(activity, user, &standings, &surroundings);
            let message = message::compose(activity, lens, &surroundings)?;
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

async fn standing(
    connection: &mut PgConnection,
    user: UserId,
    organization: OrganizationId,
) -> Result<Standing, sqlx::Error> {
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

fn lens(
    activity: &Activity,
    user: UserId,
    standings: &HashMap<OrganizationId, Role>,
    surroundings: &Surroundings,
) -> Lens {
    let change = &activity.change;
    if change.user_id == Some(user) {
        return Lens::Subject;
    }
    let standing_in = |id: &OrganizationId| Standing::from(standings.get(id).copied());
    let lens_in = |id: &OrganizationId| user_lens(standing_in(id));
    match change.kind {
        ActivityKind::User => change
            .user_id
            .into_iter()
            .flat_map(|id| surroundings.organizations_of(id))
            .map(lens_in)
            .find(|lens| *lens == Lens::Admin)
            .unwrap_or(Lens::Member),
        // The same for every reader.
        ActivityKind::Note => Lens::Member,
        _ => change.organization_id.as_ref().map_or(Lens::Member, lens_in),
    }
}

/// The newest activity of each entity that concerns the user, in the order of the log.
async fn newest_of_each(
    connection: &mut PgConnection,
    user: UserId,
    after: Position,
    limit: i64,
) -> Result<Vec<Activity>, sqlx::Error> {
    // An organization that is gone concerns those who lost their membership with it.
    let rows: Vec<ActivityRow> = sqlx::query_as(
        "with mine as materialized (
             select organization_id, role from memberships where user_id = $1
         ), lost as materialized (
             select organization_id from activities
              where user_id = $1 and id > $2 and kind = 'membership' and action = 'deleted'
         ), newest as (
             select distinct on (kind, subject_id)
                    id, committed_at, kind, action, subject_id, organization_id, user_id,
                    actor_id, mutation_id, changed, data
               from activities
              where id > $2
                and case kind
                    when 'membership' then
                        user_id = $1
                        or organization_id in (select organization_id from mine)
                    when 'organization' then
                        organization_id in (select organization_id from mine)
                        or (action = 'deleted'
                            and organization_id in (select organization_id from lost))
                    when 'invitation' then
                        user_id = $1
                        or organization_id in
                            (select organization_id from mine where role = 'admin')
                    when 'user' then
                        action = 'updated'
                        and (user_id = $1
                             or user_id in (select others.user_id
                                              from memberships others
                                              join mine using (organization_id)))
                    else false
                    end
              order by kind, subject_id, id desc
         )
         select * from newest order by id limit $3",
    )
    .bind(user)
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}

/// The newest activity of each note of the organization, in the order of the log.
async fn newest_notes(
    connection: &mut PgConnection,
    organization: OrganizationId,
    after: Position,
    limit: i64,
) -> Result<Vec<Activity>, sqlx::Error> {
    let rows: Vec<ActivityRow> = sqlx::query_as(
        "with newest as (
             select distinct on (subject_id)
                    id, committed_at, kind, action, subject_id, organization_id, user_id,
                    actor_id, mutation_id, changed, data
               from activities
              where organization_id = $1 and id > $2 and kind = 'note'
              order by subject_id, id desc
         )
         select * from newest order by id limit $3",
    )
    .bind(organization)
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Activity::from).collect())
}
