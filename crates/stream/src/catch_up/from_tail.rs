//! Catch-up from the hot tail, without the database.

use contract::event::ResetReason;
use contract::{Cursor, UserId};

use super::{CatchUp, CatchUpError};
use crate::registry::RoutedView;
use crate::scope::Scope;
use crate::visibility::can_read_resources;
use crate::{SharedState, Streams};
use activity::hot_tail::Span;
use activity::log::missed::{CatchUpLimits, Missed};

/// Reads what a user has missed after `cursor` from the hot tail, with the access that the log grants at
/// the position up to which this node has routed (`view`). None when the tail doesn't reach back to the
/// cursor, or when only the database can decide.
///
/// # Errors
/// When the database doesn't answer. It is used for names that messages show, once for all readers.
pub async fn from_tail(
    streams: &Streams,
    user: UserId,
    scope: Scope,
    cursor: Cursor,
    view: RoutedView,
    limits: CatchUpLimits,
) -> Result<Option<CatchUp>, CatchUpError> {
    let SharedState { hot_tail, frame_builder, .. } = &**streams;
    let RoutedView { routed: head, roles } = view;
    // A cursor of another epoch, or one that is ahead because this node lags.
    if cursor.epoch != head.epoch || cursor.position > head.position {
        return Ok(None);
    }
    let span = Span { after: cursor, until: head.position };
    let missed = match scope {
        Scope::User => hot_tail.missed_by_user(user, &roles, span, limits),
        // The database may have granted access that the log doesn't have yet.
        Scope::Organization(id) if !can_read_resources(roles.get(&id).copied().into()) => None,
        Scope::Organization(id) => hot_tail.missed_in_organization(id, span, limits),
    };
    match missed {
        None => Ok(None),
        Some(Missed::TooMuch) => {
            Ok(Some(CatchUp::Reset { head, reason: ResetReason::TooFarBehind }))
        }
        Some(Missed::Activities(missed)) => {
            let frames =
                frame_builder.frames(hot_tail, missed, user, &roles, scope, head.epoch).await?;
            Ok(Some(CatchUp::Frames { frames, head }))
        }
    }
}
