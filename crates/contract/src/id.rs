//! Identifiers. Each is its own type, so that a membership's id can't be passed for a user's.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// The id that `uuid` holds.
            #[must_use]
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The plain UUID.
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
    /// A signed-in browser. Not the token: knowing it gives no access.
    SessionId
}
id! {
    /// A team.
    OrganizationId
}
id! {
    /// That one user belongs to one organization.
    MembershipId
}
id! {
    /// That one address is asked to join one organization.
    InvitationId
}
id! {
    /// A picture. At random: knowing it is what lets somebody see it.
    PictureId
}
id! {
    /// A running server.
    NodeId
}
id! {
    /// Chosen by the client for one request, so that it knows its own echo on the stream.
    MutationId
}
