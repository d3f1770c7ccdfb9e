//! The pending invitations of one organization, for its admins.

use serde::{Deserialize, Serialize};

use super::merge;
use super::my_invitations::{is_pending, quotes_changed, remove_answered, sort_newest_first};
use super::patch::{Patch, Patched};
use crate::api;
use contract::view::{InvitationView, MembershipView};
use contract::{
    Access, Action, ApiError, Capability, Entity, OrganizationId, StreamMessage, UserId,
};

/// The invitations of one organization that await an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingInvitations {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Newest first.
    pub items: Vec<InvitationView>,
}

impl PendingInvitations {
    /// Fetches them.
    ///
    /// # Errors
    /// Those of `GET /organizations/{id}/invitations`.
    pub async fn fetch(organization_id: OrganizationId) -> Result<Self, ApiError> {
        let list = api::invitations::list(organization_id).await?;
        Ok(Self::new(organization_id, list.items))
    }

    pub(super) fn new(organization_id: OrganizationId, mut items: Vec<InvitationView>) -> Self {
        sort_newest_first(&mut items);
        Self { organization_id, items }
    }

    /// Applies a change of the reader's role. Only admins see pending invitations: a reader who is no
    /// longer one sees none, a reader who becomes one fetches them.
    fn apply_role_change(
        &mut self,
        membership: &MembershipView,
        message: &StreamMessage,
    ) -> Patched {
        let access = Access::Member(membership.role);
        if !access.may(Capability::ManageInvitations) {
            return merge::remove(&mut self.items, |_| true);
        }
        let is_new = message.action == Action::Created
            || message.changed.iter().any(|field| field == "role");
        if is_new { Patched::Stale } else { Patched::Unchanged }
    }
}

impl Patch for PendingInvitations {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        if message.organization_id != Some(self.organization_id) {
            return Patched::stale_when(quotes_changed(&self.items, message));
        }
        match &message.entity {
            Entity::Invitation(Some(invitation)) if is_pending(invitation, message.at) => {
                // The message about a reader's own invitation names their account; the list doesn't.
                let listed = invitation.clone().without_account();
                let patched = merge::upsert_invitation(&mut self.items, &listed);
                sort_newest_first(&mut self.items);
                patched
            }
            Entity::Invitation(Some(answered)) => remove_answered(&mut self.items, answered),
            Entity::Invitation(None) => {
                merge::remove(&mut self.items, |item| item.id.uuid() == message.subject_id)
            }
            Entity::Membership(Some(membership)) if membership.user.id == reader => {
                self.apply_role_change(membership, message)
            }
            Entity::Membership(None) if message.user_id == Some(reader) => {
                merge::remove(&mut self.items, |_| true)
            }
            Entity::Organization(None) => merge::remove(&mut self.items, |_| true),
            _ => Patched::stale_when(quotes_changed(&self.items, message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;
    use contract::Role;

    fn one() -> PendingInvitations {
        PendingInvitations::new(ORGANIZATION, vec![invitation(ORGANIZATION, 1)])
    }

    #[test]
    fn new_invitation_is_first_and_an_accepted_one_is_removed() {
        let mut pending = one();
        let second = invitation(ORGANIZATION, 2);
        assert_eq!(pending.patch(&invitation_created(second.clone()), READER), Patched::Changed);
        assert_eq!(pending.items[0], second);
        let accepted = invitation_deleted(&second);
        assert_eq!(pending.patch(&accepted, READER), Patched::Changed);
        assert_eq!(pending, one());
    }

    #[test]
    fn declined_invitation_is_removed_and_returns_when_resent() {
        let mut pending = one();
        let declined = InvitationView {
            rejected_at: Some(moment(9)),
            version: 2,
            ..invitation(ORGANIZATION, 1)
        };
        assert_eq!(pending.patch(&invitation_updated(declined), READER), Patched::Changed);
        assert_eq!(pending.items, []);
        let renewed = InvitationView { version: 3, ..invitation(ORGANIZATION, 1) };
        assert_eq!(pending.patch(&invitation_updated(renewed), READER), Patched::Changed);
        assert_eq!(pending.items.len(), 1);
    }

    #[test]
    fn other_organizations_change_nothing() {
        let mut pending = one();
        for message in [
            invitation_created(invitation(ELSEWHERE, 2)),
            invitation_deleted(&invitation(ELSEWHERE, 1)),
            organization_deleted(ELSEWHERE),
        ] {
            assert_eq!(pending.patch(&message, READER), Patched::Unchanged);
        }
    }

    #[test]
    fn changed_quotes_are_fetched_again() {
        let grace = member(ELSEWHERE, 2, "Grace").user;
        let mut pending = one();
        pending.items[0].inviter_id = Some(grace.id);
        pending.items[0].invited_by = Some(grace.name.clone());
        let team = organization(ORGANIZATION, "North Wind");
        for message in [
            renamed(&team, "South Wind"),
            user_renamed(&grace, "Grace Hopper"),
            quote_changed(grace.id.uuid()),
        ] {
            assert_eq!(pending.patch(&message, READER), Patched::Stale, "{message:?}");
        }
        let other = quote_changed(member(ELSEWHERE, 3, "Linus").user.id.uuid());
        assert_eq!(pending.patch(&other, READER), Patched::Unchanged);
    }

    #[test]
    fn only_admins_see_them() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        let mut pending = one();
        assert_eq!(pending.patch(&role_changed(mine.clone()), READER), Patched::Changed);
        assert_eq!(pending.items, []);
        let promoted = MembershipView { role: Role::Admin, ..mine };
        assert_eq!(pending.patch(&role_changed(promoted), READER), Patched::Stale);
    }

    #[test]
    fn reader_who_left_sees_none() {
        let mine = of_reader(member(ORGANIZATION, 1, "Ada"));
        for message in [membership_deleted(&mine, READER), organization_deleted(ORGANIZATION)] {
            let mut pending = one();
            assert_eq!(pending.patch(&message, READER), Patched::Changed);
            assert_eq!(pending.items, []);
        }
    }
}
