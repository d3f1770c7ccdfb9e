//! What a stream tells of.

use app::contract::OrganizationId;

use crate::activity::{Activity, ActivityKind};

/// Which part of the log a stream tells of. What a reader may see of it is up to the audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything that concerns the reader, but for what organizations hold: `/me/stream`.
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

    /// Which streams tell of the activity: none when nobody could.
    #[must_use]
    pub fn of(activity: &Activity) -> Option<Self> {
        match activity.change.kind {
            ActivityKind::Note => activity.change.organization_id.map(Self::Organization),
            ActivityKind::User
            | ActivityKind::Session
            | ActivityKind::Organization
            | ActivityKind::Membership
            | ActivityKind::Invitation => Some(Self::User),
        }
    }
}
