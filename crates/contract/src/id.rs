//! Ids: UUIDs with a type per entity, so that the compiler refuses a membership's id for a user's.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Wraps the UUID.
            #[must_use]
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the UUID without its type.
            #[must_use]
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}
pub(super) use id;

id! {
    /// A person's account.
    UserId
}
id! {
    /// A signed-in browser. This isn't the session's token: it gives no access.
    SessionId
}
id! {
    /// An organization.
    OrganizationId
}
id! {
    /// One user's membership of one organization.
    MembershipId
}
id! {
    /// An invitation of one email address to one organization.
    InvitationId
}
id! {
    /// A picture. The id is random, because every signed-in user who knows it can read the picture.
    PictureId
}
id! {
    /// A running server process.
    NodeId
}
id! {
    /// One changing request. The client chooses it, to recognize its own changes on the stream.
    MutationId
}
