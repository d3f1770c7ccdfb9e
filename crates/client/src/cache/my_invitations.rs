//! The invitations that await the reader's answer.

use serde::{Deserialize, Serialize};

use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use contract::view::InvitationView;
use contract::{ApiError, Entity, StreamMessage, Timestamp, UserId};

/// The reader's pending invitations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MyInvitations {
    /// Newest first.
    pub items: Vec<InvitationView>,
}

impl MyInvitations {
    /// Fetches them.
    ///
    /// # Errors
    /// Those of `GET /me/invitations`.
    pub async fn fetch() -> Result<Self, ApiError> {
        api::invitations::list_mine().await.map(|list| Self::new(list.items))
    }

    pub(super) fn new(mut items: Vec<InvitationView>) -> Self {
        sort_newest_first(&mut items);
        Self { items }
    }
}

impl Patch for MyInvitations {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        match &message.entity {
            Entity::Invitation(Some(invitation))
                if invitation.user_id == Some(reader) && is_pending(invitation, message.at) =>
            {
                let patched = merge::upsert_invitation(&mut self.items, invitation);
                sort_newest_first(&mut self.items);
                patched
            }
            Entity::Invitation(Some(answered)) => remove_answered(&mut self.items, answered),
            Entity::Invitation(None) => {
                merge::remove(&mut self.items, |item| item.id.uuid() == message.subject_id)
            }
            Entity::Organization(None) => merge::remove(&mut self.items, |item| {
                item.organization.id.uuid() == message.subject_id
            }),
            _ => Patched::stale_when(quotes_changed(&self.items, message)),
        }
    }
}

/// Whether the message says that an invitation quotes something else now. The invitations are then fetched
/// again: they have no version of what they quote, as their readers may not learn how often it changes.
pub(super) fn quotes_changed(items: &[InvitationView], message: &StreamMessage) -> bool {
    items.iter().any(|InvitationView { organization, inviter_id, invited_by, .. }| {
        match &message.entity {
            Entity::Quote => {
                organization.id.uuid() == message.subject_id
                    || inviter_id.is_some_and(|id| id.uuid() == message.subject_id)
            }
            Entity::Organization(Some(now)) => {
                now.id == organization.id
                    && (&now.name, &now.slug, now.colour)
                        != (&organization.name, &organization.slug, organization.colour)
            }
            Entity::User(Some(now)) => {
                *inviter_id == Some(now.id) && invited_by.as_ref() != Some(&now.name)
            }
            _ => false,
        }
    })
}

/// Whether the invitation awaits an answer at that time.
pub(super) fn is_pending(invitation: &InvitationView, at: Timestamp) -> bool {
    invitation.rejected_at.is_none() && invitation.expires_at > at
}

/// Removes an invitation that was answered, unless the list has a newer version of it, which awaits
/// an answer again.
pub(super) fn remove_answered(
    items: &mut Vec<InvitationView>,
    answered: &InvitationView,
) -> Patched {
    merge::remove(items, |item| item.id == answered.id && item.version <= answered.version)
}

/// Sorts invitations, newest first.
pub(super) fn sort_newest_first(items: &mut [InvitationView]) {
    items.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.id.cmp(&a.id)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;

    fn invited(number: u128) -> InvitationView {
        InvitationView { user_id: Some(READER), ..invitation(ORGANIZATION, number) }
    }

    #[test]
    fn new_invitation_is_first_and_appears_once() {
        let mut mine = MyInvitations::new(vec![invited(1)]);
        let message = invitation_created(invited(2));
        assert_eq!(mine.patch(&message, READER), Patched::Changed);
        assert_eq!(mine.patch(&message, READER), Patched::Unchanged);
        assert_eq!(mine.items, [invited(2), invited(1)]);
    }

    #[test]
    fn invitations_of_others_are_ignored() {
        let mut mine = MyInvitations::new(Vec::new());
        let message = invitation_created(invitation(ORGANIZATION, 1));
        assert_eq!(mine.patch(&message, READER), Patched::Unchanged);
    }

    #[test]
    fn declined_expired_or_revoked_invitation_is_removed() {
        let declined = InvitationView { rejected_at: Some(moment(9)), version: 2, ..invited(1) };
        let expired = InvitationView { expires_at: moment(0), version: 2, ..invited(1) };
        for message in [
            invitation_updated(declined),
            invitation_updated(expired),
            invitation_deleted(&invited(1)),
            organization_deleted(ORGANIZATION),
        ] {
            let mut mine = MyInvitations::new(vec![invited(1)]);
            assert_eq!(mine.patch(&message, READER), Patched::Changed);
            assert_eq!(mine.items, []);
        }
    }

    #[test]
    fn changed_quotes_are_fetched_again() {
        let grace = member(ORGANIZATION, 2, "Grace").user;
        let by_grace = InvitationView {
            inviter_id: Some(grace.id),
            invited_by: Some(grace.name.clone()),
            ..invited(1)
        };
        let mut mine = MyInvitations::new(vec![by_grace]);
        let team = organization(ORGANIZATION, "North Wind");
        for (message, expected) in [
            (quote_changed(ORGANIZATION.uuid()), Patched::Stale),
            (quote_changed(grace.id.uuid()), Patched::Stale),
            (quote_changed(ELSEWHERE.uuid()), Patched::Unchanged),
            // Readers who belong to an organization of the changed one or of the user see more of them.
            (renamed(&team, "South Wind"), Patched::Stale),
            (renamed(&team, team.name.as_str()), Patched::Unchanged),
            (renamed(&organization(ELSEWHERE, "Elsewhere"), "Nowhere"), Patched::Unchanged),
            (user_renamed(&grace, "Grace Hopper"), Patched::Stale),
            (user_renamed(&grace, "Grace"), Patched::Unchanged),
            (user_renamed(&member(ORGANIZATION, 3, "Linus").user, "Linus T"), Patched::Unchanged),
        ] {
            assert_eq!(mine.patch(&message, READER), expected, "{message:?}");
        }
    }

    #[test]
    fn newer_version_of_a_resent_invitation_stays() {
        let renewed = InvitationView { version: 3, ..invited(1) };
        let declined = InvitationView { rejected_at: Some(moment(9)), version: 2, ..invited(1) };
        let mut mine = MyInvitations::new(vec![renewed]);
        assert_eq!(mine.patch(&invitation_updated(declined), READER), Patched::Unchanged);
    }
}
