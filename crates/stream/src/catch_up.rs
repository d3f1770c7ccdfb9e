//! Catch-up: what a reader missed between their cursor and the head of the log.
//!
//! New, reconnected and lagged streams all go through here. [`from_tail`] answers from memory;
//! [`from_database`] answers the others. Both send the same.

mod from_tail;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use contract::event::{EndCode, ResetReason};
use contract::permission::MembershipVisibility;
use contract::{Cursor, Epoch, StreamMessage};
use sqlx::PgPool;

use super::frame::{self, Frame};
use super::message;
use super::reader_state::{self, ReaderState};
use super::related_entities::RelatedEntities;
use super::scope::Scope;
use super::visibility;
use activity::Activity;
use activity::log::missed::{self, CatchUpLimits, Merged, Missed, MissedActivity};
use activity::log::{self, LogBounds, LogError};
use api::auth::session::SignedIn;
pub use from_tail::from_tail;

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

/// Why a stream can't catch up.
#[derive(Debug, thiserror::Error)]
pub enum CatchUpError {
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The database failed while names that messages show were read for several readers.
    #[error("the names can't be read: {0}")]
    Names(#[from] Arc<sqlx::Error>),
    /// The database failed while the states of readers who connected at the same time were read.
    #[error("the reader can't be read: {0}")]
    Reader(Arc<LogError>),
}

/// How many catch-ups a node has answered.
#[derive(Debug, Default)]
pub struct CatchUpCounts {
    from_memory: AtomicU64,
    from_database: AtomicU64,
}

impl CatchUpCounts {
    /// From memory.
    #[must_use]
    pub fn from_memory(&self) -> u64 {
        self.from_memory.load(Ordering::Relaxed)
    }

    /// From the database.
    #[must_use]
    pub fn from_database(&self) -> u64 {
        self.from_database.load(Ordering::Relaxed)
    }

    pub(crate) fn count_from_memory(&self) {
        self.from_memory.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_from_database(&self) {
        self.from_database.fetch_add(1, Ordering::Relaxed);
    }
}

/// The result of a catch-up for which nothing has to be read: the session or the access has ended, the
/// cursor can't be honoured, or nothing was missed. None for a cursor before the head.
#[must_use]
pub fn decide(state: &ReaderState, scope: Scope, cursor: Option<Cursor>) -> Option<CatchUp> {
    let ReaderState { bounds: LogBounds { head, .. }, is_session_alive, ref memberships } = *state;
    if !is_session_alive {
        return Some(CatchUp::Ended(EndCode::SessionEnded));
    }
    if let Scope::Organization(id) = scope {
        let role = memberships.iter().find(|(organization, _)| *organization == id);
        if !visibility::can_read_resources(role.map(|(_, role)| *role).into()) {
            return Some(CatchUp::Ended(EndCode::AccessLost));
        }
    }
    let reset = |reason| Some(CatchUp::Reset { head, reason });
    match cursor {
        Some(cursor) if cursor.epoch != head.epoch => reset(ResetReason::UnknownEpoch),
        Some(cursor) if cursor.position > head.position => reset(ResetReason::AheadOfLog),
        Some(cursor) if cursor.position < head.position => None,
        Some(_) | None => Some(CatchUp::Frames { frames: Vec::new(), head }),
    }
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
pub async fn from_database(
    pool: &PgPool,
    reader: &SignedIn,
    scope: Scope,
    cursor: Option<Cursor>,
    limits: CatchUpLimits,
) -> Result<CatchUp, CatchUpError> {
    // Head, access and log are read from one snapshot, so no change can fall between them.
    let mut snapshot = log::begin_snapshot(pool).await?;
    let user = reader.user_id;
    let state = reader_state::read_one(&mut snapshot, reader).await?;
    if let Some(decided) = decide(&state, scope, cursor) {
        return Ok(decided);
    }
    let ReaderState { bounds: LogBounds { head, horizon }, memberships, .. } = state;
    let Some(cursor) = cursor.filter(|cursor| horizon <= cursor.position) else {
        return Ok(CatchUp::Reset { head, reason: ResetReason::TooOld });
    };
    let roles: HashMap<_, _> = memberships.into_iter().collect();
    let (connection, after) = (&mut *snapshot, cursor.position);
    let missed = match scope {
        Scope::User => missed::for_user(connection, user, after, limits).await?,
        Scope::Organization(id) => missed::for_organization(connection, id, after, limits).await?,
    };
    let Missed::Activities(missed) = missed else {
        return Ok(CatchUp::Reset { head, reason: ResetReason::TooFarBehind });
    };
    let activities = missed.iter().map(|missed| &missed.activity);
    let related_entities = RelatedEntities::read(&mut snapshot, activities).await?;
    let frames = missed.into_iter().filter_map(|MissedActivity { activity, merged }| {
        let change = &activity.change;
        let visibility = visibility::visibility_for(user, change, &roles, &merged);
        frame(activity, merged, scope, visibility, head.epoch, &related_entities)
    });
    Ok(CatchUp::Frames { frames: frames.collect(), head })
}

/// The frame of a missed activity. None where there is nothing to send.
pub(crate) fn frame(
    mut activity: Activity,
    merged: Merged,
    scope: Scope,
    visibility: MembershipVisibility,
    epoch: Epoch,
    related_entities: &RelatedEntities,
) -> Option<Frame> {
    activity.change.action = merged.action;
    activity.change.changed = merged.changed;
    let message = message::build(&activity, scope, visibility, related_entities)?;
    let message = StreamMessage { unread: merged.unread, ..message };
    Some(frame::change(Cursor { epoch, position: activity.position }, &message))
}
