//! The queries as the reader fetches them.

use super::World;
use crate::cache::fixtures::READER;
use crate::cache::{Members, Menu, MyInvitations, OrganizationDetail, PendingInvitations};
use contract::view::{InvitationView, Me, MembershipView};
use contract::{Access, Capability, Cursor, Epoch, OrganizationId, Position};

/// Every query as it is fetched at one moment. `None` where the reader has no access.
pub struct Snapshot {
    pub me: Me,
    pub menu: Menu,
    pub mine: MyInvitations,
    pub members: Option<Members>,
    pub pending: Option<PendingInvitations>,
    pub detail: Option<OrganizationDetail>,
}

impl World {
    /// Returns the answer that a fetch would get now.
    pub fn fetch(&self) -> Snapshot {
        let access = self.access(self.watched);
        let organization = self.organizations.iter().find(|its| its.id == self.watched);
        let my_memberships = self.memberships.iter().filter(|its| its.user.id == READER);
        let menu =
            Menu::new(my_memberships.filter_map(|its| self.visible_membership(its)).collect());
        let is_new =
            |item: &MembershipView, at: Position| item.preferences.is_some_and(|its| its.seen < at);
        let news = menu.items.iter().filter_map(|item| {
            let at = *self.unread.get(&item.organization_id)?;
            is_new(item, at).then_some((item.organization_id, at))
        });
        let menu = Menu { unread: news.collect(), ..menu.clone() };
        let of_watched = self.memberships.iter().filter(|its| its.organization_id == self.watched);
        let pending = self.invitations.iter().filter(|its| its.rejected_at.is_none());
        let detail = organization.and_then(|organization| {
            let membership = menu.items.iter().find(|its| its.organization_id == self.watched)?;
            Some(OrganizationDetail {
                organization: organization.clone(),
                membership: membership.clone(),
                access_loss: None,
            })
        });
        Snapshot {
            me: Me {
                has_password: true,
                user: self.users[0].clone(),
                system_admin: false,
                email_confirmed: true,
                pending_email: None,
                cursor: Cursor { epoch: Epoch::new(1), position: Position(0) },
            },
            mine: MyInvitations::new(
                pending.clone().filter(|its| its.user_id == Some(READER)).cloned().collect(),
            ),
            members: access.may(Capability::ReadOrganization).then(|| {
                Members::new(
                    self.watched,
                    of_watched.filter_map(|its| self.visible_membership(its)).collect(),
                )
            }),
            pending: access.may(Capability::ManageInvitations).then(|| {
                let of_watched = pending.filter(|its| its.organization.id == self.watched);
                let listed = of_watched.cloned().map(InvitationView::without_account);
                PendingInvitations::new(self.watched, listed.collect())
            }),
            detail,
            menu,
        }
    }

    /// The reader's access to an organization.
    pub(super) fn access(&self, id: OrganizationId) -> Access {
        let mut mine = self.memberships.iter().filter(|its| its.user.id == READER);
        Access::from(mine.find(|its| its.organization_id == id).map(|its| its.role))
    }

    /// The membership as the reader sees it. `None` if they don't.
    pub(super) fn visible_membership(&self, membership: &MembershipView) -> Option<MembershipView> {
        let organization =
            self.organizations.iter().find(|its| its.id == membership.organization_id);
        let complete = MembershipView { organization: organization.cloned(), ..membership.clone() };
        let access = self.access(membership.organization_id);
        let visibility = access.membership_visibility(membership.user.id == READER)?;
        Some(visibility.apply(complete))
    }
}
