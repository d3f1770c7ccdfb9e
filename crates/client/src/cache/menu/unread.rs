//! Decides which messages mark an organization as unread.

use contract::{OrganizationId, Position, StreamMessage, UserId};

/// Returns the organization in which someone else did something that its members may want to see, and
/// its position in the log. The server applies the same rule when the menu is read (`activity::news`).
pub(super) fn unread_position(
    message: &StreamMessage,
    reader: UserId,
) -> Option<(OrganizationId, Position)> {
    let position = message.unread?;
    // A live message is the same for everybody; catch-up omits the reader's own changes already.
    let is_own = position == message.position && message.actor_id == Some(reader);
    message.organization_id.filter(|_| !is_own).map(|organization| (organization, position))
}
