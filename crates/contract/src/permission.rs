//! Who may do and see what. REST, stream, catch-up and the page's buttons all ask here.

use serde::{Deserialize, Serialize};

use super::view::MembershipView;

/// What a member is in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "lowercase")
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads what the organization holds.
    Member,
    /// Also changes the organization and who belongs to it.
    Admin,
}

impl Role {
    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Admin => "Admin",
        }
    }
}

/// How a reader stands to one organization, at one place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Not a member. Being invited doesn't change that.
    Outsider,
    /// A member with this role.
    Member(Role),
}

impl From<Option<Role>> for Access {
    fn from(role: Option<Role>) -> Self {
        role.map_or(Self::Outsider, Self::Member)
    }
}

/// Something that can be done in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// See the organization, its members and what it holds.
    ReadOrganization,
    /// Change its name, slug and other settings.
    UpdateOrganization,
    /// Delete it for everybody.
    DeleteOrganization,
    /// Invite, see pending invitations, revoke them.
    ManageInvitations,
    /// Change roles and remove members.
    ManageMembers,
    /// See the e-mail addresses of members.
    SeeEmails,
    /// Add to what it holds, such as notes, and change anybody's.
    Contribute,
    /// Delete what others added.
    DeleteOfOthers,
    /// Read what happened here. What happened to invitations needs [`Self::ManageInvitations`] too.
    ReadActivities,
}

impl Access {
    /// The one answer to "may they?".
    #[must_use]
    pub const fn may(self, capability: Capability) -> bool {
        match self {
            Self::Outsider => false,
            Self::Member(Role::Admin) => true,
            Self::Member(Role::Member) => matches!(
                capability,
                Capability::ReadOrganization | Capability::Contribute | Capability::ReadActivities
            ),
        }
    }

    /// Whether they may delete something that it holds: everybody their own, admins anybody's.
    #[must_use]
    pub const fn may_delete(self, is_author: bool) -> bool {
        self.may(Capability::DeleteOfOthers) || (is_author && self.may(Capability::Contribute))
    }

    /// How this reader sees a membership of the organization; `is_subject` when it is their own.
    ///
    /// The subject sees everything. Admins see the address, other members don't; what the subject
    /// arranged for themselves (archived, muted, order) is nobody else's. Outsiders see nothing of
    /// it but their own, which is how they learn that it is gone.
    #[must_use]
    pub fn membership_lens(self, is_subject: bool) -> Option<MembershipVisibility> {
        match self {
            _ if is_subject => Some(MembershipVisibility::Subject),
            Self::Outsider => None,
            _ if self.may(Capability::SeeEmails) => Some(MembershipVisibility::Admin),
            Self::Member(_) => Some(MembershipVisibility::Member),
        }
    }
}

/// A way to see a membership. Readers with the same visibility get the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MembershipVisibility {
    /// It is the reader's own.
    Subject,
    /// The reader is an admin of the organization.
    Admin,
    /// The reader is another member.
    Member,
}

impl MembershipVisibility {
    /// What this visibility shows of a complete membership.
    #[must_use]
    pub fn apply(self, mut membership: MembershipView) -> MembershipView {
        if self != Self::Subject {
            membership.preferences = None;
            membership.organization = None;
        }
        if self == Self::Member {
            membership.user.email = None;
        }
        membership
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_admins_change_an_organization() {
        let member = Access::Member(Role::Member);
        assert!(member.may(Capability::ReadOrganization));
        for capability in [
            Capability::UpdateOrganization,
            Capability::DeleteOrganization,
            Capability::ManageInvitations,
            Capability::ManageMembers,
            Capability::SeeEmails,
        ] {
            assert!(!member.may(capability), "{capability:?}");
            assert!(Access::Member(Role::Admin).may(capability), "{capability:?}");
            assert!(!Access::Outsider.may(capability), "{capability:?}");
        }
    }

    #[test]
    fn every_member_contributes_and_deletes_only_their_own() {
        let (member, admin) = (Access::Member(Role::Member), Access::Member(Role::Admin));
        for capability in [Capability::ReadOrganization, Capability::Contribute] {
            assert!(member.may(capability) && admin.may(capability), "{capability:?}");
            assert!(!Access::Outsider.may(capability), "{capability:?}");
        }
        assert!(member.may_delete(true) && !member.may_delete(false));
        assert!(admin.may_delete(false));
        assert!(!Access::Outsider.may_delete(true), "not after leaving");
    }

    #[test]
    fn an_outsider_sees_only_their_own_membership() {
        assert_eq!(Access::Outsider.membership_lens(false), None);
        assert_eq!(Access::Outsider.membership_lens(true), Some(MembershipVisibility::Subject));
    }
}
