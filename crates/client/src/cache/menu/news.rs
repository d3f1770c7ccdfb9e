//! What is new to whoever hasn't seen an organization since.

use contract::{OrganizationId, Position, StreamMessage, UserId};

/// The organization in which somebody else did something that its members may want to see, and
/// where in the log. The server finds the same by `activity::news` when the menu is read.
pub(super) fn of(message: &StreamMessage, reader: UserId) -> Option<(OrganizationId, Position)> {
    let news = message.news?;
    // Live, everybody gets the same message; in catch-up, the reader's own acts aren't counted.
    let is_own = news == message.position && message.actor_id == Some(reader);
    message.organization_id.filter(|_| !is_own).map(|organization| (organization, news))
}
