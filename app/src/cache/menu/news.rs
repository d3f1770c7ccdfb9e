//! Which activities are new to whoever hasn't seen an organization since.

use crate::contract::{Action, Entity, OrganizationId, StreamMessage, UserId};

/// The organization in which somebody else did something that its members may want to see. The
/// server finds the same by `activity::news` when the menu is read; it also knows of notes, which
/// the person's own stream doesn't tell.
pub(super) fn organization(message: &StreamMessage, reader: UserId) -> Option<OrganizationId> {
    let by_another = message.actor_id != Some(reader);
    let concerns_members = match message.entity {
        Entity::Organization(_) | Entity::Note(_) => true,
        Entity::Membership(_) => {
            message.action != Action::Updated || message.changed.iter().any(|field| field == "role")
        }
        Entity::Invitation(_) | Entity::User(_) => false,
    };
    message.organization_id.filter(|_| by_another && concerns_members)
}
