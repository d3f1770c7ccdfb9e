//! What a stream tells of.

use contract::OrganizationId;

use activity::Activity;

/// Which part of the log a stream tells of. What a reader may see of it is up to the audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything that concerns the reader: `/me/stream`. Of what organizations hold, only that there
    /// is news.
    User,
    /// What one organization holds: `/organizations/{id}/sync/stream`.
    Organization(OrganizationId),
}

impl Scope {
    /// The one organization that the stream is about.
    #[must_use]
    pub const fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::User => None,
            Self::Organization(id) => Some(id),
        }
    }
}

/// The organization that holds what the activity is about, and whose streams tell of it.
#[must_use]
pub fn holder(activity: &Activity) -> Option<OrganizationId> {
    let change = &activity.change;
    change.organization_id.filter(|_| change.kind.is_resource())
}
