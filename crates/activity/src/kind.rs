//! The kinds of entities in the log.

use contract::ResourceKind;
use contract::permission::MembershipVisibility;

/// The fields of a user that everyone who sees the user may see. `users.version` counts their changes.
const SHARED_USER_FIELDS: [&str; 2] = ["name", "picture"];

/// The kind of entity that an activity is about: one for each table of the publication. Differences
/// in how the log and the streams treat tables are defined here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActivityKind {
    /// A row of `users`.
    User,
    /// A row of `sessions`. It is never sent to clients; its deletion ends the session's streams.
    Session,
    /// A row of `organizations`.
    Organization,
    /// A row of `memberships`.
    Membership,
    /// A row of `invitations`.
    Invitation,
    /// A row of a resource table. The organization's stream sends it; the stream of each member only
    /// marks the organization as unread. It belongs to no user; `author` names the user who is shown
    /// beside it.
    Resource(ResourceKind),
}

impl ActivityKind {
    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        let own =
            [Self::User, Self::Session, Self::Organization, Self::Membership, Self::Invitation];
        own.into_iter().chain(ResourceKind::ALL.iter().copied().map(Self::Resource))
    }

    /// The name of the table.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Session => "sessions",
            Self::Organization => "organizations",
            Self::Membership => "memberships",
            Self::Invitation => "invitations",
            Self::Resource(kind) => kind.collection(),
        }
    }

    /// Whether it belongs to an organization, and so to that organization's audit log.
    #[must_use]
    pub const fn belongs_to_organization(self) -> bool {
        match self {
            Self::User | Self::Session => false,
            Self::Organization | Self::Membership | Self::Invitation | Self::Resource(_) => true,
        }
    }

    /// Whether it is a resource of an organization.
    #[must_use]
    pub const fn is_resource(self) -> bool {
        matches!(self, Self::Resource(_))
    }

    /// The value of the column `activities.kind`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Session => "session",
            Self::Organization => "organization",
            Self::Membership => "membership",
            Self::Invitation => "invitation",
            Self::Resource(kind) => kind.as_str(),
        }
    }

    /// The fields that only their owner may see, as may nobody else that they changed: a member's
    /// own menu and seen position, and the account with an invited address. Named as on the wire. Of users,
    /// [`Self::shows`] names what others see.
    #[must_use]
    pub const fn private_fields(self) -> &'static [&'static str] {
        match self {
            Self::Membership => &["archived", "muted", "displayOrder", "seenPosition"],
            Self::Invitation => &["userId"],
            _ => &[],
        }
    }

    /// The fields that an invitation quotes: of its organization, and of the user who sent it.
    #[must_use]
    pub const fn quoted_fields(self) -> &'static [&'static str] {
        match self {
            Self::Organization => &["name", "slug", "colour"],
            Self::User => &["name"],
            _ => &[],
        }
    }

    /// Whether a reader with this visibility may learn that the field, named as on the wire, changed.
    ///
    /// Of a user, others learn of the name and the picture, and admins of the email address. A field that
    /// is added to users is private until it is named here.
    #[must_use]
    pub fn shows(self, field: &str, visibility: MembershipVisibility) -> bool {
        match self {
            _ if visibility == MembershipVisibility::Subject => true,
            _ if visibility == MembershipVisibility::Quote => self.quoted_fields().contains(&field),
            Self::User => {
                SHARED_USER_FIELDS.contains(&field)
                    || (field == "email" && visibility == MembershipVisibility::Admin)
            }
            _ => !self.private_fields().contains(&field),
        }
    }
}

/// The log has a kind that this version doesn't know.
#[derive(Debug, thiserror::Error)]
#[error("unknown kind `{0}` in the activity log")]
pub struct UnknownKind(String);

impl TryFrom<String> for ActivityKind {
    type Error = UnknownKind;

    fn try_from(text: String) -> Result<Self, UnknownKind> {
        Self::all().find(|kind| kind.as_str() == text).ok_or(UnknownKind(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testing::TestDatabase;

    #[tokio::test]
    async fn each_table_of_the_publication_has_a_kind() {
        let database = TestDatabase::create().await;
        let published: Vec<String> = sqlx::query_scalar(
            "select tablename::text from pg_publication_tables where pubname = 'tributary'
              order by 1",
        )
        .fetch_all(&database.pool)
        .await
        .unwrap();
        let mut known: Vec<_> = ActivityKind::all().map(ActivityKind::table).collect();
        known.sort_unstable();
        assert_eq!(known, published);
    }

    #[tokio::test]
    async fn published_tables_have_full_replica_identity_and_their_authors_are_in_the_view() {
        let database = TestDatabase::create().await;
        let (without_identity, without_author): (Vec<String>, Vec<String>) = sqlx::query_as(
            "with published as (
                 select c.oid, c.relname::text, c.relreplident
                   from pg_publication_rel p join pg_class c on c.oid = p.prrelid
             )
             select array(select relname from published where relreplident <> 'f'),
                    array(select relname from published
                           where exists (select from pg_attribute
                                          where attrelid = oid and attname = 'author')
                             and relname not in (select table_name
                                                   from information_schema.view_table_usage
                                                  where view_name = 'authors'))",
        )
        .fetch_one(&database.pool)
        .await
        .unwrap();
        assert_eq!(without_identity, [""; 0], "these need `replica identity full`");
        assert_eq!(without_author, [""; 0], "these belong in the view `authors`");
    }
}
