//! One organization, as one of its members sees it.

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
    /// What the reader is in it; the last known once departed.
    pub membership: MembershipView,
    /// How it ended, once the reader belongs to it no more.
    pub departure: Option<Departure>,
}

/// How a reader and an organization parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// Somebody else ended the membership.
    Removed,
    /// The reader ended it.
    Left,
    /// The organization is gone for everybody.
    Deleted,
}

impl OrganizationDetail {
    /// Reads it.
    ///
    /// # Errors
    /// Those of `GET /organizations/{idOrSlug}`; `not_found` also for whoever isn't a member.
    pub async fn fetch(organization: OrganizationRef) -> Result<Self, ApiError> {
        let organization = api::organizations::get(&organization).await?;
        let mine = api::memberships::mine().await?;
        let membership = mine.items.into_iter().find(|its| its.organization_id == organization.id);
        let membership = membership.ok_or_else(|| {
            ApiError::new(ErrorCode::NotFound, "You're not a member of this organization.")
        })?;
        Ok(Self { organization, membership, departure: None })
    }

    /// How the reader stands to the organization.
    #[must_use]
    pub fn access(&self) -> Access {
        Access::from(self.departure.is_none().then_some(self.membership.role))
    }

    fn depart(&mut self, departure: Departure) -> Patched {
        // Deleting an organization ends its memberships too; that it is gone says more.
        let changes = match self.departure {
            None => true,
            Some(Departure::Deleted) => false,
            Some(_) => departure == Departure::Deleted,
        };
        if changes {
            self.departure = Some(departure);
        }
        Patched::when(changes)
    }

    fn belong(&mut self, membership: &MembershipView) -> Patched {
        let organization = membership
            .organization
            .as_ref()
            .map_or(Patched::Unchanged, |fresh| merge::organization(&mut self.organization, fresh));
        let belonging = if membership.id == self.membership.id {
            merge::membership(&mut self.membership, membership)
        } else if self.departure.is_some() {
            self.membership = membership.clone();
            self.departure = None;
            Patched::Changed
        } else {
            Patched::Unchanged
        };
        belonging.and(organization)
    }
}

impl Patch for OrganizationDetail {
    fn patch(&mut self, message: &StreamMessage, reader: UserId) -> Patched {
        let of_this_one = message.organization_id == Some(self.organization.id);
        match &message.entity {
            Entity::Organization(Some(organization)) => {
                let nested = self.membership.organization.as_mut();
                nested
                    .map_or(Patched::Unchanged, |held| merge::organization(held, organization))
                    .and(merge::organization(&mut self.organization, organization))
            }
            Entity::Organization(None) if of_this_one => self.depart(Departure::Deleted),
            Entity::Membership(Some(membership)) if of_this_one && membership.user.id == reader => {
                self.belong(membership)
            }
            Entity::Membership(None) if message.subject_id == self.membership.id.uuid() => {
                let by_reader = message.actor_id == Some(reader);
                self.depart(if by_reader { Departure::Left } else { Departure::Removed })
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
            departure: None,
        }
    }

    #[test]
    fn a_new_name_shows_once() {
        let mut detail = detail();
        let renamed = renamed(&detail.organization, "South Wind");
        assert_eq!(detail.patch(&renamed, READER), Patched::Changed);
        assert_eq!(detail.organization.name.as_str(), "South Wind");
        assert_eq!(detail.patch(&renamed, READER), Patched::Unchanged);
    }

    #[test]
    fn a_new_role_changes_what_the_reader_may() {
        let mut detail = detail();
        assert_eq!(detail.access(), Access::Member(Role::Member));
        let promoted = MembershipView { role: Role::Admin, ..newer(detail.membership.clone()) };
        assert_eq!(detail.patch(&updated(promoted), READER), Patched::Changed);
        assert_eq!(detail.access(), Access::Member(Role::Admin));
    }

    #[test]
    fn leaving_and_being_removed_are_told_apart_by_who_did_it() {
        for (actor, departure) in [(READER, Departure::Left), (OTHER, Departure::Removed)] {
            let mut detail = detail();
            let gone = membership_deleted(&detail.membership, actor);
            assert_eq!(detail.patch(&gone, READER), Patched::Changed);
            assert_eq!(detail.departure, Some(departure));
            assert_eq!(detail.access(), Access::Outsider);
        }
    }

    #[test]
    fn a_deleted_organization_is_deleted_in_whichever_order_its_memberships_end() {
        let gone = organization_deleted(ORGANIZATION);
        let ended = membership_deleted(&detail().membership, OTHER);
        for messages in [[&gone, &ended], [&ended, &gone]] {
            let mut detail = detail();
            for message in messages {
                let _ = detail.patch(message, READER);
            }
            assert_eq!(detail.departure, Some(Departure::Deleted));
        }
    }

    #[test]
    fn who_was_removed_and_is_added_again_belongs_again() {
        let mut detail = detail();
        let _ = detail.patch(&membership_deleted(&detail.membership, OTHER), READER);
        let again = of_reader(member(ORGANIZATION, 7, "Ada"));
        assert_eq!(detail.patch(&created(again.clone()), READER), Patched::Changed);
        assert_eq!(detail.membership, again);
        assert_eq!(detail.departure, None);
    }

    #[test]
    fn other_organizations_and_other_members_do_nothing() {
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
