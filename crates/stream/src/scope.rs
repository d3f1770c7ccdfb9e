//! Which activities a stream covers.

use contract::OrganizationId;

use activity::Activity;

/// The part of the log that a stream covers. Within it, [`visibility`](super::visibility) decides
/// what the reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `/me/stream`: everything that concerns the reader. Of an organization's resources it carries
    /// only the unread mark.
    User,
    /// `/organizations/{id}/sync/stream`: the resources of one organization.
    Organization(OrganizationId),
}

impl Scope {
    /// The organization whose resources the stream carries; none for a user's stream.
    #[must_use]
    pub const fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::User => None,
            Self::Organization(id) => Some(id),
        }
    }
}

/// The organization whose streams carry the activity: that of the resource it is about, none when
/// it is about something else.
#[must_use]
pub fn resource_organization(activity: &Activity) -> Option<OrganizationId> {
    let change = &activity.change;
    change.organization_id.filter(|_| change.kind.is_resource())
}
