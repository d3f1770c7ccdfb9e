//! Permissions. REST handlers, the stream, catch-up and the buttons of pages all use these functions.

use serde::{Deserialize, Serialize};

use super::view::MembershipView;

/// A member's role in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "lowercase")
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads everything in the organization and adds resources.
    Member,
    /// Also changes the organization, its members and its invitations.
    Admin,
}

impl Role {
    /// Returns the role's name in the user interface.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Admin => "Admin",
        }
    }
}

/// A user's access to one organization, at one position in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// The user isn't a member. An invitation alone gives no access.
    Outsider,
    /// The user is a member with this role.
    Member(Role),
}

impl From<Option<Role>> for Access {
    fn from(role: Option<Role>) -> Self {
        role.map_or(Self::Outsider, Self::Member)
    }
}

/// An action or a piece of information that needs permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// See the organization, its members and its resources.
    ReadOrganization,
    /// Change its name, slug and other settings.
    UpdateOrganization,
    /// Delete the organization.
    DeleteOrganization,
    /// Invite people, see pending invitations and revoke them.
    ManageInvitations,
    /// Change roles and remove members.
    ManageMembers,
    /// See the email addresses of members.
    SeeEmails,
    /// Create resources, such as notes, and change everybody's.
    Contribute,
    /// Delete resources that others created.
    DeleteAnyResource,
    /// Read the audit log. Its entries about invitations also need [`Self::ManageInvitations`].
    ReadActivities,
}

impl Access {
    /// Whether this access includes the capability.
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

    /// Whether this access allows to delete a resource. Members delete their own, admins all.
    #[must_use]
    pub const fn may_delete(self, is_author: bool) -> bool {
        self.may(Capability::DeleteAnyResource) || (is_author && self.may(Capability::Contribute))
    }

    /// Returns the part of a membership that this reader sees; `is_subject` if it is the reader's own. `None`:
    /// nothing.
    ///
    /// - The subject sees everything, even as an outsider: this tells former members of the end of
    ///   their own membership.
    /// - Admins see the email address; other members don't.
    /// - Only the subject sees the menu preferences (archived, muted, order).
    #[must_use]
    pub fn membership_visibility(self, is_subject: bool) -> Option<MembershipVisibility> {
        match self {
            _ if is_subject => Some(MembershipVisibility::Subject),
            Self::Outsider => None,
            _ if self.may(Capability::SeeEmails) => Some(MembershipVisibility::Admin),
            Self::Member(_) => Some(MembershipVisibility::Member),
        }
    }
}

/// The fields of a membership that a reader sees. Readers with the same visibility get the same bytes, so
/// that the stream renders each message once per visibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MembershipVisibility {
    /// The membership is the reader's own.
    Subject,
    /// The reader is an admin of the organization.
    Admin,
    /// The reader is another member.
    Member,
    /// The reader sees an invitation that quotes the changed entity. They learn only that a quoted field
    /// changed, and read the invitation again.
    Quote,
}

impl MembershipVisibility {
    /// Removes the fields that aren't visible.
    #[must_use]
    pub fn apply(self, mut membership: MembershipView) -> MembershipView {
        if self != Self::Subject {
            membership.preferences = None;
            membership.organization = None;
        }
        if matches!(self, Self::Member | Self::Quote) {
            membership.user = membership.user.without_email();
        }
        membership
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_admins_manage_an_organization() {
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
    fn members_delete_only_their_own_resources() {
        let (member, admin) = (Access::Member(Role::Member), Access::Member(Role::Admin));
        for capability in [Capability::ReadOrganization, Capability::Contribute] {
            assert!(member.may(capability) && admin.may(capability), "{capability:?}");
            assert!(!Access::Outsider.may(capability), "{capability:?}");
        }
        assert!(member.may_delete(true) && !member.may_delete(false));
        assert!(admin.may_delete(false));
        assert!(!Access::Outsider.may_delete(true), "a former member deletes nothing");
    }

    #[test]
    fn outsider_sees_only_their_own_membership() {
        assert_eq!(Access::Outsider.membership_visibility(false), None);
        assert_eq!(
            Access::Outsider.membership_visibility(true),
            Some(MembershipVisibility::Subject)
        );
    }
}
