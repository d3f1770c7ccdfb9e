//! One organization as one of its members sees it.

use serde::{Deserialize, Serialize};

use super::merge;
use super::patch::{Patch, Patched};
use crate::api;
use contract::view::{MembershipView, OrganizationView};
use contract::{Access, ApiError, Entity, ErrorCode, OrganizationRef, StreamMessage, UserId};

/// An organization and the reader's membership in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrganizationDetail {
    /// The organization.
    pub organization: OrganizationView,
    /// The reader's membership. The last known one after the reader has lost access.
    pub membership: MembershipView,
    /// Why the reader no longer has access. `None` while they have it.
    pub access_loss: Option<AccessLoss>,
}

/// Why a reader no longer has access to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessLoss {
    /// Someone else has removed them.
    Removed,
    /// They have left.
    Left,
    /// The organization was deleted.
    OrganizationDeleted,
}

impl OrganizationDetail {
    /// Fetches the organization and the reader's membership.
    ///
    /// # Errors
    /// Those of `GET /organizations/{idOrSlug}`; `not_found` also if the reader isn't a member.
    pub async fn fetch(organization: OrganizationRef) -> Result<Self, ApiError> {
        let organization = api::organizations::get(&organization).await?;
        let mine = api::memberships::list_mine().await?;
        let membership = mine.items.into_iter().find(|its| its.organization_id == organization.id);
        let membership = membership.ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, "You're not a member of this organization.")
        })?;
        Ok(Self { organization, membership, access_loss: None })
    }

    /// Returns the reader's access to the organization.
    #[must_use]
    pub fn access(&self) -> Access {
        Access::from(self.access_loss.is_none().then_some(self.membership.role))
    }

    fn lose_access(&mut self, access_loss: AccessLoss) -> Patched {
        // Deleting an organization also deletes its memberships. The deletion is the reason to
        // show.
        let changes = match self.access_loss {
            None => true,
            Some(AccessLoss::OrganizationDeleted) => false,
            Some(_) => access_loss == AccessLoss::OrganizationDeleted,
        };
        if changes {
            self.access_loss = Some(access_loss);
        }
        Patched::when(changes)
    }

    fn patch_membership(&mut self, membership: &MembershipView) -> Patched {
        let organization = membership
            .organization
            .as_ref()
            .map_or(Patched::Unchanged, |fresh| merge::organization(&mut self.organization, fresh));
        let patched = if membership.id == self.membership.id {
            merge::membership(&mut self.membership, membership)
        } else if self.access_loss.is_some() {
            self.membership = membership.clone();
            self.access_loss = None;
            Patched::Changed
        } else {
            Patched::Unchanged
        };
        patched.and(organization)
    }
}

impl Patch for OrganizationDetail {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let is_this_one = message.organization_id == Some(self.organization.id);
        match &message.entity {
            Entity::Organization(Some(organization)) => {
                let nested = self.membership.organization.as_mut();
                nested
                    .map_or(Patched::Unchanged, |current| {
                        merge::organization(current, organization)
                    })
                    .and(merge::organization(&mut self.organization, organization))
            }
            Entity::Organization(None) if is_this_one => {
                self.lose_access(AccessLoss::OrganizationDeleted)
            }
            Entity::Membership(Some(membership)) if is_this_one && membership.user.id == reader => {
                self.patch_membership(membership)
            }
            Entity::Membership(None) if message.subject_id == self.membership.id.uuid() => {
                let by_reader = message.actor_id == Some(reader);
                self.lose_access(if by_reader { AccessLoss::Left } else { AccessLoss::Removed })
            }
            Entity::User(Some(user)) => merge::user(&mut self.membership.user, user),
            _ => Patched::Unchanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::fixtures::*;
    use contract::Role;

    fn detail() -> OrganizationDetail {
        OrganizationDetail {
            organization: organization(ORGANIZATION, "North Wind"),
            membership: of_reader(member(ORGANIZATION, 1, "Ada")),
            access_loss: None,
        }
    }

    #[test]
    fn renaming_is_applied_once() {
        let mut detail = detail();
        let renamed = renamed(&detail.organization, "South Wind");
        assert_eq!(detail.patch(&renamed, READER), Patched::Changed);
        assert_eq!(detail.organization.name.as_str(), "South Wind");
        assert_eq!(detail.patch(&renamed, READER), Patched::Unchanged);
    }

    #[test]
    fn role_change_updates_access() {
        let mut detail = detail();
        assert_eq!(detail.access(), Access::Member(Role::Member));
        let promoted = MembershipView { role: Role::Admin, ..newer(detail.membership.clone()) };
        assert_eq!(detail.patch(&updated(promoted), READER), Patched::Changed);
        assert_eq!(detail.access(), Access::Member(Role::Admin));
    }

    #[test]
    fn actor_decides_between_left_and_removed() {
        for (actor, access_loss) in [(READER, AccessLoss::Left), (OTHER, AccessLoss::Removed)] {
            let mut detail = detail();
            let gone = membership_deleted(&detail.membership, actor);
            assert_eq!(detail.patch(&gone, READER), Patched::Changed);
            assert_eq!(detail.access_loss, Some(access_loss));
            assert_eq!(detail.access(), Access::Outsider);
        }
    }

    #[test]
    fn deletion_of_the_organization_wins_in_any_message_order() {
        let gone = organization_deleted(ORGANIZATION);
        let ended = membership_deleted(&detail().membership, OTHER);
        for messages in [[&gone, &ended], [&ended, &gone]] {
            let mut detail = detail();
            for message in messages {
                let _ = detail.patch(message, READER);
            }
            assert_eq!(detail.access_loss, Some(AccessLoss::OrganizationDeleted));
        }
    }

    #[test]
    fn member_who_is_added_again_has_access_again() {
        let mut detail = detail();
        let _ = detail.patch(&membership_deleted(&detail.membership, OTHER), READER);
        let again = of_reader(member(ORGANIZATION, 7, "Ada"));
        assert_eq!(detail.patch(&created(again.clone()), READER), Patched::Changed);
        assert_eq!(detail.membership, again);
        assert_eq!(detail.access_loss, None);
    }

    #[test]
    fn other_organizations_and_members_change_nothing() {
        let mut detail = detail();
        for message in [
            renamed(&organization(ELSEWHERE, "Elsewhere"), "Nowhere"),
            organization_deleted(ELSEWHERE),
            created(member(ORGANIZATION, 5, "Grace")),
            membership_deleted(&member(ORGANIZATION, 5, "Grace"), OTHER),
        ] {
            assert_eq!(detail.patch(&message, READER), Patched::Unchanged);
        }
        assert_eq!(detail, self::detail());
    }
}
