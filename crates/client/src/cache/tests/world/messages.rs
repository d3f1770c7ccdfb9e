//! The messages of the reader's stream about a change.

use uuid::Uuid;

use super::World;
use crate::cache::fixtures::READER;
use contract::view::{InvitationView, MembershipView};
use contract::{Action, Capability, Entity, OrganizationId, Position, StreamMessage, UserId};

impl World {
    pub(super) fn membership_messages(
        &mut self,
        action: Action,
        its: &MembershipView,
    ) -> Vec<StreamMessage> {
        let seen = self.visible_membership(its);
        let is_delivered = seen.is_some();
        let entity = Entity::Membership(seen.filter(|_| action != Action::Deleted));
        let (organization, user) = (Some(its.organization_id), Some(its.user.id));
        self.messages(is_delivered, action, its.id.uuid(), organization, user, entity)
    }

    pub(super) fn invitation_messages(
        &mut self,
        action: Action,
        its: &InvitationView,
    ) -> Vec<StreamMessage> {
        let access = self.access(its.organization.id);
        let is_delivered = its.user_id == Some(READER) || access.may(Capability::ManageInvitations);
        let entity = Entity::Invitation((action != Action::Deleted).then(|| its.clone()));
        self.messages(
            is_delivered,
            action,
            its.id.uuid(),
            Some(its.organization.id),
            its.user_id,
            entity,
        )
    }

    pub(super) fn messages(
        &mut self,
        is_delivered: bool,
        action: Action,
        subject_id: Uuid,
        organization_id: Option<OrganizationId>,
        user_id: Option<UserId>,
        entity: Entity,
    ) -> Vec<StreamMessage> {
        self.position += 1;
        let position = Position(self.position);
        let is_news =
            matches!(entity, Entity::Membership(_) | Entity::Organization(_) | Entity::Unread);
        if let Some(id) = organization_id.filter(|_| is_news) {
            self.unread.insert(id, position);
        }
        let message = StreamMessage {
            position,
            organization_id,
            user_id,
            unread: is_news.then_some(position),
            ..crate::cache::fixtures::message(action, subject_id, entity)
        };
        Vec::from_iter(is_delivered.then_some(message))
    }
}
